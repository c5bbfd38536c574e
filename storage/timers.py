"""Timers: the row is the timer, so a restart loses none."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from rules.model import Acknowledgement, EscalationPolicy, Purpose, Request, Timer
from storage.canary import NUMBER
from storage.escalation_policies import keep, kept
from storage.requests import as_request
from storage.schema import InboxRow, RequestRow, TimerRow

_AS_THEY_ARE = tuple({f.name for f in fields(Timer)} - {"acknowledgement", "policy"})

# Of what is due as a condition, PostgreSQL would plan for a third of all, and read them.
OLDEST = select(
    select(func.min(TimerRow.next_at)).scalar_subquery(),
    select(func.min(InboxRow.stored_at))
    .where(col(InboxRow.fate).is_(None), col(InboxRow.history).is_(False))
    .scalar_subquery(),
)
"""When the first timer is due, and when the first undecided arrival was stored."""


class Timers:
    """What is watched."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def arm(self, timer: Timer) -> None:
        """Set the request's timer for this purpose, in place of the one it had."""
        policy = keep(self._session, timer.policy) if timer.policy else None
        self._session.merge(TimerRow(**_values(timer), policy=policy))
        self._session.flush()

    def renew(self, timers: Sequence[Timer]) -> None:
        """Store the changes of timers that are there, but for their policies, in one go."""
        if timers:
            rows = [_values(timer) for timer in timers]
            self._session.exec(update(TimerRow), params=rows)  # by primary key

    def disarm(self, request_id: int, purpose: Purpose | None = None) -> None:
        """Take away the request's timer for this purpose, or all it has."""
        query = delete(TimerRow).where(col(TimerRow.request_id) == request_id)
        if purpose is not None:
            query = query.where(col(TimerRow.purpose) == purpose)
        self._session.exec(query)

    def claim(self, now: datetime, limit: int) -> list[tuple[Timer, Request]]:
        """Return those due that nobody else has now, the longest due first, with their requests.

        Both are the caller's until its transaction ends: who wants to change either waits.
        """
        next_at = col(TimerRow.next_at)
        query = (
            select(TimerRow, RequestRow)
            .join(RequestRow, col(RequestRow.id) == col(TimerRow.request_id))
            .where(next_at <= now)
            .order_by(next_at)
            .limit(limit)
            .with_for_update(skip_locked=True, key_share=True)
        )
        found = self._session.exec(query).all()
        timers = self._timers([timer for timer, _ in found])
        return [(timer, as_request(row)) for timer, (_, row) in zip(timers, found, strict=True)]

    def owed(self, limit: int) -> list[tuple[Timer, Request]]:
        """Return those that somebody is told of, with their requests, by deadline."""
        query = (
            select(TimerRow, RequestRow)
            .join(RequestRow, col(RequestRow.id) == col(TimerRow.request_id))
            .where(col(TimerRow.quiet).is_(False), col(TimerRow.request_id) != NUMBER)
            .order_by(col(TimerRow.due_at), col(TimerRow.request_id))
            .limit(limit)
        )
        found = self._session.exec(query).all()
        timers = self._timers([timer for timer, _ in found])
        return [(timer, as_request(row)) for timer, (_, row) in zip(timers, found, strict=True)]

    def of(self, request_id: int) -> list[Timer]:
        """Return the request's, by purpose."""
        query = select(TimerRow).where(TimerRow.request_id == request_id)
        return self._timers(self._session.exec(query.order_by(col(TimerRow.purpose))).all())

    def next_at(self) -> datetime | None:
        """Return when to look again at the earliest."""
        return self._session.exec(select(func.min(TimerRow.next_at))).one()

    def plans(self) -> set[str]:
        """Return the plans whose targets they are shares of."""
        return set(self._session.exec(select(TimerRow.plan).distinct()))

    def armed(self) -> int:
        """Return how many there are."""
        return self._session.exec(select(func.count()).select_from(TimerRow)).one()

    def _timers(self, rows: Sequence[TimerRow]) -> list[Timer]:
        policies = kept(self._session, {row.policy for row in rows if row.policy})
        return [_timer(row, policies.get(row.policy or "")) for row in rows]


def _values(timer: Timer) -> dict[str, Any]:
    """All but its policy."""
    acknowledgement = timer.acknowledgement
    return {
        **{name: getattr(timer, name) for name in _AS_THEY_ARE},
        "acknowledged_by": acknowledgement.person if acknowledgement else None,
        "acknowledged_until": acknowledgement.until_at if acknowledgement else None,
    }


def _timer(row: TimerRow, policy: EscalationPolicy | None) -> Timer:
    lease = None
    if row.acknowledged_by is not None and row.acknowledged_until is not None:
        lease = Acknowledgement(row.acknowledged_by, row.acknowledged_until)
    same = {name: getattr(row, name) for name in _AS_THEY_ARE}
    return Timer(**same, acknowledgement=lease, policy=policy)
