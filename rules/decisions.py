"""What may become of a message, and what has to be known to decide it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from rules.candidates import Traces
from rules.entitlement import Drawn
from rules.model import Assessment, Contract, Entitlement, Fate, Notice, Request, Timer
from rules.requests import Change
from rules.threads import Thread


@dataclass(frozen=True)
class Known:
    """What is remembered that bears on one message."""

    threads: tuple[Thread, ...] = ()
    """Requests it names, weightiest first; the one its reply address names is the first."""
    contracts: tuple[Contract, ...] = ()
    """That may fit its sender."""
    traces: Traces = field(default_factory=Traces)
    """Of customers, in what it says."""
    by_key: bool = False
    """Whether a key proved the customer: the contracts are that customer's, whoever the sender."""
    drawn: Mapping[int, Drawn] = field(default_factory=dict)
    """Credits by contract id, in the month and on the day of reception."""
    receipts_to_sender_today: int = 0
    receipts_to_domain_this_hour: int = 0
    receipts_to_domain_today: int = 0
    bounced_answer: "BouncedAnswer | None" = None
    """The one a bounce speaks of."""
    bounced_past_us: Request | None = None
    """Whose customer was written to from elsewhere by what bounced."""
    said_before: "tuple[Said, ...]" = ()
    """What the sender of a message to a room said there just before, that opened nothing."""
    is_new: bool = True
    """Whether no version of a message in a chat that was edited was seen before."""
    inside: Request | None = None
    """Under whose card in a chat it was said: among us, whoever said it."""
    unread: bool = False
    """Whether it is said to us where nobody reads what our own people say."""
    thread_begun_by: str = ""
    """Who began the thread of a chat that is of no request; empty if that is not known."""
    deleted_answer: "DeletedAnswer | None" = None
    """The one that a deletion in a chat speaks of."""


@dataclass(frozen=True)
class Said:
    """A message of a chat that is of no request."""

    id: int
    """Its row."""
    addressees: tuple[str, ...]


@dataclass(frozen=True)
class BouncedAnswer:
    """An answer of ours that did not arrive."""

    request: Request
    notice: Notice
    was_first: bool
    """Whether it was the first response."""
    stands: "Stands | None"
    """The first of the other answers that the customer has, if there is one."""


@dataclass(frozen=True)
class DeletedAnswer:
    """What one of us wrote in a chat as an answer, and is there no more."""

    request: Request
    written_at: datetime
    timer: Timer | None
    """Over what is owed on the request."""
    stands: "Stands | None"
    """The first of the other answers that the customer has, if there is one."""


@dataclass(frozen=True)
class Stands:
    """An answer that the customer has."""

    person: str
    at: datetime


class ReceiptVerdict(Enum):
    """Whether a receipt goes out."""

    SEND = "send"
    NOBODY = "nobody to send it to"
    AUTOMATIC = "nothing automatic answers automatic mail"
    OWN = "the sender is one of our own addresses"
    FORGED = "it would go to somebody who may never have written"
    TOO_MANY = "the sender, or the sender's domain, has had its share of automatic mail"


@dataclass(frozen=True)
class Opened:
    """A new request: open, or held for a person."""

    request: Request
    entitlement: Entitlement
    timer: Timer
    receipt: ReceiptVerdict
    fate: Fate
    assessment: Assessment
    linked: Request | None = None
    """Another that the message named, and does not go on in."""
    gathers: tuple[int, ...] = ()
    """Rows of messages before it that are of the same matter."""


@dataclass(frozen=True)
class FollowedUp:
    """A customer's further message in a request."""

    change: Change
    why: str
    receipt: ReceiptVerdict | None = None
    """None: nothing new is owed that a receipt could speak of."""
    fate: Fate = Fate.FOLLOWED_UP


@dataclass(frozen=True)
class TurnedAway:
    """A reply to what is over: the customer is asked to write anew."""

    request: Request
    why: str
    receipt: ReceiptVerdict
    fate: Fate = Fate.NOTED


@dataclass(frozen=True)
class Answered:
    """One of us answers the customer: the message is to be sent on."""

    request: Request
    person: str
    fate: Fate = Fate.ANSWERED


@dataclass(frozen=True)
class AnsweredPastUs:
    """One of us answered the customer from elsewhere: the customer has it already."""

    change: Change
    person: str
    fate: Fate = Fate.ANSWERED


@dataclass(frozen=True)
class TakenBack:
    """An answer in a chat was deleted there: another counts, or it is owed again."""

    change: Change
    fate: Fate = Fate.NOTED


@dataclass(frozen=True)
class Acknowledged:
    """One of us has it; the words stay inside as a note."""

    request: Request
    person: str
    fate: Fate = Fate.ACKNOWLEDGED


@dataclass(frozen=True)
class Withheld:
    """An answer in the name of one of us that nothing proves to be theirs: it waits for a person,
    or for the DNS to speak."""

    request: Request
    person: str
    why: str
    fate: Fate = Fate.HELD


@dataclass(frozen=True)
class Noted:
    """Kept and visible; it opens nothing."""

    why: str
    request: Request | None = None
    tell: tuple[str, ...] = ()
    """Names of those of us who must hear of it."""
    author: str = ""
    """The one of us who wrote it; empty if nobody has to know."""
    inside: bool = False
    """Whether it was said among us: it names the request, and leads nobody else there."""
    unread: bool = False
    """Whether its writer, one of us, is told that nobody reads it."""
    fate: Fate = Fate.NOTED


@dataclass(frozen=True)
class Bounced:
    """An answer of ours did not arrive: it is owed again."""

    answer: BouncedAnswer
    fate: Fate = Fate.BOUNCED


Decision = (
    Opened
    | FollowedUp
    | TurnedAway
    | Answered
    | AnsweredPastUs
    | TakenBack
    | Withheld
    | Acknowledged
    | Noted
    | Bounced
)
