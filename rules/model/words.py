"""Words with a fixed set of values."""

from enum import StrEnum


class Severity(StrEnum):
    """How bad it is for the customer's business, worst first (policy, "Severities")."""

    CRITICAL = "critical"
    SIGNIFICANT = "significant"
    MINOR = "minor"
    NONE = "none"

    @property
    def rank(self) -> int:
        """0 for the worst; a smaller rank is a worse severity."""
        return list(Severity).index(self)


class Channel(StrEnum):
    """The kind of door a message came by, as the policy's cells name it."""

    EMAIL = "email"
    CHAT = "chat"
    TICKET = "ticket"
    PHONE = "phone"


class State(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    """The customer is owed a first response."""
    HELD = "held"
    """Kept for a person's eye: our own clock runs (`review_due_at`), the customer's does not."""
    ANSWERED = "answered"
    """A person's answer that the customer can see has been taken by the relay or the chat."""
    CLOSED = "closed"
    """Ended by a person, unanswered, with a reason."""


class CloseReason(StrEnum):
    """Why a person ended an unanswered request (policy, reading 8)."""

    NOT_A_REQUEST = "not-a-request"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"


class AfterEnd(StrEnum):
    """What a customer's reply does to a request that is over."""

    REOPEN = "reopen"
    """It goes on there."""
    LINK = "link"
    """It opens a new request, and each names the other."""
    REFUSE = "refuse"
    """The customer is asked to write anew; what may be grave opens a new request all the same."""


class Opens(StrEnum):
    """Which messages open requests in a room of a chat."""

    ALL = "all"
    """Whatever a customer says to no thread that is there."""
    MENTION = "mention"
    """What names us."""
    EMOJI = "emoji"
    """What one of us marks with the chosen emoji, or raises."""
    NOTHING = "nothing"
    """A room of our own."""


class Uncovered(StrEnum):
    """A reason of contract for which a request is not covered (policy, reading 5)."""

    UNREGISTERED_PERSON = "unregistered_person"
    CHANNEL = "channel"
    CREDITS = "credits"
    DAILY_CREDITS = "daily_credits"
    CONTRACT_LAPSED = "contract_lapsed"
    UNKNOWN_SENDER = "unknown_sender"


class Treatment(StrEnum):
    """What the customer's clock does when a request is not covered."""

    SERVE = "serve"
    HOLD = "hold"


class Clock(StrEnum):
    """What time counts towards a first response (policy, reading 1)."""

    WINDOW = "window"
    """Only time while the cell's window is open."""
    ELAPSED = "elapsed"
    """All time from the first open instant on."""


class Authenticity(StrEnum):
    """Whether a message comes from where its From says."""

    PASS = "pass"
    """Its domain vouches for it (DMARC), or it was written on our own network."""
    UNPROVEN = "unproven"
    """Nobody says so, nor the contrary. It is heard, and has no power over what we owe."""
    FAIL = "fail"
    """Its domain says it is none of its mail (DMARC under p=quarantine or reject)."""


class MailKind(StrEnum):
    """What kind of message it is: only an ordinary one is a person writing."""

    ORDINARY = "ordinary"
    AUTO_REPLY = "auto-reply"
    BOUNCE = "bounce"
    FEEDBACK_REPORT = "feedback-report"
    BULK = "bulk"
    SPAM = "spam"
    """A gateway on the way has marked it so."""
    OWN = "own"
    """Our own mail come back."""
    UNREADABLE = "unreadable"
