"""Offers that hold no more: withdrawn, replaced, expired, made in vain."""

from datetime import timedelta
from decimal import Decimal

import pytest

from channels.base import DeliveryError, Failure
from rules.model import (
    CloseReason,
    NoticeKind,
    OfferState,
)
from rules.requests import Refused
from tests.daemon.house import House
from tests.daemon.offer_house import Offers, offered_to

P = "p@premium.example"


@pytest.fixture
def offers(house: House) -> Offers:
    return offered_to(house, P)


def test_a_withdrawn_and_a_replaced_offer_say_so(house: House, offers: Offers) -> None:
    offers.make()
    first = offers.path()
    offers.make(hours=Decimal(4), instead_of=1)
    second = offers.path()
    gone = offers.stored(1)
    assert (gone.state, gone.replaced_by, gone.decided_by) == (OfferState.REPLACED, 2, "ana")
    offers.withdraw(2)
    house.work()
    house.sent(NoticeKind.OFFER, P)
    for path, words in ((first, "Another offer has taken the place"), (second, "We withdrew")):
        text = offers.get(path).body.decode()
        assert words in text
        assert "<form" not in text
        assert "229.50" not in text
        assert offers.answer(path, "accept").status == 409
    assert {"offer replaced", "offer withdrawn"} < set(house.history())
    assert "offer accepted" not in house.history()


def test_whom_an_offer_was_made_to_hears_once_that_it_is_withdrawn(
    house: House, offers: Offers
) -> None:
    offers.make()
    first = house.sent(NoticeKind.OFFER, P)
    for _ in range(2):
        offers.withdraw(1)
        house.work()
    letter = house.sent(NoticeKind.OFFER, P)
    said = " ".join(letter.text.split())
    assert "We have withdrawn our offer for your request #1 (price: €229.50)" in said
    assert "/offer/" not in letter.text
    assert (letter.subject, letter.kind) == (first.subject, first.kind)


def test_the_letter_of_an_offer_that_holds_no_more_does_not_go_out(
    house: House, offers: Offers
) -> None:
    house.post.failing = DeliveryError(Failure.TEMPORARY, "451 later")
    offers.make()
    offers.make(hours=Decimal(4), instead_of=1)
    offers.withdraw(2)
    house.post.failing = None
    house.pass_(hours=1)
    assert [n for n in house.taken() if n.kind is NoticeKind.OFFER] == []
    assert "offer withdrawn" in house.history()
    house.ignore()


def test_an_expired_offer_says_so_and_can_be_made_anew(house: House, offers: Offers) -> None:
    offers.make()
    path = offers.path()
    house.now += timedelta(days=14)
    house.work()
    house.ignore()
    text = offers.get(path).body.decode()
    assert "This offer held until Wednesday, 18 March 2026 at 10:00" in text
    assert "<form" not in text
    offers.make(instead_of=1)
    house.ignore()


def test_the_same_offer_twice_is_refused(house: House, offers: Offers) -> None:
    offers.make()
    offers.path()
    with pytest.raises(Refused, match="has this offer open already, with number 1"):
        offers.make()
    assert [offer.id for offer in house.store.read(lambda tx: tx.offers.all())] == [1]
    offers.make(instead_of=1)
    offers.path()


def test_an_offer_on_a_closed_request_is_refused(house: House, offers: Offers) -> None:
    house.store.write(lambda tx: house.desk.close(tx, 1, CloseReason.WITHDRAWN, "ana", house.now))
    with pytest.raises(Refused, match="request 1 is closed"):
        offers.make()


def test_an_accepted_offer_is_not_taken_back(house: House, offers: Offers) -> None:
    offers.make()
    offers.answer(offers.path(), "accept")
    house.copy("ana")
    with pytest.raises(Refused, match="offer 1 is accepted by p at 2026-03-04 09:00 UTC"):
        offers.withdraw(1)
    with pytest.raises(Refused, match="there is no offer 2"):
        offers.withdraw(2)
