"""The canary: a request of our own under a number that no customer's has, gone once it is back."""

from dataclasses import fields

from sqlalchemy import delete
from sqlmodel import Session, col, select

from rules.model import Request
from storage.carried import NoticeState
from storage.schema import HistoryRow, InboxRow, OutboxRow, ReferenceRow, RequestRow, TimerRow

NUMBER = 0
"""Of its request: those of customers begin at 1."""


class Canary:
    """What there is of it."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def open(self, request: Request) -> bool:
        """Store its request under NUMBER; False if there is one."""
        if self._session.get(RequestRow, NUMBER) is not None:
            return False
        values = {field.name: getattr(request, field.name) for field in fields(Request)}
        self._session.add(RequestRow(**{**values, "id": NUMBER}))
        self._session.flush()
        return True

    def is_back(self) -> bool:
        """Whether a way out took a ping for it."""
        taken = select(OutboxRow.id).where(
            col(OutboxRow.request_id) == NUMBER, col(OutboxRow.state) == NoticeState.SENT
        )
        return self._session.exec(taken).first() is not None

    def clear(self, account: str) -> None:
        """Leave nothing of it, nor of what arrived for its account."""
        for table in (HistoryRow, ReferenceRow, OutboxRow, TimerRow):
            self._session.exec(delete(table).where(col(table.request_id) == NUMBER))
        self._session.exec(delete(RequestRow).where(col(RequestRow.id) == NUMBER))
        decided = col(InboxRow.fate).is_not(None)  # what is not may be in somebody's hand
        self._session.exec(delete(InboxRow).where(col(InboxRow.account) == account, decided))
