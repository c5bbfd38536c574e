"""What we promise."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
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
