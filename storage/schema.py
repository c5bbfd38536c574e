"""The tables; imported by nobody outside storage. A change here needs a migration."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field

from rules.model import (
    Authenticity,
    Card,
    Channel,
    CloseReason,
    Fate,
    MailKind,
    NoticeKind,
    Purpose,
    ReplyPurpose,
    Severity,
    State,
    Uncovered,
)
from storage.carried import NoticeState
from storage.columns import Cards, Texts, Words
from storage.row import Row as Row
from storage.row import word
from storage.schema_chat import PostRow as PostRow
from storage.schema_contracts import AddressRow as AddressRow
from storage.schema_contracts import ChatRow as ChatRow
from storage.schema_contracts import ContractChangeRow as ContractChangeRow
from storage.schema_contracts import ContractRow as ContractRow
from storage.schema_contracts import DomainRow as DomainRow
from storage.schema_contracts import IdentityRow as IdentityRow
from storage.schema_contracts import PersonRow as PersonRow
from storage.schema_contracts import PhoneRow as PhoneRow
from storage.schema_offers import OfferRow as OfferRow
from storage.schema_on_call import CalendarCopyRow as CalendarCopyRow
from storage.schema_on_call import OnCallChangeRow as OnCallChangeRow
from storage.schema_triage import AssessmentRow as AssessmentRow
from storage.schema_triage import LabelRow as LabelRow
from storage.schema_triage import RefitRow as RefitRow

# Said as literals, in indexes and in queries alike: databases match them by their text.
IN_ROOM = text("room <> ''")
WAITING = text("state IN ('pending', 'sending', 'unknown')")
GATHERED = text("gathering <> ''")
RECEIPT = text("kind = 'receipt'")
CALLED = text("reference <> ''")


class InboxRow(Row, table=True):
    """An arrival, and its fate once decided."""

    id: int | None = Field(default=None, primary_key=True)
    channel: Channel = Field(sa_type=word(Channel))
    account: str
    external_id: str
    sender: str
    recipients: tuple[str, ...] = Field(sa_type=Texts)
    received_at: datetime
    peer_address: str
    peer_helo: str
    peer_tls: bool
    peer_login: str
    peer_mailbox: str
    history: bool
    sent: bool = False
    content: bytes
    packed: bool
    """Whether `content` is compressed (zlib)."""
    stored_at: datetime
    begun: int = 0
    failing_since: datetime | None = None
    try_at: datetime | None = None
    error: str = ""
    fate: Fate | None = Field(default=None, sa_type=word(Fate))
    note: str = ""
    request_id: int | None = Field(default=None, foreign_key="request.id")
    message_id: int | None = None  # no foreign key: message has one to here
    claimed_by: str | None = None
    """The daemon that has it in hand."""

    __table_args__ = (
        UniqueConstraint("channel", "account", "external_id"),
        Index(None, "fate", "history"),
    )


class MessageRow(Row, table=True):
    """An arrival understood; its envelope and its files' bytes stay in the inbox."""

    id: int | None = Field(default=None, primary_key=True)
    inbox_id: int = Field(foreign_key="inbox.id")
    request_id: int | None = Field(default=None, foreign_key="request.id", index=True)
    author: str
    key: str = Field(unique=True)
    kind: MailKind = Field(sa_type=word(MailKind))
    message_id: str
    references: tuple[str, ...] = Field(sa_type=Texts)
    sender: str
    sender_name: str
    subject: str
    text: str
    new_text: str
    automatic: bool
    attachments: list[dict[str, Any]] = Field(sa_type=JSON)
    """Name, type, size, whether it stands within the letter."""
    reply_purpose: ReplyPurpose | None = Field(default=None, sa_type=word(ReplyPurpose))
    reply_request_id: int | None = None
    bounced_message_id: str
    problems: tuple[str, ...] = Field(sa_type=Texts)
    severity_claim: Severity | None = Field(default=None, sa_type=word(Severity))
    addressees: tuple[str, ...] = Field(default=(), sa_type=Texts)
    failed_recipients: tuple[str, ...] = Field(default=(), sa_type=Texts)
    delayed_recipients: tuple[str, ...] = Field(default=(), sa_type=Texts)
    forwarded_from: str = ""
    forwarded_by: str = ""
    authenticity: Authenticity = Field(sa_type=word(Authenticity))
    evidence: tuple[str, ...] = Field(sa_type=Texts)
    unanswered: bool
    looks: int = 0
    look_again_at: datetime | None = Field(default=None, index=True)
    room: str = ""
    """Of a chat, where it was said."""

    __table_args__ = (
        Index("ix_message_room", "room", "id", sqlite_where=IN_ROOM, postgresql_where=IN_ROOM),
    )


class ReferenceRow(Row, table=True):
    """A message id, ours or a customer's, belongs to a request's thread."""

    message_id: str = Field(primary_key=True)
    request_id: int = Field(foreign_key="request.id", primary_key=True)


class RequestRow(Row, table=True):
    """A request, field by field as in the noun."""

    id: int | None = Field(default=None, primary_key=True)
    state: State = Field(sa_type=word(State), index=True)
    channel: Channel = Field(sa_type=word(Channel))
    account: str
    received_at: datetime
    sender: str = Field(index=True)
    sender_name: str
    subject: str
    contract_id: int | None = Field(foreign_key="contract.id")
    customer: str
    plan: str
    policy: str
    severity: Severity = Field(sa_type=word(Severity))
    severity_by: str
    confidence: float
    needs_review: bool
    covered: bool | None
    reasons: tuple[str, ...] = Field(sa_type=Texts)
    language: str
    clock_starts_at: datetime
    first_response_due_at: datetime | None
    review_due_at: datetime | None
    quiet: bool
    breached_at: datetime | None
    first_response_at: datetime | None
    first_response_by: str
    owner: str
    close_reason: CloseReason | None = Field(sa_type=word(CloseReason))
    released_at: datetime | None = None
    last_message_id: str
    epoch: int
    timezone: str = ""
    holidays: str = ""
    merged_into: int | None = None  # no foreign key: rows are copied in their order
    uncovered: tuple[Uncovered, ...] = Field(default=(), sa_type=Words(Uncovered))
    provisional_severity: Severity | None = Field(default=None, sa_type=word(Severity))
    candidates: tuple[str, ...] = Field(default=(), sa_type=Texts)
    answer_to: str = ""

    __table_args__ = (Index(None, "customer", "id"),)


class HistoryRow(Row, table=True):
    """What happened to a request."""

    id: int | None = Field(default=None, primary_key=True)
    request_id: int = Field(foreign_key="request.id", index=True)
    at: datetime
    who: str
    what: str
    why: str


class TimerRow(Row, table=True):
    """The watch over one thing owed; disarmed, the row is gone, so that all in it are armed."""

    request_id: int = Field(foreign_key="request.id", primary_key=True)
    purpose: Purpose = Field(sa_type=word(Purpose), primary_key=True)
    plan: str
    severity: Severity = Field(sa_type=word(Severity))
    clock_starts_at: datetime
    due_at: datetime
    next_at: datetime = Field(index=True)
    told: int
    epoch: int
    quiet: bool
    acknowledged_by: str | None = None
    acknowledged_until: datetime | None = None
    policy: str | None = None
    """Digest of the escalation policy it keeps."""


class EscalationPolicyRow(Row, table=True):
    """What an escalation policy says, for the timers that keep it."""

    digest: str = Field(primary_key=True)
    content: str


class OutboxRow(Row, table=True):
    """A notice and how far it has come."""

    id: str = Field(primary_key=True)
    kind: NoticeKind = Field(sa_type=word(NoticeKind))
    rank: int
    """Of its kind among what goes out by the same way: the smallest goes first."""
    way_kind: str
    way_address: str
    subject: str
    text: str
    priority_at: datetime
    useful_until: datetime
    request_id: int | None = Field(default=None, foreign_key="request.id", index=True)
    person: str
    sender_address: str
    sender_name: str
    reply_to: str
    message_id: str = Field(index=True)
    references: tuple[str, ...] = Field(sa_type=Texts)
    attachments: list[dict[str, Any]] = Field(sa_type=JSON)
    """Name, type, content in base64."""
    card: Card | None = Field(default=None, sa_type=Cards)
    recipient: str
    """The way's address in lower case, for counting."""
    recipient_domain: str
    state: NoticeState = Field(sa_type=word(NoticeState))
    token: int
    attempts: int
    created_at: datetime
    try_at: datetime
    lease_until: datetime | None = None
    sent_at: datetime | None = None
    failed_at: datetime | None = None
    reference: str = ""
    error: str = ""
    gathering: str = ""
    """The message it went, or perhaps went, out in together with others; empty if by itself."""

    __table_args__ = (
        Index(
            "ix_outbox_waiting",
            "way_kind",
            "rank",
            "priority_at",
            "created_at",
            "id",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index(
            "ix_outbox_gathering",
            "gathering",
            sqlite_where=GATHERED,
            postgresql_where=GATHERED,
        ),
        # For counting. By state alone it would tempt SQLite to claim by it and sort all waiting.
        Index(None, "kind", "state"),
        Index(
            "ix_outbox_receipts_by_domain",
            "recipient_domain",
            "created_at",
            sqlite_where=RECEIPT,
            postgresql_where=RECEIPT,
        ),
        Index("ix_outbox_reference", "reference", sqlite_where=CALLED, postgresql_where=CALLED),
    )


class KeyRow(Row, table=True):
    """A key that proves a contract; only its SHA-256 is known here, in hex."""

    digest: str = Field(primary_key=True)
    contract_id: int = Field(foreign_key="contract.id", index=True)
    made_at: datetime


class FollowUpBreachRow(Row, table=True):
    """A follow-up's deadline that passed, or the finding that it had not after all."""

    request_id: int = Field(foreign_key="request.id", primary_key=True)
    due_at: datetime = Field(primary_key=True)
    taken_back: bool = Field(primary_key=True)
    severity: Severity = Field(sa_type=word(Severity))
    received_at: datetime = Field(index=True)
    at: datetime


class CreditRow(Row, table=True):
    """A line of the ledger."""

    id: int | None = Field(default=None, primary_key=True)
    contract_id: int = Field(foreign_key="contract.id")
    request_id: int = Field(foreign_key="request.id", index=True)
    day: date
    amount: int
    why: str
    at: datetime
    who: str

    __table_args__ = (Index(None, "contract_id", "day"),)


class MemoryRow(Row, table=True):
    """A channel's small value."""

    name: str = Field(primary_key=True)
    value: str


class LeaseRow(Row, table=True):
    """What a daemon holds for a while; that it lives is under its own name."""

    name: str = Field(primary_key=True)
    holder: str
    until_at: datetime
    about: str = ""


class TokenRow(Row, table=True):
    """The tokens that open a mailbox, as its channel writes them: secrets, so nobody shows them."""

    mailbox: str = Field(primary_key=True)
    value: str
