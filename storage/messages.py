"""Messages, and the threads they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, update
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from rules.model import (
    Attachment,
    Authentication,
    Authenticity,
    Channel,
    Message,
    Notice,
    ReplyAddress,
)
from storage.bulk import insert_new
from storage.inbox import envelope
from storage.schema import IN_ROOM, InboxRow, MessageRow, ReferenceRow

CUSTOMER = "customer"
"""Author of what customers write."""
_AT_ONCE = 500  # names in one query: databases bound their number
_LATELY = 100
_LONGEST_ID = 998
"""Bytes. What is longer is in no line of RFC 5322, and in no index of PostgreSQL."""

_WITH_ENVELOPE = (
    select(MessageRow, InboxRow)
    .join(InboxRow, col(MessageRow.inbox_id) == col(InboxRow.id))
    .options(defer(col(InboxRow.content)))  # type: ignore[arg-type] # it is one
)


@dataclass(frozen=True)
class Filed:
    """A message with its place; its attachments are without their bytes (see `Inbox.content`)."""

    message: Message
    author: str
    """`customer`, a person's name, or `supportd`."""
    id: int
    inbox_id: int
    request_id: int | None
    looks: int
    """How often its authenticity was looked at again."""

    @property
    def is_customers(self) -> bool:
        """Whether the customer wrote it, not one of us."""
        return self.author == CUSTOMER


class Messages:
    """What was written."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def add(
        self,
        message: Message,
        author: str,
        request_id: int | None,
        inbox_id: int,
        *,
        joins: bool = True,
        look_again_at: datetime | None = None,
    ) -> int:
        """File a message under its arrival; return its row's id.

        Its own id and those it names join the request's thread, unless it is not to. Its key must
        not be known yet. `look_again_at` is when its authenticity is worth another look.
        """
        row = _row(message, author, request_id, inbox_id)
        row.look_again_at = look_again_at
        self._session.add(row)
        self._session.flush()
        if request_id is not None and joins:
            self._refer([*message.references, message.message_id], request_id)
        return row.id or 0

    def known(self, key: str) -> int | None:
        """Return the row id of the message with this key."""
        return self._session.exec(select(MessageRow.id).where(MessageRow.key == key)).first()

    def is_of_room(self, room: str, message_id: str) -> bool:
        """Whether any version of a message in a room of a chat is here, or what was done to it."""
        there = select(MessageRow.id).where(MessageRow.room == room, IN_ROOM)
        found = self._session.exec(there.where(MessageRow.message_id == message_id).limit(1))
        return found.first() is not None

    def of_request(self, request_id: int) -> list[Filed]:
        """Return them in the order they were filed."""
        query = _WITH_ENVELOPE.where(MessageRow.request_id == request_id)
        query = query.order_by(col(MessageRow.id))
        return [_filed(row, arrival) for row, arrival in self._session.exec(query)]

    def customers_words(self, ids: Sequence[int]) -> dict[int, list[str]]:
        """Return what the customer of each of these requests wrote, in the order it was filed."""
        said = func.coalesce(func.nullif(MessageRow.new_text, ""), MessageRow.text)
        query = select(MessageRow.request_id, said).where(
            col(MessageRow.request_id).in_(ids), MessageRow.author == CUSTOMER
        )
        found: dict[int, list[str]] = {id: [] for id in ids}
        for id, words in self._session.exec(query.order_by(col(MessageRow.id))):
            found[id or 0].append(words)
        return found

    def place(self, id: int, request_id: int) -> None:
        """Let a message, and those who refer to it, belong to another request."""
        row = self._session.get_one(MessageRow, id)
        row.request_id = request_id
        self._refer([row.message_id], request_id)
        self._session.flush()

    def request_of(self, id: int) -> int | None:
        """Return the request to which a message belongs; None if it is unknown, or of none."""
        query = select(MessageRow.request_id).where(MessageRow.id == id)
        return self._session.exec(query).first()

    def get(self, id: int) -> Filed | None:
        """Return it, if there is one."""
        found = self._session.exec(_WITH_ENVELOPE.where(MessageRow.id == id)).first()
        return _filed(*found) if found else None

    def unanswered(self, now: datetime, limit: int) -> list[Filed]:
        """Return those whose authenticity is worth another look by now, the first due first."""
        due = _WITH_ENVELOPE.where(col(MessageRow.look_again_at) <= now)
        due = due.order_by(col(MessageRow.look_again_at), col(MessageRow.id)).limit(limit)
        return [_filed(row, arrival) for row, arrival in self._session.exec(due)]

    def look_again(self, id: int, at: datetime | None) -> None:
        """Count a look at its authenticity that begins now, and say when the next one is due."""
        values = {"looks": MessageRow.looks + 1, "look_again_at": at}
        self._session.exec(update(MessageRow).where(col(MessageRow.id) == id).values(values))

    def looked_at(self, id: int, found: Authentication) -> None:
        """Record what another look found; what is settled is not looked at again."""
        values: dict[str, Any] = {
            "authenticity": found.result,
            "evidence": found.evidence,
            "unanswered": found.unanswered,
        }
        if not found.unanswered:
            values["look_again_at"] = None
        self._session.exec(update(MessageRow).where(col(MessageRow.id) == id).values(values))

    def completed(self, id: int, message: Message) -> None:
        """Record what came later of a message: files, and that they are missing no more."""
        row = self._session.get_one(MessageRow, id)
        row.attachments, row.problems = _listed(message), message.problems
        self._session.flush()

    def threads(self, ids: Sequence[str]) -> list[tuple[str, int]]:
        """Return which of these message ids belong to which request: (message id, request id)."""
        known: list[tuple[str, int]] = []
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            query = select(ReferenceRow.message_id, ReferenceRow.request_id)
            known += self._session.exec(query.where(col(ReferenceRow.message_id).in_(some)))
        return sorted(set(known))

    def refer(self, message_id: str, request_id: int) -> None:
        """Let a message id, of mail we send, belong to a request's thread."""
        self._refer([message_id], request_id)

    def lately(self, room: str, sender: str, since: datetime) -> list[Filed]:
        """Return what somebody said in a room of a chat since an instant, oldest first.

        Of the last messages there: a hundred, so that a lively room costs no more than others.
        """
        lately = _WITH_ENVELOPE.where(MessageRow.room == room, IN_ROOM)
        rows = self._session.exec(lately.order_by(col(MessageRow.id).desc()).limit(_LATELY)).all()
        filed = [_filed(row, arrival) for row, arrival in reversed(rows)]
        return [
            each
            for each in filed
            if each.message.sender == sender and each.message.envelope.received_at >= since
        ]

    def in_rooms(self, request_id: int) -> list[tuple[str, str]]:
        """Return what people said in a request's threads in chats: each place, and message id.

        Its threads are those in which the customer wrote.
        """
        query = select(MessageRow.references, MessageRow.message_id, MessageRow.author)
        query = query.where(MessageRow.request_id == request_id, IN_ROOM)
        found = [each for each in self._session.exec(query.order_by(col(MessageRow.id))) if each[0]]
        threads = {names[0] for names, _, author in found if author == CUSTOMER}
        return [(names[0], id) for names, id, _ in found if names[0] in threads]

    def ids_of(self, request_id: int) -> list[str]:
        """Return the message ids of the customer's messages, oldest first."""
        query = select(MessageRow.message_id).where(
            *_customers(request_id), MessageRow.message_id != ""
        )
        return list(self._session.exec(query.order_by(col(MessageRow.id))))

    def participants(self, request_id: int) -> frozenset[str]:
        """Return the addresses that wrote the customer's messages, and those they wrote to.

        Whom a forger wrote to has no part in it; whom it imitated may have.
        """
        query = select(MessageRow.sender, MessageRow.addressees, MessageRow.authenticity)
        found = self._session.exec(query.where(*_customers(request_id))).all()
        senders = {sender for sender, _, _ in found}
        others = {
            address
            for _, addressees, result in found
            for address in addressees
            if result is not Authenticity.FAIL
        }
        return frozenset(address for address in senders | others if address)

    def subjects(self, request_id: int) -> frozenset[str]:
        """Return those under which the customer wrote."""
        query = select(MessageRow.subject).where(*_customers(request_id))
        return frozenset(self._session.exec(query.distinct()))

    def last_at(self, request_id: int) -> datetime | None:
        """Return when the last message in it reached us, whoever wrote it."""
        query = (
            select(func.max(InboxRow.received_at))
            .join(MessageRow, col(MessageRow.inbox_id) == col(InboxRow.id))
            .where(MessageRow.request_id == request_id)
        )
        return self._session.exec(query).one()

    def heard_since(self, request_id: int, at: datetime) -> datetime | None:
        """Return when the first of the customer's messages after an instant reached us."""
        received_at = col(InboxRow.received_at)
        query = (
            select(func.min(received_at))
            .join(MessageRow, col(MessageRow.inbox_id) == col(InboxRow.id))
            .where(*_customers(request_id), received_at > at)
        )
        return self._session.exec(query).one()

    def refer_all(self, notices: Sequence[Notice]) -> None:
        """Let the mails we send belong to the threads of their requests, in one go."""
        rows = [
            {"message_id": notice.message_id, "request_id": notice.request_id}
            for notice in notices
            if notice.request_id is not None and 0 < len(notice.message_id.encode()) <= _LONGEST_ID
        ]
        insert_new(self._session, ReferenceRow, rows)

    def _refer(self, ids: Sequence[str], request_id: int) -> None:
        rows = [
            {"message_id": id, "request_id": request_id}
            for id in dict.fromkeys(ids)
            if 0 < len(id.encode()) <= _LONGEST_ID
        ]
        insert_new(self._session, ReferenceRow, rows)


def _customers(request_id: int) -> tuple[ColumnElement[bool], ...]:
    return col(MessageRow.request_id) == request_id, col(MessageRow.author) == CUSTOMER


def _row(message: Message, author: str, request_id: int | None, inbox_id: int) -> MessageRow:
    reply = message.reply_to_us
    return MessageRow(
        inbox_id=inbox_id,
        request_id=request_id,
        author=author,
        key=message.key,
        kind=message.kind,
        message_id=message.message_id,
        references=message.references,
        sender=message.sender,
        sender_name=message.sender_name,
        subject=message.subject,
        text=message.text,
        new_text=message.new_text,
        automatic=message.automatic,
        attachments=_listed(message),
        reply_purpose=reply.purpose if reply else None,
        reply_request_id=reply.request_id if reply else None,
        bounced_message_id=message.bounced_message_id,
        problems=message.problems,
        severity_claim=message.severity_claim,
        addressees=message.addressees,
        failed_recipients=message.failed_recipients,
        delayed_recipients=message.delayed_recipients,
        forwarded_from=message.forwarded_from,
        forwarded_by=message.forwarded_by,
        authenticity=message.authentication.result,
        evidence=message.authentication.evidence,
        unanswered=message.authentication.unanswered,
        room=_room(message),
    )


def _listed(message: Message) -> list[dict[str, Any]]:
    return [
        {"name": a.name, "type": a.content_type, "size": len(a.content), "inline": a.inline}
        for a in message.attachments
    ]


def _room(message: Message) -> str:
    envelope = message.envelope
    in_chat = envelope.channel is Channel.CHAT
    return next(iter(envelope.recipients), "") if in_chat else ""


def _attachment(kept: dict[str, Any]) -> Attachment:
    return Attachment(kept["name"], kept["type"], b"", inline=kept.get("inline", False))


def _filed(row: MessageRow, arrival: InboxRow) -> Filed:
    message = Message(
        envelope=envelope(arrival),
        key=row.key,
        kind=row.kind,
        message_id=row.message_id,
        references=row.references,
        sender=row.sender,
        sender_name=row.sender_name,
        subject=row.subject,
        text=row.text,
        new_text=row.new_text,
        automatic=row.automatic,
        attachments=tuple(_attachment(kept) for kept in row.attachments),
        reply_to_us=(
            ReplyAddress(row.reply_purpose, row.reply_request_id)
            if row.reply_purpose and row.reply_request_id is not None
            else None
        ),
        bounced_message_id=row.bounced_message_id,
        problems=row.problems,
        severity_claim=row.severity_claim,
        addressees=row.addressees,
        failed_recipients=row.failed_recipients,
        delayed_recipients=row.delayed_recipients,
        forwarded_from=row.forwarded_from,
        forwarded_by=row.forwarded_by,
        authentication=Authentication(row.authenticity, row.evidence, row.unanswered),
    )
    return Filed(message, row.author, row.id or 0, row.inbox_id, row.request_id, row.looks)
