"""That this daemon lives, and which mailboxes are its to read: leases, renewed while it does."""

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from socket import gethostname

import structlog

from channels.base import Clock, Inbound, Memory, Receive
from daemon.store_thread import StoreThread
from storage.store import Transaction

log = structlog.get_logger()

LEASE = timedelta(seconds=20)
"""Of a daemon that is silent for longer others take over what it had."""

RENEW_SECONDS = 4.0

LET_GO_SECONDS = 12.0
"""Without a renewal for so long a mailbox is let go: its reader, given 5 s to end, has stopped
before another begins, even if clocks differ by three seconds."""


def new_name() -> str:
    """Of a daemon, as its like know it: another one for each start."""
    return f"{gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass
class Held:
    """A lease of ours, or not: whoever needs it waits for `ours`, and stops at `lost`."""

    name: str
    ours: asyncio.Event = field(default_factory=asyncio.Event)
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    _end: asyncio.TimerHandle | None = None

    def renewed(self, since: float) -> None:
        """It is ours: asked for at this instant of the loop's clock."""
        if self._end:
            self._end.cancel()
        loop = asyncio.get_running_loop()
        self._end = loop.call_at(since + LET_GO_SECONDS, self.let_go)
        self.lost.clear()
        self.ours.set()

    def let_go(self) -> None:
        """It is another's, or nobody knows whose."""
        if self._end:
            self._end.cancel()
        if self.ours.is_set():
            log.warning("lease lost", lease=self.name)
        self.ours.clear()
        self.lost.set()


@dataclass
class Keeper:
    """Renews, all in one transaction; what it cannot renew is let go by itself."""

    name: str
    """This daemon's."""
    about: str
    store: StoreThread
    clock: Clock
    mailboxes: Sequence[Held] = ()

    async def round(self) -> bool:
        """Renew; never more to do."""
        since = asyncio.get_running_loop().time()
        ours = await self.store.claim(self._take)
        for held in self.mailboxes:
            if held.name in ours:
                held.renewed(since)
            else:
                held.let_go()
        return False

    def _take(self, tx: Transaction) -> set[str]:
        now = self.clock()
        until_at = now + LEASE
        tx.leases.take(self.name, self.name, now, until_at, self.about)
        return {
            held.name
            for held in self.mailboxes
            if tx.leases.take(held.name, self.name, now, until_at)
        }

    async def release(self) -> None:
        """Let others have all of it at once: nothing of it is used any more."""
        await self.store.write(lambda tx: tx.leases.release(self.name))


@dataclass
class Leased:
    """A way in that only one daemon may use at a time: run while its lease is ours."""

    inbound: Inbound
    held: Held
    name: str = field(init=False)
    local: bool = False

    def __post_init__(self) -> None:
        """Be called as what is run."""
        self.name = self.inbound.name

    def is_ready(self) -> bool:
        """Whether peers can hand anything over, to us or to whoever has the lease."""
        return self.inbound.is_ready() or not self.held.ours.is_set()

    async def run(self, receive: Receive, memory: Memory) -> None:
        """Serve whenever the lease is ours; raises what the way in raises."""
        while True:
            await self.held.ours.wait()
            await _until(self.held.lost, lambda: self.inbound.run(receive, memory))


async def _until(lost: asyncio.Event, run: Callable[[], Awaitable[None]]) -> None:
    running = asyncio.ensure_future(run())
    losing = asyncio.create_task(lost.wait())
    try:
        await asyncio.wait({running, losing}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        losing.cancel()
        ended = running.done()
        running.cancel()
        await asyncio.wait({running})
    if ended and not lost.is_set():
        running.result()
        raise RuntimeError("it returned, though nobody asked it to stop")
