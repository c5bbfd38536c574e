"""What is owed, and what goes out."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from rules.model.cards import Card
from rules.model.escalation import EscalationPolicy
from rules.model.messages import Attachment
from rules.model.people import Way
from rules.model.words import Channel, CloseReason, Severity, State, Treatment, Uncovered


@dataclass(frozen=True)
class RegisteredPerson:
    """Somebody who may open requests under a contract."""

    name: str
    addresses: frozenset[str]
    phones: frozenset[str] = frozenset()
    """Numbers with their country (E.164): `+385912345678`."""
    identities: frozenset[str] = frozenset()
    """Who they are in a chat: `slack:U0123ABC`, the kind of chat and their id there."""


@dataclass(frozen=True)
class Extra:
    """An agreed extra: a channel that the plan offers for a severity by arrangement only."""

    channel: Channel
    severity: Severity

    def __str__(self) -> str:
        """As people write it."""
        return f"{self.channel} for {self.severity}"


@dataclass(frozen=True)
class Contract:
    """One customer's plan, term and people."""

    id: int
    """0 until it is stored."""
    customer: str
    plan: str
    starts_on: date
    ends_on: date
    """Inclusive, local days in the policy's zone."""
    persons: tuple[RegisteredPerson, ...] = ()
    addresses: frozenset[str] = frozenset()
    """Further known addresses of the customer, of nobody registered."""
    domains: frozenset[str] = frozenset()
    language: str = ""
    chats: frozenset[str] = frozenset()
    """Where in a chat the customer is at home: `slack:C0123ABC`, the kind of chat and its id."""
    timezone: str = ""
    """In whose local time its windows are; empty is the policy's."""
    holidays: str = ""
    """Country and region of its public holidays (`SI`, `DE-BY`); empty is the policy's."""
    extras: frozenset[Extra] = frozenset()
    renewal_notice: int = 0
    """Days before its end until which either side may say that it is not renewed; 0 is none."""
    ended_on: date | None = None
    """Its last day, where it was ended before the agreed one."""
    number: str = ""
    """The customer's with us, as it may stand in its letters; empty if there is none."""

    @property
    def last_day(self) -> date:
        """Until when it runs, this day included."""
        return self.ended_on or self.ends_on

    @property
    def notice_by(self) -> date | None:
        """The last day to say that it is not renewed; None if nothing is agreed, or it is ended."""
        if not self.renewal_notice or self.ended_on:
            return None
        return self.ends_on - timedelta(days=self.renewal_notice)

    def runs_on(self, day: date) -> bool:
        """Whether its term holds this local day."""
        return self.starts_on <= day <= self.last_day


@dataclass(frozen=True)
class ContractChange:
    """What somebody did to a contract."""

    contract_id: int
    at: datetime
    who: str
    what: str
    """`added`, or each field that changed, as `plan: basic -> premium`."""


@dataclass(frozen=True)
class Assessment:
    """A severity with confidence and reasons; provisional unless a person made it."""

    severity: Severity
    confidence: float
    """0 to 1."""
    reasons: tuple[str, ...]
    needs_review: bool = False
    language: str = ""
    model: str = ""
    """What assigned it; empty if nothing read it."""
    vector: bytes = b""
    """What the message means to the language model, a signed byte a number; empty without it."""


@dataclass(frozen=True)
class Entitlement:
    """What the contract grants a request, with reasons."""

    contract: Contract | None
    plan: str
    """The contract's; empty if there is none."""
    treatment: Treatment
    uncovered: tuple[Uncovered, ...]
    draws_credit: bool
    reasons: tuple[str, ...]
    others: tuple[str, ...] = ()
    """Customers whose contracts fit the sender as well."""

    @property
    def covered(self) -> bool | None:
        """None while a person has to decide."""
        return None if self.treatment is Treatment.HOLD else not self.uncovered


@dataclass(frozen=True)
class Deadline:
    """When something is due, and why."""

    clock_starts_at: datetime
    due_at: datetime
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Request:
    """What a customer asked for."""

    id: int
    """0 until it is stored."""
    state: State
    channel: Channel
    account: str
    received_at: datetime
    sender: str
    sender_name: str
    subject: str
    contract_id: int | None
    customer: str
    """The contract's; empty if there is none."""
    plan: str
    """The contract's; empty if there is none."""
    policy: str
    """Version of the policy it was opened under."""
    severity: Severity
    """The one that counts: a person's word, else the provisional one."""
    severity_by: str
    """Name of the person whose word it is; empty while provisional."""
    confidence: float
    needs_review: bool
    covered: bool | None
    """None while undecided."""
    reasons: tuple[str, ...]
    """Of severity, entitlement and deadline, in words."""
    language: str
    clock_starts_at: datetime
    first_response_due_at: datetime | None
    """None while held."""
    review_due_at: datetime | None = None
    """While held: when a person owes it a look."""
    quiet: bool = False
    """Held, and told of in the daily digest only."""
    breached_at: datetime | None = None
    first_response_at: datetime | None = None
    first_response_by: str = ""
    owner: str = ""
    """Who acknowledged it last."""
    close_reason: CloseReason | None = None
    last_message_id: str = ""
    """Of the customer's newest message: what an answer replies to."""
    released_at: datetime | None = None
    """When a person let it through though no contract covered it, or the customer wrote again after
    withdrawing it: the clock counts from here."""
    epoch: int = 0
    """Raised whenever what is owed, or who has it, changes: fences every ping of before."""
    timezone: str = ""
    """The contract's own when it granted this; empty is the policy's."""
    holidays: str = ""
    """The contract's own when it granted this; empty is the policy's."""
    merged_into: int | None = None
    """The request in which its matter goes on."""
    uncovered: tuple[Uncovered, ...] = ()
    """For which reasons of contract it is not covered: what is served all the same is billable."""
    provisional_severity: Severity | None = None
    """What the daemon had assigned, once a person's word stands in its place."""
    candidates: tuple[str, ...] = ()
    """Customers whose it may be besides, the likeliest first; empty once a person has said."""
    answer_to: str = ""
    """Where the customer came last, if answers do not go to `sender`: a place in a chat
    (`slack:C0123ABC/1700000000.000100`), or an address."""

    @property
    def owed_from_at(self) -> datetime:
        """From when the customer's clock counts, as far as it is open."""
        return self.released_at or self.received_at


class Purpose(StrEnum):
    """What a timer watches over."""

    FIRST_RESPONSE = "first-response"
    REVIEW = "review"
    """Of a held request."""
    FOLLOW_UP = "follow-up"
    """A grave message after the first response (policy, reading 9)."""


@dataclass(frozen=True)
class FollowUpBreach:
    """A grave message after the first response that was answered too late, or not at all."""

    request_id: int
    severity: Severity
    """The message's."""
    received_at: datetime
    """When the message was: its month is the breach's."""
    due_at: datetime
    at: datetime
    """When it was written down."""


@dataclass(frozen=True)
class Acknowledgement:
    """ "I have it": a lease, not an end."""

    person: str
    until_at: datetime


@dataclass(frozen=True)
class Timer:
    """The watch over one thing owed; the stored row is the timer."""

    request_id: int
    purpose: Purpose
    plan: str
    """Whose target for `severity` the steps are shares of."""
    severity: Severity
    clock_starts_at: datetime
    due_at: datetime
    next_at: datetime
    """When to look again."""
    told: int = 0
    """Steps and repeats behind us; with purpose and epoch it names the next ping."""
    epoch: int = 0
    """The request's when this was armed."""
    quiet: bool = False
    """Told of in the daily digest only."""
    acknowledgement: Acknowledgement | None = None
    policy: EscalationPolicy | None = field(default=None, hash=False)
    """The one it was armed under, whatever is configured since; None is what fits now."""


@dataclass(frozen=True)
class Credit:
    """One line of the ledger: a contract's credit drawn by a request, or given back."""

    contract_id: int
    request_id: int
    day: date
    """Local day of `received_at` in the policy's zone: its month is the credit's."""
    amount: int
    """1 drawn, -1 given back."""
    why: str
    at: datetime
    """When it was written, which may be long after `day`."""
    who: str


class NoticeKind(StrEnum):
    """What a notice is."""

    RECEIPT = "receipt"
    """The automatic confirmation to the customer."""
    PING = "ping"
    """Tells a person of ours that something is owed."""
    ANSWER = "answer"
    """A person's answer to the customer."""
    OFFER = "offer"
    """Paid work offered to the customer."""
    LINK = "link"
    """Asks a registered person whether they are this in a chat."""
    MARK = "mark"
    """Shows in the customer's thread that it is answered, without a word."""
    COPY = "copy"
    """A customer's message, passed on to whoever is on call: its Reply-To answers."""
    ALARM = "alarm"
    """Something is wrong with the daemon or its doors."""
    DIGEST = "digest"
    """What is held and urgent to nobody, once a day."""
    CARD = "card"
    """What a chat shows our people of a request, brought up to date."""
    LOG = "log"
    """What happened to a request, under its card."""


@dataclass(frozen=True)
class Notice:
    """One thing to be carried out, to one recipient by one way."""

    id: str
    """Stable and unique: the same thing is never written twice, and a peer can be asked for it."""
    kind: NoticeKind
    way: Way
    """The outbound's kind, and the address there."""
    subject: str
    text: str
    priority_at: datetime
    """Earliest first: the deadline it speaks of."""
    useful_until: datetime
    """After it, no more tries."""
    request_id: int | None = None
    person: str = ""
    """Of ours: to whom it goes, or who wrote the answer."""
    sender_address: str = ""
    """The account's, for mail."""
    sender_name: str = ""
    reply_to: str = ""
    message_id: str = ""
    """Under which the recipient sees it, without brackets."""
    references: tuple[str, ...] = ()
    """The last is what it replies to."""
    attachments: tuple[Attachment, ...] = field(default=())
    card: Card | None = None
    """For ways that show more than text; with it `text` is a line."""
    cards: tuple[Card, ...] = ()
    """Of pings that go out as one; not stored, since it is put together when they do."""

    @property
    def begins_waiting(self) -> bool:
        """Whether it says that the customer waits for an answer from now on: what else is sent like
        a receipt (a severity set by hand, the word that something is over) does not.
        """
        return self.kind is NoticeKind.RECEIPT and self.id.startswith("receipt-")


class Fate(StrEnum):
    """What became of an arrival."""

    OPENED = "opened"
    FOLLOWED_UP = "followed-up"
    ANSWERED = "answered"
    """A staff answer, on its way to the customer."""
    ACKNOWLEDGED = "acknowledged"
    NOTED = "noted"
    """Kept and visible, opens nothing: automatic mail, an internal note."""
    BOUNCED = "bounced"
    """Told us that an answer of ours did not arrive."""
    HELD = "held"
    REPEAT = "repeat"


@dataclass(frozen=True)
class HistoryEntry:
    """What happened to a request, written in the transaction in which it happened."""

    request_id: int
    at: datetime
    who: str
    """A person's name, `customer`, or `supportd`."""
    what: str
    """One word or two: `opened`, `pinged`, `severity changed`."""
    why: str
