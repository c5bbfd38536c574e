"""How we are in Matrix."""

import re
from functools import partial
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from daemon.config.section import Section
from daemon.config.values import Line, Name, PublicUrl, SecretFile, quoted
from rules.model import Opens

USER, ROOM = re.compile(r"@[^\s:/]+:[^\s/]+"), re.compile(r"![^\s/]+")


def _id(value: object, kind: re.Pattern[str], what: str, example: str) -> str:
    if not isinstance(value, str) or not kind.fullmatch(value):
        raise ValueError(f'{quoted(value)} is no {what} in Matrix (like "{example}")')
    return value


MatrixUser = Annotated[
    str, BeforeValidator(partial(_id, kind=USER, what="user", example="@support:b2bee.example"))
]
MatrixRoom = Annotated[
    str, BeforeValidator(partial(_id, kind=ROOM, what="room's id", example="!abc:b2bee.example"))
]


class MatrixRoomSettings(Section):
    """A room, where another rule holds than elsewhere."""

    id: MatrixRoom = Field(examples=["!abc:b2bee.example"])
    opens: Opens = Field(examples=["mention"])
    """Which messages there open requests."""


class MatrixSettings(Section):
    """One user of a homeserver."""

    homeserver: PublicUrl = Field(examples=["https://matrix.b2bee.example"])
    user: MatrixUser = Field(examples=["@support:b2bee.example"])
    token: SecretStr | None = None
    token_file: SecretFile | None = None
    emoji: Line | None = None
    """With which one of us marks a message as a request; None: with none."""
    rooms: dict[Name, MatrixRoomSettings] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_token(self) -> Self:
        if self.token is None and self.token_file is None:
            raise ValueError("token (or token_file) is missing: the access token of that user")
        return self
