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


@dataclass(frozen=True)
class Refit:
    """Triage learned anew from the shipped examples and people's labels."""

    at: datetime
    who: str
    """Who asked for it: a person's name, or `supportd`."""
    base: str
    """Name of the shipped weights whose examples it learned from."""
    labels: int
    """How many it learned from."""
    last_label: int
    """Number of the newest label that there was; 0 without any."""
    report: tuple[str, ...]
    """How good it was found to be, in words, and why it was not taken if it was not."""
    accepted: bool
    withdrawn_by: str = ""
    """Who took it back; empty while nobody has."""
    id: int = 0
    """0 until it is stored."""

    @property
    def name(self) -> str:
        """By which requests remember what assigned their severity."""
        return f"refit-{self.id}"
