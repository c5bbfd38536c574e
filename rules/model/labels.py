"""What people say of severities: what triage learns from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules.model.words import Severity


class LabelSource(StrEnum):
    """By which deed somebody said it."""

    CHANGED = "changed"
    CONFIRMED = "confirmed"
    NOT_A_REQUEST = "not-a-request"
    """Closed as such: no severity."""


@dataclass(frozen=True)
class Label:
    """One of us said how severe a request is; never changed, only followed by another."""

    request_id: int
    at: datetime
    who: str
    model: str
    """What had assigned the severity; empty if that is not known."""
    assigned: Severity
    """What it had assigned."""
    confidence: float
    """Its own, 0 to 1; 0 if that is not known."""
    severity: Severity
    """What the person says."""
    source: LabelSource
    id: int = 0
    """0 until it is stored."""
