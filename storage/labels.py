"""People's words on severities: added, never changed."""

from dataclasses import fields

from sqlalchemy import func
from sqlmodel import Session, col, select

from rules.model import Label
from storage.schema import LabelRow

_FIELDS = tuple(field.name for field in fields(Label))


class Labels:
    """What triage learns from."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def add(self, label: Label) -> None:
        """Keep a new one."""
        self._session.add(LabelRow(**(vars(label) | {"id": None})))
        self._session.flush()

    def of_request(self, request_id: int) -> list[Label]:
        """Return a request's, oldest first."""
        query = select(LabelRow).where(LabelRow.request_id == request_id)
        return [_label(row) for row in self._session.exec(query.order_by(col(LabelRow.id)))]

    def newest(self, limit: int) -> list[Label]:
        """Return the last of each request, the newest first."""
        last = select(func.max(LabelRow.id)).group_by(col(LabelRow.request_id))
        query = select(LabelRow).where(col(LabelRow.id).in_(last))
        rows = self._session.exec(query.order_by(col(LabelRow.id).desc()).limit(limit))
        return [_label(row) for row in rows]

    def count_after(self, id: int) -> int:
        """Return how many came after the one of this number."""
        query = select(func.count()).select_from(LabelRow).where(col(LabelRow.id) > id)
        return self._session.exec(query).one()


def _label(row: LabelRow) -> Label:
    return Label(**{name: getattr(row, name) for name in _FIELDS})
