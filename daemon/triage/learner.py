"""Looks after what was learned: takes it up when it is new, learns anew when people said enough."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from channels.base import Clock
from daemon.store_thread import StoreThread
from daemon.triage.assessor import Assessor, engine
from daemon.triage.teaching import Learned, Taught, beginning, new_labels, taught
from rules.model import Refit

log = structlog.get_logger()

ENOUGH = 20
"""New labels by which it learns anew without being asked."""

Learn = Callable[[Sequence[Taught], bytes, str], Awaitable[Learned]]


@dataclass
class Learner:
    """Keeps nothing that the store does not: what serves is asked for in each round."""

    store: StoreThread
    assessor: Assessor
    base: str
    """Name of the shipped weights."""
    learn: Learn
    clock: Clock
    _serving: int | None = None
    _failed_at: int = -1
    """Labels there were when learning failed: more of them are waited for."""

    async def round(self) -> bool:
        """Take up what is new; learn if enough was said."""
        await self._take_up()
        labels = await self.store.read(lambda tx: tx.labels.count_after(0))
        new = await self.store.read(lambda tx: new_labels(tx, self.base))
        if new < ENOUGH or labels == self._failed_at:
            return False
        try:
            refit = await self.refit("supportd")
        except Exception as error:
            log.warning("nothing learned from labels", why=str(error))
            self._failed_at = labels
            return False
        log.info("learned from labels", labels=refit.labels, accepted=refit.accepted)
        await self._take_up()
        return False

    async def refit(self, who: str) -> Refit:
        """Learn from all labels, and keep what came of it."""
        begun = await self.store.read(lambda tx: beginning(tx, self.base))
        told: list[Taught] = []
        for some in begun.in_parts():
            told += await self.store.read(partial(taught, labels=some, seen=begun.seen))
        found = await self.learn(told, begun.content, begun.serving)
        refit = begun.ended(found, self.base, who, self.clock())
        return await self.store.write(lambda tx: tx.refits.add(refit, found.content))

    async def _take_up(self) -> None:
        id = await self.store.read(lambda tx: tx.refits.serving(self.base))
        if id == self._serving:
            return
        content = await self.store.read(lambda tx: tx.refits.content(id) if id else b"")
        self.assessor.take(lambda: engine(content, f"refit-{id}"))
        self._serving = id
        log.info("severities by another model", model=f"refit-{id}" if id else self.base)
