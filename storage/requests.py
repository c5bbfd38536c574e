"""Requests and what happened to them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from rules.model import HistoryEntry, Request, State
from storage.bulk import insert_new, update_all
from storage.canary import NUMBER
from storage.errors import StoreError
from storage.schema import HistoryRow, RequestRow

_FIELDS = tuple(field.name for field in fields(Request))
COLUMNS = tuple(getattr(RequestRow, name) for name in _FIELDS)
"""What a request is made of, in the order of its fields."""
_LARGEST_ID = 2**31 - 1  # PostgreSQL refuses to look for a larger one


class Requests:
    """What customers asked for."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def add(self, request: Request) -> Request:
        """Store a new one; return it with its id."""
        row = RequestRow(**_values(request), id=None)
        self._session.add(row)
        self._session.flush()
        return replace(request, id=row.id or 0)

    def save(self, request: Request) -> None:
        """Store a change of one that is there."""
        row = self._session.get(RequestRow, request.id)
        if row is None:
            raise StoreError(f"requests: there is no request {request.id} to save")
        row.sqlmodel_update(_values(request))

    def breach(self, due: Mapping[int, datetime]) -> None:
        """Store when the deadlines of requests that are there passed, in one go."""
        rows = [{"id": id, "breached_at": at} for id, at in due.items()]
        update_all(self._session, RequestRow, rows)

    def get(self, id: int) -> Request | None:
        """Return it, if there is one."""
        row = self._session.get(RequestRow, id) if id <= _LARGEST_ID else None
        return as_request(row) if row else None

    def find(
        self, states: Collection[State] | None = None, limit: int | None = None
    ) -> list[Request]:
        """Return those in these states, or all, the one owed first before the others."""
        owed_at = func.coalesce(RequestRow.first_response_due_at, RequestRow.review_due_at)
        query = select(RequestRow).where(col(RequestRow.id) != NUMBER)
        query = query.order_by(owed_at.nulls_last(), col(RequestRow.id)).limit(limit)
        if states is not None:
            query = query.where(col(RequestRow.state).in_(states))
        return [as_request(row) for row in self._session.exec(query)]

    def search(self, words: str, limit: int) -> list[Request]:
        """Return those whose customer, sender or subject has these words in it, newest first."""
        named = (RequestRow.customer, RequestRow.sender, RequestRow.sender_name, RequestRow.subject)
        found = or_(*(col(each).icontains(words, autoescape=True) for each in named))
        query = select(RequestRow).where(found).order_by(col(RequestRow.id).desc()).limit(limit)
        return [as_request(row) for row in self._session.exec(query)]

    def before(self, request: Request, limit: int) -> list[Request]:
        """Return the same customer's earlier requests, newest first; where no customer is known,
        the same sender's; where neither is, none.
        """
        if not (request.customer or request.sender):
            return []
        whose = col(RequestRow.customer) == request.customer
        if not request.customer:
            whose = whose & (col(RequestRow.sender) == request.sender)
        earlier = select(RequestRow).where(whose, col(RequestRow.id) < request.id)
        earlier = earlier.where(col(RequestRow.id) != NUMBER)
        rows = self._session.exec(earlier.order_by(col(RequestRow.id).desc()).limit(limit))
        return [as_request(row) for row in rows]

    def received(
        self, from_at: datetime, until_at: datetime, contract_ids: Collection[int] | None = None
    ) -> list[Request]:
        """Return those received from one instant until just before another, in that order.

        Under these contracts, or all.
        """
        received_at = col(RequestRow.received_at)
        query = select(RequestRow).where(received_at >= from_at, received_at < until_at)
        query = query.where(col(RequestRow.id) != NUMBER)
        if contract_ids is not None:
            query = query.where(col(RequestRow.contract_id).in_(contract_ids))
        return [
            as_request(row)
            for row in self._session.exec(query.order_by(received_at, col(RequestRow.id)))
        ]

    def in_chats(self, since: datetime) -> list[int]:
        """Return the ids of those that go on in a chat and wait, or were answered since then."""
        state, answered_at = col(RequestRow.state), col(RequestRow.first_response_at)
        waits = state.in_((State.OPEN, State.HELD)) | (answered_at >= since)
        query = select(RequestRow.id).where(RequestRow.answer_to != "", waits)
        return [id or 0 for id in self._session.exec(query.order_by(col(RequestRow.id)))]

    def policies(self) -> set[str]:
        """Return the versions of the policy under which any was opened."""
        return set(self._session.exec(select(RequestRow.policy).distinct()))

    def note(self, entry: HistoryEntry) -> None:
        """Write it down."""
        self._session.add(
            HistoryRow(
                request_id=entry.request_id,
                at=entry.at,
                who=entry.who,
                what=entry.what,
                why=entry.why,
            )
        )
        self._session.flush()

    def note_all(self, entries: Sequence[HistoryEntry]) -> None:
        """Write them down in this order, in one go."""
        insert_new(self._session, HistoryRow, [dict(vars(entry)) for entry in entries])

    def history(self, id: int) -> list[HistoryEntry]:
        """Return what happened, in the order it was written down."""
        query = select(HistoryRow).where(HistoryRow.request_id == id).order_by(col(HistoryRow.id))
        return [
            HistoryEntry(row.request_id, row.at, row.who, row.what, row.why)
            for row in self._session.exec(query)
        ]


def _values(request: Request) -> dict[str, Any]:
    return {name: getattr(request, name) for name in _FIELDS if name != "id"}


def as_request(row: RequestRow) -> Request:
    """Return the noun that a row keeps."""
    return Request(**{name: getattr(row, name) for name in _FIELDS})
