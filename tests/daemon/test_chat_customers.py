"""Customers of a chat: how many receipts they get, and offers to them."""

from dataclasses import replace

import pytest

from rules.model import NoticeKind
from rules.requests import Refused
from tests.daemon.chat_room import ORDERS, Chat, only
from tests.daemon.house import CONTRACTS
from tests.daemon.offer_house import Offers
from tests.slack_events import MARIA, PERO, ROOM

QUESTION = "How do I change a price?"


def test_a_person_in_a_chat_has_no_more_receipts_a_day_than_one_who_mails(chat: Chat) -> None:
    for _ in range(3):
        chat.posted(NoticeKind.RECEIPT, chat.says(QUESTION))
        chat.house.pass_(minutes=11)
    chat.says(QUESTION)
    assert len(chat.house.requests()) == 4
    assert "is there a loop?" in chat.house.alarm().text
    colleague = chat.says(QUESTION, PERO)
    chat.posted(NoticeKind.RECEIPT, colleague)
    chat.house.pass_(hours=24)
    chat.house.ignore()
    chat.posted(NoticeKind.RECEIPT, chat.says(QUESTION))


def test_an_offer_on_what_came_by_chat_goes_to_the_registered_address(chat: Chat) -> None:
    chat.posted(NoticeKind.RECEIPT, chat.says(QUESTION))
    offers = Offers(chat.house)
    assert offers.make().address == "s@standard.example"
    offers.answer(offers.path("s@standard.example"), "accept")
    assert offers.stored().decided_by == CONTRACTS[1].persons[0].name


def test_nobody_whom_the_contract_does_not_register_in_the_chat_is_offered_work(
    chat: Chat,
) -> None:
    chat.posted(NoticeKind.RECEIPT, chat.says(ORDERS, PERO))
    with pytest.raises(Refused, match=f"slack:{PERO} is no registered person"):
        Offers(chat.house).make()


def test_who_is_registered_without_an_address_is_offered_no_work(chat: Chat) -> None:
    maria = replace(
        CONTRACTS[1].persons[0], addresses=frozenset(), identities=frozenset({f"slack:{MARIA}"})
    )
    bound = replace(CONTRACTS[1], chats=frozenset({f"slack:{ROOM}"}), persons=(maria,))
    chat.house.store.write(lambda tx: tx.contracts.put([bound]))
    chat.posted(NoticeKind.RECEIPT, chat.says(ORDERS))
    assert only(chat.house).customer == bound.customer
    with pytest.raises(Refused, match="registered with no address"):
        Offers(chat.house).make()
