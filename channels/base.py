"""The ports: what a way in and a way out owe the daemon, and what it owes them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from rules.model import Arrival, Notice

Clock = Callable[[], datetime]
"""The present instant, aware UTC."""


@dataclass(frozen=True)
class Cursor:
    """How far a channel has come: a small value of its own, durable with the arrivals it covers."""

    name: str
    value: str


class Receive(Protocol):
    """Takes arrivals in.

    Returns once arrivals and cursor are durable, in one commit. Only then may a channel
    acknowledge them to its peer. Raises whatever made storing fail: then nothing was stored, the
    channel marks nothing and tells its peer to come again. Coming again is harmless: the envelope's
    channel, account and external id are a unique key.
    """

    def __call__(
        self, arrivals: Sequence[Arrival], cursor: Cursor | None = None
    ) -> Awaitable[None]:
        """Store them."""


class Memory(Protocol):
    """Loads what a channel saved with its cursors; survives restarts."""

    def load(self, name: str) -> Awaitable[str | None]:
        """The last value saved under this cursor's name."""


@dataclass(frozen=True)
class Trouble:
    """What a person must hear of though a channel serves."""

    id: str
    """The same one is told once; what lasts may have another every day."""
    what: str
    """In a few words."""
    detail: str


class Inbound(Protocol):
    """A way in.

    `run` serves until it is cancelled; on cancellation it takes no more, finishes what it has in
    hand and returns. What it raises is logged, alarmed, and it is run again after a growing pause.
    It must call `receive` before it acknowledges, and nothing a peer sends may make it raise.
    """

    name: str
    local: bool
    """Whether it is ours to open: the daemon has not started before. Others' doors, as a mailbox on
    their server, may be shut while all else works."""

    async def run(self, receive: Receive, memory: Memory) -> None:
        """Serve."""

    def is_ready(self) -> bool:
        """Whether peers can hand anything over at this moment."""


@dataclass(frozen=True)
class Sent:
    """The peer took it."""

    reference: str
    """What the peer calls it, if it says: a queue id, a time stamp."""


@dataclass(frozen=True)
class Absent:
    """The peer says it never got it."""


@dataclass(frozen=True)
class CannotTell:
    """The peer cannot be asked."""


class Failure(StrEnum):
    """Whether trying again helps."""

    TEMPORARY = "temporary"
    """Not taken; may be later."""
    PERMANENT = "permanent"
    """Not taken, and will not be."""
    UNKNOWN = "unknown"
    """The answer was lost: it may have been taken. `find` before sending again."""


class DeliveryError(Exception):
    """A notice was not, or perhaps not, delivered."""

    def __init__(self, failure: Failure, reason: str, retry_after: float = 0.0) -> None:
        """Keep the reason fit for an operator: it names the peer, never message text or secrets.

        `retry_after`: for how many seconds the peer wants to be left alone, if it says.
        """
        super().__init__(reason)
        self.failure = failure
        self.reason = reason
        self.retry_after = retry_after


class Outbound(Protocol):
    """A way out.

    `send` returns once the peer has taken the notice, and raises DeliveryError otherwise, bounded
    in time by itself (20 s). `find` asks the peer for a notice by its stable id.
    """

    name: str

    async def send(self, notice: Notice) -> Sent:
        """Hand the notice to the peer."""

    async def find(self, notice: Notice) -> Sent | Absent | CannotTell:
        """Whether the peer has it."""
