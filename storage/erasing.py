"""A person erased: what they wrote and who they are goes, numbers and promises stay."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, cast, delete, func, update
from sqlmodel import Session, col, select

from rules.model import State
from storage.messages import CUSTOMER
from storage.schema import (
    AssessmentRow,
    HistoryRow,
    InboxRow,
    LabelRow,
    MessageRow,
    OfferRow,
    OutboxRow,
    RequestRow,
)

GONE = "(erased)"
_OVER = (State.ANSWERED, State.CLOSED)
_DONE = ("sent", "failed", "cancelled")


@dataclass(frozen=True)
class Erased:
    """How many rows of each."""

    messages: int
    arrivals: int
    notices: int
    labels: int


class Erasing:
    """By an address in lower case, or who somebody is in a chat."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def requests_of(self, address: str) -> list[int]:
        """Return the numbers of the requests that they opened, or wrote in as a customer."""
        wrote = select(MessageRow.request_id).where(
            MessageRow.sender == address, MessageRow.author == CUSTOMER
        )
        id = col(RequestRow.id)
        query = select(id).where((col(RequestRow.sender) == address) | id.in_(wrote))
        return [number for number in self._session.exec(query.order_by(id)) if number]

    def unfinished(self, address: str, requests: Collection[int]) -> list[str]:
        """Return what still needs them, in words; empty if nothing does."""
        id, state = col(RequestRow.id), col(RequestRow.state)
        owed = self._session.exec(select(id).where(id.in_(requests), state.not_in(_OVER)))
        found = [f"request {number} is not answered yet" for number in owed]
        waiting = col(OutboxRow.recipient) == address, col(OutboxRow.state).not_in(_DONE)
        if count := self._count(OutboxRow, *waiting):
            found.append(f"{count} letters to them are on their way")
        undecided = col(InboxRow.sender) == address, col(InboxRow.fate).is_(None)
        if count := self._count(InboxRow, *undecided):
            found.append(f"{count} messages of theirs are not decided yet")
        return found

    def erase(self, address: str, requests: Collection[int]) -> Erased:
        """Erase all that these requests, and what else they sent or got, tell of them."""
        wrote = col(MessageRow.sender) == address
        inbox_ids = list(self._session.exec(select(MessageRow.inbox_id).where(wrote)))
        arrivals = col(InboxRow.id).in_(inbox_ids) | (col(InboxRow.sender) == address)
        blank = {"content": b"", "packed": False, "sender": "", "peer_address": ""}
        done = Erased(
            messages=self._update(MessageRow, wrote, **_A_MESSAGE),
            arrivals=self._update(InboxRow, arrivals, **blank, peer_helo="", recipients=()),
            notices=self._notices(address, requests),
            labels=self._labels(requests),
        )
        self._named_elsewhere(address)
        self._requests(address, requests)
        return done

    def _notices(self, address: str, requests: Collection[int]) -> int:
        """Pings and copies quote them, letters are to them."""
        theirs = col(OutboxRow.recipient) == address
        about = col(OutboxRow.request_id).in_(requests) | theirs
        done = self._update(OutboxRow, about, subject=GONE, text="", attachments=[], card=None)
        self._update(OutboxRow, theirs, way_address=GONE, recipient=GONE, recipient_domain="")
        return done

    def _labels(self, requests: Collection[int]) -> int:
        count = self._count(LabelRow, col(LabelRow.request_id).in_(requests))
        self._session.exec(delete(LabelRow).where(col(LabelRow.request_id).in_(requests)))
        meant = col(AssessmentRow.request_id).in_(requests)
        self._session.exec(delete(AssessmentRow).where(meant))
        return count

    def _named_elsewhere(self, address: str) -> None:
        """Among the readers of others' messages, or as the first writer of what they passed on."""
        named = cast(col(MessageRow.addressees), String).contains(f'"{address}"', autoescape=True)
        forwarded = col(MessageRow.forwarded_from) == address
        for row in self._session.exec(select(MessageRow).where(named | forwarded)):
            row.addressees = tuple(each for each in row.addressees if each != address)
            row.forwarded_from = "" if row.forwarded_from == address else row.forwarded_from

    def _requests(self, address: str, requests: Collection[int]) -> None:
        """Reasons and history quote what was written; who of us did what stays."""
        id = col(RequestRow.id)
        self._update(RequestRow, id.in_(requests), reasons=(), subject=GONE)
        theirs = id.in_(requests), col(RequestRow.sender) == address
        self._update(RequestRow, theirs[0] & theirs[1], sender="", sender_name="")
        about = col(HistoryRow.request_id).in_(requests)
        self._update(HistoryRow, about, why=GONE)
        offers = col(OfferRow.request_id).in_(requests)
        self._update(OfferRow, offers, address="", note="")
        self._update(OfferRow, offers & (col(OfferRow.decided_by) == address), decided_by="")
        self._session.flush()

    def _count(self, table: type, *where: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(table).where(*where)
        return self._session.exec(query).one()

    def _update(self, table: type, where: ColumnElement[bool], **values: object) -> int:
        done = self._session.exec(update(table).where(where).values(**values))
        return int(done.rowcount)


_A_MESSAGE: dict[str, object] = {
    "sender": "",
    "sender_name": "",
    "subject": GONE,
    "text": "",
    "new_text": "",
    "attachments": [],
    "problems": (),
    "addressees": (),
    "failed_recipients": (),
    "delayed_recipients": (),
    "forwarded_from": "",
    "evidence": (),
    "unanswered": False,
    "look_again_at": None,
}
