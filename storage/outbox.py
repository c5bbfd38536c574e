"""The outbox: what is to be carried out, who is carrying it, and what came of it."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, update
from sqlmodel import Session, col, select

from rules.model import Attachment, Notice, NoticeKind, Way
from storage.bulk import insert_new
from storage.carried import Carried, Claimed, NoticeState
from storage.schema import CALLED, GATHERED, RECEIPT, WAITING, OutboxRow, RequestRow

_S = NoticeState
_STATE = col(OutboxRow.state)
_RANK = {NoticeKind.PING: 0, NoticeKind.ALARM: 0, NoticeKind.ANSWER: 1, NoticeKind.OFFER: 1}
_LAST = 2
_LONGEST_DOMAIN = 255  # RFC 1035; PostgreSQL has no room for a hostile one in its index


class Outbox:
    """What goes out."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def post(self, notices: Sequence[Notice], now: datetime) -> int:
        """Store those whose id is not here yet; return how many."""
        return insert_new(self._session, OutboxRow, [_values(n, now) for n in notices])

    def claim(
        self, now: datetime, limit: int, lease: timedelta, way: str, pings_to: str | None = None
    ) -> list[Claimed]:
        """Take the most urgent that may be tried now by a kind of way, for as long as the lease.

        What wakes a person goes first, then what a person wrote, then the rest, each by deadline.
        Those whose lease has ended are taken again: their courier may have sent them before it
        died. Keep `limit` small; whoever dies holds up that many. `pings_to`: no more than pings
        to this address that were never tried.
        """
        ready = _STATE.in_((_S.PENDING, _S.UNKNOWN)) & (col(OutboxRow.try_at) <= now)
        orphaned = (_STATE == _S.SENDING) & (col(OutboxRow.lease_until) <= now)
        which = ready | orphaned
        if pings_to is not None:
            to = col(OutboxRow.way_address) == pings_to
            is_ping = col(OutboxRow.kind) == NoticeKind.PING
            which = ready & to & is_ping & (_STATE == _S.PENDING)
        query = (
            select(OutboxRow)
            .where(WAITING, which, col(OutboxRow.way_kind) == way)
            .order_by(
                col(OutboxRow.rank),
                col(OutboxRow.priority_at),
                col(OutboxRow.created_at),
                col(OutboxRow.id),
            )
            .limit(limit)
            .with_for_update(skip_locked=True)  # says nothing on SQLite, which has one writer
        )
        return [_claim(row, now + lease) for row in self._session.exec(query).all()]

    def is_held(self, id: str, token: int) -> bool:
        """Whether whoever claimed it under this token still has it."""
        row = self._session.get(OutboxRow, id)
        return row is not None and (row.state, row.token) == (_S.SENDING, token)

    def sent(self, id: str, token: int, at: datetime, reference: str) -> bool:
        """Record that the peer took it; False, and nothing changes, if the token is stale."""
        return self._end(id, token, _S.SENT, sent_at=at, reference=reference, error="")

    def retry(self, id: str, token: int, try_at: datetime, error: str, unknown: bool) -> bool:
        """Let it be tried again from `try_at`; `unknown` if it may have arrived.

        False, and nothing changes, if the token is stale.
        """
        if unknown:
            return self._end(id, token, _S.UNKNOWN, try_at=try_at, error=error)
        return self._end(id, token, _S.PENDING, try_at=try_at, error=error, gathering="")

    def gather(self, claimed: Sequence[Claimed], gathering: str) -> list[Claimed]:
        """Note that they are about to go out as one message; return those that are still held."""
        query = update(OutboxRow).values(gathering=gathering)
        return [
            each
            for each in claimed
            if self._session.exec(query.where(_held(each.notice.id, each.token))).rowcount
        ]

    def gathered(self, gathering: str) -> list[Carried]:
        """Return all that was in this message."""
        return self._find(_in(gathering))

    def sent_together(self, gathering: str, at: datetime, reference: str) -> list[Carried]:
        """Record that the peer took this message; return what of it was not known to be sent."""
        which = and_(WAITING, _in(gathering))
        found = self._find(which)
        values = {"sent_at": at, "reference": reference, "error": "", "lease_until": None}
        self._session.exec(update(OutboxRow).where(which).values(state=_S.SENT, **values))
        return found

    def come_apart(self, gathering: str, now: datetime) -> None:
        """The peer never had this message: what nobody has in hand was not tried."""
        orphaned = (_STATE == _S.SENDING) & (col(OutboxRow.lease_until) <= now)
        free = and_(_in(gathering), (_STATE == _S.UNKNOWN) | orphaned)
        untried = {"state": _S.PENDING, "lease_until": None, "gathering": ""}
        self._session.exec(update(OutboxRow).where(free).values(**untried))
        self._session.exec(update(OutboxRow).where(_in(gathering)).values(gathering=""))

    def put_off(self, claimed: Claimed, try_at: datetime, error: str) -> bool:
        """Give it back untried, until `try_at`; False, and nothing changes, if it is stale."""
        state = _S.UNKNOWN if claimed.maybe_sent else _S.PENDING
        changed = self._end(claimed.notice.id, claimed.token, state, try_at=try_at, error=error)
        if changed:
            self._session.exec(
                update(OutboxRow)
                .where(col(OutboxRow.id) == claimed.notice.id)
                .values(attempts=OutboxRow.attempts - 1)
            )
        return changed

    def fail(self, id: str, token: int, at: datetime, error: str) -> bool:
        """Give it up; False, and nothing changes, if the token is stale."""
        return self._end(id, token, _S.FAILED, failed_at=at, error=error)

    def bounced(self, id: str, at: datetime) -> None:
        """Record that it came back after the peer had taken it."""
        self._session.exec(
            update(OutboxRow)
            .where(col(OutboxRow.id) == id)
            .values(state=_S.FAILED, failed_at=at, error="it bounced", lease_until=None)
        )

    def cancel(self, id: str, token: int, why: str) -> bool:
        """Do not send it, since it no longer matters; False if the token is stale."""
        return self._end(id, token, _S.CANCELLED, error=why)

    def cancel_pending(self, id: str, why: str) -> bool:
        """Cancel what nobody is sending and no peer may have; False if it is not so."""
        changed = self._session.exec(
            update(OutboxRow)
            .where(col(OutboxRow.id) == id, _STATE == _S.PENDING)
            .values(state=_S.CANCELLED, error=why)
        )
        return changed.rowcount == 1

    def cancel_pings(self, request_id: int, why: str) -> int:
        """Cancel the request's pings that nobody is sending at this moment; return how many."""
        return self._session.exec(
            update(OutboxRow)
            .where(
                col(OutboxRow.request_id) == request_id,
                col(OutboxRow.kind) == NoticeKind.PING,
                _STATE.in_((_S.PENDING, _S.UNKNOWN)),
            )
            .values(state=_S.CANCELLED, error=why)
        ).rowcount

    def move_to_customer(self, from_id: int, to_id: int) -> None:
        """Let what one request's customer was sent, or is to be, belong to another request."""
        to_customer = (NoticeKind.RECEIPT, NoticeKind.ANSWER)
        self._session.exec(
            update(OutboxRow)
            .where(col(OutboxRow.request_id) == from_id, col(OutboxRow.kind).in_(to_customer))
            .values(request_id=to_id)
        )

    def of_request(self, request_id: int) -> list[Carried]:
        """Return them in the order they were posted."""
        return self._find(col(OutboxRow.request_id) == request_id)

    def get(self, id: str) -> Carried | None:
        """Return it, if there is one."""
        return next(iter(self._find(col(OutboxRow.id) == id)), None)

    def by_message_id(self, message_id: str) -> Carried | None:
        """Return the newest sent, or to be sent, under this message id."""
        if not message_id:
            return None
        return next(reversed(self._find(col(OutboxRow.message_id) == message_id)), None)

    def called(self, way_kind: str, reference: str) -> list[Notice]:
        """Return what a kind of way has taken and calls by this name: of several that went out as
        one, all.
        """
        here = CALLED, col(OutboxRow.reference) == reference, OutboxRow.way_kind == way_kind
        rows = self._session.exec(select(OutboxRow).where(*here).order_by(col(OutboxRow.id)))
        return [_notice(row) for row in rows]

    def words_to_customer(self, request_id: int) -> list[str]:
        """Return the texts of what was sent to a request's customer, or is to be."""
        query = select(OutboxRow.text).where(
            OutboxRow.request_id == request_id,
            col(OutboxRow.kind).in_((NoticeKind.RECEIPT, NoticeKind.ANSWER, NoticeKind.OFFER)),
        )
        return list(self._session.exec(query))

    def receipts_to(self, address: str, since: datetime) -> int:
        """Return how many receipts were posted to an address and not cancelled."""
        return self._receipts(col(OutboxRow.recipient) == address.lower(), since)

    def receipts_to_domain(self, domain: str, since: datetime) -> int:
        """Return how many receipts were posted to a domain and not cancelled."""
        return self._receipts(col(OutboxRow.recipient_domain) == _domain(domain), since)

    def receipts_in_chat(self, sender: str, place: str, since: datetime) -> int:
        """Return how many receipts were posted to who is this in a chat, or into this thread there.

        Their addresses are threads, so it is by the requests that the sender began.
        """
        begun = select(RequestRow.id).where(RequestRow.sender == sender)
        thread = place.partition(":")[2].lower()
        to = col(OutboxRow.request_id).in_(begun) | (col(OutboxRow.recipient) == thread)
        return self._receipts(to, since)

    def counts(self) -> dict[str, int]:
        """Return how many there are in each state."""
        query = select(_STATE, func.count()).group_by(_STATE)
        return {state.value: count for state, count in self._session.exec(query)}

    def oldest_waiting(self) -> datetime | None:
        """Return when the oldest that is not at its end was posted."""
        return self._session.exec(select(func.min(OutboxRow.created_at)).where(WAITING)).one()

    def _end(self, id: str, token: int, state: NoticeState, **values: datetime | str) -> bool:
        """End an attempt, if whoever says so still holds the notice."""
        changed = self._session.exec(
            update(OutboxRow)
            .where(_held(id, token))
            .values(state=state, lease_until=None, **values)
        )
        return changed.rowcount == 1

    def _find(self, which: ColumnElement[bool]) -> list[Carried]:
        query = select(OutboxRow).where(which)
        rows = self._session.exec(query.order_by(col(OutboxRow.created_at), col(OutboxRow.id)))
        return [_carried(row) for row in rows]

    def _receipts(self, to: ColumnElement[bool], since: datetime) -> int:
        query = select(func.count()).where(
            to,
            RECEIPT,
            col(OutboxRow.created_at) >= since,
            _STATE != _S.CANCELLED,
        )
        return self._session.exec(query).one()


def _held(id: str, token: int) -> ColumnElement[bool]:
    return and_(col(OutboxRow.id) == id, col(OutboxRow.token) == token, _STATE == _S.SENDING)


def _in(gathering: str) -> ColumnElement[bool]:
    return and_(GATHERED, col(OutboxRow.gathering) == gathering)


def _values(notice: Notice, now: datetime) -> dict[str, Any]:
    recipient = notice.way.address.lower()
    return {
        "id": notice.id,
        "kind": notice.kind,
        "rank": _RANK.get(notice.kind, _LAST),
        "way_kind": notice.way.kind,
        "way_address": notice.way.address,
        "subject": notice.subject,
        "text": notice.text,
        "priority_at": notice.priority_at,
        "useful_until": notice.useful_until,
        "request_id": notice.request_id,
        "person": notice.person,
        "sender_address": notice.sender_address,
        "sender_name": notice.sender_name,
        "reply_to": notice.reply_to,
        "message_id": notice.message_id,
        "references": notice.references,
        "attachments": [
            {
                "name": a.name,
                "type": a.content_type,
                "content": b64encode(a.content).decode(),
                "inline": a.inline,
            }
            for a in notice.attachments
        ],
        "card": notice.card,
        "recipient": recipient,
        "recipient_domain": _domain(recipient.rpartition("@")[2]),
        "state": _S.PENDING,
        "token": 0,
        "attempts": 0,
        "created_at": now,
        "try_at": now,
        "reference": "",
        "error": "",
        "gathering": "",
    }


def _domain(domain: str) -> str:
    return domain.lower()[:_LONGEST_DOMAIN]


def _notice(row: OutboxRow) -> Notice:
    return Notice(
        id=row.id,
        kind=row.kind,
        way=Way(row.way_kind, row.way_address),
        subject=row.subject,
        text=row.text,
        priority_at=row.priority_at,
        useful_until=row.useful_until,
        request_id=row.request_id,
        person=row.person,
        sender_address=row.sender_address,
        sender_name=row.sender_name,
        reply_to=row.reply_to,
        message_id=row.message_id,
        references=row.references,
        attachments=tuple(
            Attachment(a["name"], a["type"], b64decode(a["content"]), bool(a.get("inline")))
            for a in row.attachments
        ),
        card=row.card,
    )


def _claim(row: OutboxRow, lease_until: datetime) -> Claimed:
    maybe_sent = row.state is not _S.PENDING
    row.state, row.lease_until = _S.SENDING, lease_until
    row.token += 1
    row.attempts += 1
    return Claimed(_notice(row), row.token, row.attempts, maybe_sent, row.created_at, row.gathering)


def _carried(row: OutboxRow) -> Carried:
    return Carried(
        notice=_notice(row),
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        sent_at=row.sent_at,
        error=row.error,
    )
