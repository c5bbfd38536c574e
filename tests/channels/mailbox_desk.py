"""Who takes what a mailbox hands in, and follows it for a while."""

import asyncio
from collections.abc import Callable, Sequence

from channels.base import Cursor
from channels.imap import MailboxFolder
from channels.imap import progress as progresses
from rules.model import Arrival
from tests.channels.inbound_contract import Inbox
from tests.waiting import PATIENCE


class Desk(Inbox):
    """Takes arrivals, and remembers cursors as the daemon does."""

    def __init__(self, failures: int = 0) -> None:
        super().__init__(failures)
        self.most_at_once = 0
        self.asked_for: list[list[Arrival]] = []

    async def receive(self, arrivals: Sequence[Arrival], cursor: Cursor | None = None) -> None:
        await super().receive(arrivals, cursor)
        self.asked_for.append(list(arrivals))

    async def load(self, name: str) -> str | None:
        return next((c.value for c in reversed(self.cursors) if c.name == name), None)

    def next_uid(self) -> int:
        return progresses.read(self.cursors[-1].value).next_uid if self.cursors else 0

    def subjects(self, history: bool = False) -> list[str]:
        found = [a for a in self.stored if a.envelope.history == history]
        return [a.content.split(b"Subject: ")[1].split(b"\r\n")[0].decode() for a in found]


def follow(desk: Desk, *folders: MailboxFolder, until: Callable[[], bool]) -> None:
    """Run until so far; raises what a folder raises."""

    async def story() -> None:
        running = [asyncio.create_task(f.run(desk.receive, desk)) for f in folders]
        try:
            async with asyncio.timeout(PATIENCE):
                while not until():
                    for task in running:
                        if task.done():
                            task.result()
                    await asyncio.sleep(0.001)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    asyncio.run(story())
