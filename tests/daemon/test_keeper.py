"""One reader a mailbox: its lease is kept while it lives, and let go when it cannot be renewed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from channels.base import Memory, Receive
from daemon.keeper import LEASE, LET_GO_SECONDS, Held, Keeper, Leased
from daemon.service import Loop
from daemon.store_thread import StoreThread
from storage.store import Outdated, Store

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


class Reader:
    """A way in that says when it serves."""

    name = "imap:box/INBOX"
    local = False

    def __init__(self) -> None:
        self.serves = asyncio.Event()
        self.failing = False

    def is_ready(self) -> bool:
        return self.serves.is_set()

    async def run(self, receive: Receive, memory: Memory) -> None:
        if self.failing:
            raise ConnectionRefusedError
        self.serves.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.serves.clear()


class Two:
    """Two daemons on one store, each with the mailbox configured."""

    def __init__(self, store: Store) -> None:
        self.now = NOW
        self.readers = [Reader(), Reader()]
        self.held = [Held("mailbox:box"), Held("mailbox:box")]
        self.leased = [Leased(r, h) for r, h in zip(self.readers, self.held, strict=True)]
        thread = StoreThread(store)
        self.keepers = [
            Keeper(name, "", thread, lambda: self.now, (held,))
            for name, held in zip(("one", "two"), self.held, strict=True)
        ]
        self.running = [asyncio.create_task(each.run(_receive, _Memory())) for each in self.leased]

    async def both_renew(self) -> list[bool]:
        """Who may read after that."""
        for keeper in self.keepers:
            await keeper.round()
        return [held.ours.is_set() for held in self.held]

    async def end(self) -> None:
        for task in self.running:
            task.cancel()
        await asyncio.wait(self.running)


async def _receive(*_: object) -> None: ...


class _Memory:
    async def load(self, name: str) -> str | None:
        return None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/x.db")
    store.migrate()
    yield store
    store.close()


def story(store: Store, told: Callable[[Two], Awaitable[None]]) -> None:
    async def main() -> None:
        two = Two(store)
        await asyncio.wait_for(told(two), 20)
        await two.end()

    asyncio.run(main())


def test_one_reads_and_the_other_is_ready_to(store: Store) -> None:
    async def told(two: Two) -> None:
        assert await two.both_renew() == [True, False]
        await two.readers[0].serves.wait()
        assert [each.is_ready() for each in two.leased] == [True, True]
        assert not two.readers[1].serves.is_set()

    story(store, told)


def test_what_a_dead_daemon_read_another_reads_once_its_lease_has_ended(store: Store) -> None:
    async def told(two: Two) -> None:
        await two.both_renew()
        two.now += LEASE - timedelta(seconds=1)
        await two.keepers[1].round()
        assert not two.held[1].ours.is_set()
        two.now += timedelta(seconds=1)
        await two.keepers[1].round()
        await two.readers[1].serves.wait()

    story(store, told)


def test_who_slept_stops_reading_when_it_learns_that_another_does(store: Store) -> None:
    async def told(two: Two) -> None:
        await two.both_renew()
        await two.readers[0].serves.wait()
        two.now += LEASE
        await two.keepers[1].round()
        assert await two.both_renew() == [False, True]
        await two.held[0].lost.wait()
        while two.readers[0].serves.is_set():
            await asyncio.sleep(0)

    story(store, told)


def test_who_cannot_renew_lets_go_before_another_may_begin(store: Store) -> None:
    async def told(two: Two) -> None:
        await two.both_renew()
        await two.readers[0].serves.wait()
        # As if the last renewal had been asked for so long ago.
        two.held[0].renewed(asyncio.get_running_loop().time() - LET_GO_SECONDS)
        await two.held[0].lost.wait()

    story(store, told)
    assert LEASE.total_seconds() > LET_GO_SECONDS + 5


def test_who_stops_lets_others_have_it_at_once(store: Store) -> None:
    async def told(two: Two) -> None:
        await two.both_renew()
        await two.keepers[0].release()
        await two.keepers[1].round()
        assert two.held[1].ours.is_set()

    story(store, told)


def test_what_the_reader_raises_is_raised(store: Store) -> None:
    async def told(two: Two) -> None:
        two.readers[0].failing = True
        await two.both_renew()
        with pytest.raises(ConnectionRefusedError):
            await two.running[0]
        two.running.pop(0)

    story(store, told)


def test_a_loop_says_when_the_store_is_for_newer_programs() -> None:
    told: list[str] = []

    async def work() -> bool:
        raise Outdated("its schema is version 9999")

    async def main() -> None:
        loop = Loop("watch", work)

        def outdated() -> None:
            told.append("outdated")
            loop.stop()

        loop.outdated = outdated
        loop.wake.set()
        await asyncio.wait_for(loop.run(lambda: NOW), 10)

    asyncio.run(main())
    assert told == ["outdated"]
