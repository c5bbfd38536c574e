"""What is offered at which price, and what may become of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import offers
from rules.model import (
    Contract,
    Offer,
    OfferState,
    PriceList,
    PriceListItem,
    RegisteredPerson,
    Service,
)
from rules.offers import CENT, Ordered
from rules.requests import Refused

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
SUPPORT, DEVELOPMENT = Service.SUPPORT, Service.DEVELOPMENT
PRICES = PriceList(
    currency="EUR",
    hourly=Decimal("85.00"),
    development_hourly=Decimal("110.00"),
    discount_percent=Decimal(10),
    valid_for=timedelta(days=14),
    items={
        "import": PriceListItem("import", {"en": "Import", "hr": "Uvoz"}, Decimal("120.05")),
    },
    small_print={"hr": "Cijene su bez PDV-a.", "en": "Prices are without VAT."},
)
OFFER = Offer(
    id=3,
    request_id=12,
    service=SUPPORT,
    terms=offers.price(Ordered(SUPPORT, hours=Decimal(3)), PRICES, True, "en"),
    note="",
    contract_id=1,
    customer="Adria d.o.o.",
    address="maria@adria.example",
    language="en",
    offered_by="ana",
    offered_at=NOW,
    expires_at=NOW + timedelta(days=14),
)


@pytest.mark.parametrize(
    ("ordered", "has_discount", "sums"),
    [
        (Ordered(SUPPORT, hours=Decimal(3)), False, ("255.00", "0.00", "255.00")),
        (Ordered(SUPPORT, hours=Decimal(3)), True, ("255.00", "25.50", "229.50")),
        (Ordered(SUPPORT, hours=Decimal("0.25")), True, ("21.25", "2.13", "19.12")),  # 2.125
        (Ordered(DEVELOPMENT, hours=Decimal("1.5")), False, ("165.00", "0.00", "165.00")),
        (Ordered(SUPPORT, item="import"), True, ("120.05", "12.01", "108.04")),  # 12.005
        (Ordered(DEVELOPMENT, item="import", times=3), False, ("360.15", "0.00", "360.15")),
    ],
)
def test_a_price_is_rounded_to_the_cent_half_a_cent_up(
    ordered: Ordered, has_discount: bool, sums: tuple[str, str, str]
) -> None:
    terms = offers.price(ordered, PRICES, has_discount, "en")
    assert (str(terms.list_price), str(terms.discount), str(terms.price)) == sums


MONEY = st.decimals(0, 100_000, places=2)


@given(
    st.decimals("0.01", offers.MOST_HOURS, places=2),
    MONEY,
    st.decimals(0, 100, places=2),
    st.booleans(),
)
def test_a_price_and_its_discount_are_what_the_list_price_was(
    hours: Decimal, hourly: Decimal, percent: Decimal, has_discount: bool
) -> None:
    prices = replace(PRICES, hourly=hourly, discount_percent=percent)
    terms = offers.price(Ordered(SUPPORT, hours=hours), prices, has_discount, "en")
    assert terms.price + terms.discount == terms.list_price
    assert 0 <= terms.price <= terms.list_price
    for amount in (terms.price, terms.discount, terms.list_price):
        assert amount == amount.quantize(CENT)
    assert abs(terms.list_price - hours * hourly) <= CENT / 2
    if has_discount:
        assert abs(terms.discount - terms.list_price * percent / 100) <= CENT / 2
    else:
        assert terms.discount == 0


@given(st.integers(1, offers.MOST_TIMES - 1), MONEY)
def test_more_of_an_item_never_costs_less(times: int, price: Decimal) -> None:
    prices = replace(PRICES, items={"x": PriceListItem("x", {}, price)})
    less, more = (
        offers.price(Ordered(SUPPORT, item="x", times=n), prices, True, "en").price
        for n in (times, times + 1)
    )
    assert less <= more


def test_an_item_is_named_in_the_customers_language_and_else_in_english() -> None:
    def said(language: str) -> tuple[str, str]:
        terms = offers.price(Ordered(SUPPORT, item="import"), PRICES, False, language)
        return terms.words, terms.small_print

    assert said("hr") == ("Uvoz", "Cijene su bez PDV-a.")
    assert said("de") == ("Import", "Prices are without VAT.")
    assert offers.in_language({"sr": "Uvoz"}, "sr-Cyrl") == "Uvoz"
    assert offers.in_language({"sl": "Uvoz"}, "de") == "Uvoz"
    assert offers.in_language({}, "de") == ""


@pytest.mark.parametrize(
    ("ordered", "told"),
    [
        (Ordered(SUPPORT), "--hours 3, or --item CODE; one of the two"),
        (Ordered(SUPPORT, hours=Decimal(1), item="import"), "one of the two"),
        (Ordered(SUPPORT, hours=Decimal(1), times=2), "--times is of an item"),
        (Ordered(SUPPORT, hours=Decimal(0)), "--hours 0: must be more than 0"),
        (Ordered(SUPPORT, hours=Decimal(-1)), "--hours -1"),
        (Ordered(SUPPORT, hours=Decimal("1000.01")), "1000 at most"),
        (Ordered(SUPPORT, hours=Decimal("0.005")), "--hours 0.005"),
        (Ordered(SUPPORT, hours=Decimal("NaN")), "--hours NaN"),
        (Ordered(SUPPORT, hours=Decimal("Infinity")), "--hours Infinity"),
        (Ordered(SUPPORT, item="imprt"), "no item 'imprt'; there are: import"),
        (Ordered(SUPPORT, item="import", times=0), "--times 0"),
        (Ordered(SUPPORT, item="import", times=1001), "--times 1001"),
    ],
)
def test_what_cannot_be_priced_is_refused_with_a_word(ordered: Ordered, told: str) -> None:
    with pytest.raises(Refused, match=told):
        offers.price(ordered, PRICES, False, "en")


def a_contract(ends_on: date = date(2026, 12, 31)) -> Contract:
    maria = RegisteredPerson("Maria", frozenset({"maria@adria.example"}))
    return Contract(1, "Adria d.o.o.", "premium", date(2026, 1, 1), ends_on, (maria,))


def test_only_a_registered_person_of_a_running_contract_is_found() -> None:
    lapsed, running = a_contract(date(2026, 2, 1)), a_contract()
    day = date(2026, 3, 4)
    found = offers.registered("maria@adria.example", [lapsed, running], day)
    assert found == (running, running.persons[0])
    assert offers.registered("maria@adria.example", [lapsed], day) is None
    assert offers.registered("ivo@adria.example", [running], day) is None


def test_a_word_said_again_changes_nothing() -> None:
    accepted = offers.decide(OFFER, OfferState.ACCEPTED, "Maria", NOW)
    assert (accepted.state, accepted.decided_by, accepted.decided_at) == (
        OfferState.ACCEPTED, "Maria", NOW,
    )  # fmt: skip
    later = NOW + timedelta(days=100)
    assert offers.decide(accepted, OfferState.ACCEPTED, "Ivo", later) == accepted


def test_what_was_offered_is_the_same_once_it_is_decided() -> None:
    accepted = offers.decide(OFFER, OfferState.ACCEPTED, "Maria", NOW)
    assert accepted == replace(OFFER, state=OfferState.ACCEPTED, decided_by="Maria", decided_at=NOW)


DECIDED = [s for s in OfferState if s not in (OfferState.OPEN, OfferState.EXPIRED)]


@given(st.sampled_from(DECIDED), st.sampled_from(DECIDED))
def test_a_different_word_is_told_what_was_decided_by_whom_and_when(
    first: OfferState, second: OfferState
) -> None:
    decided = offers.decide(OFFER, first, "Maria", NOW)
    if first is second:
        assert offers.decide(decided, second, "Ivo", NOW) == decided
        return
    with pytest.raises(Refused, match=f"offer 3 is {first} by Maria at 2026-03-04 09:00 UTC"):
        offers.decide(decided, second, "Ivo", NOW)


def test_an_offer_holds_until_its_last_instant_and_not_at_it() -> None:
    just_before = OFFER.expires_at - timedelta(microseconds=1)
    assert OFFER.state_at(just_before) is OfferState.OPEN
    assert OFFER.state_at(OFFER.expires_at) is OfferState.EXPIRED
    for state in DECIDED:
        offers.decide(OFFER, state, "Maria", just_before)
        with pytest.raises(Refused, match="offer 3 expired at 2026-03-18 09:00 UTC"):
            offers.decide(OFFER, state, "Maria", OFFER.expires_at)


def test_another_offer_takes_the_place_of_an_open_or_an_expired_one() -> None:
    newer = replace(OFFER, id=4)
    for now in (NOW, OFFER.expires_at):
        gone = offers.replaced(OFFER, newer, "ana", now)
        assert (gone.state, gone.replaced_by) == (OfferState.REPLACED, 4)
    accepted = offers.decide(OFFER, OfferState.ACCEPTED, "Maria", NOW)
    with pytest.raises(Refused, match="offer 3 is accepted by Maria"):
        offers.replaced(accepted, newer, "ana", NOW)
    with pytest.raises(Refused, match="offer 3 is for request 12, not 13"):
        offers.replaced(OFFER, replace(newer, request_id=13), "ana", NOW)


def test_an_offer_is_told_in_short() -> None:
    assert offers.in_short(OFFER.terms, SUPPORT) == ("3 h of support, 229.50 EUR (10 % off 255.00)")
    item = offers.price(Ordered(DEVELOPMENT, item="import", times=2), PRICES, False, "en")
    assert offers.in_short(item, DEVELOPMENT) == "2 x import of development, 240.10 EUR"
