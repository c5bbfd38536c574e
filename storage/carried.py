"""What the outbox tells about a notice."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules.model import Notice


class NoticeState(StrEnum):
    """How far a notice has come."""

    PENDING = "pending"
    SENDING = "sending"
    """Claimed by a courier, until its lease ends."""
    UNKNOWN = "unknown"
    """The answer was lost: it may have been taken."""
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


LIVE = frozenset({NoticeState.PENDING, NoticeState.SENDING, NoticeState.UNKNOWN})
"""Not at its end."""


@dataclass(frozen=True)
class Claimed:
    """A notice to be carried now, by whoever holds the token."""

    notice: Notice
    token: int
    """Goes stale when the lease has ended and another claimed it."""
    attempts: int
    """This one included."""
    maybe_sent: bool
    """An earlier attempt may have arrived: ask before sending again."""
    created_at: datetime
    """When it was put into the outbox."""
    gathering: str = ""
    """The message that the earlier attempt was, if it went together with others."""


@dataclass(frozen=True)
class Carried:
    """A notice and what became of it."""

    notice: Notice
    state: NoticeState
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    error: str
    """Of the last attempt, or why it was cancelled; empty if there is none."""
