"""Open time, on the wall clock and across its changes."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import business_hours
from rules.business_hours import Edge, NeverOpen, UnknownYear
from rules.model import BusinessHours, Calendar

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
Make = Callable[..., BusinessHours]
At = Callable[..., datetime]


@pytest.mark.parametrize(
    ("from_", "opens"),
    [
        ("2026-03-06 08:59:59", "2026-03-06 09:00"),
        ("2026-03-06 09:00", "2026-03-06 09:00"),
        ("2026-03-06 16:59:59", "2026-03-06 16:59:59"),
        ("2026-03-06 17:00", "2026-03-09 09:00"),  # at closing on Friday
        ("2026-03-08 12:00", "2026-03-09 09:00"),  # Sunday
        ("2026-05-01 10:00", "2026-05-04 09:00"),  # holiday on Friday
        ("2025-12-24 17:00", "2025-12-29 09:00"),  # two adjacent holidays, then a weekend
        ("2027-12-31 17:59", "2028-01-03 09:00"),  # over the year's end
        ("2028-02-28 17:00", "2028-02-29 09:00"),  # leap day
    ],
)
def test_the_next_open_instant(from_: str, opens: str, make_hours: Make, at: At) -> None:
    hours = make_hours((9, 17))
    assert business_hours.next_open(hours, at(from_)) == at(opens)
    assert business_hours.is_open(hours, at(from_)) == (from_ == opens)


@pytest.mark.parametrize(
    ("windows", "working_days", "start", "hours", "end"),
    [
        # at opening, at closing, one second before it
        ([(9, 17)], True, "2026-03-06 09:00", 8, "2026-03-06 17:00"),
        ([(9, 17)], True, "2026-03-06 17:00", 1, "2026-03-09 10:00"),
        ([(9, 17)], True, "2026-03-06 16:59:59", 1, "2026-03-09 09:59:59"),
        # several windows, given in any order, overlapping ones counted once
        ([(8, 12), (13, 17)], True, "2026-03-06 11:00", 2, "2026-03-06 14:00"),
        ([(13, 17), (8, 12)], True, "2026-03-06 11:00", 1, "2026-03-06 12:00"),
        ([(8, 14), (12, 17)], True, "2026-03-06 11:00", 6, "2026-03-06 17:00"),
        ([(8, 12), (12, 17)], True, "2026-03-06 11:00", 2, "2026-03-06 13:00"),
        # to midnight and over it; the night belongs to the day it begins
        ([(8, 24)], False, "2026-03-06 23:30", 1, "2026-03-07 08:30"),
        ([(8, 24)], False, "2026-03-06 23:00", 1, "2026-03-07 00:00"),
        ([(22, 30)], True, "2026-03-06 23:00", 8, "2026-03-09 23:00"),
        ([(22, 30)], True, "2026-03-07 05:00", 1, "2026-03-07 06:00"),
        ([(22, 30)], True, "2026-03-09 03:00", 1, "2026-03-09 23:00"),
        # a night that runs into the next day's window
        ([(20, 33), (8, 12)], False, "2026-03-07 06:00", 6, "2026-03-07 12:00"),
        # at all hours
        ([(0, 24)], False, "2026-03-06 17:00", 48, "2026-03-08 17:00"),
        ([(0, 24)], True, "2026-03-06 17:00", 8, "2026-03-09 01:00"),
        # leap day and year's end
        ([(9, 17)], True, "2028-02-28 16:00", 9, "2028-02-29 17:00"),
        ([(0, 24)], False, "2027-12-31 23:59:30", 1, "2028-01-01 00:59:30"),
    ],
)
def test_time_is_added_within_the_windows(
    windows: list[tuple[float, float]],
    working_days: bool,
    start: str,
    hours: float,
    end: str,
    make_hours: Make,
    at: At,
) -> None:
    open_ = make_hours(*windows, working_days=working_days)
    assert business_hours.add(open_, at(start), hours * HOUR) == at(end)
    assert business_hours.between(open_, at(start), at(end)) == hours * HOUR


@pytest.mark.parametrize(
    ("zone", "day", "window", "length"),
    [
        ("Europe/Zagreb", "2026-03-29", (0, 24), 23),
        ("Europe/Zagreb", "2026-03-29", (1, 4), 2),
        ("Europe/Zagreb", "2026-03-29", (2, 3), 0),
        ("Europe/Zagreb", "2026-10-25", (0, 24), 25),
        ("Europe/Zagreb", "2026-10-25", (2, 3), 2),
        ("Europe/Zagreb", "2026-10-25", (2.5, 3), 1),
        ("Europe/Zagreb", "2026-10-25", (8, 22), 14),
        ("Australia/Lord_Howe", "2026-04-05", (0, 24), 24.5),
        ("Australia/Lord_Howe", "2026-04-05", (1.75, 3), 1.5),
        ("Australia/Lord_Howe", "2026-10-04", (0, 24), 23.5),
        ("America/Santiago", "2026-04-04", (8, 24), 17),  # 24:00 falls back to 23:00
        ("America/Santiago", "2026-09-06", (0, 24), 23),  # 00:00 jumps to 01:00
        ("America/Santiago", "2026-09-06", (0, 1), 0),
        ("Asia/Beirut", "2026-03-29", (0, 24), 23),
        ("Asia/Beirut", "2026-10-24", (23, 24), 2),
        ("America/St_Johns", "2006-10-29", (0, 24), 25),  # 00:01 falls back over midnight
        ("Pacific/Apia", "2011-12-30", (0, 24), 0),  # a day left out
    ],
)
def test_a_repeated_hour_counts_twice_and_a_missing_one_not_at_all(
    zone: str, day: str, window: tuple[float, float], length: float, make_hours: Make
) -> None:
    hours = make_hours(window, zone=zone, working_days=False)
    spans = business_hours.spans_of_day(hours, date.fromisoformat(day))
    assert sum((b - a for a, b in spans), timedelta()) == length * HOUR


def test_a_repeated_piece_of_a_window_is_open_in_two_spans(make_hours: Make, at: At) -> None:
    hours = make_hours((2.5, 2.75), working_days=False)
    assert business_hours.spans_of_day(hours, date(2026, 10, 25)) == (
        (at("2026-10-25 02:30"), at("2026-10-25 02:45")),
        (at("2026-10-25 02:30", fold=1), at("2026-10-25 02:45", fold=1)),
    )


def test_a_clock_that_falls_back_over_midnight_opens_the_old_day_again(make_hours: Make) -> None:
    hours = make_hours((23, 24), zone="America/St_Johns", working_days=False)
    # 2006-10-29 00:01 local became 23:01 of the 28th.
    start = datetime(2006, 10, 29, 1, 30, tzinfo=UTC)  # 23:00 of the 28th
    assert business_hours.add(hours, start, HOUR) == start + HOUR
    assert business_hours.add(hours, start, HOUR + 59 * MINUTE) == start + 2 * HOUR
    assert business_hours.is_open(hours, start + HOUR + 30 * MINUTE)
    assert not business_hours.is_open(hours, start + HOUR)
    half = make_hours((23, 23.5), zone="America/St_Johns", working_days=False)
    assert business_hours.next_open(half, start + HOUR) == start + HOUR + MINUTE


def test_a_night_takes_its_own_length_over_both_changes(make_hours: Make, at: At) -> None:
    hours = make_hours((22, 30), working_days=False)
    for start, end, length in [
        ("2026-03-28 22:00", "2026-03-29 06:00", 7),
        ("2026-10-24 22:00", "2026-10-25 06:00", 9),
    ]:
        assert business_hours.add(hours, at(start), length * HOUR) == at(end)


def test_time_used_up_at_closing_is_the_closing_or_the_next_opening(
    make_hours: Make, at: At
) -> None:
    hours = make_hours((9, 17))
    start = at("2026-03-06 15:00")
    assert business_hours.add(hours, start, 2 * HOUR) == at("2026-03-06 17:00")
    assert business_hours.add(hours, start, 2 * HOUR, Edge.OPENING) == at("2026-03-09 09:00")
    assert business_hours.add(hours, start, HOUR, Edge.OPENING) == at("2026-03-06 16:00")


def test_adding_or_taking_nothing_gives_the_next_open_instant(make_hours: Make, at: At) -> None:
    hours = make_hours((9, 17))
    for sum_ in (business_hours.add, business_hours.subtract):
        assert sum_(hours, at("2026-03-06 17:00"), timedelta()) == at("2026-03-09 09:00")
        assert sum_(hours, at("2026-03-06 09:00"), timedelta()) == at("2026-03-06 09:00")


def test_a_lead_longer_than_what_is_left_of_the_day_walks_back_over_the_weekend(
    make_hours: Make, at: At
) -> None:
    hours = make_hours((8, 18))
    assert business_hours.subtract(hours, at("2026-03-09 08:30"), HOUR) == at("2026-03-06 17:30")
    assert business_hours.subtract(hours, at("2026-03-09 08:30"), 20.5 * HOUR) == at(
        "2026-03-05 08:00"
    )


def test_the_first_opening_of_a_day_comes_once_a_day(make_hours: Make, at: At) -> None:
    hours = make_hours((9, 12), (13, 17))
    friday = at("2026-03-06 09:00")
    assert business_hours.next_morning(hours, friday) == friday
    assert business_hours.next_morning(hours, friday + MINUTE) == at("2026-03-09 09:00")


def test_time_by_day_names_the_local_days(make_hours: Make, at: At) -> None:
    hours = make_hours((9, 17))
    spent = business_hours.time_by_day(hours, at("2026-03-06 16:40"), at("2026-03-09 16:40"))
    assert spent == [
        (date(2026, 3, 6), 20 * MINUTE),
        (date(2026, 3, 9), 7 * HOUR + 40 * MINUTE),
    ]
    assert business_hours.between(hours, at("2026-03-09 16:40"), at("2026-03-06 16:40")) == 0 * HOUR


def test_hours_that_never_open_are_refused(make_hours: Make, at: At, croatia: Calendar) -> None:
    start = at("2026-03-06 12:00")
    all_days = frozenset(date(2024, 1, 1) + timedelta(days=n) for n in range(2000))
    holidays_only = Calendar(all_days, croatia.first_year, croatia.last_year)
    for hours in (make_hours(), make_hours((9, 17), calendar=holidays_only)):
        for sum_ in (business_hours.add, business_hours.subtract):
            with pytest.raises(NeverOpen, match="400 days"):
                sum_(hours, start, HOUR)
        with pytest.raises(NeverOpen):
            business_hours.next_open(hours, start)
        with pytest.raises(NeverOpen):
            business_hours.next_morning(hours, start)
        assert business_hours.between(hours, start, start + 48 * HOUR) == timedelta()


def test_a_year_without_known_holidays_is_refused_by_name(make_hours: Make, at: At) -> None:
    hours = make_hours((9, 17))
    for sum_, start in [
        (business_hours.add, "2029-12-31 16:00"),
        (business_hours.subtract, "2023-01-02 10:00"),
    ]:
        with pytest.raises(UnknownYear, match=r"(2030|2022) .* 2023 to 2029"):
            sum_(hours, at(start), 24 * HOUR)


def test_a_closing_in_the_last_known_hour_is_still_known(make_hours: Make, at: At) -> None:
    hours = make_hours((9, 24))
    start, end = at("2029-12-31 23:00"), at("2030-01-01 00:00")
    assert business_hours.add(hours, start, HOUR) == end
    assert business_hours.between(hours, start, end) == HOUR


def test_without_end_unknown_years_are_free_of_holidays(make_hours: Make, at: At) -> None:
    hours = business_hours.without_end(make_hours((9, 17)))
    assert business_hours.add(hours, at("2029-12-31 16:00"), 2 * HOUR) == at("2030-01-01 10:00")
    assert business_hours.next_open(hours, at("2026-05-01 10:00")) == at("2026-05-04 09:00")


def test_every_day_needs_no_calendar(make_hours: Make, at: At) -> None:
    hours = make_hours((9, 17), working_days=False)
    assert business_hours.add(hours, at("2035-01-01 09:00"), HOUR) == at("2035-01-01 10:00")


def test_an_instant_without_a_zone_is_refused(make_hours: Make) -> None:
    naive = datetime(2026, 3, 6, 12)  # noqa: DTZ001
    for call in (
        lambda: business_hours.add(make_hours((9, 17)), naive, HOUR),
        lambda: business_hours.next_open(make_hours((9, 17)), naive),
        lambda: business_hours.is_open(make_hours((9, 17)), naive),
    ):
        with pytest.raises(ValueError, match="no time zone"):
            call()


def test_less_than_nothing_is_refused(make_hours: Make, at: At) -> None:
    with pytest.raises(ValueError, match="less than nothing"):
        business_hours.add(make_hours((9, 17)), at("2026-03-06 12:00"), -HOUR)


def test_instants_come_back_in_utc(make_hours: Make, at: At) -> None:
    hours = make_hours((9, 17))
    local = at("2026-03-06 12:00").astimezone(hours.zone)
    found = business_hours.add(hours, local, HOUR)
    assert (found.tzinfo, found) == (UTC, at("2026-03-06 13:00"))


CASES = [
    ("Europe/Zagreb", [(0, 24)], False),
    ("Europe/Zagreb", [(22, 30)], True),
    ("Europe/Zagreb", [(1, 2.5), (2.25, 7), (20, 33)], False),
    ("Australia/Lord_Howe", [(0, 6), (9, 17)], False),
    ("America/Santiago", [(20, 28)], False),
    ("Asia/Beirut", [(0, 2), (22, 24)], True),
    ("America/New_York", [(1, 9)], True),
]


@pytest.mark.parametrize(("zone", "windows", "working_days"), CASES)
def test_open_time_agrees_with_a_walk_over_the_minutes_of_a_year(
    zone: str,
    windows: list[tuple[float, float]],
    working_days: bool,
    make_hours: Make,
    minute_walk: Callable[..., Any],
) -> None:
    hours = make_hours(*windows, zone=zone, working_days=working_days)
    begin = datetime(2026, 1, 1, 12, tzinfo=UTC)
    walk = minute_walk(hours, begin, datetime(2027, 1, 1, 12, tzinfo=UTC))
    chance = random.Random(zone)
    for _ in range(500):
        start = begin + chance.randrange(340 * 1440 * 60) * timedelta(seconds=1)
        duration = chance.randrange(1, 48 * 60) * MINUTE
        assert business_hours.next_open(hours, start) == walk.start(start)
        assert business_hours.add(hours, start, duration) == walk.due(start, duration)
        first = begin + chance.randrange(340 * 1440) * MINUTE
        last = first + chance.randrange(5000) * MINUTE
        assert business_hours.between(hours, first, last) == walk.count(first, last)


instants = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
durations = st.timedeltas(timedelta(), timedelta(hours=100))


@pytest.mark.parametrize(("zone", "windows", "working_days"), CASES)
@settings(deadline=None)
@given(instant=instants, one=durations, two=durations)
def test_open_time_adds_up_and_comes_back(
    zone: str,
    windows: list[tuple[float, float]],
    working_days: bool,
    instant: datetime,
    one: timedelta,
    two: timedelta,
    make_hours: Make,
) -> None:
    hours = make_hours(*windows, zone=zone, working_days=working_days)
    start = business_hours.next_open(hours, instant)
    for edge in Edge:
        assert business_hours.subtract(hours, business_hours.add(hours, start, one, edge), one) == (
            start
        )
    middle = business_hours.add(hours, start, one)
    in_parts = business_hours.add(hours, middle, two, Edge.OPENING)
    assert in_parts == business_hours.add(hours, start, one + two, Edge.OPENING)
    assert business_hours.between(hours, start, middle) == one


def test_equal_hours_share_what_was_computed(make_hours: Make) -> None:
    hours = make_hours((9, 17))
    day = date(2026, 3, 6)
    again = business_hours.spans_of_day(replace(hours), day)
    assert again is business_hours.spans_of_day(hours, day)
