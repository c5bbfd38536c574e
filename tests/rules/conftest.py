"""The support policy as literals, and an independent way to count open minutes."""

from array import array
from bisect import bisect_left
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache, partial
from zoneinfo import ZoneInfo

import holidays
import pytest

from rules.model import (
    ON_CALL,
    AutomaticMailLimits,
    BusinessHours,
    Calendar,
    Channel,
    Clock,
    Escalation,
    Person,
    Plan,
    Playbook,
    Policy,
    Rotation,
    Severity,
    Target,
    Treatment,
    Turns,
    Uncovered,
    Way,
    Window,
)
from rules.shipped_escalation import default_policies

ZAGREB = ZoneInfo("Europe/Zagreb")
FIRST_YEAR, LAST_YEAR = 2023, 2029
MINUTE = timedelta(minutes=1)

# plan: severity -> hours within, opens, closes, working days only
CELLS = {
    "basic": {
        "critical": (1, 8, 22, False),
        "significant": (4, 8, 18, True),
        "minor": (24, 9, 17, True),
        "none": (48, 9, 17, True),
    },
    "standard": {
        "critical": (1, 8, 24, False),
        "significant": (2, 8, 20, True),
        "minor": (8, 8, 17, True),
        "none": (24, 9, 17, True),
    },
    "premium": {
        "critical": (1, 8, 24, False),
        "significant": (1, 8, 22, True),
        "minor": (4, 8, 20, True),
        "none": (8, 9, 17, True),
    },
}


@pytest.fixture(scope="session")
def croatia() -> Calendar:
    days = holidays.country_holidays("HR", years=range(FIRST_YEAR, LAST_YEAR + 1))
    return Calendar(frozenset(days), FIRST_YEAR, LAST_YEAR)


@pytest.fixture(scope="session")
def make_hours(croatia: Calendar) -> Callable[..., BusinessHours]:
    """Hours from `9-17 on working days` style arguments."""

    def make(
        *windows: tuple[float, float],
        zone: str = "Europe/Zagreb",
        working_days: bool = True,
        calendar: Calendar = croatia,
    ) -> BusinessHours:
        spans = tuple(Window(timedelta(hours=a), timedelta(hours=b)) for a, b in windows)
        return BusinessHours(ZoneInfo(zone), spans, working_days, calendar)

    return make


@pytest.fixture(scope="session")
def policy(make_hours: Callable[..., BusinessHours]) -> Policy:
    plans = {
        name: Plan(
            name,
            credits_per_month=1,
            credits_per_day=2,
            registered_persons=1,
            response_priority=name != "basic",
            discount=name == "premium",
            targets={
                Severity(severity): Target(
                    timedelta(hours=within),
                    make_hours((opens, closes), working_days=working_days),
                    frozenset(Channel),
                )
                for severity, (within, opens, closes, working_days) in cells.items()
            },
        )
        for name, cells in CELLS.items()
    }
    uncovered = dict.fromkeys(Uncovered, Treatment.SERVE)
    return Policy(date(2019, 9, 12), ZAGREB, Clock.WINDOW, uncovered, plans)


@pytest.fixture(scope="session")
def playbook(policy: Policy) -> Playbook:
    people = {
        name: Person(name, name.title(), ZAGREB, frozenset({f"{name}@b2bee.example"}), tuple(ways))
        for name, ways in {
            "ana": [Way("mail", "ana@b2bee.example"), Way("apprise", "json://ana")],
            "ivo": [Way("mail", "ivo@b2bee.example")],
            "boss": [Way("mail", "boss@b2bee.example"), Way("log", "")],
        }.items()
    }
    starts = datetime.fromisoformat("2026-01-05T09:00")
    turns = Turns(("ana", "ivo"), starts, timedelta(days=7))
    return Playbook(
        policy,
        Escalation(("boss",), default_policies()),
        people,
        {ON_CALL: Rotation(ON_CALL, ZAGREB, (turns,))},
        accounts={},
        limits=AutomaticMailLimits(),
        language="en",
    )


@pytest.fixture(scope="session")
def at() -> Callable[..., datetime]:
    """The first instant, in UTC, at which the wall shows `2026-03-06 16:40` in a zone."""

    def instant(text: str, zone: str = "Europe/Zagreb", fold: int = 0) -> datetime:
        local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
        return local.astimezone(UTC)

    return instant


@lru_cache(maxsize=8)
def local_minutes(zone: ZoneInfo, begin: datetime, end: datetime) -> "array[int]":
    """What the wall shows in each minute of UTC, in minutes since day 0."""
    first, last = (int(x.timestamp()) for x in (begin, end))
    walls = (datetime.fromtimestamp(second, zone) for second in range(first, last, 60))
    return array("l", (w.toordinal() * 1440 + w.hour * 60 + w.minute for w in walls))


class MinuteWalk:
    """Every open minute of a span of UTC, found by looking at each minute's local wall time."""

    def __init__(self, hours: BusinessHours, begin: datetime, end: datetime) -> None:
        self.begin = begin
        self.open = array("l")
        inside = [
            any(w.opens <= minute * MINUTE < w.closes for w in hours.windows)
            for minute in range(2 * 1440)
        ]
        counts = cache(partial(self._counts, hours))
        for number, minute in enumerate(local_minutes(hours.zone, begin, end)):
            ordinal, of_day = divmod(minute, 1440)
            if (inside[of_day] and counts(ordinal)) or (
                inside[of_day + 1440] and counts(ordinal - 1)
            ):
                self.open.append(number)

    @staticmethod
    def _counts(hours: BusinessHours, ordinal: int) -> bool:
        day, calendar = date.fromordinal(ordinal), hours.calendar
        if not hours.working_days_only or day in calendar.open_days:
            return True
        return day.isoweekday() not in (6, 7) and not (
            day in calendar.holidays or day in calendar.closed_days
        )

    def start(self, received_at: datetime) -> datetime:
        """Where the clock starts: in the minute of arrival, or as a later one begins."""
        minute = (received_at - self.begin) // MINUTE
        found = self.open[bisect_left(self.open, minute)]
        return max(received_at, self.begin + found * MINUTE)

    def due(self, received_at: datetime, within: timedelta) -> datetime:
        """Where the last of so many open seconds ends."""
        start = self.start(received_at)
        minute, into = divmod(start - self.begin, MINUTE)
        first = bisect_left(self.open, minute)
        whole, rest = divmod(into + within, MINUTE)
        if rest:
            return self.begin + self.open[first + whole] * MINUTE + rest
        return self.begin + (self.open[first + whole - 1] + 1) * MINUTE

    def count(self, from_at: datetime, until_at: datetime) -> timedelta:
        """Open time between two whole minutes."""
        first, last = ((x - self.begin) // MINUTE for x in (from_at, until_at))
        return (bisect_left(self.open, last) - bisect_left(self.open, first)) * MINUTE


@pytest.fixture(scope="session")
def walk_once() -> Callable[[BusinessHours, datetime, datetime], MinuteWalk]:
    """As `minute_walk`, and not kept."""
    return MinuteWalk


@pytest.fixture(scope="session")
def minute_walk() -> Callable[[BusinessHours, datetime, datetime], MinuteWalk]:
    walks: dict[tuple[BusinessHours, datetime, datetime], MinuteWalk] = {}

    def walk(hours: BusinessHours, begin: datetime, end: datetime) -> MinuteWalk:
        key = (hours, begin, end)
        if key not in walks:
            walks[key] = MinuteWalk(*key)
        return walks[key]

    return walk
