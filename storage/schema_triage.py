"""The tables of what triage assigned, and learns from; as `schema`, which knows them."""

from datetime import datetime

from sqlmodel import Field

from rules.model import LabelSource, Severity
from storage.columns import Texts
from storage.row import Row, word


class AssessmentRow(Row, table=True):
    """What was assigned to a request when it opened."""

    request_id: int = Field(foreign_key="request.id", primary_key=True)
    model: str
    severity: Severity = Field(sa_type=word(Severity))
    confidence: float
    vector: bytes


class LabelRow(Row, table=True):
    """A person's word on a severity; only ever added."""

    id: int | None = Field(default=None, primary_key=True)
    request_id: int = Field(foreign_key="request.id", index=True)
    at: datetime
    who: str
    model: str
    assigned: Severity = Field(sa_type=word(Severity))
    confidence: float
    severity: Severity = Field(sa_type=word(Severity))
    source: LabelSource = Field(sa_type=word(LabelSource))


class RefitRow(Row, table=True):
    """What was learned from labels; only the newest of those that may serve keep their content."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    who: str
    base: str
    labels: int
    last_label: int
    report: tuple[str, ...] = Field(sa_type=Texts)
    accepted: bool
    withdrawn_by: str = ""
    content: bytes
