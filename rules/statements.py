"""What a customer asked for in a month, how soon it was answered, and what it cost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from rules import business_hours
from rules.model import (
    Clock,
    Contract,
    Credit,
    FollowUpBreach,
    Offer,
    Request,
    Severity,
    State,
    Target,
)


@dataclass(frozen=True)
class Month:
    """A calendar month; which instants are in it depends on the policy's zone."""

    first: date

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month that a day is in."""
        return cls(day.replace(day=1))

    @property
    def last(self) -> date:
        """Its last day."""
        return self.following.first - timedelta(days=1)

    @property
    def following(self) -> "Month":
        """The next one."""
        return Month.of(self.first + timedelta(days=31))

    def begins_at(self, zone: ZoneInfo) -> datetime:
        """Its first instant."""
        return datetime.combine(self.first, time(), zone).astimezone(UTC)

    def __str__(self) -> str:
        """As `2026-03`."""
        return f"{self.first:%Y-%m}"


class Outcome(StrEnum):
    """What became of a promise of a first response."""

    IN_TIME = "in time"
    LATE = "late"
    """Answered after it was due, or due and not answered yet."""
    OPEN = "open"
    """Not answered, and not due yet."""
    HELD = "held"
    """A person of ours has to decide first."""
    ENDED = "ended"
    """Without an answer, with a reason (policy, reading 8)."""


@dataclass(frozen=True)
class Line:
    """One request in a statement."""

    request: Request
    outcome: Outcome
    target: timedelta | None
    """None while nothing is promised."""
    taken: timedelta | None
    """Until the first response, counted as the target is; None while there is none."""

    @property
    def billable(self) -> bool:
        """Whether it is paid work: served though the contract does not cover it."""
        return self.request.covered is False and self.outcome is not Outcome.ENDED


@dataclass(frozen=True)
class CreditUse:
    """What became of a contract's credits in a month."""

    contract: Contract
    granted: int
    lines: tuple[Credit, ...]

    @property
    def drawn(self) -> int:
        """What was drawn, less what came back."""
        return sum(line.amount for line in self.lines)

    @property
    def returned(self) -> int:
        """How many came back."""
        return -sum(line.amount for line in self.lines if line.amount < 0)

    @property
    def left(self) -> int:
        """Not drawn: to be had until the month's end, and lapsed after it."""
        return max(0, self.granted - self.drawn)


@dataclass(frozen=True)
class Statement:
    """A customer's month."""

    customer: str
    month: Month
    at: datetime
    """As of when."""
    month_is_open: bool
    """Whether the month is not over then."""
    lines: tuple[Line, ...]
    credits: tuple[CreditUse, ...]
    """A line for each contract that ran in it."""
    offers: tuple[Offer, ...] = ()
    """Paid work that the customer accepted in it."""
    follow_ups: tuple[FollowUpBreach, ...] = ()
    """Grave messages of it, after a first response, that were not answered in time."""

    def count(self, outcome: Outcome, severity: Severity | None = None) -> int:
        """How many requests, of all severities or one, ended so."""
        return sum(
            line.outcome is outcome and severity in (None, line.request.severity)
            for line in self.lines
        )

    def attainment(self, severity: Severity | None = None) -> Fraction | None:
        """The share answered in time of what was answered or due; None of nothing."""
        in_time = self.count(Outcome.IN_TIME, severity)
        due = in_time + self.count(Outcome.LATE, severity)
        return Fraction(in_time, due) if due else None

    @property
    def billable(self) -> tuple[Line, ...]:
        """Paid work."""
        return tuple(line for line in self.lines if line.billable)


Promised = Callable[[Request], tuple[Target, Clock] | None]
"""The cell under which a request was promised an answer, and what counts there."""


def state(
    customer: str,
    month: Month,
    requests: Sequence[Request],
    credits: Sequence[CreditUse],
    promised: Promised,
    zone: ZoneInfo,
    now: datetime,
) -> Statement:
    """Make up a month from its requests (those received in it, policy, reading 7), local to `zone`.

    Raises `business_hours.UnknownYear`.
    """
    in_order = sorted(requests, key=lambda request: (request.received_at, request.id))
    lines = tuple(_line(request, promised(request), now) for request in in_order)
    is_open = now < month.following.begins_at(zone)
    return Statement(customer, month, now, is_open, lines, tuple(credits))


def _line(request: Request, promised: tuple[Target, Clock] | None, now: datetime) -> Line:
    outcome = _outcome(request, now)
    if promised is None or outcome is Outcome.HELD:
        return Line(request, outcome, None, None)
    target, clock = promised
    return Line(request, outcome, target.within, _taken(request, target, clock))


def _outcome(request: Request, now: datetime) -> Outcome:
    due = request.first_response_due_at
    if request.state is State.CLOSED:
        return Outcome.ENDED
    if request.state is State.HELD or due is None:
        return Outcome.HELD
    answered = request.first_response_at
    if request.breached_at or (answered or now) > due:
        return Outcome.LATE
    return Outcome.IN_TIME if answered else Outcome.OPEN


def _taken(request: Request, target: Target, clock: Clock) -> timedelta | None:
    from_at, until_at = request.clock_starts_at, request.first_response_at
    if until_at is None:
        return None
    if clock is Clock.ELAPSED:
        return max(until_at - from_at, timedelta())
    return business_hours.between(target.hours, from_at, until_at)
