"""How we are in Slack."""

import re
from functools import partial
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from daemon.config.section import Section
from daemon.config.values import Line, Name, PublicUrl, SecretFile, quoted
from rules.model import Opens


def _id(value: object, kinds: str, example: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(rf"[{kinds}][A-Z0-9]{{2,}}", value):
        raise ValueError(f'{quoted(value)} is no id in Slack (like "{example}")')
    return value


def _emoji(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9_+'-]+", value):
        raise ValueError(f'{quoted(value)} is no emoji by name (like "ticket", without colons)')
    return value


SlackUser = Annotated[str, BeforeValidator(partial(_id, kinds="UW", example="U0123ABC"))]
SlackRoom = Annotated[str, BeforeValidator(partial(_id, kinds="CDG", example="C0123ABC"))]
Emoji = Annotated[str, BeforeValidator(_emoji)]


class SlackRoomSettings(Section):
    """A room, where another rule holds than elsewhere."""

    id: SlackRoom = Field(examples=["C0123ABC"])
    opens: Opens = Field(examples=["mention"])
    """Which messages there open requests."""


class SlackSettings(Section):
    """One workspace of ours, with an app of our own in it."""

    bot_token: SecretStr | None = None
    bot_token_file: SecretFile | None = None
    app_token: SecretStr | None = None
    """For Socket Mode: Slack is called, and nothing has to be open to it."""
    app_token_file: SecretFile | None = None
    signing_secret: SecretStr | None = None
    """For events by HTTP, at /slack/events."""
    signing_secret_file: SecretFile | None = None
    emoji: Emoji = "ticket"
    """With which one of us marks a message as a request."""
    bots: tuple[Line, ...] = ()
    """Programs that may write as customers do, by their ids (A… or B…)."""
    channels: dict[Name, SlackRoomSettings] = Field(default_factory=dict)
    api_url: PublicUrl = "https://slack.com/api"
    """Another one for GovSlack."""

    @model_validator(mode="after")
    def _check_secrets(self) -> Self:
        if self.bot_token is None and self.bot_token_file is None:
            raise ValueError("bot_token (or bot_token_file) is missing")
        token = self.bot_token or self.bot_token_file
        if token is not None and not token.get_secret_value().startswith("xoxb-"):
            raise ValueError("bot_token is no bot's token; those begin with xoxb-")
        ways = (self.app_token, self.app_token_file, self.signing_secret, self.signing_secret_file)
        if not any(ways):
            raise ValueError(
                "events have no way in: app_token (Socket Mode) or signing_secret (HTTP) is missing"
            )
        app = self.app_token or self.app_token_file
        if app is not None and not app.get_secret_value().startswith("xapp-"):
            raise ValueError("app_token is no token of an app; those begin with xapp-")
        return self
