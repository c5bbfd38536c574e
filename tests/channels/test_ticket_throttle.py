"""How many tickets strangers may hand in."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.ticket.problems import Problem
from channels.ticket.throttle import Rate, Throttle
from tests.channels.ticket_door import NOW

SECOND = timedelta(seconds=1)


def small() -> Throttle:
    return Throttle(each=Rate(2, 10 * SECOND), all=Rate(5, 2 * SECOND))


def wait(throttle: Throttle, address: str, now: datetime) -> int:
    """Seconds to wait; 0 if it was counted."""
    try:
        throttle.count(address, now)
    except Problem as problem:
        return int(problem.headers["Retry-After"])
    return 0


def test_after_a_burst_one_more_after_each_pause() -> None:
    throttle = small()
    waits = [wait(throttle, "192.0.2.1", NOW + n * SECOND) for n in (0, 0, 0, 3, 10, 10, 30, 30)]
    assert waits == [0, 0, 10, 7, 0, 10, 0, 0]


def test_all_together_have_a_burst_as_well() -> None:
    throttle = small()
    assert [wait(throttle, f"192.0.2.{n}", NOW) for n in range(6)] == [0] * 5 + [2]
    assert wait(throttle, "192.0.2.5", NOW + 2 * SECOND) == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("", "", True),
    ],
)
def test_a_place_is_an_address_or_a_network_of_ipv6(one: str, other: str, same: bool) -> None:
    throttle = Throttle(each=Rate(1, 10 * SECOND))
    assert wait(throttle, one, NOW) == 0
    assert (wait(throttle, other, NOW) > 0) is same


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), max_size=60))
def test_never_more_than_the_rate_and_who_waits_as_told_is_taken(
    tries: list[tuple[int, int]],
) -> None:
    throttle, now = small(), NOW
    counted: list[tuple[str, datetime]] = []
    for place, pause in tries:
        now += pause * SECOND
        address = f"192.0.2.{place}"
        seconds = wait(throttle, address, now)
        if seconds:
            now += seconds * SECOND
            assert wait(throttle, address, now) == 0
        counted.append((address, now))
        mine = [at for a, at in counted if a == address and now - at < 20 * SECOND]
        assert len(mine) <= 2 + 20 // 10
        assert len([at for _, at in counted if now - at < 10 * SECOND]) <= 5 + 10 // 2
        assert len(throttle._free_at) <= 5
