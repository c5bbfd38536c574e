"""What Slack tells us, as it is kept: one arrival for one message, by whatever way it comes."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rules.model import Account, Arrival, Channel, Envelope, Peer

RAISE = "raise_request"
"""The message shortcut by which a person turns a message into a request."""

_TS = re.compile(r"\d{1,12}\.\d{1,9}")
_SILENT = frozenset(
    {
        *("channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name"),
        *("channel_archive", "channel_unarchive", "channel_convert_to_private"),
        *("channel_posting_permissions", "group_join", "group_leave", "group_topic"),
        *("group_purpose", "group_name", "group_archive", "group_unarchive"),
        *("message_replied", "ekm_access_denied", "pinned_item", "unpinned_item", "reminder_add"),
        *("bot_add", "bot_remove", "bot_enable", "bot_disable", "huddle_thread", "tombstone"),
        *("assistant_app_thread", "document_mention", "sh_room_created", "channel_canvas_updated"),
    }
)
"""Subtypes of messages that nobody wrote."""


@dataclass(frozen=True)
class Us:
    """Who we are in Slack."""

    user: str
    bot: str
    team: str
    enterprise: str = ""
    """In a Grid: its other workspaces are ours as well."""


@dataclass(frozen=True)
class Taker:
    """Makes arrivals of what Slack hands over."""

    us: Us
    account: Account
    emoji: str = ""
    """With which one of us marks a message as a request; empty for none."""

    def of_event(self, body: Mapping[str, Any]) -> Arrival | None:
        """What an event has to say to us; None if that is nothing."""
        event = body.get("event")
        if not isinstance(event, dict):
            return None
        if event.get("type") in ("message", "app_mention"):
            return self.of_message(event, _text(event.get("channel")), team_of(event))
        if event.get("type") == "reaction_added":
            return self._of_mark(event)
        return None

    def of_message(self, event: Mapping[str, Any], room: str, team: str = "") -> Arrival | None:
        """A message, its new version, or its end; also as history has it, where it has no room."""
        subtype = event.get("subtype")
        if subtype == "message_deleted":
            ts = _text(event.get("deleted_ts"))
            before = event.get("previous_message")
            if self._is_ours(before if isinstance(before, dict) else {}):
                return None
            return self._arrival(event, room, ts, ":deleted", _text(event.get("event_ts")) or ts)
        if subtype == "message_changed":
            return self._of_change(event, room, team)
        if subtype in _SILENT or self._is_ours(event):
            return None
        edited = _edit(event)
        mark = f":{edited}" if edited else ""
        ts = _text(event.get("ts"))
        return self._arrival(event, room, ts, mark, edited or ts, team)

    def of_shortcut(self, body: Mapping[str, Any]) -> Arrival | None:
        """A message that a person wants to be a request; None if it is another shortcut."""
        message, channel = body.get("message"), body.get("channel")
        if body.get("callback_id") != RAISE or not isinstance(message, dict):
            return None
        room = _text(channel.get("id")) if isinstance(channel, dict) else ""
        ts = _text(message.get("ts"))
        acted_at = _text(body.get("action_ts"))
        return self._arrival(body, room, ts, ":raised", acted_at or ts)

    def marks_on(self, message: Mapping[str, Any], room: str, since: str) -> Iterator[Arrival]:
        """With what people marked it, as history has it: it does not say when, but not before the
        message was there, and not before the last look (`since`, a time stamp).
        """
        ts, reactions = _text(message.get("ts")), message.get("reactions")
        if not is_stamp(ts) or not isinstance(reactions, list):
            return
        item, at = {"channel": room, "ts": ts}, max(ts, since, key=float)
        for found in (each for each in reactions if isinstance(each, dict)):
            for by in found.get("users") or ():
                mark = {"type": "reaction_added", "reaction": found.get("name"), "user": by}
                if arrival := self._of_mark({**mark, "item": item, "event_ts": at}):
                    yield arrival

    def _of_mark(self, event: Mapping[str, Any]) -> Arrival | None:
        item = event.get("item")
        if not self.emoji or event.get("reaction") != self.emoji or not isinstance(item, dict):
            return None
        ts, by = _text(item.get("ts")), _text(event.get("user"))
        at = _text(event.get("event_ts")) or ts
        return self._arrival(event, _text(item.get("channel")), ts, f":marked:{by}", at)

    def _of_change(self, event: Mapping[str, Any], room: str, team: str) -> Arrival | None:
        """A new version; None where only Slack changed it, as by the preview of a link."""
        now, before = event.get("message"), event.get("previous_message")
        if not isinstance(now, dict) or self._is_ours(now):
            return None
        if now.get("subtype") == "tombstone":
            ts = _text(now.get("ts"))
            return self._arrival(event, room, ts, ":deleted", _text(event.get("event_ts")) or ts)
        before = before if isinstance(before, dict) else {}
        same_words = now.get("text") == before.get("text") and _files(now) == _files(before)
        edited = _edit(now)
        if same_words or (edited and edited == _edit(before)):
            return None
        edited = edited or _text(event.get("event_ts"))
        ts = _text(now.get("ts"))
        return self._arrival(event, room, ts, f":{edited}" if edited else "", edited or ts, team)

    def _is_ours(self, message: Mapping[str, Any]) -> bool:
        return (message.get("user") == self.us.user) or (
            bool(self.us.bot) and message.get("bot_id") == self.us.bot
        )

    def _arrival(
        self, payload: Mapping[str, Any], room: str, ts: str, mark: str, at: str, team: str = ""
    ) -> Arrival | None:
        """`at` is when it was said; `mark` tells what was done to the message of this `ts`."""
        if not room or not is_stamp(ts):
            return None
        foreign = "" if team in ("", self.us.team, self.us.enterprise) else team
        envelope = Envelope(
            channel=Channel.CHAT,
            account=self.account.name,
            external_id=f"slack:{room}/{ts}{mark}",
            sender=f"slack:{author}" if (author := _author(payload)) else "",
            recipients=(f"slack:{room}",),
            received_at=instant(at if is_stamp(at) else ts),
            peer=Peer(tls=True, login=f"slack:{foreign}" if foreign else ""),
        )
        kept = {"us": self.us.user, "payload": payload}
        return Arrival(envelope, json.dumps(kept, separators=(",", ":")).encode("utf-8"))


def is_stamp(ts: str) -> bool:
    """Whether this is one of Slack's time stamps."""
    return bool(_TS.fullmatch(ts))


def instant(ts: str) -> datetime:
    """When, of Slack's time stamps."""
    seconds, _, micros = ts.partition(".")
    whole = datetime.fromtimestamp(int(seconds), UTC)
    return whole.replace(microsecond=int(f"{micros[:6]:0<6}"))


def stamp(at: datetime) -> str:
    """Slack's time stamp of an instant."""
    return f"{int(at.timestamp())}.{at.microsecond:06}"


def _author(payload: Mapping[str, Any]) -> str:
    for key in ("message", "previous_message"):
        if isinstance(inner := payload.get(key), dict):
            return _text(inner.get("user"))
    return _text(payload.get("user"))


def team_of(event: Mapping[str, Any]) -> str:
    """Whose workspace the writer of a message is of; an event's own team is where it comes from."""
    inner = event.get("message")
    said = inner if isinstance(inner, dict) else event
    for key in ("user_team", "source_team", "team"):
        if team := _text(said.get(key)):
            return team
    return ""


def _edit(message: Mapping[str, Any]) -> str:
    edited = message.get("edited")
    return _text(edited.get("ts")) if isinstance(edited, dict) else ""


def _files(message: Mapping[str, Any]) -> list[object]:
    files = message.get("files")
    return [f.get("id") for f in files if isinstance(f, dict)] if isinstance(files, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
