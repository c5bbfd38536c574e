"""The bridge between the event loop and the store: one thread, one piece of work after another."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from storage.store import Store, Transaction

T = TypeVar("T")


class StoreThread:
    """Runs work on the store off the loop, in the order in which it was asked for.

    One thread, since SQLite has one writer: two would only wait for each other's lock, by polling.
    Work that has begun is finished even if whoever awaits it is cancelled.
    """

    def __init__(self, store: Store) -> None:
        """Work on this store."""
        self._store = store
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one transaction; durable when this returns, undone when it raises."""
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, self._store.write, work
        )

    async def claim(self, work: Callable[[Transaction], T]) -> T:
        """Run `work`, which claims what waits in the outbox (`Store.claim`)."""
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, self._store.claim, work
        )

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on a consistent view."""
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, self._store.read, work
        )

    async def is_ripe(self, now: datetime, stored_before: datetime) -> bool:
        """Whether there is something to see (`Store.is_ripe`)."""
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, self._store.is_ripe, now, stored_before
        )

    def close(self) -> None:
        """Finish what was asked for, then close the store."""
        self._thread.shutdown(wait=True)
        self._store.close()
