"""What a finding about who wrote a message says, and when it is worth another look."""

from datetime import datetime, timedelta

from rules.model import Authentication, Authenticity, Message

PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
"""Between looks while the DNS is silent; after the last, unproven it stays."""


def is_proven(message: Message) -> bool:
    """Whether it may speak for its sender: answer, acknowledge, pass on, end."""
    return message.authentication.result is Authenticity.PASS


def is_forged(message: Message) -> bool:
    """Whether its sender's domain disowns it."""
    return message.authentication.result is Authenticity.FAIL


def authorship(message: Message) -> str:
    """Whether the sender wrote it, and why we think so, in words; empty if nobody looked."""
    found = message.authentication
    return f"sender {found.result}: {'; '.join(found.evidence)}" if found.evidence else ""


def look_again_at(found: Authentication, looks: int, now: datetime) -> datetime | None:
    """When to look again, after so many looks more than the first; None if never."""
    if not found.unanswered or looks >= len(PAUSES):
        return None
    return now + PAUSES[looks]
