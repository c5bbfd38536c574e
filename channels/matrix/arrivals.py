"""What a homeserver shows us, as it is kept: one arrival for one event."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from channels.matrix import events
from channels.matrix.events import Event
from rules.model import Account, Arrival, Channel, Envelope, Peer

ACKNOWLEDGES = frozenset("👍✅✔☑👌")
"""The signs on a ping by which one of us says "I have it"."""


def bare(key: str) -> str:
    """A sign without the colour of its skin and the like."""
    return "".join(c for c in key if c != "\ufe0f" and not "🏻" <= c <= "🏿")


@dataclass(frozen=True)
class Seen:
    """An event and what has to be known beside it."""

    event: Event
    about: Event | None = None
    """What it changes, marks or replies to; of a message in a thread, what began that."""
    root: str = ""
    """The event that began the thread it stands in; empty if it stands in none."""
    alone: bool = False
    """Nobody is in the room but its writer and us."""
    files: Mapping[str, Mapping[str, str]] | None = None
    """What was fetched, by its address."""


@dataclass(frozen=True)
class Taker:
    """Makes arrivals of what a homeserver shows."""

    us: str
    account: Account
    emoji: str = ""
    """By which one of us marks a message as a request; empty for none."""

    def may_matter(self, event: Event) -> bool:
        """Whether anybody but us said something by it."""
        sender, id = events.text(event, "sender"), events.text(event, "event_id")
        if not sender or not id or sender == self.us or "state_key" in event:
            return False
        if event.get("type") == events.REACTION:
            key = bare(events.text(event, "content", "m.relates_to", "key"))
            return key in ACKNOWLEDGES or (bool(self.emoji) and key == bare(self.emoji))
        return event.get("type") in (events.MESSAGE, events.REDACTION)

    def matters(self, seen: Seen) -> bool:
        """Whether there is a person's message in it, now that more is known."""
        kind, about = seen.event.get("type"), seen.about
        if kind == events.MESSAGE:
            return not is_foreign_edit(seen)
        if about is None or about.get("type") != events.MESSAGE:
            return False
        if kind == events.REDACTION:
            return about.get("sender") != self.us
        key = bare(events.text(seen.event, "content", "m.relates_to", "key"))
        if about.get("sender") == self.us:
            return ping_of(about, self.us) is not None and key in ACKNOWLEDGES
        return bool(self.emoji) and key == bare(self.emoji)

    def arrival(self, seen: Seen, rooms: Sequence[str], after: datetime, now: datetime) -> Arrival:
        """It came after the last look and before now, whatever its writer's server says.

        `rooms` are the room it was said in, and those whose place that took.
        """
        envelope = Envelope(
            channel=Channel.CHAT,
            account=self.account.name,
            external_id=f"matrix:{rooms[0]}/{events.text(seen.event, 'event_id')}",
            sender=f"matrix:{events.text(seen.event, 'sender')}",
            recipients=tuple(f"matrix:{room}" for room in rooms),
            received_at=max(after, min(now, _instant(seen.event, now))),
            peer=Peer(tls=True),
        )
        kept: dict[str, Any] = {
            "us": self.us,
            "event": seen.event,
            "about": seen.about,
            "root": seen.root,
            "alone": seen.alone,
            "files": seen.files or {},
        }
        return Arrival(envelope, json.dumps(kept, separators=(",", ":")).encode("utf-8"))


def is_foreign_edit(seen: Seen) -> bool:
    """Whether it claims to be a new version of what another wrote."""
    kind, _ = events.relation(seen.event)
    if kind != "m.replace" or seen.about is None:
        return False
    return seen.about.get("sender") != seen.event.get("sender")


def ping_of(about: Event | None, us: str) -> tuple[int, str] | None:
    """The request a ping of ours speaks of, and its message id; None if it is no ping of ours."""
    if about is None or about.get("sender") != us:
        return None
    request = events.of(about, "content", events.MARK, "request")
    id = events.text(about, "content", events.MARK, "id")
    return (request, id) if isinstance(request, int) and id else None


def _instant(event: Event, now: datetime) -> datetime:
    millis = event.get("origin_server_ts")
    try:
        return datetime.fromtimestamp(float(millis or 0) / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return now
