"""What stands in the events that we send."""

from collections.abc import Sequence
from typing import Any

from channels.matrix import events
from channels.ticket.content import DEFAULT_TYPE, file_name
from rules.model import Attachment, Notice, NoticeKind

_LONGEST = 10_000
"""Characters of one message: an event has 65,536 bytes at most."""
_KINDS = {
    **dict.fromkeys(("image/png", "image/jpeg", "image/gif", "image/webp"), "m.image"),
    **dict.fromkeys(("audio/mpeg", "audio/ogg", "audio/mp4"), "m.audio"),
    **dict.fromkeys(("video/mp4", "video/webm"), "m.video"),
}
"""What clients show in its place; all else is a file."""


def words(notice: Notice, kind: str, text: str, thread: str) -> dict[str, Any]:
    """A message, plain and mentioning nobody; `kind` is its msgtype."""
    content: dict[str, Any] = {"msgtype": kind, "body": text, "m.mentions": {}} | _in(thread)
    if notice.kind is NoticeKind.PING and notice.request_id is not None:
        content[events.MARK] = {"request": notice.request_id, "id": notice.message_id}
    return content


def file(attachment: Attachment, url: str, thread: str) -> dict[str, Any]:
    """A file that lies at this address."""
    name, kind = file_name(attachment.name), media_type(attachment)
    return {
        "msgtype": _KINDS.get(kind, "m.file"),
        "body": name,
        "filename": name,
        "url": url,
        "info": {"mimetype": kind, "size": len(attachment.content)},
        "m.mentions": {},
    } | _in(thread)


def media_type(attachment: Attachment) -> str:
    """As what it is handed over."""
    kind = attachment.content_type.lower()
    return kind if events.MEDIA_TYPE.fullmatch(kind) else DEFAULT_TYPE


def texts(notice: Notice, refused: Sequence[str]) -> list[str]:
    """What is said, in as many parts as it needs; `refused` are names of files not taken."""
    text = notice.text
    if notice.kind is NoticeKind.ANSWER and notice.sender_name:
        text = f"{notice.sender_name}:\n{text}"
    if refused:
        names = ", ".join(map(file_name, refused))
        text = f"{text.rstrip()}\n\n[{names}: not taken by Matrix]"
    text, found = text.strip(), []
    while len(text) > _LONGEST:
        cut = text.rfind("\n", 1, _LONGEST)
        cut = cut if cut > 0 else _LONGEST
        found.append(text[:cut])
        text = text[cut:].lstrip("\n")
    return [*found, text]


def _in(thread: str) -> dict[str, Any]:
    if not thread:
        return {}
    reply = {"is_falling_back": True, "m.in_reply_to": {"event_id": thread}}
    return {"m.relates_to": {"rel_type": "m.thread", "event_id": thread, **reply}}
