"""What somebody wrote in Matrix, to a Message."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from html import unescape
from typing import Any
from urllib.parse import unquote

from channels.mail.charsets import clean
from channels.matrix import events
from channels.matrix.arrivals import ping_of
from channels.matrix.events import Event
from channels.ticket.content import DEFAULT_TYPE, file_name
from rules.model import (
    Arrival,
    Attachment,
    Authentication,
    Authenticity,
    Chat,
    Deed,
    Envelope,
    MailKind,
    Message,
    ReplyAddress,
    ReplyPurpose,
)

FILES = frozenset({"m.file", "m.image", "m.audio", "m.video"})
_PROGRAMS = frozenset({"m.notice", "m.server_notice", "m.key.verification.request"})
"""What no person wrote for others to read."""
_LINK = re.compile(r'<a href="https://matrix\.to/#/((?:@|%40)[^"?&/<>\s]+)"[^<>]*>([^<>]*)</a>')
_USER = re.compile(r"@[^\s:\x00-\x1f]{1,200}:[A-Za-z0-9.:\[\]-]{1,255}")
_MOST_MENTIONED = 50
_ACK = re.compile(
    r"\s*(?:ack(?:nowledged?)?|mine|i have it|ack[ \t:]+[#\d][#\d \t,;]*)\s*[.!]*\s*", re.IGNORECASE
)
_DEEDS = {events.REDACTION: Deed.DELETED, events.REACTION: Deed.MARKED}


def understand(arrival: Arrival) -> Message:
    """What it says; never raises on content, and says in `problems` what it cannot read."""
    try:
        kept = json.loads(arrival.content)
        event = kept["event"]
        ping = ping_of(kept.get("about"), str(kept["us"]))
        if ping and _acknowledges(event):
            return _acknowledgement(arrival.envelope, event, *ping)
        return _understand(arrival.envelope, kept, event)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        return _message(
            arrival.envelope,
            "",
            kind=MailKind.UNREADABLE,
            problems=(f"the event cannot be read: {type(error).__name__}",),
            chat=Chat(place=arrival.envelope.external_id, us=""),
        )


def _understand(envelope: Envelope, kept: Mapping[str, Any], event: Event) -> Message:
    room, us = envelope.recipients[0], str(kept["us"])
    deed = _deed(event)
    about = kept.get("about") if isinstance(kept.get("about"), dict) else None
    said = _said(event, about, deed)
    id = _message_id(envelope, event, deed)
    root = str(kept.get("root") or "")
    place = f"{room}/{root}" if root else id
    text = _text(said)
    attachments, problems = _files(kept, said)
    by = events.text(event, "sender") if deed is Deed.MARKED else ""
    writer = events.text(about, "sender") if by else events.text(event, "sender")
    shown = _naming(text, said)
    return _message(
        envelope,
        f"matrix:{writer}" if writer else "",
        key=f"{id}:deleted" if deed is Deed.DELETED else envelope.external_id,
        kind=MailKind.BULK if events.text(said, "msgtype") in _PROGRAMS else MailKind.ORDINARY,
        message_id=id,
        references=tuple(dict.fromkeys((place, id))),
        text=shown,
        new_text=_to_us(_without_quote(shown, event), said, us),
        attachments=attachments,
        problems=problems,
        addressees=tuple(f"matrix:{who}" for who in _mentioned(said, us)),
        chat=Chat(
            place=place,
            us=f"matrix:{us}",
            direct=bool(kept.get("alone")),
            deed=deed,
            by=f"matrix:{by}" if by else "",
        ),
    )


def _acknowledges(event: Event) -> bool:
    if event.get("type") == events.REACTION:
        return True  # which signs do was asked before it was taken
    body = _without_quote(_text(events.said(event)), event)
    return event.get("type") == events.MESSAGE and bool(_ACK.fullmatch(body))


def _acknowledgement(envelope: Envelope, event: Event, request: int, ping: str) -> Message:
    text = _text(events.said(event)) or events.text(event, "content", "m.relates_to", "key")
    return _message(
        envelope,
        envelope.sender,
        references=(ping,),
        text=text,
        new_text=text,
        reply_to_us=ReplyAddress(ReplyPurpose.ACKNOWLEDGE, request),
        chat=Chat(place=envelope.external_id, us=""),
    )


def _message(
    envelope: Envelope, sender: str, kind: MailKind = MailKind.ORDINARY, **more: object
) -> Message:
    usual: dict[str, Any] = {
        "message_id": envelope.external_id,
        "key": envelope.external_id,
        "references": (),
        "sender_name": "",
        "subject": "",
        "text": "",
        "new_text": "",
        **more,
    }
    return Message(
        envelope=envelope,
        kind=kind,
        sender=sender or envelope.sender,
        automatic=kind is not MailKind.ORDINARY,
        authentication=Authentication(Authenticity.PASS, ("our homeserver says so",)),
        **usual,
    )


def _deed(event: Event) -> Deed:
    kind, _ = events.relation(event)
    return Deed.EDITED if kind == "m.replace" else _DEEDS.get(str(event["type"]), Deed.WRITTEN)


def _said(event: Event, about: Event | None, deed: Deed) -> Event:
    if deed is Deed.DELETED:
        return {}
    return events.said(about or {}) if deed is Deed.MARKED else events.said(event)


def _message_id(envelope: Envelope, event: Event, deed: Deed) -> str:
    """Of the message, whatever was done to it: `matrix:!room/$event`."""
    if deed is Deed.WRITTEN:
        return envelope.external_id
    target = events.redacted(event) if deed is Deed.DELETED else events.relation(event)[1]
    return f"{envelope.recipients[0]}/{target}"


def _text(said: Event) -> str:
    """Its words; of a file, what is said with it."""
    body = events.text(said, "body")
    if events.text(said, "msgtype") in FILES and body == (events.text(said, "filename") or body):
        return ""
    return clean(body).strip()


def _without_quote(text: str, event: Event) -> str:
    """Clients of before 2024 quote what a message replies to above it."""
    if not events.replied_to(event) or not text.startswith(">"):
        return text
    quote, _, rest = text.partition("\n\n")
    return rest if all(line.startswith(">") for line in quote.splitlines()) else text


def _links(said: Event) -> list[tuple[str, str]]:
    """Users that its HTML links to, and as what."""
    found = _LINK.findall(events.text(said, "formatted_body"))[:_MOST_MENTIONED]
    return [(unquote(id), unescape(name).strip()) for id, name in found]


def _naming(text: str, said: Event) -> str:
    """With an @ before each name that mentions somebody, as everywhere."""
    for _, name in _links(said):
        bare_name = name.removeprefix("@")
        if bare_name:
            pattern = rf"(?<![\w@]){re.escape(bare_name)}(?!\w)"
            text = re.sub(pattern, lambda found: f"@{found[0]}", text, count=1)
    return text


def _to_us(text: str, said: Event, us: str) -> str:
    """Without our own name, which it calls."""
    for name in (us, *(f"@{name.removeprefix('@')}" for id, name in _links(said) if id == us)):
        text = text.replace(name, "", 1) if name.strip("@") else text
    return text.strip().removeprefix(":").strip()


def _mentioned(said: Event, us: str) -> tuple[str, ...]:
    """Whom it mentions, by what clients say of it; of one that says nothing, by its links, and us
    by our full name.
    """
    if isinstance(said.get("m.mentions"), dict):
        listed = events.of(said, "m.mentions", "user_ids")
    else:
        listed = [id for id, _ in _links(said)]
        listed += [us] if us and us in events.text(said, "body") else []
    found = (listed if isinstance(listed, list) else [])[:_MOST_MENTIONED]
    users = (who for who in found if isinstance(who, str) and _USER.fullmatch(who))
    return tuple(dict.fromkeys(users))


def _files(kept: Mapping[str, Any], said: Event) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
    """What was fetched; what was not is named, since it is still to be found in Matrix."""
    if events.text(said, "msgtype") not in FILES:
        return (), ()
    name = file_name(events.text(said, "filename") or events.text(said, "body"))
    had = events.of(kept, "files", events.text(said, "url"))
    had = had if isinstance(had, dict) else {}
    try:
        content = base64.b64decode(had["content"], validate=True)
    except (KeyError, binascii.Error, ValueError, TypeError):
        why = events.text(had, "problem") or "not fetched"
        return (), (f"file {name} is in Matrix only: {why}",)
    kind = events.text(said, "info", "mimetype")
    return (
        Attachment(name, kind if events.MEDIA_TYPE.fullmatch(kind) else DEFAULT_TYPE, content),
    ), ()
