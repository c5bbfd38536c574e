"""What one of us presses in Slack, and who carries it out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from channels.slack.views import Home, Section
from rules.model import Card, Move


@dataclass(frozen=True)
class Click:
    """What one of us pressed or entered."""

    person: str
    move: Move
    request_id: int
    epoch: int
    """In which what was pressed was shown."""
    choice: str = ""
    """A severity, a person, or minutes."""
    words: str = ""
    """The answer, or the reason."""
    key: str = ""
    """Of the window it was entered in: the same if Slack says it twice."""
    opened_at: datetime | None = None
    """Since when the person has been writing."""
    among: str = ""
    """Where it was pressed in a message that tells of several requests: the room, or the person
    whose messages from us these are; empty if it was pressed on the request's own card."""


class Overtaken(Exception):
    """Somebody answered while another was writing; the message says who, and when."""


class Desk(Protocol):
    """Who carries out what is pressed.

    Each returns once what it does is durable, and raises rules' `Refused` with words for whoever
    pressed where it cannot be. What comes twice is done once.
    """

    def person(self, identity: str) -> str | None:
        """The name of the one of us who is this in Slack (`slack:U0123ABC`)."""

    async def act(self, click: Click) -> None:
        """Do it; Overtaken if it is an answer and another's came between."""

    async def cards(self, among: str, request_ids: Sequence[int]) -> Mapping[int, Card]:
        """How requests stand now, for the readers of a room, or a person (`U0123ABC`)."""

    async def home(self, person: str) -> Home:
        """What this person's home tab shows."""

    async def history(self, person: str, request_id: int) -> Sequence[Section]:
        """All that is told of a request to this person, as it stands now."""

    async def ask(self, person: str, words: str) -> str:
        """Answer a command, in plain text."""
