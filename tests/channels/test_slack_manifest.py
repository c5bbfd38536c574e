"""The app's manifest says what the code needs, and what is missing is told."""

import json
import re
from pathlib import Path

from channels.slack.arrivals import RAISE
from channels.slack.manifest import lacking, manifest

ROOM = Path(__file__).parents[2] / "channels" / "slack"
NEEDS = {
    "auth.test": set(),
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "conversations.history": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "conversations.replies": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "conversations.info": {"channels:read", "groups:read", "im:read", "mpim:read"},
    "conversations.list": {"channels:read", "groups:read", "im:read", "mpim:read"},
    "users.conversations": {"channels:read", "groups:read", "im:read", "mpim:read"},
    "conversations.open": {"im:write"},
    "files.info": {"files:read"},
    "files.getUploadURLExternal": {"files:write"},
    "files.completeUploadExternal": {"files:write"},
    "reactions.add": {"reactions:write"},
    "reactions.remove": {"reactions:write"},
    "users.info": {"users:read"},
}


def test_every_method_that_is_called_has_its_scopes() -> None:
    called = {
        found
        for path in ROOM.glob("*.py")
        for found in re.findall(r'"([a-z]+\.[a-z][A-Za-z.]+)"', path.read_text(encoding="utf-8"))
        if found.partition(".")[0]
        in ("auth", "chat", "conversations", "files", "reactions", "users")
    }
    wanted = json.loads(manifest())["oauth_config"]["scopes"]["bot"]
    assert {scope for name in called for scope in NEEDS[name]} <= set(wanted)


def test_what_a_token_lacks_is_named() -> None:
    wanted = json.loads(manifest())["oauth_config"]["scopes"]["bot"]
    assert lacking(wanted) == []
    assert lacking(set(wanted) - {"files:read"}) == ["files:read"]


def test_the_shortcut_is_the_one_that_is_understood() -> None:
    (shortcut,) = json.loads(manifest())["features"]["shortcuts"]
    assert shortcut["callback_id"] == RAISE


def test_for_http_it_names_where_to_post() -> None:
    settings = json.loads(manifest("https://support.example"))["settings"]
    assert not settings["socket_mode_enabled"]
    url = "https://support.example/slack/events"
    assert settings["event_subscriptions"]["request_url"] == url
