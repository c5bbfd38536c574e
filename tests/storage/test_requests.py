from dataclasses import replace

import pytest

from rules.model import HistoryEntry, State
from storage.store import Store, StoreError, Transaction
from tests.storage.nouns import MINUTE, NOW, a_request


def test_requests_are_numbered_from_one(store: Store) -> None:
    added = [store.write(lambda tx: tx.requests.add(a_request())) for _ in range(3)]
    assert [request.id for request in added] == [1, 2, 3]


def test_a_request_that_is_not_there_cannot_be_saved(store: Store) -> None:
    assert store.read(lambda tx: tx.requests.get(7)) is None
    with pytest.raises(StoreError, match="no request 7"):
        store.write(lambda tx: tx.requests.save(a_request(id=7)))


def test_what_is_saved_is_seen_in_the_same_transaction(store: Store) -> None:
    def work(tx: Transaction) -> tuple[str, str]:
        request = tx.requests.add(a_request())
        tx.requests.get(request.id)
        tx.requests.save(replace(request, owner="eva"))
        again = tx.requests.get(request.id)
        return again.owner if again else "", tx.requests.find()[0].owner

    assert store.write(work) == ("eva", "eva")


def test_the_request_owed_first_is_found_first(store: Store) -> None:
    def work(tx: Transaction) -> None:
        for request in (
            a_request(subject="never", first_response_due_at=None),
            a_request(subject="late", first_response_due_at=NOW + 3 * MINUTE),
            a_request(
                subject="held",
                state=State.HELD,
                first_response_due_at=None,
                review_due_at=NOW + 2 * MINUTE,
            ),
            a_request(subject="soon", first_response_due_at=NOW + MINUTE),
            a_request(subject="soon too", first_response_due_at=NOW + MINUTE),
        ):
            tx.requests.add(request)

    store.write(work)
    found = store.read(lambda tx: tx.requests.find())
    assert [r.subject for r in found] == ["soon", "soon too", "held", "late", "never"]
    found = store.read(lambda tx: tx.requests.find(limit=2))
    assert [r.subject for r in found] == ["soon", "soon too"]


def test_requests_are_found_by_their_states(store: Store) -> None:
    for state in State:
        store.write(lambda tx, state=state: tx.requests.add(a_request(state=state)))
    found = store.read(lambda tx: tx.requests.find({State.OPEN, State.HELD}))
    assert {r.state for r in found} == {State.OPEN, State.HELD}
    assert store.read(lambda tx: tx.requests.find([])) == []
    assert len(store.read(lambda tx: tx.requests.find(None))) == len(State)


def test_what_was_before_is_the_same_customers_or_of_nobody_known_the_same_senders(
    store: Store,
) -> None:
    known, other = {"customer": "Adria"}, {"customer": "Istra"}
    pero, nobody = {"customer": "", "sender": "pero@x.example"}, {"customer": "", "sender": ""}
    for whose in (known, other, known, pero, pero, nobody, nobody, known, known):
        store.write(lambda tx, whose=whose: tx.requests.add(a_request(**whose)))

    def before(id: int, limit: int = 9) -> list[int]:
        def work(tx: Transaction) -> list[int]:
            request = tx.requests.get(id)
            assert request is not None
            return [each.id for each in tx.requests.before(request, limit)]

        return store.read(work)

    assert before(9) == [8, 3, 1]
    assert before(9, limit=2) == [8, 3]
    assert (before(5), before(4), before(7), before(2)) == ([4], [], [], [])


def test_history_is_kept_in_the_order_it_was_written(store: Store) -> None:
    first, second = (store.write(lambda tx: tx.requests.add(a_request())).id for _ in range(2))
    entries = [
        HistoryEntry(first, NOW + MINUTE, "customer", "opened", "wrote"),
        HistoryEntry(second, NOW, "supportd", "opened", ""),
        HistoryEntry(first, NOW, "eva", "acknowledged", ""),
    ]
    for entry in entries:
        store.write(lambda tx, entry=entry: tx.requests.note(entry))
    assert store.read(lambda tx: tx.requests.history(first)) == [entries[0], entries[2]]


@pytest.mark.parametrize("id", [7, 2**31, 2**63 - 1])
def test_a_request_that_is_not_there_is_none_whatever_its_number(store: Store, id: int) -> None:
    assert store.read(lambda tx: tx.requests.get(id)) is None
