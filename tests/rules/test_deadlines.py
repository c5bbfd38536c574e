"""When a first response is due, and why."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import product
from typing import Any

import pytest

from rules import deadlines, explain
from rules.business_hours import NeverOpen, UnknownYear
from rules.model import BusinessHours, Channel, Clock, Policy, Severity, Target

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
Make = Callable[..., BusinessHours]
At = Callable[..., datetime]
BEGIN, END = datetime(2024, 12, 30, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)


def due(policy: Policy, cell: str, received_at: datetime) -> datetime:
    plan, severity = cell.split()
    target = policy.plans[plan].targets[Severity(severity)]
    return deadlines.first_response(target, Clock.WINDOW, received_at).due_at


@pytest.mark.parametrize(
    ("cell", "received", "expected"),
    [
        # at opening, at closing, one second before it, on a Sunday
        ("basic significant", "2026-03-06 08:00", "2026-03-06 12:00"),
        ("basic significant", "2026-03-06 18:00", "2026-03-09 12:00"),
        ("basic significant", "2026-03-06 17:59:59", "2026-03-09 11:59:59"),
        ("basic significant", "2026-03-08 12:00", "2026-03-09 12:00"),
        # used up exactly at closing is due at closing
        ("basic significant", "2026-03-06 14:00", "2026-03-06 18:00"),
        ("standard critical", "2026-03-06 23:00", "2026-03-07 00:00"),
        ("premium critical", "2026-03-06 23:30", "2026-03-07 08:30"),
        ("basic critical", "2026-03-07 21:30", "2026-03-08 08:30"),
        # a holiday on Friday, two adjacent ones, the year's end, a leap day
        ("premium none", "2026-04-30 16:00", "2026-05-04 16:00"),
        ("basic minor", "2025-12-24 09:00", "2025-12-30 17:00"),
        ("premium significant", "2027-12-31 21:30", "2028-01-03 08:30"),
        ("basic none", "2028-02-28 09:00", "2028-03-06 17:00"),
        # several days of open time, not of days: 48 h is six days of 9 to 17
        ("basic none", "2026-03-02 09:00", "2026-03-09 17:00"),
        # both clock changes lie outside the windows and move no local time
        ("standard minor", "2026-03-27 16:00", "2026-03-30 15:00"),
        ("standard minor", "2026-10-23 16:00", "2026-10-26 15:00"),
    ],
)
def test_a_first_response_is_due(
    cell: str, received: str, expected: str, policy: Policy, at: At
) -> None:
    assert due(policy, cell, at(received)) == at(expected)


def test_deadlines_agree_with_a_walk_over_the_minutes(
    policy: Policy, minute_walk: Callable[..., Any]
) -> None:
    chance = random.Random(20190912)
    cells = [policy.plans[p].targets[s] for p, s in product(policy.plans, Severity)]
    assert len(cells) == 12
    for number in range(12_000):
        target = cells[number % 12]
        walk = minute_walk(target.hours, BEGIN, END)
        received_at = BEGIN + chance.randrange(750 * 86_400) * timedelta(seconds=1)
        found = deadlines.first_response(target, Clock.WINDOW, received_at)
        assert found.clock_starts_at == walk.start(received_at)
        assert found.due_at == walk.due(received_at, target.within)


def test_deadlines_agree_with_the_walk_around_clock_changes_and_holidays(
    policy: Policy, minute_walk: Callable[..., Any], make_hours: Make
) -> None:
    chance = random.Random(2)
    hours = [t.hours for p in policy.plans.values() for t in p.targets.values()]
    hours += [make_hours((0, 24), working_days=False), make_hours((22, 30))]
    days = sorted(d for d in hours[1].calendar.holidays if 2025 <= d.year <= 2026)
    starts = [datetime(d.year, d.month, d.day, tzinfo=UTC) for d in days]
    starts += [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)]
    for open_, start in product(dict.fromkeys(hours), starts):
        walk = minute_walk(open_, BEGIN, END)
        for _ in range(20):
            received_at = start + chance.randrange(-86_400, 2 * 86_400) * timedelta(seconds=1)
            target = Target(chance.randrange(1, 3000) * MINUTE, open_, frozenset(Channel))
            found = deadlines.first_response(target, Clock.WINDOW, received_at)
            assert found.due_at == walk.due(received_at, target.within)


def test_elapsed_time_counts_all_hours_from_the_first_open_instant(
    make_hours: Make, at: At
) -> None:
    target = Target(8 * HOUR, make_hours((9, 17)), frozenset(Channel))
    friday = deadlines.first_response(target, Clock.ELAPSED, at("2026-03-06 16:40"))
    assert friday.due_at == at("2026-03-07 00:40")
    sunday = deadlines.first_response(target, Clock.ELAPSED, at("2026-03-08 12:00"))
    assert (sunday.clock_starts_at, sunday.due_at) == (
        at("2026-03-09 09:00"),
        at("2026-03-09 17:00"),
    )
    assert "the target is 8 h, counted at all hours once the clock has started" in sunday.reasons


@pytest.mark.parametrize(
    ("within", "windows", "working_days", "received", "reasons"),
    [
        (
            8,
            [(9, 17)],
            True,
            "2026-03-06 16:40",
            [
                "received Fri 2026-03-06 16:40 (Europe/Zagreb)",
                "the window is 09:00-17:00 on working days",
                "the target is 8 h of open time",
                "20 min on Fri 06 Mar, 7 h 40 min on Mon 09 Mar",
                "due Mon 2026-03-09 16:40",
            ],
        ),
        (
            1,
            [(8, 24)],
            False,
            "2026-03-06 03:00:05",
            [
                "received Fri 2026-03-06 03:00:05 (Europe/Zagreb)",
                "the window is 08:00-24:00 every day",
                "outside it, so the clock starts Fri 2026-03-06 08:00",
                "the target is 1 h of open time",
                "1 h on Fri 06 Mar",
                "due Fri 2026-03-06 09:00",
            ],
        ),
        (
            48,
            [(9, 17)],
            True,
            "2026-04-30 12:00",
            [
                "received Thu 2026-04-30 12:00 (Europe/Zagreb)",
                "the window is 09:00-17:00 on working days",
                "the target is 48 h of open time",
                "5 h on Thu 30 Apr, 8 h on Mon 04 May, … 4 more days, 3 h on Mon 11 May",
                "public holidays: Fri 01 May",
                "due Mon 2026-05-11 12:00",
            ],
        ),
        (
            2,
            [(22, 30), (8, 12)],
            True,
            "2026-03-06 13:00",
            [
                "received Fri 2026-03-06 13:00 (Europe/Zagreb)",
                "the windows are 22:00-06:00 and 08:00-12:00 on working days",
                "outside them, so the clock starts Fri 2026-03-06 22:00",
                "the target is 2 h of open time",
                "2 h on Fri 06 Mar",
                "due Sat 2026-03-07 00:00",
            ],
        ),
    ],
)
def test_the_reasons_show_the_reckoning(
    within: float,
    windows: list[tuple[float, float]],
    working_days: bool,
    received: str,
    reasons: list[str],
    make_hours: Make,
    at: At,
) -> None:
    hours = make_hours(*windows, working_days=working_days)
    target = Target(within * HOUR, hours, frozenset(Channel))
    found = deadlines.first_response(target, Clock.WINDOW, at(received))
    assert list(found.reasons) == reasons


def test_the_list_of_days_names_four_in_full(make_hours: Make, at: At) -> None:
    target = Target(32 * HOUR, make_hours((9, 17)), frozenset(Channel))
    four = deadlines.first_response(target, Clock.WINDOW, at("2026-03-02 09:00")).reasons[3]
    assert four == "8 h on Mon 02 Mar, 8 h on Tue 03 Mar, 8 h on Wed 04 Mar, 8 h on Thu 05 Mar"
    five = deadlines.first_response(
        replace(target, within=40 * HOUR), Clock.WINDOW, at("2026-03-02 09:00")
    ).reasons[3]
    assert five == "8 h on Mon 02 Mar, 8 h on Tue 03 Mar, … 2 more days, 8 h on Fri 06 Mar"


def test_a_holiday_that_cost_no_time_is_not_named(make_hours: Make, at: At) -> None:
    every_day = make_hours((9, 17), working_days=False)
    for hours, received in [
        (make_hours((9, 17)), "2026-08-14 16:30"),  # the 15th is a Saturday
        (every_day, "2026-04-30 16:30"),
    ]:
        target = Target(HOUR, hours, frozenset(Channel))
        found = deadlines.first_response(target, Clock.WINDOW, at(received))
        assert not [reason for reason in found.reasons if "holiday" in reason]


@pytest.mark.parametrize(
    ("share", "window", "elapsed"),
    [
        (Fraction(0), "2026-03-06 15:00", "2026-03-06 15:00"),
        (Fraction(1, 4), "2026-03-09 09:00", "2026-03-06 17:00"),  # at closing: the next opening
        (Fraction(1, 2), "2026-03-09 11:00", "2026-03-06 19:00"),
        (Fraction(1, 3), "2026-03-09 09:40", "2026-03-06 17:40"),
        (Fraction(1), "2026-03-09 15:00", "2026-03-06 23:00"),
    ],
)
def test_a_step_is_a_share_of_the_target(
    share: Fraction, window: str, elapsed: str, make_hours: Make, at: At
) -> None:
    target = Target(8 * HOUR, make_hours((9, 17)), frozenset(Channel))
    for clock, expected in ((Clock.WINDOW, window), (Clock.ELAPSED, elapsed)):
        found = deadlines.first_response(target, clock, at("2026-03-06 15:00"))
        step = deadlines.share_at(target, clock, found.clock_starts_at, found.due_at, share)
        assert step == at(expected)


def test_a_step_is_rounded_down_to_whole_seconds_and_never_after_the_deadline(
    make_hours: Make, at: At
) -> None:
    start = at("2026-03-06 10:00")
    target = Target(timedelta(seconds=100), make_hours((9, 17)), frozenset(Channel))
    for clock in Clock:
        step = deadlines.share_at(target, clock, start, start + HOUR, Fraction(2, 3))
        assert step == start + timedelta(seconds=66)
        early = start + timedelta(seconds=50)
        assert deadlines.share_at(target, clock, start, early, Fraction(2, 3)) == early


def test_steps_come_in_order_for_every_cell(policy: Policy) -> None:
    chance = random.Random(3)
    shares = [Fraction(n, 8) for n in range(9)]
    for plan, severity, clock in product(policy.plans.values(), Severity, Clock):
        target = plan.targets[severity]
        for _ in range(30):
            received_at = BEGIN + chance.randrange(700 * 86_400) * timedelta(seconds=1)
            found = deadlines.first_response(target, clock, received_at)
            steps = [
                deadlines.share_at(target, clock, found.clock_starts_at, found.due_at, share)
                for share in shares
            ]
            assert steps == sorted(steps)
            assert (steps[0], steps[-1]) == (found.clock_starts_at, found.due_at)


def test_no_deadline_is_guessed(make_hours: Make, at: At) -> None:
    target = Target(48 * HOUR, make_hours((9, 17)), frozenset(Channel))
    with pytest.raises(UnknownYear, match="2030"):
        deadlines.first_response(target, Clock.WINDOW, at("2029-12-28 09:00"))
    with pytest.raises(NeverOpen):
        deadlines.first_response(
            replace(target, hours=make_hours()), Clock.WINDOW, at("2026-03-06 09:00")
        )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 min"), (59.6, "1 min"), (61, "1 min 1 s"), (3600, "1 h"), (27_600, "7 h 40 min")],
)
def test_durations_are_said_in_words(seconds: float, words: str) -> None:
    assert deadlines.duration_in_words(timedelta(seconds=seconds)) == words


FRIDAY = "2026-03-06 16:40"


@pytest.mark.parametrize(
    ("cell", "received", "said"),
    [
        (
            "standard minor",
            FRIDAY,
            "received Fri 16:40, window 8–17 on working days: 20 min on Friday, 7 h 40 min on"
            " Monday, due Mon 15:40",
        ),
        (
            "basic critical",
            "2026-03-06 03:00:05",
            "received Fri 3:00:05, window 8–22 every day, the clock starts Fri 8:00: 1 h on Friday,"
            " due Fri 9:00",
        ),
        (
            "premium minor",
            "2026-04-30 19:00",
            "received Thu 19:00, window 8–20 on working days: 1 h on Thursday, 3 h on Monday,"
            " Friday is a public holiday, due Mon 11:00",
        ),
        (
            "basic none",
            "2026-03-02 12:00",
            "received Mon 2 Mar 2026 12:00, window 9–17 on working days: 5 h on Mon 2 Mar, 40 h on"
            " 5 days between, 3 h on Tue 10 Mar, due Tue 10 Mar 2026 12:00",
        ),
    ],
)
def test_a_deadline_is_said_in_a_sentence(
    cell: str, received: str, said: str, policy: Policy, at: At
) -> None:
    plan, severity = cell.split()
    target = policy.plans[plan].targets[Severity(severity)]
    assert explain.sentence(target, Clock.WINDOW, at(received)) == said


def test_a_sentence_speaks_of_all_hours_and_of_our_own_days(make_hours: Make, at: At) -> None:
    hours = make_hours((8.5, 12), (22, 30))
    own = replace(hours.calendar, closed_days=frozenset({at(FRIDAY).date()}))
    target = Target(2 * HOUR, replace(hours, calendar=own), frozenset(Channel))
    assert explain.sentence(target, Clock.ELAPSED, at(FRIDAY)) == (
        "received Fri 16:40, window 8:30–12 and 22–6 on working days, the clock starts Mon 8:30:"
        " 2 h at all hours, Friday is closed, due Mon 10:30"
    )
    reasons = deadlines.first_response(target, Clock.WINDOW, at(FRIDAY)).reasons
    assert "closed: Fri 06 Mar" in reasons


def test_a_closed_day_on_which_the_elapsed_clock_runs_is_no_reason(
    make_hours: Make, at: At
) -> None:
    hours = make_hours((9, 17))
    own = replace(hours.calendar, closed_days=frozenset({date(2026, 3, 6)}))
    target = Target(30 * HOUR, replace(hours, calendar=own), frozenset(Channel))
    received_at = at("2026-03-05 10:00")
    found = deadlines.first_response(target, Clock.ELAPSED, received_at)
    assert found.due_at == at("2026-03-06 16:00")
    assert "closed" not in " ".join(found.reasons)
    assert "closed" not in explain.sentence(target, Clock.ELAPSED, received_at)
