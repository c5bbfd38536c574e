"""Timers: the row is the timer, so a restart loses none."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import Select, delete, func
from sqlmodel import Session, col, select

from rules.model import Acknowledgement, EscalationPolicy, Purpose, Request, Timer
from storage.bulk import update_all
from storage.canary import NUMBER
from storage.escalation_policies import keep, kept
from storage.requests import COLUMNS
from storage.schema import InboxRow, RequestRow, TimerRow

_AS_THEY_ARE = tuple(f.name for f in fields(Timer) if f.name not in ("acknowledgement", "policy"))
_KEPT = (*_AS_THEY_ARE, "acknowledged_by", "acknowledged_until", "policy")
_COLUMNS = tuple(getattr(TimerRow, name) for name in _KEPT)

# Of what is due as a condition, PostgreSQL would plan for a third of all, and read them.
OLDEST = select(
    select(func.min(TimerRow.next_at)).scalar_subquery(),
    select(func.min(InboxRow.stored_at))
    .where(col(InboxRow.fate).is_(None), col(InboxRow.history).is_(False))
    .scalar_subquery(),
)
"""When the first timer is due, and when the first undecided arrival was stored."""

# Columns, since a herd of objects that are thrown away costs more than all that is decided.
_WITH_REQUEST = sqlalchemy.select(*_COLUMNS, *COLUMNS).join(
    RequestRow, col(RequestRow.id) == col(TimerRow.request_id)
)


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

    def looked_at(self, timers: Sequence[Timer]) -> None:
        """Store what a look changes of timers that are there, in one go."""
        rows = [
            {
                "request_id": timer.request_id,
                "purpose": timer.purpose,
                "next_at": timer.next_at,
                "told": timer.told,
                **_lease(timer),
            }
            for timer in timers
        ]
        update_all(self._session, TimerRow, rows)

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
            _WITH_REQUEST.where(next_at <= now)
            .order_by(next_at)
            .limit(limit)
            .with_for_update(skip_locked=True, key_share=True)
        )
        return self._with_requests(query)

    def owed(self, limit: int, purpose: Purpose | None = None) -> list[tuple[Timer, Request]]:
        """Return those that somebody is told of, of one purpose or all, by deadline."""
        query = (
            _WITH_REQUEST.where(col(TimerRow.quiet).is_(False), col(TimerRow.request_id) != NUMBER)
            .order_by(col(TimerRow.due_at), col(TimerRow.request_id))
            .limit(limit)
        )
        if purpose is not None:
            query = query.where(col(TimerRow.purpose) == purpose)
        return self._with_requests(query)

    def of(self, request_id: int) -> list[Timer]:
        """Return the request's, by purpose."""
        query = sqlalchemy.select(*_COLUMNS).where(col(TimerRow.request_id) == request_id)
        return self._timers(self._session.execute(query.order_by(col(TimerRow.purpose))).all())

    def next_at(self) -> datetime | None:
        """Return when to look again at the earliest."""
        return self._session.exec(select(func.min(TimerRow.next_at))).one()

    def plans(self) -> set[str]:
        """Return the plans whose targets they are shares of."""
        return set(self._session.exec(select(TimerRow.plan).distinct()))

    def armed(self) -> int:
        """Return how many there are."""
        return self._session.exec(select(func.count()).select_from(TimerRow)).one()

    def _with_requests(self, query: Select[Any]) -> list[tuple[Timer, Request]]:
        rows = self._session.execute(query).all()
        timers = self._timers([row[: len(_COLUMNS)] for row in rows])
        requests = [Request(*row[len(_COLUMNS) :]) for row in rows]
        return list(zip(timers, requests, strict=True))

    def _timers(self, rows: Sequence[Sequence[Any]]) -> list[Timer]:
        """Of rows of `_COLUMNS`."""
        policies = kept(self._session, {digest for *_, digest in rows if digest})
        return [_timer(row, policies) for row in rows]


def _values(timer: Timer) -> dict[str, Any]:
    """All but its policy."""
    return {**{name: getattr(timer, name) for name in _AS_THEY_ARE}, **_lease(timer)}


def _lease(timer: Timer) -> dict[str, Any]:
    lease = timer.acknowledgement
    return {
        "acknowledged_by": lease.person if lease else None,
        "acknowledged_until": lease.until_at if lease else None,
    }


def _timer(row: Sequence[Any], policies: Mapping[str, EscalationPolicy]) -> Timer:
    *same, person, until_at, digest = row
    lease = Acknowledgement(person, until_at) if person is not None else None
    return Timer(
        **dict(zip(_AS_THEY_ARE, same, strict=True)),
        acknowledgement=lease,
        policy=policies.get(digest),
    )
