"""What lies in a folder, against what was stored of it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.imap import ids
from channels.imap.session import AT_ONCE, Session

UNDERWAY = timedelta(minutes=5)
"""What came within may be on its way in: it is no proof of a loss."""


@dataclass(frozen=True)
class Audit:
    """Of one folder; the numbers are uids."""

    validity: int
    on_server: int
    in_ledger: int
    """Of those on the server."""
    missing: tuple[int, ...]
    """On the server, not in the ledger."""
    waiting: tuple[int, ...]
    """Neither, but come just now."""


def audit(
    session: Session,
    mailbox: str,
    folder: str,
    ledger: Callable[[str], Collection[str]],
    now: datetime,
) -> Audit:
    """Compare; the server is asked first, so that what is taken meanwhile counts as taken."""
    shown = [uid for some in session.uids_below(session.uid_next) for uid in some]
    place = ids.prefix(mailbox, folder, session.validity)
    stored = ids.uids(place, ledger(place))
    lacking = [uid for uid in shown if uid not in stored]
    waiting = _just_come(session, lacking, now)
    return Audit(
        validity=session.validity,
        on_server=len(shown),
        in_ledger=len(shown) - len(lacking),
        missing=tuple(uid for uid in lacking if uid not in waiting),
        waiting=tuple(sorted(waiting)),
    )


def _just_come(session: Session, uids: list[int], now: datetime) -> set[int]:
    return {
        fact.uid
        for start in range(0, len(uids), AT_ONCE)
        for fact in session.facts(uids[start : start + AT_ONCE])
        if now - fact.received_at < UNDERWAY
    }
