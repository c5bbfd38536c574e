"""Arrivals made durable, many in one commit."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from channels.base import Clock, Cursor
from daemon.metrics import Metrics
from daemon.store_thread import StoreThread
from rules.model import Arrival
from storage.store import Transaction

log = structlog.get_logger()

BATCH_BYTES = 16 * 1024 * 1024
"""Of content in one commit: what more waits goes into the next."""

LULL = 0.02
LONGEST_BURST = 0.1
"""Seconds."""

_Asked = tuple[Sequence[Arrival], Cursor | None, "asyncio.Future[None]"]


class Inbox:
    """Stores what channels hand in: what waits while a commit runs goes into the next together."""

    def __init__(
        self, store: StoreThread, clock: Clock, metrics: Metrics, wake: Callable[[], None]
    ) -> None:
        """`wake` is called after each commit: there is something to understand."""
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._wake = wake
        self._asked: asyncio.Queue[_Asked] = asyncio.Queue()
        self._last_asked = 0.0

    async def receive(self, arrivals: Sequence[Arrival], cursor: Cursor | None = None) -> None:
        """Return once arrivals and cursor are durable; raise if they are not (`base.Receive`)."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asked.put_nowait((arrivals, cursor, done))
        self._last_asked = asyncio.get_running_loop().time()
        await done

    async def lull(self) -> None:
        """Return when nobody has handed anything in for a moment, or after a while all the same.

        Who understands arrivals waits for it, so that a burst is taken at the pace of the disk.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + LONGEST_BURST
        while loop.time() < min(until, self._last_asked + LULL):
            await asyncio.sleep(LULL)

    async def load(self, name: str) -> str | None:
        """The last value saved under a cursor's name (`base.Memory`)."""
        return await self._store.read(lambda tx: tx.memory.load(name))

    async def run(self) -> None:
        """Commit what is asked for, until cancelled."""
        while True:
            batch = [await self._asked.get()]
            size = _size(batch[0])
            while size < BATCH_BYTES and not self._asked.empty():
                batch.append(self._asked.get_nowait())
                size += _size(batch[-1])
            await self._commit(batch)

    async def drain(self) -> None:
        """Commit what still waits; for the end, when no channel hands in any more."""
        while not self._asked.empty():
            await self._commit([self._asked.get_nowait()])

    async def _commit(self, batch: Sequence[_Asked]) -> None:
        arrivals = [arrival for asked in batch for arrival in asked[0]]
        cursors = [cursor for _, cursor, _ in batch if cursor]
        now = self._clock()

        def take(tx: Transaction) -> int:
            for cursor in cursors:
                tx.memory.save(cursor.name, cursor.value)
            return len(arrivals) - tx.inbox.take(arrivals, now)

        try:
            known = await self._store.write(take)
        except Exception as error:
            for _, _, done in batch:
                if not done.done():
                    done.set_exception(error)
            return
        self._metrics.arrivals.inc(len(arrivals) - known)
        if known:
            log.info("taken before", arrivals=known)
        for _, _, done in batch:
            if not done.done():
                done.set_result(None)
        self._wake()


def _size(asked: _Asked) -> int:
    return sum(len(arrival.content) for arrival in asked[0])
