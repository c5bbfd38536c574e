from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from rules.model import Channel, Fate
from storage.inbox import WAITING_BYTES
from storage.store import Late, Store, StoreError, Transaction
from tests.storage.nouns import MINUTE, NOW, a_request, an_arrival


def ids(store: Store, now: datetime = NOW, limit: int = 10) -> list[int]:
    return [w.id for w in store.read(lambda tx: tx.inbox.waiting(now, limit))]


def test_taking_the_same_arrivals_again_changes_nothing(store: Store) -> None:
    first, second = an_arrival(external_id="1"), an_arrival(external_id="2")
    assert store.write(lambda tx: tx.inbox.take([first], NOW)) == 1
    assert store.write(lambda tx: tx.inbox.take([first, second, second], NOW + MINUTE)) == 1
    assert store.write(lambda tx: tx.inbox.take([], NOW)) == 0
    waiting = store.read(lambda tx: tx.inbox.waiting(NOW, 10))
    assert [(w.arrival, w.stored_at) for w in waiting] == [(first, NOW), (second, NOW + MINUTE)]


def test_an_arrival_is_known_by_channel_account_and_id_together(store: Store) -> None:
    arrivals = [
        an_arrival(external_id="1"),
        an_arrival(external_id="1", account="other"),
        an_arrival(external_id="1", channel=Channel.CHAT),
    ]
    assert store.write(lambda tx: tx.inbox.take(arrivals, NOW)) == 3


def test_arrivals_wait_in_the_order_they_came(store: Store) -> None:
    arrivals = [an_arrival() for _ in range(5)]
    store.write(lambda tx: tx.inbox.take(arrivals, NOW))
    waiting = store.read(lambda tx: tx.inbox.waiting(NOW, 3))
    assert [w.arrival for w in waiting] == arrivals[:3]


def test_of_large_arrivals_fewer_are_handed_out_at_once_but_one_at_least(store: Store) -> None:
    half = bytes(WAITING_BYTES // 2)  # compressed it is next to nothing
    arrivals = [an_arrival(content) for content in (half, half, half, half * 3, b"small")]
    store.write(lambda tx: tx.inbox.take(arrivals, NOW))
    handed_out = []
    while some := ids(store):
        handed_out.append(some)
        for id in some:
            store.write(lambda tx, id=id: tx.inbox.settle(id, Fate.NOTED, ""))
    assert handed_out == [[1, 2], [3, 4], [5]]


def test_a_settled_arrival_waits_no_more_and_keeps_its_content(store: Store) -> None:
    store.write(lambda tx: tx.inbox.take([an_arrival(b"kept"), an_arrival()], NOW))
    request = store.write(lambda tx: tx.requests.add(a_request()))
    first, second = ids(store)
    store.write(lambda tx: tx.inbox.settle(first, Fate.OPENED, "new", request.id))
    assert ids(store) == [second]
    assert store.read(lambda tx: [tx.inbox.is_decided(id) for id in (first, second)]) == [
        True,
        False,
    ]
    assert store.read(lambda tx: tx.inbox.content(first)) == b"kept"


def test_a_postponed_arrival_waits_again_from_its_instant_on(store: Store) -> None:
    store.write(lambda tx: tx.inbox.take([an_arrival(), an_arrival()], NOW))
    first, second = ids(store)
    again = NOW + MINUTE
    store.write(lambda tx: tx.inbox.postpone(first, again, NOW, "KeyError"))
    assert ids(store) == [second]
    assert ids(store, again) == [first, second]


def test_what_killed_the_process_is_known_by_how_often_it_was_begun(store: Store) -> None:
    store.write(lambda tx: tx.inbox.take([an_arrival(), an_arrival()], NOW))
    first, _ = ids(store)
    for _ in range(3):
        store.write(lambda tx: tx.inbox.claim("dead", NOW, 1))
    assert [w.begun for w in store.read(lambda tx: tx.inbox.waiting(NOW, 2))] == [3, 0]
    store.write(lambda tx: tx.inbox.postpone(first, NOW, NOW, "KeyError"))
    assert [w.begun for w in store.read(lambda tx: tx.inbox.waiting(NOW, 2))] == [0, 0]


def claimed(store: Store, holder: str, at: datetime = NOW) -> list[int]:
    return [w.id for w in store.claim(lambda tx: tx.inbox.claim(holder, at, 1))]


def test_what_a_living_daemon_has_in_hand_no_other_gets_until_it_is_dead(store: Store) -> None:
    store.write(lambda tx: tx.inbox.take([an_arrival(), an_arrival()], NOW))
    first, second = ids(store)
    store.write(lambda tx: tx.leases.take("one", "one", NOW, NOW + MINUTE))
    assert claimed(store, "one") == [first]
    assert claimed(store, "two") == [second]
    assert claimed(store, "one") == [first]  # its own it may have again
    assert claimed(store, "two", NOW + MINUTE) == [first]  # whose lease has ended
    held = store.read(lambda tx: [tx.inbox.is_claimed(first, name) for name in ("one", "two")])
    assert held == [False, True]


def test_what_is_put_back_is_anybodys_again_and_blamed_for_nothing(store: Store) -> None:
    store.write(lambda tx: tx.inbox.take([an_arrival()], NOW))
    store.write(lambda tx: tx.leases.take("one", "one", NOW, NOW + MINUTE))
    [first] = claimed(store, "one")
    store.write(lambda tx: tx.inbox.put_back(first, NOW + MINUTE / 2))
    assert claimed(store, "two") == []
    [waiting] = store.claim(lambda tx: tx.inbox.claim("two", NOW + MINUTE / 2, 1))
    assert (waiting.id, waiting.begun) == (first, 0)


def test_preceded_is_what_others_undecided_came_before_that_have_not_failed(store: Store) -> None:
    store.write(lambda tx: tx.inbox.take([an_arrival(), an_arrival(), an_arrival()], NOW))
    first, second, third = ids(store)

    def preceded() -> list[bool]:
        return store.read(lambda tx: [tx.inbox.is_preceded(id) for id in (first, second, third)])

    assert preceded() == [False, True, True]
    store.write(lambda tx: tx.inbox.settle(first, Fate.NOTED, ""))
    assert preceded() == [False, False, True]
    store.write(lambda tx: tx.inbox.postpone(second, NOW + MINUTE, NOW, "KeyError"))
    assert preceded() == [False, False, False]


def test_failing_is_dated_by_the_first_failure(store: Store) -> None:
    store.write(lambda tx: tx.inbox.take([an_arrival()], NOW))
    (first,) = ids(store)
    store.write(lambda tx: tx.inbox.postpone(first, NOW, NOW, "KeyError"))
    store.write(lambda tx: tx.inbox.postpone(first, NOW, NOW + MINUTE, "KeyError"))
    (waiting,) = store.read(lambda tx: tx.inbox.waiting(NOW, 1))
    assert waiting.failing_since == NOW


def test_late_are_the_undecided_stored_before_an_instant_even_if_postponed(store: Store) -> None:
    store.write(lambda tx: tx.inbox.take([an_arrival(), an_arrival()], NOW - MINUTE))
    store.write(lambda tx: tx.inbox.take([an_arrival()], NOW))
    first, second, _ = ids(store)
    store.write(lambda tx: tx.inbox.postpone(first, NOW + 9 * MINUTE, NOW, "KeyError"))
    late = [Late(id, NOW - MINUTE, "support") for id in (first, second)]
    assert store.read(lambda tx: tx.inbox.late(NOW, 10)) == late
    assert store.read(lambda tx: tx.inbox.late(NOW, 1)) == late[:1]
    store.write(lambda tx: tx.inbox.settle(first, Fate.HELD, "tired"))
    assert store.read(lambda tx: tx.inbox.late(NOW, 10)) == late[1:]


def test_arrivals_are_counted_by_fate(store: Store) -> None:
    assert store.read(lambda tx: tx.inbox.counts()) == {}
    assert store.read(lambda tx: tx.inbox.oldest_undecided()) is None
    for minute in range(3):
        at = NOW + timedelta(minutes=minute)
        store.write(lambda tx, at=at: tx.inbox.take([an_arrival()], at))
    store.write(lambda tx: tx.inbox.settle(1, Fate.FOLLOWED_UP, ""))
    assert store.read(lambda tx: tx.inbox.counts()) == {"undecided": 2, "followed-up": 1}
    assert store.read(lambda tx: tx.inbox.oldest_undecided()) == NOW + MINUTE


@pytest.mark.parametrize(
    "ask",
    [
        lambda tx: tx.inbox.settle(7, Fate.NOTED, ""),
        lambda tx: tx.inbox.postpone(7, NOW, NOW, ""),
        lambda tx: tx.inbox.content(7),
    ],
)
def test_an_arrival_that_is_not_there_is_an_error(
    store: Store, ask: Callable[[Transaction], object]
) -> None:
    with pytest.raises(StoreError, match="no arrival 7"):
        store.write(ask)
