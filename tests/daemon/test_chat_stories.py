"""What customers say in a chat, and what becomes of it: from the arrival to what goes out."""

import json
from datetime import timedelta
from typing import Any

import pytest

from channels.base import DeliveryError, Failure
from channels.slack.arrivals import stamp
from rules.model import Arrival, CloseReason, Message, NoticeKind, Opens, State
from tests.daemon.chat_room import ORDERS, Chat, only
from tests.daemon.house import House
from tests.slack_events import (
    ANA,
    MARIA,
    PERO,
    ROOM,
    TAKER,
    US,
    changed,
    deleted,
    message,
    shortcut,
)


def test_a_message_in_a_customers_room_opens_a_request_and_the_thread_has_the_receipt(
    chat: Chat,
) -> None:
    said = chat.says(ORDERS)
    receipt = chat.posted(NoticeKind.RECEIPT, said)
    request = only(chat.house)
    assert (request.state, request.customer) == (State.OPEN, "Standard d.o.o.")
    assert request.subject == ORDERS
    assert f"#{request.id}" in receipt.text
    assert "Poštovani" in receipt.text


def test_what_comes_twice_is_one_request_whatever_way_it_came(chat: Chat) -> None:
    said = chat.says(f"<@{US.user}> {ORDERS}")
    chat.event(said | {"type": "app_mention", "client_msg_id": None})
    chat.hears(TAKER.of_message({k: v for k, v in said.items() if k != "channel"}, ROOM))
    assert only(chat.house).subject == ORDERS
    chat.posted(NoticeKind.RECEIPT, said)


def test_what_one_person_says_in_ten_minutes_is_one_request(chat: Chat) -> None:
    chat.says("Hi")
    asked = chat.says("we have a problem with the price list")
    chat.says(ORDERS)
    request = only(chat.house)
    assert request.received_at == chat.house.now - timedelta(seconds=40)
    filed = chat.house.store.read(lambda tx: tx.messages.of_request(request.id))
    assert [each.message.text for each in filed] == [
        "Hi",
        "we have a problem with the price list",
        ORDERS,
    ]
    assert any("wrote again" in why for why in reasons(chat.house))
    chat.posted(NoticeKind.RECEIPT, asked)


def reasons(house: House, id: int = 1) -> list[str]:
    return [entry.why for entry in house.store.read(lambda tx: tx.requests.history(id))]


def test_after_ten_minutes_it_is_another_matter(chat: Chat) -> None:
    first = chat.says("how do I change a price?")
    chat.house.pass_(minutes=11)
    second = chat.says("how do I add a sales rep?")
    assert len(chat.house.requests()) == 2
    chat.posted(NoticeKind.RECEIPT, first)
    chat.posted(NoticeKind.RECEIPT, second)


@pytest.mark.parametrize("text", ["Hi", "Dobar dan!", "hvala vam", "", ":wave:", "hello team"])
def test_greetings_and_thanks_alone_open_nothing(chat: Chat, text: str) -> None:
    chat.says(text)
    assert chat.house.requests() == []


def test_customers_among_themselves_open_nothing(chat: Chat) -> None:
    asked = chat.says(f"<@{PERO}> did you see the new prices?")
    chat.says("yes, they look fine to me", PERO, thread_ts=asked["ts"])
    assert chat.house.requests() == []


def test_a_reply_to_ones_own_greeting_is_the_matter(chat: Chat) -> None:
    greeting = chat.says("Hello!")
    chat.says(ORDERS, thread_ts=greeting["ts"])
    assert only(chat.house).subject == ORDERS
    chat.posted(NoticeKind.RECEIPT, greeting)


def test_a_colleague_in_the_thread_goes_on_in_the_request(chat: Chat) -> None:
    said = chat.says("the price list looks odd")
    chat.says("now it is worse, orders fail for everybody and nobody can work", PERO,
              thread_ts=said["ts"])  # fmt: skip
    assert only(chat.house).id == 1
    chat.posted(NoticeKind.RECEIPT, said)


def test_our_reply_in_the_thread_is_the_first_response_from_when_it_was_written(
    chat: Chat,
) -> None:
    said = chat.says(ORDERS)
    chat.posted(NoticeKind.RECEIPT, said)
    answered_at = chat.house.now
    chat.says("We are on it, the server is back in ten minutes", ANA, thread_ts=said["ts"])
    request = only(chat.house)
    assert (request.state, request.first_response_by) == (State.ANSWERED, "ana")
    assert request.first_response_at == answered_at
    chat.posted(NoticeKind.MARK, said)


def test_a_mark_that_slack_refuses_was_for_the_customer(chat: Chat) -> None:
    said = chat.says(ORDERS)
    chat.posted(NoticeKind.RECEIPT, said)
    chat.house.slack.failing = DeliveryError(Failure.PERMANENT, "missing_scope")
    chat.says("We are on it, the server is back in ten minutes", ANA, thread_ts=said["ts"])
    history = chat.house.store.read(lambda tx: tx.requests.history(1))
    [lost] = [entry.why for entry in history if entry.what == "mark not delivered"]
    assert lost == "to the customer by slack: missing_scope"
    chat.house.ignore()


def test_our_word_elsewhere_in_the_room_is_no_answer(chat: Chat) -> None:
    said = chat.says(ORDERS)
    chat.posted(NoticeKind.RECEIPT, said)
    chat.says("request [#1] is being looked at", ANA)
    assert only(chat.house).state is State.OPEN


def test_somebody_of_another_workspace_with_our_id_is_not_one_of_us(chat: Chat) -> None:
    said = chat.says(ORDERS)
    chat.posted(NoticeKind.RECEIPT, said)
    chat.says("fixed", ANA, thread_ts=said["ts"], user_team="T0OTHER", team="T0OTHER")
    assert only(chat.house).state is State.OPEN


def test_an_answer_by_mail_goes_into_the_thread_where_the_customer_is(chat: Chat) -> None:
    said = chat.says(ORDERS)
    chat.posted(NoticeKind.RECEIPT, said)
    copy = chat.house.copy("ana")
    chat.house.mail("ana@b2bee.example", "Re: orders", "It works again.", copy.reply_to)
    answer = chat.posted(NoticeKind.ANSWER, said)
    assert answer.text.strip() == "It works again."
    assert only(chat.house).state is State.ANSWERED


def test_a_request_goes_on_by_mail_and_back(chat: Chat) -> None:
    said = chat.says(ORDERS)
    chat.posted(NoticeKind.RECEIPT, said)
    chat.house.mail("s@standard.example", "Re: [#1] orders", "More about it by mail, sorry.")
    assert only(chat.house).answer_to == "s@standard.example"
    copy = chat.house.copy("ana")
    chat.house.mail("ana@b2bee.example", "Re: orders", "Try again.", copy.reply_to)
    chat.house.answer("s@standard.example")
    chat.says("it fails again, nobody can work", thread_ts=said["ts"])
    assert only(chat.house).answer_to == f"slack:{ROOM}/{said['ts']}"


def test_an_edit_before_the_answer_may_raise_and_after_it_is_only_written_down(
    chat: Chat,
) -> None:
    said = chat.says("how do I change a price?")
    chat.posted(NoticeKind.RECEIPT, said)
    before = only(chat.house).severity
    chat.event(changed(said, ORDERS, chat.house.now))
    assert only(chat.house).severity.rank < before.rank
    chat.says("done", ANA, thread_ts=said["ts"])
    chat.posted(NoticeKind.MARK, said)
    chat.event(changed(said, "The database is gone, all data is lost", chat.house.now))
    assert only(chat.house).state is State.ANSWERED
    texts = [m.message.text for m in chat.house.store.read(lambda tx: tx.messages.of_request(1))]
    assert texts[0] == "how do I change a price?"
    assert texts[-1] == "The database is gone, all data is lost"


def test_an_edit_opens_no_withdrawn_request_again(chat: Chat) -> None:
    said = chat.says(ORDERS)
    chat.posted(NoticeKind.RECEIPT, said)
    house = chat.house
    withdrawn = CloseReason.WITHDRAWN
    house.store.write(lambda tx: house.desk.close(tx, 1, withdrawn, "ana", house.now))
    chat.event(changed(said, f"{ORDERS}, or so", house.now))
    assert only(house).state is State.CLOSED


def test_a_greeting_edited_into_a_matter_opens_a_request(chat: Chat) -> None:
    said = chat.says("Hi")
    chat.event(changed(said, ORDERS, chat.house.now))
    assert only(chat.house).subject == ORDERS
    chat.posted(NoticeKind.RECEIPT, said)


def test_a_deleted_message_stays_with_its_request(chat: Chat) -> None:
    said = chat.says(ORDERS)
    chat.posted(NoticeKind.RECEIPT, said)
    chat.event(deleted(said, chat.house.now))
    assert only(chat.house).state is State.OPEN
    filed = chat.house.store.read(lambda tx: tx.messages.of_request(1))
    assert [m.message.text for m in filed] == [ORDERS, ""]


def test_another_program_opens_nothing(chat: Chat) -> None:
    chat.says(ORDERS, user="", subtype="bot_message", bot_id="B0OTHER")
    assert chat.house.requests() == []


def test_a_person_turns_any_message_into_a_request(chat: Chat) -> None:
    said = chat.says(f"<@{PERO}> the orders fail, do you know why?")
    chat.hears(TAKER.of_shortcut(shortcut(said, PERO, chat.house.now)))
    request = only(chat.house)
    assert request.sender == f"slack:{MARIA}"
    chat.posted(NoticeKind.RECEIPT, said)
    chat.hears(TAKER.of_shortcut(shortcut(said, ANA, chat.house.now)))
    assert len(chat.house.requests()) == 1


@pytest.mark.parametrize(
    ("opens", "text", "count"),
    [
        (Opens.MENTION, ORDERS, 0),
        (Opens.MENTION, f"<@{US.user}> {ORDERS}", 1),
        (Opens.EMOJI, f"<@{US.user}> {ORDERS}", 0),
        (Opens.NOTHING, f"<@{US.user}> {ORDERS}", 0),
    ],
)
def test_a_room_may_have_a_rule_of_its_own(chat: Chat, opens: Opens, text: str, count: int) -> None:
    chat.under(rooms={f"slack:{ROOM}": opens})
    said = chat.says(text)
    assert len(chat.house.requests()) == count
    if count:
        chat.posted(NoticeKind.RECEIPT, said)


def test_called_with_a_greeting_the_next_word_is_for_us(chat: Chat) -> None:
    chat.under(rooms={f"slack:{ROOM}": Opens.MENTION})
    chat.says(f"<@{US.user}> hi")
    said = chat.says(ORDERS)
    assert only(chat.house).subject == ORDERS
    chat.posted(NoticeKind.RECEIPT, said)


def test_who_writes_to_us_alone_in_no_contract_is_held_and_told(chat: Chat) -> None:
    said = chat.says("can your software do invoices?", "U0STRANGER", "D0STRANGER")
    assert only(chat.house).state is State.HELD
    chat.posted(NoticeKind.RECEIPT, said)


def test_a_reply_that_comes_before_its_root_is_one_request_with_it(chat: Chat) -> None:
    root = message("orders fail", chat.house.now)
    reply = message("for everybody", chat.house.now + timedelta(seconds=1), thread_ts=root["ts"])
    chat.event(reply)
    chat.event(root)
    assert only(chat.house).answer_to == f"slack:{ROOM}/{root['ts']}"
    chat.posted(NoticeKind.RECEIPT, root)


def test_the_first_version_that_never_came_counts_from_when_it_was_written(chat: Chat) -> None:
    said = message("Hi", chat.house.now)
    at = chat.house.now
    chat.house.pass_(minutes=5)
    edited = said | {"text": ORDERS, "edited": {"user": MARIA, "ts": stamp(chat.house.now)}}
    chat.hears(TAKER.of_message(edited, ROOM))
    assert only(chat.house).received_at == at
    chat.posted(NoticeKind.RECEIPT, said)


def test_a_file_that_did_not_come_in_time_comes_later_and_holds_nothing_up(chat: Chat) -> None:
    had: list[dict[str, Any]] = [
        {"name": "error.png", "problem": "too late", "owed": True},
        {"name": "error.png", "type": "image/png", "content": "UE5H"},
    ]

    async def complete(arrival: Arrival, seconds: float) -> bytes | None:
        kept = json.loads(arrival.content) | {"files": {"F1": had.pop(0)}}
        return json.dumps(kept).encode()

    chat.house.complete = complete
    said = chat.says(ORDERS, files=[{"id": "F1", "name": "error.png"}])
    chat.posted(NoticeKind.RECEIPT, said)

    def filed() -> Message:
        (first,) = chat.house.store.read(lambda tx: tx.messages.of_request(1))
        return first.message

    assert filed().problems == ("file error.png is in Slack only: too late",)
    chat.house.pass_(minutes=2)
    assert [a.name for a in filed().attachments] == ["error.png"]
    assert filed().problems == ()
    kept = chat.house.store.read(lambda tx: tx.inbox.arrival(1))
    assert chat.house.second_look.understand(kept).attachments[0].content == b"PNG"


def test_what_cannot_be_completed_is_tried_again_and_then_held(chat: Chat) -> None:
    async def complete(arrival: Arrival, seconds: float) -> bytes | None:
        raise OSError("Slack is out of reach")

    chat.house.complete = complete
    chat.says(ORDERS)
    assert chat.house.requests() == []
    for _ in range(30):
        chat.house.pass_(seconds=16)
    assert only(chat.house).state is State.HELD
    chat.house.alarm("ana")
    chat.house.alarm()
