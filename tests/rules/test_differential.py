"""Every deadline against a walk over the minutes: any zone, any hours, any days."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from rules import business_hours, deadlines
from rules.model import BusinessHours, Calendar, Channel, Clock, Target, Window
from tests.conftest import SOAK

ZONES, HOURS, CASES = (50, 5, 400) if SOAK else (8, 3, 100)
"""Zones, opening hours for each, messages for each: 100,000 in the long form."""

ODD = (
    "Australia/Lord_Howe",  # half an hour of summer time
    "America/Santiago",  # changes at midnight
    "Asia/Beirut",  # changes at midnight
    "Europe/Zagreb",
    "Pacific/Apia",  # left out a day in 2011
    "America/St_Johns",  # changed a minute after midnight
    "Africa/Casablanca",  # four changes a year
    "Antarctica/Troll",  # two hours of summer time
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "America/Havana",
    "Asia/Gaza",
    "America/Nuuk",
    "Europe/Dublin",
    "Asia/Tehran",
    "Africa/Cairo",
)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
SPAN = 400
"""Days walked; messages come in the first 300, the longest target takes the rest."""


def zones(chance: random.Random) -> Iterator[tuple[ZoneInfo, int]]:
    """Odd ones in every form, then any; each with a year, whose offsets are whole minutes."""
    others = sorted(z for z in available_timezones() if "/" in z and z not in ODD)
    chance.shuffle(others)
    for name in (*ODD, *others)[:ZONES]:
        year = 2011 if name == "Pacific/Apia" else chance.randrange(2000, 2035)
        yield ZoneInfo(name), year


def windows(chance: random.Random) -> tuple[Window, ...]:
    """One to three, of any minute, also over midnight and over each other."""
    found = []
    for _ in range(chance.randrange(1, 4)):
        opens = chance.choice([0, 8 * 60, 22 * 60, chance.randrange(1440)])
        closes = chance.choice([1440, opens + 480, chance.randrange(opens + 1, 2881)])
        found.append(Window(opens * MINUTE, closes * MINUTE))
    return tuple(found)


def calendar(chance: random.Random, year: int) -> Calendar:
    def days(number: int) -> frozenset[date]:
        return frozenset(date(year, 1, 1) + chance.randrange(SPAN) * DAY for _ in range(number))

    return Calendar(days(12), year - 1, year + 2, closed_days=days(4), open_days=days(8))


@pytest.mark.timeout(3600)
def test_every_deadline_is_where_a_walk_over_the_minutes_ends(
    walk_once: Callable[..., Any],
) -> None:
    chance = random.Random(20191109)
    compared = 0
    for zone, year in zones(chance):
        begin = datetime(year, 1, 1, tzinfo=UTC)
        for _ in range(HOURS):
            days = calendar(chance, year)
            hours = BusinessHours(zone, windows(chance), chance.random() < 0.6, days)
            walk = walk_once(hours, begin, begin + SPAN * DAY)
            most = max(1, min(len(walk.open) // 6, 6000))  # open minutes in 60 days or so
            for _ in range(CASES):
                received_at = begin + chance.randrange(300 * 86_400) * SECOND
                target = Target(chance.randrange(1, most) * MINUTE, hours, frozenset(Channel))
                case = (zone, hours.windows, hours.working_days_only, received_at, target.within)
                starts_at, due_at = deadlines.reckon(target, Clock.WINDOW, received_at)
                assert starts_at == walk.start(received_at), case
                assert due_at == walk.due(received_at, target.within), case
                elapsed = deadlines.reckon(target, Clock.ELAPSED, received_at)
                assert elapsed == (starts_at, starts_at + target.within), case
                back = business_hours.subtract(hours, due_at, target.within)
                assert back == starts_at, case
                compared += 1
    assert compared == ZONES * HOURS * CASES
