"""Arrivals understood and decided, in order; what cannot be is held, never dropped."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from channels.base import Clock
from daemon import canary
from daemon.decisions import Decisions
from daemon.known import asked_about, gather
from daemon.metrics import Metrics
from daemon.store_thread import StoreThread
from rules import chat, forwards, threads, triage
from rules.decisions import Decision, Noted, Opened, ReceiptVerdict
from rules.model import (
    Arrival,
    Assessment,
    Authentication,
    Fate,
    MailKind,
    Message,
    Playbook,
    Severity,
)
from storage.store import Transaction, Waiting

log = structlog.get_logger()

BATCH = 32
"""Arrivals in hand at once, if they are small; history in one commit."""

UNDERSTAND_SECONDS = 30.0

TRIES_FOR = timedelta(minutes=5)
"""After this long in vain, a person gets it unread."""

PAUSE = timedelta(seconds=15)

DEADLY = 5
"""So many times the process died while this was in hand: it is not read again."""

TURN = timedelta(seconds=45)
"""So long a reply waits for what came before it: longer than a daemon's death goes unnoticed."""

PUT_BACK = timedelta(seconds=1)

PATIENCE = timedelta(seconds=10)
"""What waits longer is understood even while a burst comes in."""


DNS_SECONDS = 5.0
LEAST_DNS_SECONDS = 0.5
"""What has waited gets less time of the DNS: a silent one must not hold up those behind."""

Authenticate = Callable[[Arrival, Message, float], Awaitable[Authentication]]
"""Who wrote a message, found out in so many seconds; never raises."""

T = TypeVar("T")

Complete = Callable[[Arrival, float], Awaitable[bytes | None]]
"""An arrival's content with what its channel can find out in so many seconds; None if nothing."""


async def as_it_is(arrival: Arrival, seconds: float) -> None:
    """Of a channel that has all at once."""


SecondOpinion = Callable[[Message, Assessment], Awaitable[Assessment]]

Readings = Mapping[int, Awaitable[tuple[Message, Assessment]]]
"""By the arrival's number."""

_NOBODY_ASKS = Assessment(Severity.NONE, 0.0, ("history",))
"""How severe history was: assessing costs most of the time that a message takes."""


_TAKEN_OVER = Noted("another daemon has it in hand")
_CANARY = Noted("the canary")


class Deadly(Exception):
    """Reading it killed the process before."""


def _by_commit(waiting: Sequence[Waiting]) -> list[Sequence[Waiting]]:
    """History together, since nothing goes out for it and nobody waits; all else alone."""
    history = [each for each in waiting if each.arrival.envelope.history]
    alone = [[each] for each in waiting if not each.arrival.envelope.history]
    return [*alone, history] if history else [*alone]


def _undecided(tx: Transaction, some: Sequence[Waiting]) -> list[Waiting]:
    """What failed may have been only to tell us: the line broke during COMMIT."""
    return [each for each in some if not tx.inbox.is_decided(each.id)]


def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="understand")


async def _none(message: Message, assessment: Assessment) -> Assessment:
    return assessment


@dataclass
class Intake:
    """Turns arrivals into requests, follow-ups, answers, acknowledgements."""

    store: StoreThread
    understand: Callable[[Arrival], Message]
    """Pure; what it cannot read it says in the message."""
    assess: Callable[[str, str], Assessment]
    """Of a subject and a text."""
    playbook: Playbook
    decisions: Decisions
    authenticate: Authenticate
    clock: Clock
    metrics: Metrics
    lull: Callable[[], Awaitable[None]]
    """Returns when taking arrivals in leaves time to understand them."""
    wake_courier: Callable[[], None]
    wake_watch: Callable[[], None]
    complete: Complete = as_it_is
    second_opinion: SecondOpinion = _none
    """On what is unsure, bounded in time; never raises."""
    holder: str = ""
    """This daemon, as others know it."""
    _reader: ThreadPoolExecutor = field(default_factory=_thread)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def round(self) -> bool:
        """Decide some of what waits, the oldest first; True if there may be more."""
        waiting = await self.store.claim(
            lambda tx: tx.inbox.claim(self.holder, self.clock(), BATCH)
        )
        if not waiting:
            return False
        groups = _by_commit(waiting)
        firsts = {some[0].id for some in groups}
        # Side by side, since one may wait long for the DNS; decided in the order they came.
        readings = {
            each.id: asyncio.ensure_future(self._prepare(each, gives_way=each.id in firsts))
            for each in waiting
        }
        try:
            for some in groups:
                await self._together(some, readings)
        finally:
            for reading in readings.values():
                reading.cancel()
            await asyncio.gather(*readings.values(), return_exceptions=True)
        self.wake_watch()
        self.wake_courier()
        return True

    async def _prepare(self, waiting: Waiting, gives_way: bool) -> tuple[Message, Assessment]:
        """All that can be known of it before it is decided."""
        waiting = await self._completed(waiting)
        async with self._reading:
            if gives_way and self.clock() - waiting.stored_at < PATIENCE:
                await self.lull()
            message, assessment = await self._read(waiting)
            assessment = await self._with_the_first(message, assessment)
        if canary.is_one(waiting.arrival):
            return message, assessment  # nobody else is asked about it
        waited = (self.clock() - waiting.stored_at).total_seconds()
        seconds = max(LEAST_DNS_SECONDS, DNS_SECONDS - waited)
        found, assessment = await asyncio.gather(
            self.authenticate(waiting.arrival, message, seconds),
            self.second_opinion(message, assessment),
        )
        return replace(message, authentication=found), assessment

    async def _completed(self, waiting: Waiting) -> Waiting:
        """With what its channel found out, which is stored: it is asked for once."""
        content = await self.complete(waiting.arrival, DNS_SECONDS)
        if content is None:
            return waiting
        await self.store.write(lambda tx: tx.inbox.complete(waiting.id, content))
        return replace(waiting, arrival=replace(waiting.arrival, content=content))

    async def _together(self, some: Sequence[Waiting], readings: Readings) -> None:
        """Decide them in one commit; one by one where any of them fails."""
        try:
            read = [await readings[each.id] for each in some]
            now = self.clock()
            if await self._comes_too_soon(some, [message for message, _ in read]):
                return
            decisions = await self.store.write(
                lambda tx: [
                    self._decide(tx, each, *found, now)
                    for each, found in zip(some, read, strict=True)
                ]
            )
        except Exception as error:
            if len(some) == 1:
                await self._failed(some[0], error)
                return
            for each in await self.store.read(lambda tx: _undecided(tx, some)):
                await self._together([each], readings)
            return
        for each, decision in zip(some, decisions, strict=True):
            if decision not in (_TAKEN_OVER, _CANARY):
                self._count(each, decision)

    async def _comes_too_soon(self, some: Sequence[Waiting], messages: Sequence[Message]) -> bool:
        """Put back what may belong to an earlier arrival that another daemon has in hand."""
        first, now = some[0], self.clock()
        waits = threads.follows(messages[0]) and not first.arrival.envelope.history
        if not waits or now - first.stored_at > TURN:
            return False
        if not await self.store.read(lambda tx: tx.inbox.is_preceded(first.id)):
            return False
        await self.store.write(lambda tx: tx.inbox.put_back(first.id, now + PUT_BACK))
        return True

    def _count(self, waiting: Waiting, decision: Decision | None) -> None:
        fate = decision.fate if decision else Fate.REPEAT
        self.metrics.decided.labels(fate).inc()
        if isinstance(decision, Opened) and decision.receipt is ReceiptVerdict.TOO_MANY:
            self.metrics.alarms.labels("receipts").inc()
        log.info("decided", arrival=waiting.id, fate=fate)

    async def _read(self, waiting: Waiting) -> tuple[Message, Assessment]:
        if waiting.begun >= DEADLY:
            raise Deadly(f"begun {waiting.begun} times and never finished")
        arrival = waiting.arrival

        def read() -> tuple[Message, Assessment]:
            message = self.understand(arrival)
            if arrival.envelope.history:
                return message, _NOBODY_ASKS
            return message, self.assess(message.subject, message.new_text or message.text)

        return await self._in_reader(read)

    async def _with_the_first(self, message: Message, alone: Assessment) -> Assessment:
        """What answers our questions says little alone: read after what we asked about, it may
        be graver.
        """
        if message.envelope.history or not threads.follows(message):
            return alone
        first = await self.store.read(lambda tx: asked_about(tx, message, self.playbook))
        if first is None:
            return alone
        text = f"{first.new_text or first.text}\n{message.new_text or message.text}"
        both = await self._in_reader(lambda: self.assess(first.subject, text))
        if both.severity.rank >= alone.severity.rank:
            return alone
        return replace(both, reasons=("together with the first message", *both.reasons))

    async def _in_reader(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(UNDERSTAND_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._reader, work)
        except TimeoutError:
            # The thread cannot be stopped: it is left behind, so that the next message is read.
            self._reader = _thread()
            raise

    def _decide(
        self,
        tx: Transaction,
        waiting: Waiting,
        message: Message,
        assessment: Assessment,
        now: datetime,
    ) -> Decision | None:
        """What was decided; None for a repeat of what is known."""
        if not tx.inbox.is_claimed(waiting.id, self.holder):
            return _TAKEN_OVER  # we slept, and were taken for dead
        if canary.is_one(waiting.arrival):
            canary.land(tx, waiting, assessment, self.playbook, now)
            return _CANARY
        earlier = tx.messages.known(message.key)
        if earlier is None and message.envelope.history:
            # Under a key of its own: history must not pass for the message that somebody sends now.
            message = replace(message, key=f"{message.key}:history")
            earlier = tx.messages.known(message.key)
        if earlier is not None:
            tx.inbox.settle(waiting.id, Fate.REPEAT, f"repeat of message {earlier}")
            return None
        known = gather(tx, message, self.playbook, now)
        customers = {thread.request.sender for thread in known.threads}
        passed_on = forwards.attributed(message, customers, self.playbook)
        if passed_on is not message:
            message, known = passed_on, gather(tx, passed_on, self.playbook, now)
        decision: Decision
        if message.chat:
            decision = chat.decide(message, assessment, message.chat, known, self.playbook)
        else:
            decision = triage.decide(message, assessment, known, self.playbook)
        self.decisions.carry_out(tx, waiting, message, decision, now)
        return decision

    async def _failed(self, waiting: Waiting, error: Exception) -> None:
        now = self.clock()
        log.error("arrival not decided", arrival=waiting.id, error=repr(error))
        since = waiting.failing_since or now
        again = isinstance(error, Deadly) or now - since >= TRIES_FOR
        try:
            if again:
                await self.store.write(lambda tx: self._hold(tx, waiting, error, now))
                return
        except Exception as worse:
            # Even holding failed: it stays undecided, and the watch tells a person of it.
            log.error("arrival neither decided nor held", arrival=waiting.id, error=repr(worse))
        pause = TRIES_FOR if again else PAUSE
        await self.store.write(
            lambda tx: self._postpone(tx, waiting, now + pause, type(error).__name__, now)
        )

    def _postpone(
        self, tx: Transaction, waiting: Waiting, try_at: datetime, error: str, now: datetime
    ) -> None:
        if tx.inbox.is_claimed(waiting.id, self.holder):
            tx.inbox.postpone(waiting.id, try_at, now, error)

    def _hold(self, tx: Transaction, waiting: Waiting, error: Exception, now: datetime) -> None:
        """A person gets it unread; its review is owed from when we had it."""
        if not tx.inbox.is_claimed(waiting.id, self.holder):
            return  # what failed was only to tell us: the line broke during COMMIT
        envelope = replace(waiting.arrival.envelope, received_at=waiting.stored_at)
        message = Message(
            envelope=envelope,
            key=f"unreadable:{waiting.id}",
            kind=MailKind.UNREADABLE,
            message_id="",
            references=(),
            sender=envelope.sender.lower(),
            sender_name="",
            subject="(could not be read)",
            text="",
            new_text="",
            problems=(f"understanding failed: {type(error).__name__}",),
        )
        decision: Decision = triage.hold_unreadable(message, self.playbook)
        if envelope.history:
            decision = Noted("history that could not be read")
        self.decisions.carry_out(tx, waiting, message, decision, now)
