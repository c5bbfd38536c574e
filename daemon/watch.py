"""One look at what is due: pings into the outbox and the next instant to look, together."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from channels.base import Clock
from daemon import follow_ups, rota
from daemon.desk import Desk, is_live
from daemon.known import words_of
from daemon.metrics import Metrics
from daemon.notices import Notices
from daemon.store_thread import StoreThread
from rules import escalation, policies
from rules.model import Notice, Playbook, Purpose, Request, Timer
from storage.store import Transaction

log = structlog.get_logger()

BATCH = 50
"""Timers in one transaction: the lock is held for well under a second."""

UNDECIDED_FOR = timedelta(seconds=60)
"""After this long undecided, an arrival may be critical: somebody is told."""


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
        for timer, request in due:
            if not is_live(request, timer):
                tx.timers.disarm(timer.request_id, timer.purpose)
                continue
            seen.posted += self._see(tx, request, timer, seen, now)
        if seen.quiet:
            on_call = rota.on_call(tx, self.playbook, now)
            seen.posted += tx.outbox.post(self.notices.digest(seen.quiet, now, on_call), now)
        seen.posted += self._undecided(tx, now)
        return seen

    def _see(
        self, tx: Transaction, request: Request, timer: Timer, seen: _Seen, now: datetime
    ) -> int:
        try:
            with tx.attempt():
                return self._tell(tx, request, timer, seen, now)
        except Exception as error:
            return self._blind(tx, request, timer, error, now)

    def _tell(
        self, tx: Transaction, request: Request, timer: Timer, seen: _Seen, now: datetime
    ) -> int:
        look = escalation.look(timer, policies.of_request(seen.playbook, request), now)
        pings = self.notices.pings(request, timer, look, words_of(tx, request, timer), now)
        tx.timers.arm(look.timer)
        if look.digest:
            seen.quiet.append(request)
            return 0
        self._breach(tx, request, timer, now)
        for ping in pings:
            why = f"{look.step}, by {ping.way}"
            self.desk.note(tx, request.id, now, "supportd", f"pinged {ping.person}", why)
        for note in look.notes:
            self.desk.note(tx, request.id, now, "supportd", "noticed", note)
        if look.nobody_on_call:
            seen.nobody_on_call += 1
            tx.outbox.post(self._nobody_on_call(now), now)
        return self.desk.post(tx, request, pings, now)

    def _breach(self, tx: Transaction, request: Request, timer: Timer, now: datetime) -> None:
        """A breach is dated by the deadline, whenever it is seen (policy, reading 7)."""
        if now >= timer.due_at and follow_ups.breached(tx, request, timer, self.playbook, now):
            why = "nobody answered the follow-up by it"
            self.desk.note(tx, request.id, now, "supportd", "deadline passed", why)
        if timer.purpose is not Purpose.FIRST_RESPONSE or now < timer.due_at or request.breached_at:
            return
        tx.requests.save(replace(request, breached_at=timer.due_at))
        self.desk.note(tx, request.id, now, "supportd", "deadline passed", "nobody answered by it")

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
