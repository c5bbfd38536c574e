"""What we promise, and who is told when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from rules.model.hours import BusinessHours
from rules.model.words import Channel, Clock, Severity, Treatment, Uncovered


@dataclass(frozen=True)
class Target:
    """One cell of the policy's table: what a plan promises for a severity."""

    within: timedelta
    """Until the first response, counted by the plan's clock."""
    hours: BusinessHours
    channels: frozenset[Channel]
    by_arrangement: frozenset[Channel] = frozenset()
    """Those of them that only a contract's agreed extra opens."""


@dataclass(frozen=True)
class Plan:
    """What a customer bought."""

    name: str
    credits_per_month: int
    credits_per_day: int
    registered_persons: int
    response_priority: bool
    discount: bool
    targets: Mapping[Severity, Target]
    """All four severities."""
    clock: Clock | None = None
    """None is the policy's."""


@dataclass(frozen=True)
class Policy:
    """The support policy as data, with the date from which it holds."""

    effective_from: date
    """Local day in its own zone; it holds until the next version does."""
    zone: ZoneInfo
    clock: Clock
    uncovered: Mapping[Uncovered, Treatment]
    """Every reason."""
    plans: Mapping[str, Plan]
    """By name; `basic` is always there, since reviews run on its targets."""

    @property
    def version(self) -> str:
        """The name under which a request keeps the policy it was opened under."""
        return self.effective_from.isoformat()

    def clock_of(self, plan: str) -> Clock:
        """What counts towards a plan's targets (reading 1)."""
        return self.plans[plan].clock or self.clock


@dataclass(frozen=True)
class EscalationStep:
    """A moment before the deadline at which somebody is told."""

    share: Fraction
    """Of the target, in business time: 0 at the clock's start, 1 at the deadline."""

    @property
    def name(self) -> str:
        """As history and pings call it."""
        if self.share in (0, 1):
            return "deadline" if self.share else "start"
        return f"{float(self.share):.0%}"


@dataclass(frozen=True)
class EscalationPolicy:
    """Who is told when (policy, "Escalation steps")."""

    steps: Mapping[Severity, tuple[EscalationStep, ...]]
    """In order of time; the last is the deadline."""
    catch_all_from: Fraction
    """From this share of the target on, the catch-all is told too."""
    repeats: tuple[timedelta, ...]
    """Gaps after the deadline, the last for ever."""
    round_the_clock: frozenset[Severity]
    """Whose repeats run at all hours; the others' in business time."""
    late_acknowledgement: timedelta
    """How long an acknowledgement after the deadline lasts."""
    reserve: timedelta
    """Open time before the deadline that no acknowledgement and no snooze may use up."""
    catch_all: tuple[str, ...]
    """Names of persons told when nobody else is, or nobody else answers."""
