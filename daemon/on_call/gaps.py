"""Looks ahead for stretches in which nobody would be reached, and tells of each once."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import NamedTuple, Self

import structlog

from channels.base import Clock
from daemon.notices import Notices
from daemon.on_call import rota
from daemon.store_thread import StoreThread
from rules import gaps
from rules.deadlines import duration_in_words
from rules.gaps import AHEAD, Gap
from rules.model import ON_CALL, Contract, Playbook
from storage.store import Transaction

log = structlog.get_logger()

LISTED = 20
"""Gaps in one alarm, at most."""

_TOLD = "gaps told"
_END = datetime.max.replace(tzinfo=UTC)


@dataclass
class _Seen:
    """What was looked at last: the same is not looked at twice a day."""

    day: date
    playbook: Playbook
    contracts: Sequence[Contract]


@dataclass
class Gaps:
    """Looks at start, whenever something changed, and every day."""

    store: StoreThread
    playbook: Playbook
    notices: Notices
    clock: Clock
    wake_courier: Callable[[], None]
    _seen: _Seen | None = field(default=None, init=False)

    async def round(self) -> bool:
        """Look once, if there is anything new; never more to do."""
        now = self.clock()
        seen = await self.store.read(lambda tx: self._given(tx, now))
        if seen == self._seen:
            return False
        found = await asyncio.to_thread(gaps.find, seen.playbook, seen.contracts, now)
        for gap in found:
            log.warning("a gap in who is on call", gap=words(gap, self.playbook))
        await self.store.write(lambda tx: self._tell(tx, found, now))
        self.wake_courier()
        self._seen = seen
        return False

    def _given(self, tx: Transaction, now: datetime) -> _Seen:
        return _Seen(now.date(), rota.standing(tx, self.playbook, now), tx.contracts.all())

    def _tell(self, tx: Transaction, found: Sequence[Gap], now: datetime) -> None:
        """One alarm for all that were not told; one that closed may be told when it is back."""
        told = [_Told.read(line) for line in json.loads(tx.memory.load(_TOLD) or "[]")]
        told = [before for before in told if any(before.touches(gap) for gap in found)]
        new = [gap for gap in found if not any(before.holds(gap) for before in told)]
        if new:
            self._alarm(tx, new, now)
        told += [_Told.of(gap, now + AHEAD) for gap in new]
        tx.memory.save(_TOLD, json.dumps([before.written() for before in told]))

    def _alarm(self, tx: Transaction, new: Sequence[Gap], now: datetime) -> None:
        runs = any(gap.from_at <= now for gap in new)
        what = "nobody is on call" if runs else "nobody will be on call"
        rotations = dict.fromkeys(gap.rotation for gap in new)
        if ON_CALL not in rotations:
            what += f" in {', '.join(rotations)}"
        lines = [words(gap, self.playbook) for gap in new[:LISTED]]
        more = len(new) - LISTED
        lines += [f"and {more} more: `supportd oncall` lists them all"] if more > 0 else []
        lines += ["`supportd oncall override NAME --from … --to … --as NAME` puts somebody there"]
        id = f"gap-{hashlib.sha256(repr(new).encode()).hexdigest()[:12]}-{now:%Y%m%dT%H%M%S}"
        tx.outbox.post(self.notices.alarms(id, what, "\n".join(lines), now), now)


class _Told(NamedTuple):
    """A gap that a person was told of; one that reached as far as we looked has no known end."""

    rotation: str
    from_at: datetime
    until_at: datetime

    @classmethod
    def of(cls, gap: Gap, looked_until: datetime) -> Self:
        return cls(gap.rotation, gap.from_at, gap.until_at if gap.until_at < looked_until else _END)

    @classmethod
    def read(cls, line: Sequence[str]) -> Self:
        return cls(line[0], datetime.fromisoformat(line[1]), datetime.fromisoformat(line[2]))

    def written(self) -> tuple[str, str, str]:
        return self.rotation, self.from_at.isoformat(), self.until_at.isoformat()

    def touches(self, gap: Gap) -> bool:
        same = self.rotation == gap.rotation
        return same and self.from_at < gap.until_at and gap.from_at < self.until_at

    def holds(self, gap: Gap) -> bool:
        same = self.rotation == gap.rotation
        return same and self.from_at <= gap.from_at and gap.until_at <= self.until_at


def words(gap: Gap, playbook: Playbook) -> str:
    """A gap for people, in its rotation's local time."""
    zone = playbook.rotations[gap.rotation].zone
    ends = (f"{at.astimezone(zone):%a %Y-%m-%d %H:%M}" for at in (gap.from_at, gap.until_at))
    lost, span = duration_in_words(gap.lost), " to ".join(ends)
    return f"{gap.rotation}: nobody from {span} ({zone}), {lost} of it promised to customers"
