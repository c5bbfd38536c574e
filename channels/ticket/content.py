"""What a ticket is made of, how it is kept, and what it says as a Message."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from channels.mail.charsets import clean
from rules.model import (
    Arrival,
    Attachment,
    Authentication,
    Authenticity,
    Envelope,
    MailKind,
    Message,
    Severity,
)

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Letters nobody sees; some turn `exe.pdf` around."""
_LONGEST_NAME = 120


def canonical(ticket: Mapping[str, Any]) -> bytes:
    """As a ticket is kept: the same for the same words and files, by whatever encoding they came.

    The interface takes it back as it is.
    """
    return json.dumps(ticket, sort_keys=True, separators=(",", ":")).encode("ascii")


def reference(*words: str | bytes) -> str:
    """A ticket's external id, and what its sender may call it: 32 letters and digits."""
    digest = hashlib.sha256()
    for word in words:
        piece = word if isinstance(word, bytes) else word.encode("utf-8", "surrogatepass")
        digest.update(len(piece).to_bytes(8, "big"))
        digest.update(piece)
    return base64.b32encode(digest.digest()[:20]).decode().lower()


def understand(arrival: Arrival) -> Message:
    """What the ticket says; never raises on content, and says in `problems` what it cannot read."""
    envelope = arrival.envelope
    try:
        ticket = json.loads(arrival.content)
    except (ValueError, RecursionError):
        ticket = None
    if not isinstance(ticket, dict):
        return _message(envelope, {}, MailKind.UNREADABLE, ("the ticket is no JSON object",))
    return _message(envelope, ticket, MailKind.ORDINARY, ())


def _message(
    envelope: Envelope, ticket: dict[str, Any], kind: MailKind, problems: tuple[str, ...]
) -> Message:
    sender = ticket.get("sender")
    sender = sender if isinstance(sender, dict) else {}
    files = ticket.get("files")
    attachments = tuple(_attachment(file) for file in files) if isinstance(files, list) else ()
    if any(a is None for a in attachments):
        problems = (*problems, "a file could not be read")
    text = _text(ticket.get("text"))
    return Message(
        envelope=envelope,
        key=f"ticket:{envelope.external_id}",
        kind=kind,
        message_id="",
        references=(),
        sender=_line(sender.get("email")).lower() or envelope.sender.lower(),
        sender_name=_line(sender.get("name")),
        subject=_line(ticket.get("subject")),
        text=text,
        new_text=text,
        automatic=kind is not MailKind.ORDINARY,
        attachments=tuple(a for a in attachments if a is not None),
        problems=problems,
        severity_claim=_severity(ticket.get("severity_claim")),
        authentication=_authentication(envelope),
    )


def _authentication(envelope: Envelope) -> Authentication:
    if envelope.peer.login:
        return Authentication(Authenticity.PASS, ("it came with the customer's key",))
    return Authentication(evidence=("anybody can write a name into the form",))


def _text(value: object) -> str:
    return clean(value).strip() if isinstance(value, str) else ""


def _line(value: object) -> str:
    return " ".join(_text(value).split())


def _severity(value: object) -> Severity | None:
    return Severity(value) if isinstance(value, str) and value in list(Severity) else None


def _attachment(file: object) -> Attachment | None:
    if not isinstance(file, dict):
        return None
    try:
        content = base64.b64decode(file.get("content", ""), validate=True)
    except (binascii.Error, ValueError, TypeError):
        return None
    media_type = _line(file.get("content_type")).lower()
    return Attachment(
        name=file_name(file.get("name")),
        content_type=media_type if _MEDIA_TYPE.fullmatch(media_type) else DEFAULT_TYPE,
        content=content,
    )


DEFAULT_TYPE = "application/octet-stream"


def file_name(given: object) -> str:
    """A name to show and to save under: no path, nothing hidden, its ending kept."""
    name = re.split(r"[/\\]", _HIDDEN.sub("", _line(given)))[-1].strip(" .")
    if len(name) > _LONGEST_NAME:
        stem, dot, ending = name.rpartition(".")
        ending = dot + ending if 0 < len(ending) <= 10 else ""
        name = (stem if ending else name)[: _LONGEST_NAME - len(ending)] + ending
    return name or "file"
