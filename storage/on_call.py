"""What is said about who is on call, beside the configuration."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from rules.model import CalendarCopy, OnCallChange, OnCallChangeKind, Shift
from storage.schema import CalendarCopyRow, OnCallChangeRow

_LARGEST_ID = 2**31 - 1  # PostgreSQL refuses to look for a larger one


class OnCall:
    """Changes by command, which are only ever added to, and copies of calendars."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def add(self, change: OnCallChange) -> OnCallChange:
        """Store a new one; return it with its id."""
        row = OnCallChangeRow(**{**asdict(change), "id": None})
        self._session.add(row)
        self._session.flush()
        return replace(change, id=row.id or 0)

    def standing(self, at: datetime) -> list[OnCallChange]:
        """Return those that end after `at` and are not undone, in the order they were made."""
        undone = select(col(OnCallChangeRow.undoes)).where(col(OnCallChangeRow.undoes).is_not(None))
        query = select(OnCallChangeRow).where(
            col(OnCallChangeRow.until_at) > at,
            col(OnCallChangeRow.kind) != OnCallChangeKind.UNDO,
            col(OnCallChangeRow.id).not_in(undone),
        )
        rows = self._session.exec(query.order_by(col(OnCallChangeRow.id)))
        return [OnCallChange(**row.model_dump()) for row in rows]

    def get(self, id: int) -> OnCallChange | None:
        """Return the change of this number, undone or not."""
        row = self._session.get(OnCallChangeRow, id) if id <= _LARGEST_ID else None
        return OnCallChange(**row.model_dump()) if row else None

    def undo_of(self, id: int) -> OnCallChange | None:
        """Return what undid a change, if it is undone."""
        query = select(OnCallChangeRow).where(col(OnCallChangeRow.undoes) == id)
        row = self._session.exec(query).first()
        return OnCallChange(**row.model_dump()) if row else None

    def keep(self, copy: CalendarCopy) -> None:
        """Keep what a calendar says in place of what it said before."""
        shifts = [
            (s.person, int(s.from_at.timestamp()), int(s.until_at.timestamp())) for s in copy.shifts
        ]
        row = CalendarCopyRow(**{**asdict(copy), "shifts": json.dumps(shifts)})
        self._session.merge(row)
        self._session.flush()

    def copy_of(self, calendar: str) -> CalendarCopy | None:
        """Return what a calendar said last, its content too."""
        row = self._session.get(CalendarCopyRow, calendar)
        return CalendarCopy(**{**row.model_dump(), "shifts": _shifts(row.shifts)}) if row else None

    def shifts(self) -> dict[str, tuple[Shift, ...]]:
        """Return what every calendar said last, by its name."""
        query = select(CalendarCopyRow.calendar, CalendarCopyRow.shifts)
        return {name: _shifts(text) for name, text in self._session.exec(query)}


def _shifts(text: str) -> tuple[Shift, ...]:
    return tuple(
        Shift(person, datetime.fromtimestamp(from_at, UTC), datetime.fromtimestamp(until_at, UTC))
        for person, from_at, until_at in json.loads(text)
    )
