"""A door for Matrix that looks as often as a test says, and remembers where it was."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from channels.base import Cursor
from channels.matrix.door import MatrixDoor
from channels.matrix.web import Web
from rules.model import Account, Arrival
from tests.channels.inbound_contract import Inbox
from tests.matrix_peer import SUPPORT, MatrixPeer

ACCOUNT = Account("support", "B2Bee Support", "support@b2bee.example")
MARIA, PERO, ANA = (f"matrix:@{name}:localhost" for name in ("maria", "pero", "ana"))


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the homeserver's clock, not ours


class Enough(Exception):
    """The door has looked as often as it should."""


@dataclass
class Listener:
    """What the daemon has of a door: an inbox, and how far it has read."""

    peer: MatrixPeer
    clock: Callable[[], datetime] = now
    rooms: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    emoji: str = ""
    url: str = ""
    """Of what stands before the homeserver, if something does."""
    token: str = ""
    slept: list[float] = field(default_factory=list)
    """Seconds between tries; nobody waits for them."""
    passes: Callable[[float], object] = lambda seconds: None
    """What becomes of a test's clock meanwhile."""
    naps: int = 100
    """After so many a look ends."""
    inbox: Inbox = field(default_factory=Inbox)
    kept: dict[str, str] = field(default_factory=dict)
    door: MatrixDoor = field(init=False)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        """A door as after a start."""
        self.door = MatrixDoor(
            web=Web(self.url or self.peer.url, SUPPORT, self.token or self.peer.tokens["support"]),
            account=ACCOUNT,
            customers=self._customers,
            is_known=self._is_known,
            clock=self.clock,
            emoji=self.emoji,
            waits=0.0,
            sleep=self._sleep,
        )

    async def look(self, times: int = 1) -> list[Arrival]:
        """What came in by so many looks."""
        before, left = len(self.inbox.stored), times

        async def receive(arrivals: Sequence[Arrival], cursor: Cursor | None = None) -> None:
            nonlocal left
            await self.inbox.receive(arrivals, cursor)
            if cursor:
                self.kept[cursor.name] = cursor.value
                left -= 1
                if not left:
                    raise Enough

        with suppress(Enough):
            await self.door.run(receive, self)
        return self.inbox.stored[before:]

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passes(seconds)
        if len(self.slept) == self.naps:
            raise Enough

    async def load(self, name: str) -> str | None:
        return self.kept.get(name)

    async def _customers(self) -> Collection[str]:
        return self.rooms

    async def _is_known(self, identity: str) -> bool:
        return identity in self.known


def look(listener: Listener, times: int = 1) -> list[Any]:
    return asyncio.run(listener.look(times))
