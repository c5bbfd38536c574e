"""Telephone calls, as whoever took them wrote them down."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime

from channels.mail.charsets import clean
from rules.model import Account, Arrival, Channel, Envelope, MailKind, Message


@dataclass(frozen=True)
class Call:
    """What is known of one."""

    name: str
    """The caller's, or the number where nobody knows whose it is."""
    address: str
    """Where the caller gets mail; empty if nobody knows."""
    subject: str
    text: str


def arrival(call: Call, account: Account, at: datetime) -> Arrival:
    """A call as it is kept; the same one at the same time has the same external id."""
    content = json.dumps(asdict(call), sort_keys=True).encode("ascii")
    id = hashlib.sha256(at.isoformat().encode() + content).hexdigest()
    envelope = Envelope(Channel.PHONE, account.name, id, call.address, (account.address,), at)
    return Arrival(envelope, content)


def understand(arrival: Arrival) -> Message:
    """What was said; never raises on content."""
    envelope = arrival.envelope
    try:
        call, kind = Call(**json.loads(arrival.content)), MailKind.ORDINARY
    except (ValueError, TypeError, RecursionError):
        call, kind = Call("", "", "", ""), MailKind.UNREADABLE
    text = clean(call.text).strip()
    return Message(
        envelope=envelope,
        key=f"phone:{envelope.external_id}",
        kind=kind,
        message_id="",
        references=(),
        sender=call.address.lower(),
        sender_name=_line(call.name),
        subject=_line(call.subject),
        text=text,
        new_text=text,
        automatic=kind is not MailKind.ORDINARY,
    )


def _line(text: str) -> str:
    return " ".join(clean(text).split())
