"""What the app in Slack is allowed to do, and must be."""

import json
from collections.abc import Collection
from importlib.resources import files
from typing import Any


def manifest(public_url: str = "") -> str:
    """The app's manifest, as Slack takes it; for events by HTTP at this URL, else Socket Mode."""
    wanted = _shipped()
    if public_url:
        settings = wanted["settings"]
        settings["socket_mode_enabled"] = False
        for place in (settings["event_subscriptions"], settings["interactivity"]):
            place["request_url"] = f"{public_url}/slack/events"
        for command in wanted["features"]["slash_commands"]:
            command["url"] = f"{public_url}/slack/events"
    return json.dumps(wanted, indent=2)


def lacking(granted: Collection[str]) -> list[str]:
    """The scopes of the manifest that a token does not have."""
    return sorted(set(_shipped()["oauth_config"]["scopes"]["bot"]) - set(granted))


def _shipped() -> Any:  # noqa: ANN401 - it is JSON
    return json.loads(files("channels.slack").joinpath("manifest.json").read_text(encoding="utf-8"))
