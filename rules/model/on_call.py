"""Who is on call: in turn, by a calendar, and out of turn."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
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


class OnCallChangeKind(StrEnum):
    """What one of us may say about who is on call."""

    OVERRIDE = "override"
    SWAP = "swap"
    ABSENCE = "absence"
    UNDO = "undo"
    """Of one of the others, which from then on counts no more."""


@dataclass(frozen=True)
class OnCallChange:
    """What one of us said about who is on call; kept for ever, also when it is undone."""

    id: int
    kind: OnCallChangeKind
    rotation: str
    """Its name; empty for every rotation."""
    person: str
    other: str
    """With whom, of a swap; else empty."""
    from_at: datetime
    until_at: datetime
    who: str
    """Who said it."""
    at: datetime
    undoes: int | None = None
    """The change that an undo undoes; all but who and when it repeats from that one."""


@dataclass(frozen=True)
class CalendarCopy:
    """What was last read from a calendar elsewhere, and could be understood."""

    calendar: str
    """As `Imported` names it."""
    content: bytes
    shifts: tuple[Shift, ...]
    read_at: datetime
