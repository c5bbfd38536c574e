"""One look at what is due: pings into the outbox and the next instant to look, together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from channels.base import Clock
from daemon import follow_ups
from daemon.desk import Desk, is_live
from daemon.known import words_among
from daemon.metrics import Metrics
from daemon.notices import Notices
from daemon.on_call import rota
from daemon.store_thread import StoreThread
from rules.looks import Looks
from rules.model import HistoryEntry, Notice, Playbook, Purpose, Request, Timer
from storage.store import Transaction

log = structlog.get_logger()

BATCH = 200
"""Timers in one transaction: the lock is held for well under a second."""

UNDECIDED_FOR = timedelta(seconds=60)
"""After this long undecided, an arrival may be critical: somebody is told."""


@dataclass
class _Told:
    """What looks at some timers ask for, to be written in one go."""

    looks: Looks
    timers: list[Timer] = field(default_factory=list)
    breached: dict[int, datetime] = field(default_factory=dict)
    """When the deadline of a request passed."""
    history: list[HistoryEntry] = field(default_factory=list)
    pings: list[Notice] = field(default_factory=list)
    quiet: list[Request] = field(default_factory=list)
    shown: list[Request] = field(default_factory=list)
    """Whose cards in chats are to be brought up to date."""
    nobody_on_call: int = 0

    def note(self, request: Request, what: str, why: str) -> None:
        """A line of history."""
        self.history.append(HistoryEntry(request.id, self.looks.now, "supportd", what, why))


@dataclass
class _Seen:
    """What one look found; begun anew when its transaction is."""

    more: bool
    playbook: Playbook
    """With who is on call as this transaction sees it."""
    quiet: list[Request] = field(default_factory=list)
    posted: int = 0
    nobody_on_call: int = 0


@dataclass(frozen=True)
class Watch:
    """Sees deadlines come; keeps nothing in memory, so that a restart loses nothing."""

    store: StoreThread
    playbook: Playbook
    notices: Notices
    desk: Desk
    clock: Clock
    metrics: Metrics
    wake_courier: Callable[[], None]

    async def look(self) -> bool:
        """Tell whoever has to be told by now; True if there may be more.

        Raises whatever keeps it from seeing.
        """
        now = self.clock()
        if not await self.store.is_ripe(now, now - UNDECIDED_FOR):
            self.metrics.watch_last_ok.set(now.timestamp())
            return False
        seen = await self.store.claim(self._look)
        self.metrics.watch_last_ok.set(self.clock().timestamp())
        self.metrics.alarms.labels("nobody on call").inc(seen.nobody_on_call)
        if seen.posted:
            self.wake_courier()
        return seen.more

    def _look(self, tx: Transaction) -> _Seen:
        now = self.clock()
        due = tx.timers.claim(now, BATCH)
        seen = _Seen(more=len(due) == BATCH, playbook=self.playbook)
        if due:
            seen.playbook = rota.standing(tx, self.playbook, now)
        live = []
        for timer, request in due:
            if is_live(request, timer):
                live.append((timer, request))
            else:
                tx.timers.disarm(timer.request_id, timer.purpose)
        if live:
            self._see(tx, live, seen, now)
        if seen.quiet:
            on_call = rota.on_call(tx, self.playbook, now)
            seen.posted += tx.outbox.post(self.notices.digest(seen.quiet, now, on_call), now)
        seen.posted += self._undecided(tx, now)
        return seen

    def _see(
        self, tx: Transaction, due: Sequence[tuple[Timer, Request]], seen: _Seen, now: datetime
    ) -> None:
        """All in one go; by halves where any of them fails, until that one is alone."""
        try:
            with tx.attempt():
                told = self._tell_all(tx, due, seen.playbook, now)
        except Exception as error:
            if len(due) == 1:
                [(timer, request)] = due
                seen.posted += self._blind(tx, request, timer, error, now)
                return
            half = len(due) // 2
            self._see(tx, due[:half], seen, now)
            self._see(tx, due[half:], seen, now)
            return
        seen.quiet += told.quiet
        seen.nobody_on_call += told.nobody_on_call
        seen.posted += len(told.pings)

    def _tell_all(
        self,
        tx: Transaction,
        due: Sequence[tuple[Timer, Request]],
        playbook: Playbook,
        now: datetime,
    ) -> _Told:
        said = tx.messages.customers_words([request.id for _, request in due])
        told = _Told(Looks(playbook, now))
        for timer, request in due:
            self._tell(tx, request, timer, words_among(said[request.id], timer), told, now)
        tx.timers.looked_at(told.timers)
        tx.requests.breach(told.breached)
        tx.requests.note_all(told.history)
        tx.messages.refer_all(told.pings)
        tx.outbox.post(told.pings, now)
        for request in told.shown:
            self.desk.show(tx, request, "", now)
        if told.nobody_on_call:
            tx.outbox.post(self._nobody_on_call(now), now)
        return told

    def _tell(
        self,
        tx: Transaction,
        request: Request,
        timer: Timer,
        words: str,
        told: _Told,
        now: datetime,
    ) -> None:
        look = told.looks.at(request, timer)
        pings = self.notices.pings(request, timer, look, words, now)
        told.timers.append(look.timer)
        if look.digest:
            told.quiet.append(request)
            return
        self._breach(tx, request, timer, told, now)
        for ping in pings:
            whom = ping.person or "a room"
            told.note(request, f"pinged {whom}", f"{look.step}, by {ping.way}")
        for note in look.notes:
            told.note(request, "noticed", note)
        told.nobody_on_call += look.nobody_on_call
        told.pings += pings
        if any(ping.card for ping in pings):
            told.shown.append(request)

    def _breach(
        self, tx: Transaction, request: Request, timer: Timer, told: _Told, now: datetime
    ) -> None:
        """A breach is dated by the deadline, whenever it is seen (policy, reading 7)."""
        if now >= timer.due_at and follow_ups.breached(tx, request, timer, self.playbook, now):
            told.note(request, "deadline passed", "nobody answered the follow-up by it")
        if timer.purpose is not Purpose.FIRST_RESPONSE or now < timer.due_at or request.breached_at:
            return
        told.breached[request.id] = timer.due_at
        told.note(request, "deadline passed", "nobody answered by it")

    def _blind(
        self, tx: Transaction, request: Request, timer: Timer, error: Exception, now: datetime
    ) -> int:
        """The rules cannot say who to tell: the catch-all is told, and it is tried again."""
        log.error("timer cannot be read", request=request.id, error=repr(error))
        again = now + timedelta(minutes=5)
        tx.timers.arm(replace(timer, next_at=again))
        detail = f"request {request.id} is owed by {timer.due_at:%Y-%m-%d %H:%M} UTC; {error!r}"
        id = f"blind-{request.id}-{now:%Y%m%d%H}"
        return tx.outbox.post(
            self.notices.alarms(id, "a deadline cannot be watched", detail, now), now
        )

    def _nobody_on_call(self, now: datetime) -> list[Notice]:
        detail = "a request is owed and the rotation names nobody: the catch-all was told"
        return self.notices.alarms(f"nobody-{now:%Y%m%d%H}", "nobody is on call", detail, now)

    def _undecided(self, tx: Transaction, now: datetime) -> int:
        late = tx.inbox.late(now - UNDECIDED_FOR, limit=1)
        if not late:
            return 0
        on_call = rota.on_call(tx, self.playbook, now)
        people = [*([on_call] if on_call else []), *self.playbook.escalation.catch_all]
        detail = (
            f"arrival {late[0].id} for {late[0].account} came at {late[0].stored_at:%H:%M:%S} UTC "
            "and is not understood yet: it may be critical"
        )
        id = f"undecided-{now:%Y%m%d%H}{now.minute // 10}"
        alarms = self.notices.alarms(id, "an arrival waits undecided", detail, now, people)
        return tx.outbox.post(alarms, now)
