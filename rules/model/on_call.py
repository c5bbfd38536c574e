"""Who is on call: in turn, by a calendar, and out of turn."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rules.model.hours import BusinessHours


@dataclass(frozen=True)
class Override:
    """Somebody takes the call for a while."""

    person: str
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True)
class Swap:
    """For a while two persons stand where the other would have stood."""

    person: str
    other: str
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True)
class Absence:
    """Days off: the person is not on call, whatever else was said; the next in turn stands in."""

    person: str
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True)
class Shift:
    """A stretch of one person on call, or of nobody."""

    person: str | None
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True)
class Turns:
    """A layer of people who take turns, handed over at a local time."""

    people: tuple[str, ...]
    starts: datetime
    """Naive local time of the first handoff; nobody is on call before it."""
    every: timedelta
    """How long a turn is, on the wall's clock; an hour at least."""
    hours: BusinessHours | None = None
    """When this layer counts; None is always."""


@dataclass(frozen=True)
class Imported:
    """A layer of shifts that a calendar elsewhere says."""

    calendar: str
    """Under which name its shifts are kept: no secret, though where it is may be one."""
    shifts: tuple[Shift, ...] = ()
    """As they were last read."""


@dataclass(frozen=True)
class Rotation:
    """Who is on call when."""

    name: str
    zone: ZoneInfo
    layers: tuple[Turns | Imported, ...]
    """A later one wins where it has somebody."""
    overrides: tuple[Override, ...] = ()
    """They win over every layer; of several the one that began last."""
    swaps: tuple[Swap, ...] = ()
    """In the order in which they were made."""
    absences: tuple[Absence, ...] = ()
