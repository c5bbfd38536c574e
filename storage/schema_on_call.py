"""The tables of who is on call, beside the configuration (`storage.schema` has them all)."""

from datetime import datetime

from sqlmodel import Field

from rules.model import OnCallChangeKind
from storage.row import Row, word


class OnCallChangeRow(Row, table=True):
    """What one of us said about who is on call."""

    id: int | None = Field(default=None, primary_key=True)
    kind: OnCallChangeKind = Field(sa_type=word(OnCallChangeKind))
    rotation: str
    person: str
    other: str
    from_at: datetime
    until_at: datetime = Field(index=True)
    who: str
    at: datetime
    undoes: int | None = Field(default=None, foreign_key="oncallchange.id", unique=True)


class CalendarCopyRow(Row, table=True):
    """A calendar elsewhere, as it was last read."""

    calendar: str = Field(primary_key=True)
    content: bytes
    shifts: str  # JSON: person, and from and until in seconds of the Unix epoch
    read_at: datetime
