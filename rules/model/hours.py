"""When we are there."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Window:
    """A span of local wall-clock time on the day it opens."""

    opens: timedelta
    """Since local midnight, 0 h to under 24 h."""
    closes: timedelta
    """Since the same midnight, after `opens`; 24 h is midnight, more runs into the next day."""


@dataclass(frozen=True)
class Calendar:
    """Which days of the stated years are working days; nothing is known of any other year."""

    holidays: frozenset[date]
    """Public ones."""
    first_year: int
    last_year: int
    """Inclusive. Asking about a day beyond it is an error, not a guess."""
    closed_days: frozenset[date] = frozenset()
    """Our own, that are no working days either."""
    open_days: frozenset[date] = frozenset()
    """Our own, that are working days whatever else they are."""

    def is_working_day(self, day: date) -> bool:
        """Whether this local day of a known year is one."""
        if day in self.open_days:
            return True
        return day.weekday() < 5 and day not in self.holidays and day not in self.closed_days


@dataclass(frozen=True)
class BusinessHours:
    """When a clock runs: local windows, on every day or on working days."""

    zone: ZoneInfo
    windows: tuple[Window, ...]
    working_days_only: bool
    """Those of the calendar; a window belongs to the day it opens."""
    calendar: Calendar
    weekdays: frozenset[int] = frozenset(range(7))
    """On which alone it opens, Monday is 0; whatever the calendar says of them holds besides."""

    def __hash__(self) -> int:
        """Computed once: what was found for a day is kept by it."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.zone, self.windows, self.working_days_only, self.calendar, self.weekdays))
