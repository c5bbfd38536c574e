"""What Slack hands over, as it does: the shapes are those of its own samples."""

import itertools
from datetime import datetime
from typing import Any

from channels.slack.arrivals import Taker, Us, instant, stamp
from rules.model import Account

US = Us("U0SUPPORT", "B0SUPPORT", "T0HOME")
ROOM, MARIA, PERO, ANA = "C0STANDARD", "U0MARIA", "U0PERO", "U0ANA"
ACCOUNT = Account("support", "B2Bee Support", "support@b2bee.example")
TAKER = Taker(US, ACCOUNT, "ticket")
_numbers = itertools.count(1)


def message(text: str, at: datetime, user: str = MARIA, room: str = ROOM, **more: Any) -> Any:
    """A person's message; `thread_ts` among `more` puts it into a thread."""
    usual = {
        "type": "message",
        "channel": room,
        "channel_type": "im" if room.startswith("D") else "channel",
        "user": user,
        "text": text,
        "ts": stamp(at),
        "event_ts": stamp(at),
        "team": US.team,
        "client_msg_id": f"m{next(_numbers)}",
    }
    return usual | more


def changed(before: Any, text: str, at: datetime) -> Any:
    """The event of a message's new version."""
    edited = {"user": before["user"], "ts": stamp(at)}
    return {
        "type": "message",
        "subtype": "message_changed",
        "channel": before["channel"],
        "message": before | {"text": text, "edited": edited},
        "previous_message": before,
        "event_ts": stamp(at),
    }


def deleted(before: Any, at: datetime) -> Any:
    """The event of a message's end."""
    return {
        "type": "message",
        "subtype": "message_deleted",
        "channel": before["channel"],
        "deleted_ts": before["ts"],
        "previous_message": before,
        "event_ts": stamp(at),
    }


def shortcut(before: Any, by: str, at: datetime, callback: str = "raise_request") -> Any:
    """A person's choice among a message's actions."""
    return {
        "type": "message_action",
        "callback_id": callback,
        "action_ts": stamp(at),
        "trigger_id": "1.2.3",
        "user": {"id": by, "team_id": US.team},
        "channel": {"id": before["channel"], "name": "adria"},
        "message": before,
    }


def envelope(event: Any, **more: Any) -> Any:
    """An event as Slack posts it."""
    return {
        "type": "event_callback",
        "event_id": f"Ev{next(_numbers)}",
        "event_time": int(instant(event.get("event_ts", "1.0")).timestamp()),
        "team_id": US.team,
        "api_app_id": "A0SUPPORT",
        "authorizations": [{"team_id": US.team, "user_id": US.user, "is_bot": True}],
        "event": event,
    } | more
