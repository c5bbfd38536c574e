"""Arrivals: stored before anybody answers the peer, kept with their fate."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, update
from sqlmodel import Session, col, select

from rules.model import Arrival, Channel, Envelope, Fate, Peer
from storage.bulk import insert_new
from storage.errors import StoreError
from storage.leases import is_dead
from storage.schema import InboxRow

WAITING_BYTES = 16 * 1024 * 1024
"""Of content, handed out to be decided at once: what more waits is asked for again."""


@dataclass(frozen=True)
class Waiting:
    """An arrival not decided yet."""

    id: int
    arrival: Arrival
    stored_at: datetime
    begun: int
    """Times it was begun and neither decided nor postponed: the process died over it."""
    failing_since: datetime | None


@dataclass(frozen=True)
class Late:
    """An arrival undecided for too long, without its content."""

    id: int
    stored_at: datetime
    account: str


class Inbox:
    """What came in."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def take(self, arrivals: Sequence[Arrival], stored_at: datetime) -> int:
        """Store those not here yet, known by channel, account and external id; return how many."""
        return insert_new(self._session, InboxRow, [_values(a, stored_at) for a in arrivals])

    def waiting(self, now: datetime, limit: int) -> list[Waiting]:
        """Return the undecided that are not postponed beyond `now`, in the order they came.

        History comes last: nobody waits for it. Of large ones fewer are returned, one at least.
        """
        return self._waiting(now, limit)

    def _waiting(
        self, now: datetime, limit: int, free: ColumnElement[bool] | None = None
    ) -> list[Waiting]:
        """Locked for us, and those that others locked left out, if `free` says which are."""
        try_at = col(InboxRow.try_at)
        found: list[Waiting] = []
        size = 0
        for history in (False, True):
            query = (
                select(InboxRow)
                .where(*_undecided(history), try_at.is_(None) | (try_at <= now))
                .order_by(col(InboxRow.id))
                .limit(limit - len(found))
                .execution_options(yield_per=1)  # else all of them are in memory before the first
            )
            if free is not None:
                query = query.where(free).with_for_update(skip_locked=True)
            with self._session.exec(query) as rows:
                for row in rows:
                    found.append(_waiting(row))
                    size += len(found[-1].arrival.content)
                    if size >= WAITING_BYTES:
                        return found
        return found

    def claim(self, holder: str, now: datetime, limit: int) -> list[Waiting]:
        """Take of the `waiting` those that no living daemon has in hand.

        Of what was begun and never finished, because the process died over it, only one is taken:
        which of them it was, only reading them alone tells.
        """
        claimed_by = col(InboxRow.claimed_by)
        free = claimed_by.is_(None) | (claimed_by == holder) | is_dead(claimed_by, now)
        found = self._waiting(now, limit, free)
        if any(each.begun for each in found):
            found = found[:1]
        rows = col(InboxRow.id).in_([each.id for each in found])
        self._session.exec(
            update(InboxRow).where(rows).values(begun=InboxRow.begun + 1, claimed_by=holder)
        )
        return found

    def put_back(self, id: int, try_at: datetime) -> None:
        """Let any daemon have it again, from `try_at`."""
        row = self._row(id)
        row.try_at, row.claimed_by, row.begun = try_at, None, 0

    def is_claimed(self, id: int, holder: str) -> bool:
        """Whether it is undecided and still in this holder's hand."""
        row = self._row(id)
        return row.fate is None and row.claimed_by == holder

    def is_preceded(self, id: int) -> bool:
        """Whether one that came before is undecided, and has not failed."""
        query = (
            select(InboxRow.id)
            .where(
                *_undecided(history=False),
                col(InboxRow.id) < id,
                col(InboxRow.failing_since).is_(None),
            )
            .limit(1)
        )
        return self._session.exec(query).first() is not None

    def settle(
        self,
        id: int,
        fate: Fate,
        note: str,
        request_id: int | None = None,
        message_id: int | None = None,
    ) -> None:
        """Record what became of it; a held one may be settled again."""
        row = self._row(id)
        row.fate, row.note, row.try_at = fate, note, None
        row.claimed_by = None
        row.request_id, row.message_id = request_id, message_id

    def postpone(self, id: int, try_at: datetime, now: datetime, error: str) -> None:
        """Record a failed attempt, and not to try before `try_at`."""
        row = self._row(id)
        row.try_at, row.error = try_at, error
        row.begun, row.claimed_by = 0, None
        row.failing_since = row.failing_since or now

    def complete(self, id: int, content: bytes) -> None:
        """Replace an arrival's content with the same and what its channel found out since."""
        row = self._row(id)
        row.content, row.packed = _pack(content)

    def is_decided(self, id: int) -> bool:
        """Whether it has its fate."""
        return self._row(id).fate is not None

    def late(self, before: datetime, limit: int) -> list[Late]:
        """Return the undecided stored before an instant, postponed or not, oldest first.

        History is never late.
        """
        query = (
            select(InboxRow.id, InboxRow.stored_at, InboxRow.account)
            .where(*_undecided(history=False), col(InboxRow.stored_at) < before)
            .order_by(col(InboxRow.id))
            .limit(limit)
        )
        return [Late(id or 0, stored_at, a) for id, stored_at, a in self._session.exec(query)]

    def content(self, id: int) -> bytes:
        """Return the raw bytes as they came."""
        return _content(self._row(id))

    def arrival(self, id: int) -> Arrival:
        """Return it as it came."""
        row = self._row(id)
        return Arrival(envelope(row), _content(row))

    def fate(self, id: int) -> Fate | None:
        """Return what became of it; None while it is undecided."""
        return self._row(id).fate

    def content_under(self, channel: Channel, account: str, external_id: str) -> bytes | None:
        """Return what was stored under a unique key; None if nothing was."""
        query = select(InboxRow).where(*_under(channel, account, external_id))
        row = self._session.exec(query).first()
        return _content(row) if row else None

    def under(self, channel: Channel, account: str, external_id: str) -> Waiting:
        """Return what was stored under a unique key, which must be there."""
        query = select(InboxRow).where(*_under(channel, account, external_id))
        return _waiting(self._session.exec(query).one())

    def request_under(self, channel: Channel, account: str, external_id: str) -> int | None:
        """Return the request of an arrival under a unique key: 0 if it has none, or not yet.

        None if no such arrival was stored.
        """
        where = _under(channel, account, external_id)
        found = self._session.exec(select(InboxRow.request_id).where(*where)).all()
        return found[0] or 0 if found else None

    def external_ids(
        self, channel: Channel, account: str, prefix: str, fate: Fate | None = None
    ) -> list[str]:
        """Return those that begin like this; only of this fate, if one is given."""
        external_id = col(InboxRow.external_id)
        query = select(external_id).where(
            col(InboxRow.channel) == channel,
            col(InboxRow.account) == account,
            external_id.startswith(prefix, autoescape=True),
        )
        if fate:
            query = query.where(col(InboxRow.fate) == fate)
        # SQLite takes capitals for small letters.
        return [id for id in self._session.exec(query) if id.startswith(prefix)]

    def counts(self) -> dict[str, int]:
        """Return how many there are of each fate, and `undecided`."""
        fate = col(InboxRow.fate)
        query = select(fate, func.count()).group_by(fate)
        return {f or "undecided": count for f, count in self._session.exec(query)}

    def oldest_undecided(self) -> datetime | None:
        """Return when it was stored; history does not count."""
        query = select(func.min(InboxRow.stored_at)).where(*_undecided(history=False))
        return self._session.exec(query).one()

    def _row(self, id: int) -> InboxRow:
        row = self._session.get(InboxRow, id)
        if row is None:
            raise StoreError(f"inbox: there is no arrival {id}")
        return row


def envelope(row: InboxRow) -> Envelope:
    """Return the arrival's envelope."""
    return Envelope(
        channel=row.channel,
        account=row.account,
        external_id=row.external_id,
        sender=row.sender,
        recipients=row.recipients,
        received_at=row.received_at,
        peer=Peer(row.peer_address, row.peer_helo, row.peer_tls, row.peer_login, row.peer_mailbox),
        history=row.history,
        sent=row.sent,
    )


def _under(channel: Channel, account: str, external_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        col(InboxRow.channel) == channel,
        col(InboxRow.account) == account,
        col(InboxRow.external_id) == external_id,
    )


def _undecided(history: bool) -> tuple[ColumnElement[bool], ...]:
    return col(InboxRow.fate).is_(None), col(InboxRow.history).is_(history)


def _values(arrival: Arrival, stored_at: datetime) -> dict[str, Any]:
    envelope = arrival.envelope
    content, packed = _pack(arrival.content)
    return {
        "channel": envelope.channel,
        "account": envelope.account,
        "external_id": envelope.external_id,
        "sender": envelope.sender,
        "recipients": envelope.recipients,
        "received_at": envelope.received_at,
        "peer_address": envelope.peer.address,
        "peer_helo": envelope.peer.helo,
        "peer_tls": envelope.peer.tls,
        "peer_login": envelope.peer.login,
        "peer_mailbox": envelope.peer.mailbox,
        "history": envelope.history,
        "sent": envelope.sent,
        "content": content,
        "packed": packed,
        "stored_at": stored_at,
        "begun": 0,
        "error": "",
        "note": "",
    }


def _pack(content: bytes) -> tuple[bytes, bool]:
    """As it is stored, and whether that is compressed."""
    small = zlib.compress(content, level=1)
    return (small, True) if len(small) < len(content) else (content, False)


def _content(row: InboxRow) -> bytes:
    return zlib.decompress(row.content) if row.packed else row.content


def _waiting(row: InboxRow) -> Waiting:
    return Waiting(
        id=row.id or 0,
        arrival=Arrival(envelope(row), _content(row)),
        stored_at=row.stored_at,
        begun=row.begun,
        failing_since=row.failing_since,
    )
