"""What is said about who is on call is kept, also when it is undone."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from rules.model import CalendarCopy, OnCallChange, OnCallChangeKind, Shift
from storage.store import Store, StoreError
from tests.storage.nouns import MINUTE, NOW, a_change, every

on_one_store = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@on_one_store
@given(every(OnCallChange))
def test_a_change_comes_back_as_it_was(store: Store, change: OnCallChange) -> None:
    change = replace(change, undoes=None)
    added = store.write(lambda tx: tx.on_call.add(change))
    assert added == replace(change, id=added.id)
    assert store.read(lambda tx: tx.on_call.get(added.id)) == added


def test_what_stands_is_what_is_neither_over_nor_undone(store: Store) -> None:
    past = a_change(until_at=NOW)
    kept, undone, over = (store.write(lambda tx, c=c: tx.on_call.add(c)) for c in
                          (a_change(), a_change(kind=OnCallChangeKind.ABSENCE), past))  # fmt: skip
    undo = replace(undone, kind=OnCallChangeKind.UNDO, undoes=undone.id)
    undo = store.write(lambda tx: tx.on_call.add(undo))
    assert store.read(lambda tx: tx.on_call.standing(NOW)) == [kept]
    assert store.read(lambda tx: tx.on_call.standing(NOW - MINUTE)) == [kept, over]
    assert store.read(lambda tx: tx.on_call.undo_of(undone.id)) == undo
    assert store.read(lambda tx: tx.on_call.undo_of(kept.id)) is None
    assert store.read(lambda tx: tx.on_call.get(10**17)) is None


def test_what_is_undone_is_undone_once(store: Store) -> None:
    change = store.write(lambda tx: tx.on_call.add(a_change()))
    undo = replace(change, kind=OnCallChangeKind.UNDO, undoes=change.id)
    store.write(lambda tx: tx.on_call.add(undo))
    with pytest.raises(StoreError):
        store.write(lambda tx: tx.on_call.add(undo))


def test_the_last_copy_of_a_calendar_is_kept(store: Store) -> None:
    first = CalendarCopy("c", b"BEGIN\0", (), NOW)
    second = replace(first, shifts=(Shift("ana", NOW, NOW + MINUTE),), read_at=NOW + MINUTE)
    for copy in (first, second):
        store.write(lambda tx, copy=copy: tx.on_call.keep(copy))
    assert store.read(lambda tx: tx.on_call.copy_of("c")) == second
    assert store.read(lambda tx: tx.on_call.shifts()) == {"c": second.shifts}
    assert store.read(lambda tx: tx.on_call.copy_of("other")) is None
