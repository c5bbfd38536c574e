"""Whoever comes on call hears what is owed and who has it; whoever goes hears the same."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from channels.base import Clock
from daemon.config import Settings
from daemon.letterhead import Letterhead, mail_way
from daemon.letters.handoffs import LISTED, handoff
from daemon.on_call import rota
from daemon.store_thread import StoreThread
from rules import rotation
from rules.model import Notice, NoticeKind, Playbook, Request, Rotation, Timer
from storage.store import Transaction

_NOBODY = ""


class HandoffLetters(Letterhead):
    """Writes to both by mail, else by the first way they have."""

    def letters(
        self,
        found: Rotation,
        before: str,
        after: str,
        owed: Sequence[tuple[Timer, Request]],
        now: datetime,
    ) -> Iterator[Notice]:
        """One for each of the two who can be reached."""
        until_at = rotation.next_handoff(found, now)
        for name in (after, before):
            reader = self._playbook.people.get(name)
            if reader is None or not reader.ways:
                continue
            subject, text = handoff(found.name, before, after, until_at, owed, reader, now)
            id = f"handoff-{found.name}-{now:%Y%m%dT%H%M%S}-{name}"
            notice = self._mail(id, NoticeKind.DIGEST, None, mail_way(reader), subject, text, now)
            yield replace(notice, person=name)


class _Change(NamedTuple):
    """Of a rotation: who had it, None if that was never asked, and who has it."""

    rotation: Rotation
    before: str | None
    after: str


@dataclass(frozen=True)
class Handoffs:
    """Looks every minute whether somebody else is on call than at the last look, which is stored.

    So a change by command, a calendar's, one while no daemon ran and one of several daemons' looks
    are all told, and told once.
    """

    store: StoreThread
    playbook: Playbook
    letters: HandoffLetters
    rotations: Sequence[str]
    """Whose handoffs are told."""
    clock: Clock
    wake_courier: Callable[[], None]

    async def round(self) -> bool:
        """Tell of what has changed hands; never more to do."""
        now = self.clock()
        if not self.rotations or not await self.store.read(lambda tx: self._changed(tx, now)):
            return False
        if await self.store.write(lambda tx: self._tell(tx, now)):
            self.wake_courier()
        return False

    def _changed(self, tx: Transaction, now: datetime) -> list[_Change]:
        rotations = rota.standing(tx, self.playbook, now).rotations
        asked = [
            _Change(
                rotations[name],
                tx.memory.load(_kept(name)),
                rotation.on_call(rotations[name], now) or _NOBODY,
            )
            for name in self.rotations
        ]
        return [each for each in asked if each.before != each.after]

    def _tell(self, tx: Transaction, now: datetime) -> int:
        posted = 0
        for found, before, after in self._changed(tx, now):
            tx.memory.save(_kept(found.name), after)
            owed = tx.timers.owed(LISTED + 1) if before is not None else []
            if owed:
                letters = self.letters.letters(found, before or _NOBODY, after, owed, now)
                posted += tx.outbox.post(list(letters), now)
        return posted


def _kept(name: str) -> str:
    return f"on call {name}"


def told(settings: Settings) -> list[str]:
    """Rotations whose handoffs are to be told."""
    return [name for name, each in settings.all_rotations.items() if each.handoff]
