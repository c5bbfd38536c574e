"""What comes in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules.model.words import Authenticity, Channel, MailKind, Severity


@dataclass(frozen=True)
class Peer:
    """Who handed it over: transport facts that no header can forge."""

    address: str = ""
    helo: str = ""
    tls: bool = False
    login: str = ""
    """What the peer proved to be; of a ticket, the id of the contract whose key came with it."""
    mailbox: str = ""
    """Name of the mailbox we fetched it from; empty if it was handed to us."""


@dataclass(frozen=True)
class Envelope:
    """Transport facts of an arrival."""

    channel: Channel
    account: str
    """Name of the account it came for."""
    external_id: str
    """Unique for its channel: coming again under the same id changes nothing."""
    sender: str
    """The envelope's, for mail: empty for the null sender."""
    recipients: tuple[str, ...]
    """Addresses, for mail; of a chat, where it was said: `slack:C0123ABC`."""
    received_at: datetime
    """When our side took it: SMTP end of DATA, IMAP INTERNALDATE, Slack `ts`."""
    peer: Peer = Peer()
    history: bool = False
    """It came before we were asked to look: kept, searchable, and opens nothing."""
    sent: bool = False
    """It lay in a folder of sent mail: one of us wrote it, past us."""


@dataclass(frozen=True)
class Arrival:
    """What a channel hands in, not yet understood."""

    envelope: Envelope
    content: bytes


@dataclass(frozen=True)
class Attachment:
    """A file that came with a message."""

    name: str
    content_type: str
    content: bytes
    inline: bool = False
    """A picture that stands within the letter."""


class ReplyPurpose(StrEnum):
    """What one of our signed reply addresses is for."""

    ANSWER = "answer"
    """What comes here from one of us goes to the customer."""
    ACKNOWLEDGE = "ack"
    """What comes here from one of us says "I have it", and stays inside."""


@dataclass(frozen=True)
class ReplyAddress:
    """One of our signed addresses that a message was sent to; the signature was right."""

    purpose: ReplyPurpose
    request_id: int


@dataclass(frozen=True)
class Authentication:
    """What was found about who wrote a message, and why we think so."""

    result: Authenticity = Authenticity.UNPROVEN
    evidence: tuple[str, ...] = ()
    unanswered: bool = False
    """The DNS was silent: another look may find more."""


class Deed(StrEnum):
    """What somebody did in a chat."""

    WRITTEN = "written"
    EDITED = "edited"
    """The message's new version."""
    DELETED = "deleted"
    """The message's key is that of what was deleted, and `:deleted`."""
    RAISED = "raised"
    """A person wants it to be a request, whoever wrote it."""
    MARKED = "marked"
    """The same by the chosen emoji, which only our own people's hand makes count."""


@dataclass(frozen=True)
class Chat:
    """What only a message in a chat has."""

    place: str
    """The thread it stands in, by its first message: `slack:C0123ABC/1700000000.000100`."""
    us: str
    """Who we are there; named among its addressees, it is for us."""
    direct: bool = False
    """Between its writer and us alone."""
    deed: Deed = Deed.WRITTEN
    by: str = ""
    """Whose deed it is, if it is not the writer's."""
    said_at: datetime | None = None
    """When it was first said, if the chat tells of each version."""


@dataclass(frozen=True)
class Message:
    """What somebody wrote, in the same shape from every channel."""

    envelope: Envelope
    key: str
    """The same for the same message by any way: a repeat is known by it."""
    kind: MailKind
    message_id: str
    """Without brackets; empty if it has none."""
    references: tuple[str, ...]
    """Every message it names, oldest first, In-Reply-To last."""
    sender: str
    """Address of the author, in lower case; of a chat, who it is there: `slack:U0123ABC`.

    Empty if there is none.
    """
    sender_name: str
    subject: str
    text: str
    """All of it, readable."""
    new_text: str
    """Without quoted history and signature; in a chat without our name, others' behind an @."""
    automatic: bool = False
    """Nothing automatic may be sent back (RFC 3834): automatic, bulk, null sender, our own."""
    attachments: tuple[Attachment, ...] = ()
    reply_to_us: ReplyAddress | None = None
    bounced_message_id: str = ""
    """Of the message of ours that a bounce speaks of."""
    failed_recipients: tuple[str, ...] = ()
    """Whom a bounce names; not stored: what is decided on it is."""
    delayed_recipients: tuple[str, ...] = ()
    """Whom a notice of delay names; what was for them may yet arrive."""
    problems: tuple[str, ...] = ()
    """What could not be read."""
    severity_claim: Severity | None = None
    """What the sender says it is, where a door asks."""
    addressees: tuple[str, ...] = ()
    """Whom it names as readers (To and Cc), in lower case; of a chat, whom it mentions."""
    forwarded_from: str = ""
    """Address of the first writer, in lower case, where it passes on another's message."""
    forwarded_by: str = ""
    """Name of the one of us who passed it on, where it stands for its first writer."""
    authentication: Authentication = Authentication()
    """Whether `sender` wrote it: unproven until somebody looks."""
    chat: Chat | None = None
    """Of a message in a chat; not stored."""
