"""What holds between two promises: who comes later, and who bought more."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rules import deadlines
from rules.model import BusinessHours, Channel, Clock, Policy, Severity, Target

MINUTE = timedelta(minutes=1)
Make = Callable[..., BusinessHours]

instants = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
moments = st.timedeltas(timedelta(), timedelta(days=5))
minutes = st.integers(0, 1439)
pairs = st.tuples(minutes, st.integers(180, 1440)).map(lambda w: (w[0], w[0] + w[1]))
zone_names = st.sampled_from(
    ["Europe/Zagreb", "Australia/Lord_Howe", "America/Santiago", "Asia/Beirut", "America/St_Johns"]
)
clocks = st.sampled_from(Clock)


def a_target(make: Make, minutes: int, *windows: tuple[int, int], **how: object) -> Target:
    hours = make(*((opens / 60, closes / 60) for opens, closes in windows), **how)
    return Target(minutes * MINUTE, hours, frozenset(Channel))


@settings(deadline=None, max_examples=60)
@given(
    zone=zone_names,
    windows=st.lists(pairs, min_size=1, max_size=3),
    working_days=st.booleans(),
    within=st.integers(1, 2000),
    clock=clocks,
    early=instants,
    wait=moments,
)
def test_a_later_arrival_is_never_due_earlier_in_the_same_cell(
    zone: str,
    windows: list[tuple[int, int]],
    working_days: bool,
    within: int,
    clock: Clock,
    early: datetime,
    wait: timedelta,
    make_hours: Make,
) -> None:
    target = a_target(make_hours, within, *windows, zone=zone, working_days=working_days)
    first, second = (deadlines.reckon(target, clock, at) for at in (early, early + wait))
    assert first <= second
    assert first[1] <= second[1]


@settings(deadline=None, max_examples=60)
@given(
    zone=zone_names,
    worse=st.lists(pairs, min_size=1, max_size=2),
    more=st.lists(pairs, max_size=2),
    days=st.sampled_from([(True, True), (True, False), (False, False)]),
    within=st.tuples(st.integers(1, 1500), st.integers(0, 500)),
    clock=clocks,
    at=instants,
)
def test_a_better_cell_is_never_due_later(
    zone: str,
    worse: list[tuple[int, int]],
    more: list[tuple[int, int]],
    days: tuple[bool, bool],
    within: tuple[int, int],
    clock: Clock,
    at: datetime,
    make_hours: Make,
) -> None:
    # its windows contain the worse one's, and its target is no longer
    short, longer = within
    before = a_target(make_hours, short + longer, *worse, zone=zone, working_days=days[0])
    after = a_target(make_hours, short, *worse, *more, zone=zone, working_days=days[1])
    assert deadlines.reckon(after, clock, at)[1] <= deadlines.reckon(before, clock, at)[1]


def contains(better: Target, worse: Target) -> bool:
    """Whether one window and its days lie within the other's, in the same zone."""
    (outer,), (inner,) = better.hours.windows, worse.hours.windows
    days = worse.hours.working_days_only or not better.hours.working_days_only
    return days and outer.opens <= inner.opens and inner.closes <= outer.closes


@settings(deadline=None, max_examples=60)
@given(at=instants)
def test_no_upgrade_of_the_shipped_policy_that_contains_the_worse_cell_is_due_later(
    policy: Policy, at: datetime
) -> None:
    cells = list(product(policy.plans.values(), Severity))
    ranks = {name: rank for rank, name in enumerate(("basic", "standard", "premium"))}
    compared = 0
    for (plan, severity), (other, graver) in product(cells, cells):
        if ranks[other.name] < ranks[plan.name] or graver.rank > severity.rank:
            continue
        worse, better = plan.targets[severity], other.targets[graver]
        if better.within <= worse.within and contains(better, worse):
            compared += 1
            due = [deadlines.reckon(t, Clock.WINDOW, at)[1] for t in (better, worse)]
            assert due[0] <= due[1], (plan.name, severity, other.name, graver)
    assert compared > len(cells)


@settings(deadline=None, max_examples=60)
@given(within=st.integers(2, 2000), clock=clocks, at=instants, zone=zone_names)
def test_the_clock_starts_once_and_is_due_after_it(
    within: int, clock: Clock, at: datetime, zone: str, make_hours: Make
) -> None:
    target = a_target(make_hours, within, (22 * 60, 30 * 60), zone=zone)
    starts_at, due_at = deadlines.reckon(target, clock, at)
    assert at <= starts_at < due_at
    # from its start on, it is the same deadline
    assert deadlines.reckon(target, clock, starts_at) == (starts_at, due_at)
    half = replace(target, within=target.within / 2)
    assume(clock is Clock.WINDOW)
    middle = deadlines.reckon(half, clock, at)[1]
    assert deadlines.reckon(half, clock, middle)[1] == due_at
