"""Offers come back as they were made, and only what became of them ever changes."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.model import Offer, OfferState
from storage.store import Store, StoreError
from tests.storage.nouns import MINUTE, NOW, a_contract, a_request, an_offer, every


def standing(store: Store, offer: Offer | None = None) -> Offer:
    """One that stands on a request and a contract that are there."""
    store.write(lambda tx: tx.contracts.put([a_contract()]))
    contract = store.read(lambda tx: tx.contracts.all())[0]
    request = store.write(lambda tx: tx.requests.add(a_request(contract_id=contract.id)))
    return replace(offer or an_offer(), request_id=request.id, contract_id=contract.id)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(every(Offer), every(Offer))
def test_an_offer_comes_back_as_it_was_and_settled_it_is_still_what_was_offered(
    store: Store, offer: Offer, other: Offer
) -> None:
    offer = standing(store, offer)
    added = store.write(lambda tx: tx.offers.add(offer))
    assert added == replace(offer, id=added.id)
    assert store.read(lambda tx: tx.offers.get(added.id)) == added
    store.write(lambda tx: tx.offers.settle(replace(other, id=added.id)))
    assert store.read(lambda tx: tx.offers.get(added.id)) == replace(
        added,
        state=other.state,
        decided_by=other.decided_by,
        decided_at=other.decided_at,
        replaced_by=other.replaced_by,
    )


@given(st.decimals(allow_nan=False, allow_infinity=False))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_an_amount_keeps_every_digit(store: Store, amount: Decimal) -> None:
    offer = standing(store, an_offer(terms=replace(an_offer().terms, price=amount)))
    added = store.write(lambda tx: tx.offers.add(offer))
    stored = store.read(lambda tx: tx.offers.get(added.id))
    assert stored is not None
    assert str(stored.terms.price) == str(amount)


def test_a_month_has_what_was_accepted_in_it(store: Store) -> None:
    def accepted_at(after: timedelta, **changed: object) -> int:
        settled = {"state": OfferState.ACCEPTED, "decided_at": NOW + after, **changed}
        offer = replace(standing(store), **settled)  # type: ignore[arg-type]
        return store.write(lambda tx: tx.offers.add(offer)).id

    accepted_at(-MINUTE)
    first = accepted_at(timedelta(0))
    last = accepted_at(59 * MINUTE)
    accepted_at(60 * MINUTE)
    accepted_at(MINUTE, state=OfferState.DECLINED)
    accepted_at(MINUTE, customer="Another d.o.o.")
    found = store.read(lambda tx: tx.offers.accepted("Adria", NOW, NOW + 60 * MINUTE))
    assert [offer.id for offer in found] == [first, last]


def test_a_requests_offers_are_found_and_one_that_is_not_there_is_none(store: Store) -> None:
    made = standing(store)
    offer = store.write(lambda tx: tx.offers.add(made))
    assert store.read(lambda tx: tx.offers.of_request(offer.request_id)) == [offer]
    assert store.read(lambda tx: tx.offers.all()) == [offer]
    assert store.read(lambda tx: tx.offers.get(offer.id + 1)) is None
    assert store.read(lambda tx: tx.offers.get(10**17)) is None
    with pytest.raises(StoreError, match="there is no offer 99 to settle"):
        store.write(lambda tx: tx.offers.settle(replace(offer, id=99)))
