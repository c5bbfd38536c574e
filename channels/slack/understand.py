"""What somebody wrote in Slack, to a Message."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from channels.mail.charsets import clean
from channels.slack.arrivals import instant
from channels.slack.text import files_of, mentioned, plain, written
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
)

SLACKBOT = "USLACKBOT"
"""Slack's own program; its automatic replies bear no other sign."""
_MOST_FILES = 50


def understand(arrival: Arrival, bots: frozenset[str] = frozenset()) -> Message:
    """What it says; never raises on content, and says in `problems` what it cannot read.

    `bots` are programs that may write as customers do, by their ids; what any other writes is
    marked as automatic.
    """
    try:
        kept = json.loads(arrival.content)
        payload = kept["payload"]
        return _understand(
            arrival.envelope, kept, payload if isinstance(payload, dict) else {}, bots
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        return _unreadable(arrival.envelope, type(error).__name__)


def _understand(
    envelope: Envelope, kept: Mapping[str, Any], payload: Mapping[str, Any], bots: frozenset[str]
) -> Message:
    deed = _deed(envelope.external_id)
    said = _said(kept, payload, deed)
    id = _message_id(envelope.external_id)
    room = envelope.recipients[0]
    names = _names(kept)
    us = str(kept.get("us", ""))
    markup = "" if deed is Deed.DELETED else written(said)
    text = plain(markup, names)
    writer = _line(said.get("user")) or _line(said.get("bot_id"))
    attachments, problems = _files(kept, said) if deed is not Deed.DELETED else ((), ())
    root = _line(said.get("thread_ts"))
    place = f"{room}/{root}" if root else id
    kind = _kind(said, bots)
    by = _line(payload.get("user"))
    if isinstance(clicker := payload.get("user"), dict):
        by = _line(clicker.get("id"))
    return Message(
        envelope=envelope,
        key=envelope.external_id,
        kind=kind,
        message_id=id,
        references=tuple(dict.fromkeys((place, id))),
        sender=f"slack:{writer}" if writer else "",
        sender_name=names.get(writer, "") or _line(said.get("username")),
        subject="",
        text=text,
        new_text=plain(markup.replace(f"<@{us}>", ""), names) if us else text,
        automatic=kind is not MailKind.ORDINARY,
        attachments=attachments,
        problems=problems,
        addressees=tuple(f"slack:{who}" for who in mentioned(markup)),
        authentication=Authentication(
            Authenticity.PASS, (_vouched(envelope),), unanswered=_is_owed(kept)
        ),
        chat=Chat(
            place=place,
            us=f"slack:{us}",
            direct=room.startswith("slack:D") or payload.get("channel_type") == "im",
            deed=deed,
            by=f"slack:{by}" if deed in (Deed.RAISED, Deed.MARKED) and by else "",
            said_at=instant(id.rpartition("/")[2]),
        ),
    )


def _said(kept: Mapping[str, Any], payload: Mapping[str, Any], deed: Deed) -> Mapping[str, Any]:
    """The message that it is about, as far as the payload or who was asked had it."""
    found = kept.get("message") if deed is Deed.MARKED else payload.get("message")
    if deed is Deed.DELETED:
        found = payload.get("previous_message") or found
    if deed is Deed.MARKED:
        return found if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else payload


def _deed(external_id: str) -> Deed:
    _, _, mark = external_id.partition("/")[2].partition(":")
    word = mark.partition(":")[0]
    if word in ("deleted", "raised", "marked"):
        return Deed(word)
    return Deed.EDITED if word else Deed.WRITTEN


def _message_id(external_id: str) -> str:
    """Of the message, whatever was done to it: `slack:C0123ABC/1700000000.000100`."""
    place, slash, rest = external_id.partition("/")
    return place + slash + rest.partition(":")[0]


def _kind(said: Mapping[str, Any], bots: frozenset[str]) -> MailKind:
    programs = {_line(said.get("bot_id")), _line(said.get("app_id"))} - {""}
    is_one = bool(programs) or said.get("subtype") == "bot_message" or said.get("user") == SLACKBOT
    if is_one and not programs & bots:
        return MailKind.BULK
    return MailKind.ORDINARY


def _vouched(envelope: Envelope) -> str:
    team = envelope.peer.login
    return f"Slack says so, of workspace {team}" if team else "Slack says so"


def _names(kept: Mapping[str, Any]) -> dict[str, str]:
    names = kept.get("names")
    found = names.items() if isinstance(names, dict) else ()
    return {id: _line(name) for id, name in found if _line(name)}


def _files(
    kept: Mapping[str, Any], said: Mapping[str, Any]
) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
    """What was fetched; what was not is named, since it is still to be found in Slack."""
    fetched = kept.get("files")
    fetched = fetched if isinstance(fetched, dict) else {}
    found: list[Attachment] = []
    problems: list[str] = []
    for file in files_of(said)[:_MOST_FILES]:
        had = fetched.get(file.get("id"))
        had = had if isinstance(had, dict) else {}
        name = file_name(had.get("name") or file.get("name") or file.get("title"))
        try:
            content = base64.b64decode(had["content"], validate=True)
        except (KeyError, binascii.Error, ValueError, TypeError):
            why = _line(had.get("problem")) or "not fetched"
            problems.append(f"file {name} is in Slack only: {why}")
            continue
        found.append(Attachment(name, _line(had.get("type")) or DEFAULT_TYPE, content))
    return tuple(found), tuple(problems)


def _is_owed(kept: Mapping[str, Any]) -> bool:
    """Whether a file may come later: then another look is worth it."""
    files = kept.get("files")
    found = files.values() if isinstance(files, dict) else ()
    return any(isinstance(file, dict) and bool(file.get("owed")) for file in found)


def _line(value: object) -> str:
    return " ".join(clean(value).split()) if isinstance(value, str) else ""


def _unreadable(envelope: Envelope, why: str) -> Message:
    id = _message_id(envelope.external_id)
    return Message(
        envelope=envelope,
        key=envelope.external_id,
        kind=MailKind.UNREADABLE,
        message_id=id,
        references=(),
        sender=envelope.sender,
        sender_name="",
        subject="",
        text="",
        new_text="",
        automatic=True,
        problems=(f"the payload cannot be read: {why}",),
        chat=Chat(place=id, us=""),
    )
