"""When we are there."""

from dataclasses import dataclass
from datetime import date, timedelta
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
    """The public holidays of the stated years; nothing is known of any other year."""

    holidays: frozenset[date]
    first_year: int
    last_year: int
    """Inclusive. Asking about a day beyond it is an error, not a guess."""


@dataclass(frozen=True)
class BusinessHours:
    """When a clock runs: local windows, on every day or on working days."""

    zone: ZoneInfo
    windows: tuple[Window, ...]
    working_days_only: bool
    """Monday to Friday without the calendar's holidays; a window belongs to the day it opens."""
    calendar: Calendar
