"""The running daemon: started in order, supervised, stopped in order."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from fastapi import APIRouter

from channels.base import Clock, Inbound, Trouble
from daemon.config.values import Endpoint
from daemon.delivery.courier import SEND_SECONDS, Courier
from daemon.http import Health, HttpServer, build_app
from daemon.inbox import Inbox
from daemon.keeper import RENEW_SECONDS, Keeper
from daemon.metrics import Metrics
from daemon.notices import Notices
from daemon.sd_notify import READY, STOPPING, WATCHDOG, notify
from daemon.store_thread import StoreThread
from daemon.supervision import Watchdog, supervise
from storage.store import Outdated, Transaction

log = structlog.get_logger()

PULSE_SECONDS = 2.0
MEASURE_SECONDS = 30.0
AUDIT_SECONDS = 60.0
SECOND_LOOK_SECONDS = 20.0
RENEWALS_SECONDS = 3600.0
ROTA_SECONDS = 60.0
STOP_SECONDS = 10.0
"""For each stage of stopping: what hangs is left behind, since everything durable is stored."""

OPEN_WITHIN = timedelta(seconds=15)

BLIND_FOR = timedelta(seconds=30)
"""A watch that has not looked for this long is blind: the daemon must not look alive."""


MUTE_FOR = timedelta(minutes=2)
"""A courier with no good round for this long reaches nobody."""


class NotStarted(Exception):
    """A door did not open: the message says which; the log says why."""


@dataclass
class Loop:
    """Work repeated whenever it is woken: by the pulse, or because there is something to do."""

    name: str
    work: Callable[[], Awaitable[bool]]
    """One round; True if there may be more to do."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    last_ok_at: datetime | None = None
    done: Callable[[], None] = lambda: None
    """Called after each round that did not fail."""
    outdated: Callable[[], None] = lambda: None
    """Called when the store is for newer programs than this."""

    stopping: bool = False

    async def run(self, clock: Clock) -> None:
        """Work, until told to stop; a failure is logged and tried again at the next pulse."""
        while not self.stopping:
            await self.wake.wait()
            self.wake.clear()
            try:
                if await self.work():
                    self.wake.set()
                self.last_ok_at = clock()
                self.done()
            except Outdated as error:
                log.error("a newer program has the store", loop=self.name, error=str(error))
                self.outdated()
            except Exception:
                log.exception("loop failed", loop=self.name)

    def stop(self) -> None:
        """End after the round in hand: a send cut off would be sent twice."""
        self.stopping = True
        self.wake.set()


@dataclass
class Service:
    """Everything that runs, and the order in which it starts and stops."""

    store: StoreThread
    inbox: Inbox
    courier: Courier
    keeper: Keeper
    inbounds: Sequence[Inbound]
    listen: Endpoint
    notices: Notices
    clock: Clock
    metrics: Metrics
    watch_loop: Loop
    intake_loop: Loop
    second_look_loop: Loop
    audit_loop: Loop
    renewals_loop: Loop
    learner_loop: Loop
    """Whose rounds may take minutes, and are cut off in the end: nothing is lost by it."""
    courier_loops: Sequence[Loop]
    rota_loops: Sequence[Loop] = ()
    """What looks after who is on call, and whether a request goes all the way: every minute."""
    routers: Sequence[APIRouter] = ()
    """What channels serve over HTTP."""
    troubles: Callable[[], Iterable[Trouble]] = tuple
    """What goes wrong, at this moment, in channels that serve."""
    _told: set[str] = field(default_factory=set)
    """Troubles that a person has been told of."""

    def __post_init__(self) -> None:
        """Give HTTP something to say."""
        app = build_app(self.health, self.readiness, self.metrics.render)
        for router in self.routers:
            app.include_router(router)
        self.http = HttpServer(app, self.listen.host, self.listen.port)
        self.lease_loop = Loop("leases", self.keeper.round)

    async def run(self, started: Callable[[], None]) -> None:
        """Serve until SIGTERM or SIGINT; `started` is called once all doors are open.

        Raises what keeps it from starting. Exits the process with status 70 when it hangs.
        """
        stop = asyncio.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(sign, stop.set)
        self.http.bind()
        watchdog = Watchdog(BLIND_FOR.total_seconds(), tell_alive=lambda: notify(WATCHDOG))
        self.watch_loop.done = watchdog.feed
        for loop in self._loops():
            loop.outdated = stop.set
        async with asyncio.TaskGroup() as group:
            loops = [group.create_task(loop.run(self.clock)) for loop in self._loops()]
            inner = [
                group.create_task(self.inbox.run()),
                group.create_task(self.learner_loop.run(self.clock)),
                group.create_task(supervise("http", self.http.run, self.alarm, self.clock)),
            ]
            pulse = self._pulse()
            doors = [group.create_task(self._serve(inbound)) for inbound in self.inbounds]
            await self._until_open(stop)
            watchdog.start()
            notify(READY)
            started()
            await stop.wait()
            notify(STOPPING)
            log.info("stopping")
            await _end(doors)
            await _within(STOP_SECONDS, self.inbox.drain())
            pulse.shutdown(wait=False)
            watchdog.stop()
            for loop in self._loops():
                loop.stop()
            await asyncio.wait(loops, timeout=SEND_SECONDS)
            await _end([*loops, *inner])
            await _within(STOP_SECONDS, self.courier.round())
            await _within(STOP_SECONDS, self.keeper.release())
        self.store.close()

    def health(self) -> Health:
        """Alive means: deadlines are seen, and people are told of them."""
        limits = [(self.watch_loop, BLIND_FOR), *((lane, MUTE_FOR) for lane in self.courier_loops)]
        now = self.clock()
        return Health(
            tuple(
                f"no round of the {loop.name} has ended well for {limit.total_seconds():.0f} s"
                for loop, limit in limits
                if loop.last_ok_at is None or now - loop.last_ok_at > limit
            )
        )

    def readiness(self) -> Health:
        """Ready means: alive, and every door of ours is open; of others' doors it is only told."""

        def shut(local: bool) -> tuple[str, ...]:
            doors = (d for d in self.inbounds if d.local == local and not d.is_ready())
            return tuple(f"{door.name} is not open" for door in doors)

        return Health((*self.health().problems, *shut(local=True)), shut(local=False))

    def _loops(self) -> tuple[Loop, ...]:
        return (
            self.lease_loop,
            self.watch_loop,
            self.intake_loop,
            self.second_look_loop,
            self.renewals_loop,
            *self.rota_loops,
            self.audit_loop,
            *self.courier_loops,
        )

    def _pulse(self) -> AsyncIOScheduler:
        """Wake every loop now and then: the rows are the timers, this makes them looked at."""
        scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

        def beat(loops: Sequence[Loop]) -> None:
            for loop in loops:
                loop.wake.set()

        eyes = (self.watch_loop, self.intake_loop)
        scheduler.add_job(beat, "interval", [eyes], seconds=PULSE_SECONDS)
        # Who puts something into the outbox wakes them; this is for retries and other processes.
        scheduler.add_job(beat, "interval", [self.courier_loops], seconds=2 * PULSE_SECONDS)
        scheduler.add_job(beat, "interval", [(self.lease_loop,)], seconds=RENEW_SECONDS)
        again = (self.second_look_loop, self.learner_loop)
        scheduler.add_job(beat, "interval", [again], seconds=SECOND_LOOK_SECONDS)
        scheduler.add_job(beat, "interval", [(self.renewals_loop,)], seconds=RENEWALS_SECONDS)
        scheduler.add_job(beat, "interval", [self.rota_loops], seconds=ROTA_SECONDS)
        scheduler.add_job(beat, "interval", [(self.audit_loop,)], seconds=AUDIT_SECONDS)
        scheduler.add_job(self._measure, "interval", seconds=MEASURE_SECONDS)
        scheduler.add_job(self.tell_troubles, "interval", seconds=MEASURE_SECONDS)
        count_failures(scheduler, self.metrics)
        scheduler.start()
        # What was due while nobody ran is no finding: the first audit is a minute away.
        beat([loop for loop in self._loops() if loop is not self.audit_loop])
        beat([self.learner_loop])
        return scheduler

    async def _measure(self) -> None:
        """Bring the figures that are counted in the store up to date."""
        for door in self.inbounds:
            self.metrics.channel_up.labels(door.name).set(door.is_ready())
        try:
            async with asyncio.timeout(MEASURE_SECONDS):
                await self.store.read(lambda tx: measure(tx, self.metrics, self.clock()))
        except Exception as error:
            log.warning("figures not counted", error=repr(error))

    async def _serve(self, inbound: Inbound) -> None:
        await supervise(
            inbound.name,
            lambda: inbound.run(self.inbox.receive, self.inbox),
            self.alarm,
            self.clock,
        )

    async def alarm(self, what: str, detail: str) -> None:
        """Tell the catch-all, at most once an hour for the same thing."""
        await self._alarm_once(f"{what}-{self.clock():%Y%m%d%H}".replace(" ", "-"), what, detail)

    async def tell_troubles(self) -> None:
        """Tell the catch-all of each trouble, once; one that could not be told is owed."""
        for trouble in self.troubles():
            if trouble.id not in self._told:
                await self._alarm_once(trouble.id, trouble.what, trouble.detail)
                self._told.add(trouble.id)

    async def _alarm_once(self, id: str, what: str, detail: str) -> None:
        """By every way that each of the catch-all has; under an id once and for all."""
        self.metrics.alarms.labels(what).inc()
        now = self.clock()

        def post(tx: Transaction) -> None:
            tx.outbox.post(self.notices.alarms(id, what, detail, now), now)

        await self.store.write(post)
        for lane in self.courier_loops:
            lane.wake.set()

    async def _until_open(self, stop: asyncio.Event) -> None:
        end = self.clock() + OPEN_WITHIN
        while not self.readiness().ok and not stop.is_set():
            if self.clock() > end:
                raise NotStarted("; ".join(self.readiness().problems))
            await asyncio.sleep(0.01)


def count_failures(scheduler: AsyncIOScheduler, metrics: Metrics) -> None:
    """Count each of its jobs that did not run in time, still ran, or failed."""
    for kind, event in (
        ("missed", EVENT_JOB_MISSED),
        ("overrun", EVENT_JOB_MAX_INSTANCES),
        ("error", EVENT_JOB_ERROR),
    ):
        counter = metrics.pulse_failures.labels(kind)
        scheduler.add_listener(lambda _event, counter=counter: counter.inc(), event)


def measure(tx: Transaction, metrics: Metrics, now: datetime) -> None:
    """Count what waits."""

    def age(at: datetime | None) -> float:
        return (now - at).total_seconds() if at else 0

    metrics.undecided.set(tx.inbox.counts().get("undecided", 0))
    metrics.oldest_undecided_seconds.set(age(tx.inbox.oldest_undecided()))
    metrics.timers_armed.set(tx.timers.armed())
    metrics.outbox_oldest_seconds.set(age(tx.outbox.oldest_waiting()))
    for state, count in tx.outbox.counts().items():
        metrics.outbox.labels(state).set(count)


async def _end(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=STOP_SECONDS)


async def _within(seconds: float, work: Awaitable[object]) -> None:
    try:
        await asyncio.wait_for(work, seconds)
    except Exception as error:
        log.warning("not finished before the end", error=repr(error))
