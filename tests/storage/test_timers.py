from dataclasses import replace

import pytest
from sqlalchemy import Engine, event, text

from rules.model import Acknowledgement, Fate, Purpose
from storage.engine import open_database
from storage.store import Store, Transaction
from tests.storage.nouns import MINUTE, NOW, a_request, a_timer, an_arrival


@pytest.fixture
def requests(store: Store) -> list[int]:
    return [store.write(lambda tx: tx.requests.add(a_request())).id for _ in range(3)]


def test_arming_again_replaces_the_timer_of_the_same_purpose(
    store: Store, requests: list[int]
) -> None:
    first = a_timer(requests[0], acknowledgement=Acknowledgement("eva", NOW))
    other = a_timer(requests[0], purpose=Purpose.FOLLOW_UP)
    again = replace(first, told=2, epoch=1, acknowledgement=None)
    for timer in (first, other, again):
        store.write(lambda tx, timer=timer: tx.timers.arm(timer))
    assert store.read(lambda tx: tx.timers.of(requests[0])) == [again, other]
    assert store.read(lambda tx: tx.timers.armed()) == 2


def test_due_are_those_to_be_looked_at_by_now_the_longest_due_first(
    store: Store, requests: list[int]
) -> None:
    late, now, later = (
        a_timer(id, next_at=NOW + minutes * MINUTE)
        for id, minutes in zip(requests, (-1, 0, 1), strict=True)
    )
    for timer in (later, now, late):
        store.write(lambda tx, timer=timer: tx.timers.arm(timer))
    assert store.claim(lambda tx: [t for t, _ in tx.timers.claim(NOW, 10)]) == [late, now]
    assert store.claim(lambda tx: [t for t, _ in tx.timers.claim(NOW, 1)]) == [late]
    assert store.read(lambda tx: tx.timers.next_at()) == NOW - MINUTE


def test_many_are_claimed_in_as_many_statements_as_one(store: Store, requests: list[int]) -> None:
    for id in requests:
        store.write(lambda tx, id=id: tx.timers.arm(a_timer(id)))

    def statements(limit: int) -> int:
        said: list[str] = []

        def note(_c: object, _k: object, statement: str, *_: object) -> None:
            said.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            assert len(store.claim(lambda tx: tx.timers.claim(NOW + 99 * MINUTE, limit))) == limit
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        return len(said)

    assert statements(3) == statements(1)


def test_whether_there_is_anything_to_see_is_one_question(
    store: Store, requests: list[int]
) -> None:
    store.write(lambda tx: tx.timers.arm(a_timer(requests[0], next_at=NOW)))
    said: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        said.append(statement)

    asked = [(NOW - MINUTE, NOW), (NOW, NOW)]
    store.is_ripe(NOW, NOW)  # opens the connection
    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert [store.is_ripe(*at) for at in asked] == [False, True]
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(said) == len(asked)


def test_an_arrival_undecided_for_too_long_is_to_be_seen(store: Store) -> None:
    store.write(lambda tx: tx.inbox.take([an_arrival()], NOW))
    assert not store.is_ripe(NOW, NOW)
    assert store.is_ripe(NOW, NOW + MINUTE)
    store.write(lambda tx: tx.inbox.settle(1, Fate.NOTED, ""))
    assert not store.is_ripe(NOW, NOW + MINUTE)


def test_whoever_asks_sees_what_was_written_since(store: Store, requests: list[int]) -> None:
    assert not store.is_ripe(NOW, NOW)
    store.write(lambda tx: tx.timers.arm(a_timer(requests[0], next_at=NOW)))
    assert store.is_ripe(NOW, NOW)
    store.write(lambda tx: tx.timers.disarm(requests[0]))
    assert not store.is_ripe(NOW, NOW)


def test_a_disarmed_timer_is_gone(store: Store, requests: list[int]) -> None:
    kept = a_timer(requests[1])
    armed = [a_timer(requests[0], purpose=purpose) for purpose in Purpose]
    for timer in (kept, *armed):
        store.write(lambda tx, timer=timer: tx.timers.arm(timer))
    store.write(lambda tx: tx.timers.disarm(requests[0], Purpose.REVIEW))
    left = {t.purpose for t in store.read(lambda tx: tx.timers.of(requests[0]))}
    assert left == {Purpose.FIRST_RESPONSE, Purpose.FOLLOW_UP}
    store.write(lambda tx: tx.timers.disarm(requests[0]))
    assert store.read(lambda tx: tx.timers.of(requests[0])) == []
    assert store.read(lambda tx: tx.timers.of(requests[1])) == [kept]


def test_with_nothing_armed_there_is_no_next_look(store: Store) -> None:
    assert store.read(lambda tx: tx.timers.next_at()) is None
    assert store.read(lambda tx: tx.timers.armed()) == 0


def test_a_timer_can_be_armed_disarmed_and_armed_in_one_transaction(
    store: Store, requests: list[int]
) -> None:
    def work(tx: Transaction) -> list[int]:
        tx.timers.arm(a_timer(requests[0]))
        tx.timers.disarm(requests[0])
        tx.timers.arm(a_timer(requests[0], told=3))
        return [timer.told for timer in tx.timers.of(requests[0])]

    assert store.write(work) == [3]


def test_a_policy_that_cannot_be_understood_hides_no_timer(store: Store, url: str) -> None:
    request = store.write(lambda tx: tx.requests.add(a_request())).id
    store.write(lambda tx: tx.timers.arm(a_timer(request, next_at=NOW)))
    database = open_database(url)
    said = text("UPDATE escalationpolicy SET content = '{\"name\"\\: 1}'")
    database.write(lambda session: session.connection().execute(said))
    database.close()
    [(timer, _)] = store.write(lambda tx: tx.timers.claim(NOW, 10))
    assert timer == a_timer(request, next_at=NOW, policy=None)


def test_what_is_owed_can_be_asked_of_one_purpose(store: Store, requests: list[int]) -> None:
    first, follow_up = a_timer(requests[0]), a_timer(requests[1], purpose=Purpose.FOLLOW_UP)
    for timer in (first, follow_up):
        store.write(lambda tx, timer=timer: tx.timers.arm(timer))
    assert store.read(lambda tx: [t for t, _ in tx.timers.owed(9)]) == [first, follow_up]
    owed = store.read(lambda tx: tx.timers.owed(1, Purpose.FOLLOW_UP))
    assert [timer for timer, _ in owed] == [follow_up]
