"""Follow-ups that were answered too late, or not at all."""

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from rules.model import FollowUpBreach
from storage.schema import FollowUpBreachRow, RequestRow


class FollowUps:
    """Breaches: a line is never changed; what was none after all is taken back by another line."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def add(self, breach: FollowUpBreach) -> bool:
        """Write it down; False if this deadline's is on record already."""
        return self._line(breach, taken_back=False)

    def take_back(self, breach: FollowUpBreach, now: datetime) -> None:
        """It was answered in time after all."""
        self._line(replace(breach, at=now), taken_back=True)

    def of_request(self, request_id: int) -> list[FollowUpBreach]:
        """Return a request's that stand, the earliest deadline first."""
        return self._standing(col(FollowUpBreachRow.request_id) == request_id)

    def received(
        self, from_at: datetime, until_at: datetime, contract_ids: Collection[int]
    ) -> list[FollowUpBreach]:
        """Return those that stand of messages received from one instant until before another."""
        received_at = col(FollowUpBreachRow.received_at)
        under = select(RequestRow.id).where(col(RequestRow.contract_id).in_(contract_ids))
        return self._standing(
            received_at >= from_at,
            received_at < until_at,
            col(FollowUpBreachRow.request_id).in_(under),
        )

    def _line(self, breach: FollowUpBreach, *, taken_back: bool) -> bool:
        key = (breach.request_id, breach.due_at, taken_back)
        if self._session.get(FollowUpBreachRow, key):
            return False
        self._session.add(FollowUpBreachRow(**asdict(breach), taken_back=taken_back))
        self._session.flush()
        return True

    def _standing(self, *which: ColumnElement[bool]) -> list[FollowUpBreach]:
        due_at, request_id = col(FollowUpBreachRow.due_at), col(FollowUpBreachRow.request_id)
        query = select(FollowUpBreachRow).where(*which).order_by(due_at, request_id)
        rows = self._session.exec(query).all()
        gone = {(row.request_id, row.due_at) for row in rows if row.taken_back}
        return [
            FollowUpBreach(**row.model_dump(exclude={"taken_back"}))
            for row in rows
            if (row.request_id, row.due_at) not in gone
        ]
