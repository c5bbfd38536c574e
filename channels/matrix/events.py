"""What a room's events say of each other."""

import re
from collections.abc import Mapping
from typing import Any

Event = Mapping[str, Any]
"""As the homeserver has it: whoever is in the room wrote it, so that anything may be in it."""

MESSAGE, REDACTION, REACTION = "m.room.message", "m.room.redaction", "m.reaction"
ENCRYPTED, ENCRYPTION, MEMBER = "m.room.encrypted", "m.room.encryption", "m.room.member"
TOMBSTONE, CREATE = "m.room.tombstone", "m.room.create"
WANTED = (MESSAGE, REDACTION, REACTION, ENCRYPTED, ENCRYPTION, MEMBER, TOMBSTONE)

MARK = "supportd.ping"
"""The part of our pings that says which one it is."""

MEDIA_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9.+-]{1,100}")
_ID = re.compile(r"\$[^\s\x00-\x1f\x7f]{1,254}")


def of(event: Event | None, *path: str) -> object:
    """What is there; None if it is not."""
    found: object = event
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def text(event: Event | None, *path: str) -> str:
    """The text that is there; empty if none is."""
    found = of(event, *path)
    return found if isinstance(found, str) else ""


def _id(event: Event | None, *path: str) -> str:
    """The event that is named there; empty for what can be none's name: people write these."""
    found = text(event, *path)
    return found if _ID.fullmatch(found) else ""


def relation(event: Event | None) -> tuple[str, str]:
    """How it relates to another, and to which: a thread, a new version, a sign on it."""
    target = _id(event, "content", "m.relates_to", "event_id")
    return (text(event, "content", "m.relates_to", "rel_type") if target else "", target)


def thread(event: Event | None) -> str:
    """The event that began the thread it stands in; empty if it stands in none."""
    kind, root = relation(event)
    return root if kind == "m.thread" else ""


def replied_to(event: Event | None) -> str:
    """The event that it replies to; empty if to none."""
    return _id(event, "content", "m.relates_to", "m.in_reply_to", "event_id")


def redacted(event: Event) -> str:
    """The event that a redaction takes away."""
    return _id(event, "content", "redacts") or _id(event, "redacts")


def changes(event: Event) -> str:
    """The event that it is a new version of, a sign on, or takes away; empty if none of these."""
    if event.get("type") == REDACTION:
        return redacted(event)
    kind, target = relation(event)
    return target if kind in ("m.replace", "m.annotation") else ""


def said(event: Event) -> Event:
    """What a message says now: of a new version, that."""
    kind, _ = relation(event)
    content = of(event, "content", "m.new_content") if kind == "m.replace" else None
    if not isinstance(content, dict):
        content = event.get("content")
    return content if isinstance(content, dict) else {}


def since_we_came(events: list[Event], us: str, soon: float) -> tuple[list[Event], bool]:
    """What was said since we were invited, if we came soon after, else since we came; and whether
    we came just now. `soon` is in seconds.
    """
    invited, invited_at = 0, 0
    for number, event in enumerate(events):
        if event.get("type") != MEMBER or event.get("state_key") != us:
            continue
        at = event.get("origin_server_ts")
        at = at if isinstance(at, int) else 0
        membership = text(event, "content", "membership")
        if membership == "invite":
            invited, invited_at = number, at
        elif membership == "join" and text(event, "unsigned", "prev_content", "membership") != (
            "join"
        ):
            return events[invited if at - invited_at <= soon * 1000 else number :], True
    return events, False
