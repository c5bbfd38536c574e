"""What must never be so, asked of the database in words of its own.

Nothing here goes through the code that is audited: a fault in that must not hide itself. Each
question is an index probe, or looks at a slice of the numbers, so that it costs the same however
much is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import DateTime, TextClause, bindparam, text
from sqlmodel import Session

MOST = 100
"""Findings of one kind."""

SLICE = 10_000
"""Numbers of requests looked at in one go."""


def _late(question: str) -> TextClause:
    return text(question).bindparams(bindparam("before", type_=DateTime(timezone=True)))


_OWED = "(r.state = 'open' OR r.state = 'held')"
_FITS = (
    "((r.state = 'open' AND t.purpose = 'first-response')"
    " OR (r.state = 'held' AND t.purpose = 'review')"
    " OR (r.state = 'answered' AND t.purpose = 'follow-up'))"
)

_UNTIMED = text(
    f"SELECT r.id FROM request r WHERE r.id > :after AND r.id <= :upto AND {_OWED}"
    " AND NOT EXISTS (SELECT 1 FROM timer t WHERE t.request_id = r.id) ORDER BY r.id LIMIT :most"
)
_IDLE = text(
    "SELECT t.request_id FROM timer t JOIN request r ON r.id = t.request_id"
    f" WHERE t.request_id > :after AND t.request_id <= :upto AND NOT {_FITS}"
    " ORDER BY t.request_id LIMIT :most"
)
_UNSEEN = _late(
    "SELECT t.request_id FROM timer t WHERE t.next_at < :before ORDER BY t.next_at LIMIT :most"
)
_UNSENT = _late(
    "SELECT o.id FROM outbox o WHERE state IN ('pending', 'sending', 'unknown')"
    " AND o.kind = 'ping' AND o.attempts = 0 AND o.try_at < :before LIMIT :most"
)
_STUCK = _late(
    "SELECT o.id FROM outbox o WHERE state IN ('pending', 'sending', 'unknown')"
    " AND o.state = 'sending' AND o.lease_until < :before LIMIT :most"
)
_LAST = text("SELECT max(id) FROM request")


@dataclass(frozen=True)
class Findings:
    """What was found, of each kind at most MOST."""

    untimed: Sequence[int]
    """Requests owed a word over which no timer watches."""
    idle: Sequence[int]
    """Requests whose timer watches over nothing owed."""
    unseen: Sequence[int]
    """Requests whose timer nobody has looked at since it was due."""
    unsent: Sequence[str]
    """Pings that nobody has tried to send."""
    stuck: Sequence[str]
    """Notices whose sender's lease ended long ago."""
    upto: int
    """How far the requests were looked at; 0: to the last of them."""

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not (self.untimed or self.idle or self.unseen or self.unsent or self.stuck)


def audit(session: Session, now: datetime, late: timedelta, after: int) -> Findings:
    """Look at all that is due, and at SLICE requests after this number; late is late by this."""
    connection = session.connection()
    upto = after + SLICE
    slice = {"after": after, "upto": upto, "most": MOST}
    due = {"before": now - late, "most": MOST}
    return Findings(
        untimed=connection.execute(_UNTIMED, slice).scalars().all(),
        idle=connection.execute(_IDLE, slice).scalars().all(),
        unseen=connection.execute(_UNSEEN, due).scalars().all(),
        unsent=connection.execute(_UNSENT, due).scalars().all(),
        stuck=connection.execute(_STUCK, due).scalars().all(),
        upto=upto if upto < (connection.execute(_LAST).scalar() or 0) else 0,
    )
