"""Recorded requests under another policy: which deadlines move, which answers would be late."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules import deadlines, policies
from rules.entitlement import REVIEW_PLAN
from rules.model import Playbook, Request, State


class Kept(StrEnum):
    """Whether a promise was kept."""

    IN_TIME = "in time"
    LATE = "late"
    PENDING = "pending"
    """Not answered yet, and not due."""


@dataclass(frozen=True)
class Replayed:
    """One request under both policies."""

    request: Request
    due_at: datetime
    """As it was promised."""
    other_due_at: datetime
    kept: Kept
    other_kept: Kept

    @property
    def moved(self) -> bool:
        """Whether it would have been due at another instant."""
        return self.due_at != self.other_due_at


@dataclass(frozen=True)
class Totals:
    """Of all that were replayed."""

    requests: int
    earlier: int
    later: int
    late: int
    other_late: int
    decided: int
    """In time or late as it was; the share of those in time is the attainment."""
    other_decided: int

    @property
    def attainment(self) -> float | None:
        """From 0 to 1; None where nothing is decided."""
        return 1 - self.late / self.decided if self.decided else None

    @property
    def other_attainment(self) -> float | None:
        """The same under the other policy."""
        return 1 - self.other_late / self.other_decided if self.other_decided else None


def is_replayed(request: Request) -> bool:
    """Whether its customer was promised an answer that nobody called off (reading 8)."""
    return request.first_response_due_at is not None and request.state is not State.CLOSED


def replay(request: Request, other: Playbook, now: datetime) -> Replayed:
    """One that `is_replayed`, under the other playbook's policy: same plan, severity and start.

    Raises UnknownYear, NeverOpen.
    """
    due_at = request.first_response_due_at
    assert due_at is not None
    plan = request.plan or REVIEW_PLAN
    own = policies.in_local_time(other, request)
    target = own.policy.plans[plan].targets[request.severity]
    _, other_due_at = deadlines.reckon(target, own.policy.clock_of(plan), request.owed_from_at)
    answered_at = request.first_response_at
    return Replayed(
        request, due_at, other_due_at, _kept(answered_at, due_at, now),
        _kept(answered_at, other_due_at, now),
    )  # fmt: skip


def totals(replayed: Iterable[Replayed]) -> Totals:
    """What all of them come to."""
    found = list(replayed)
    return Totals(
        requests=len(found),
        earlier=sum(r.other_due_at < r.due_at for r in found),
        later=sum(r.other_due_at > r.due_at for r in found),
        late=sum(r.kept is Kept.LATE for r in found),
        other_late=sum(r.other_kept is Kept.LATE for r in found),
        decided=sum(r.kept is not Kept.PENDING for r in found),
        other_decided=sum(r.other_kept is not Kept.PENDING for r in found),
    )


def _kept(answered_at: datetime | None, due_at: datetime, now: datetime) -> Kept:
    if (answered_at or now) > due_at:
        return Kept.LATE
    return Kept.IN_TIME if answered_at else Kept.PENDING
