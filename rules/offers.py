"""Paid work: what is offered at which price, to whom, and what may become of an offer.

An offer owes nothing and stops nothing: no function here knows of timers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from rules.model import (
    Contract,
    Offer,
    OfferState,
    PriceList,
    RegisteredPerson,
    Request,
    Service,
    State,
    Terms,
    Wording,
)
from rules.places import is_place
from rules.requests import Refused

CENT = Decimal("0.01")
MOST_HOURS, MOST_TIMES = Decimal(1000), 1000
"""More is a typing mistake."""


@dataclass(frozen=True)
class Ordered:
    """What an engineer wants to offer: hours, or an item of the price list so many times."""

    service: Service
    hours: Decimal | None = None
    item: str = ""
    times: int = 1


def price(ordered: Ordered, prices: PriceList, has_discount: bool, language: str) -> Terms:
    """What it costs. Raises Refused for what is on no price list.

    The sum is rounded to the cent, half a cent up, then the discount in the same way; the price is
    the difference, so that the three always add up.
    """
    if (ordered.hours is None) == (not ordered.item):
        raise Refused("say what is offered: --hours 3, or --item CODE; one of the two")
    if ordered.hours is not None and ordered.times != 1:
        raise Refused("--times is of an item; hours are counted already")
    code, words, unit_price, quantity = (
        ("", "", _hourly(ordered.service, prices), _hours(ordered.hours))
        if ordered.hours is not None
        else _item(ordered, prices, language)
    )
    percent = prices.discount_percent if has_discount else Decimal(0)
    list_price = to_the_cent(unit_price * quantity)
    discount = to_the_cent(list_price * percent / 100)
    return Terms(
        code=code,
        words=words,
        quantity=quantity,
        unit_price=unit_price,
        list_price=list_price,
        discount_percent=percent,
        discount=discount,
        price=list_price - discount,
        currency=prices.currency,
        small_print=in_language(prices.small_print, language),
    )


def to_the_cent(amount: Decimal) -> Decimal:
    """Half a cent goes up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def in_language(words: Wording, language: str) -> str:
    """The words in a language, in English, or in the first there is; empty if there are none."""
    for wanted in (language, language[:2], "en"):
        if wanted in words:
            return words[wanted]
    return next(iter(words.values()), "")


def in_short(terms: Terms, service: Service) -> str:
    """An offer's matter on one line, for us: `3 h of support, 229.50 EUR (10 % off 255.00)`."""
    what = f"{terms.quantity} x {terms.code}" if terms.code else f"{terms.quantity} h"
    off = f" ({terms.discount_percent} % off {terms.list_price})" if terms.discount_percent else ""
    return f"{what} of {service}, {terms.price} {terms.currency}{off}"


def registered(
    address: str, contracts: Sequence[Contract], day: date
) -> tuple[Contract, RegisteredPerson] | None:
    """The contract running on a day under which somebody at an address is registered, and who."""
    for contract in contracts:
        for person in contract.persons:
            if address in person.addresses and contract.runs_on(day):
                return contract, person
    return None


def recipient(request: Request, contracts: Sequence[Contract], day: date) -> tuple[Contract, str]:
    """The contract under which the request's sender may be offered work, and the address to which
    the offer goes. Raises Refused.

    `contracts` are the customer's, of any term. Whose request came by a chat is written to at the
    address that the contract registers beside the identity there: of a chat nothing is proven.
    """
    if request.state is State.CLOSED:
        raise Refused(f"request {request.id} is closed: {request.close_reason}")
    if not contracts:
        raise Refused(f"request {request.id} is under no contract: only its persons may decide")
    if is_place(request.sender):
        return _of_a_chat(request, contracts, day)
    found = registered(request.sender, contracts, day)
    if found:
        return found[0], request.sender
    raise _nobody(request, contracts, day)


def _of_a_chat(request: Request, contracts: Sequence[Contract], day: date) -> tuple[Contract, str]:
    for contract in contracts:
        for person in contract.persons:
            if request.sender in person.identities and contract.runs_on(day):
                if person.addresses:
                    return contract, min(person.addresses)
                raise Refused(
                    f"{person.name} ({request.sender}) is registered with no address: an offer goes"
                    " by mail alone, since its link decides"
                )
    raise _nobody(request, contracts, day)


def _nobody(request: Request, contracts: Sequence[Contract], day: date) -> Refused:
    """Why nobody may decide."""
    running = [contract for contract in contracts if contract.runs_on(day)]
    if not running:
        return Refused(f"no contract of {contracts[0].customer} runs today: nobody may decide")
    names = ", ".join(person.name for c in running for person in c.persons) or "nobody"
    return Refused(
        f"{request.sender} is no registered person of {running[0].customer}, who alone may decide;"
        f" registered: {names}"
    )


def decide(offer: Offer, state: OfferState, by: str, now: datetime) -> Offer:
    """The customer's word, or ours to take it back; said again it changes nothing.

    Raises Refused, telling what holds, where it comes too late or says otherwise than before.
    """
    stands = offer.state_at(now)
    if stands is state:
        return offer
    if stands is not OfferState.OPEN:
        raise Refused(_what_holds(offer, stands))
    return replace(offer, state=state, decided_by=by, decided_at=now)


def replaced(offer: Offer, newer: Offer, by: str, now: datetime) -> Offer:
    """Another offer for the same request takes its place. Raises Refused."""
    if offer.request_id != newer.request_id:
        raise Refused(f"offer {offer.id} is for request {offer.request_id}, not {newer.request_id}")
    stands = offer.state_at(now)
    if stands not in (OfferState.OPEN, OfferState.EXPIRED):
        raise Refused(_what_holds(offer, stands))
    return replace(
        offer, state=OfferState.REPLACED, decided_by=by, decided_at=now, replaced_by=newer.id
    )


def _what_holds(offer: Offer, stands: OfferState) -> str:
    if stands is OfferState.EXPIRED:
        return f"offer {offer.id} expired at {offer.expires_at:%Y-%m-%d %H:%M} UTC"
    by = f" by {offer.decided_by} at {offer.decided_at:%Y-%m-%d %H:%M} UTC"
    return f"offer {offer.id} is {stands}{by}"


def _hourly(service: Service, prices: PriceList) -> Decimal:
    return prices.development_hourly if service is Service.DEVELOPMENT else prices.hourly


def _hours(hours: Decimal) -> Decimal:
    if not (hours.is_finite() and 0 < hours <= MOST_HOURS and hours == to_the_cent(hours)):
        raise Refused(f"--hours {hours}: must be more than 0, {MOST_HOURS} at most (like 1.5)")
    return hours.normalize() + 0  # 3.0 is 3


def _item(ordered: Ordered, prices: PriceList, language: str) -> tuple[str, str, Decimal, Decimal]:
    item = prices.items.get(ordered.item)
    if item is None:
        known = ", ".join(prices.items) or "none"
        raise Refused(f"the price list has no item {ordered.item!r}; there are: {known}")
    if not 0 < ordered.times <= MOST_TIMES:
        raise Refused(f"--times {ordered.times}: must be 1 to {MOST_TIMES}")
    return item.code, in_language(item.words, language), item.price, Decimal(ordered.times)
