"""Carries the outbox out: claims a few, asks whether each still matters, sends, records."""

import asyncio
import hashlib
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import structlog

from channels.base import Absent, Clock, DeliveryError, Failure, Outbound, Sent
from daemon import cards
from daemon.desk import Desk, running
from daemon.metrics import Metrics
from daemon.notices import Notices
from daemon.pacing import FAILING_FOR, Breaker, Pace
from daemon.store_thread import StoreThread
from daemon.substitutes import AT_ONCE, STUCK_AFTER, Substitutes
from rules import answers, escalation
from rules.model import Notice, NoticeKind, Playbook, Request, State
from rules.places import KINDS, place_by
from storage.store import Claimed, Transaction

log = structlog.get_logger()

CLAIM = 10
"""Small claims: what a killed daemon had in hand is little, and asked for again soon."""

TOGETHER = 200
"""Pings that go out as one, at most, beside those in hand."""

LEASE = timedelta(seconds=60)
"""Longer than any send may take."""

SEND_SECONDS = 30.0
"""An outbound bounds itself by less; this is for one that does not."""

PAUSES = (5, 15, 30, 60, 120, 300)
"""Seconds before the next try, the last for ever."""

_WAKING = (NoticeKind.PING, NoticeKind.ALARM)
"""They say whether a person's way is down: a refused copy may be too big, and no more."""
_KEPT_BACK = (*_WAKING, NoticeKind.COPY, NoticeKind.DIGEST)
"""While it is. What goes to a customer is tried at its own pace: nobody stands in for them."""
_TO_CUSTOMERS = (
    NoticeKind.RECEIPT,
    NoticeKind.ANSWER,
    NoticeKind.OFFER,
    NoticeKind.LINK,
    NoticeKind.MARK,
)


@dataclass(frozen=True)
class Courier:
    """Nothing is sent that is not in the outbox, and nothing in it is forgotten."""

    store: StoreThread
    outbounds: Mapping[str, Outbound]
    """By the kind of way they carry."""
    playbook: Playbook
    notices: Notices
    desk: Desk
    clock: Clock
    metrics: Metrics
    pace: Pace = field(default_factory=Pace)
    breaker: Breaker = field(default_factory=Breaker)

    @cached_property
    def substitutes(self) -> Substitutes:
        """Who is told in the place of whom nothing reaches."""
        return Substitutes(self.playbook, self.notices, self.desk, self.breaker)

    async def round(self) -> bool:
        """One round of every way; True if there may be more to do."""
        return any(await asyncio.gather(*(self.lane(way) for way in self.outbounds)))

    async def lane(self, way: str) -> bool:
        """Carry out some of what is due by a kind of way; True if there may be more.

        Lanes do not wait for each other: a relay that hangs must not keep a push from a person.
        """
        now = self.clock()
        limit = self.pace.budgets.left(way, CLAIM, now)
        if limit < 1:
            return False
        claimed = await self.store.claim(lambda tx: tx.outbox.claim(now, limit, LEASE, way))
        if claimed:
            found = self.pace.gather(claimed, now)
            for each, until in found.waiting:
                await self._put_off(each, until, "its way takes so many at a time, and no more")
            carrying = asyncio.gather(
                *(self._carry_all(group) for group in _by_place(found.messages))
            )
            try:
                await asyncio.shield(carrying)
            except asyncio.CancelledError:
                await carrying  # else what the peer takes now is sent again after the restart
                raise
        return bool(claimed)

    async def _carry_all(self, messages: Sequence[Sequence[Claimed]]) -> None:
        clock = asyncio.get_running_loop().time
        end = clock() + LEASE.total_seconds() - SEND_SECONDS
        for message in messages:
            if clock() < end:  # else its lease could end while it is sent: it is asked for again
                await self._carry(message)

    async def _carry(self, message: Sequence[Claimed]) -> None:
        try:
            if len(message) == 1:
                await self._try(message[0])
            else:
                await self._try_together(message)
        except Exception as error:
            # Not recorded: the lease ends, and it is asked for again. The others go on.
            ids = [each.notice.id for each in message]
            log.exception("outcome not recorded", notices=ids, error=repr(error))

    async def _try(self, claimed: Claimed) -> None:
        """One notice by itself."""
        if failed := await self._failure(claimed.notice, self._deliver(claimed)):
            await self._failed(claimed, failed.failure, failed.reason, failed.retry_after)

    async def _try_together(self, claimed: Sequence[Claimed]) -> None:
        """Several pings to one way as one, with whatever else waits for it."""
        way, now = claimed[0].notice.way, self.clock()
        more = await self.store.claim(
            lambda tx: tx.outbox.claim(now, TOGETHER, LEASE, way.kind, pings_to=way.address)
        )
        live = [each for each in (*claimed, *more) if await self._is_wanted(each)]
        if not live:
            return
        notice = self.notices.together([each.notice for each in live], now)
        taken: list[Sent] = []

        async def send() -> None:
            async with asyncio.timeout(SEND_SECONDS):
                await self.store.read(lambda tx: cards.check_readers(tx, notice))
                taken.append(await self.outbounds[way.kind].send(notice))

        failed = await self._failure(notice, send())
        for each in live:
            if failed:
                await self._failed(each, failed.failure, failed.reason, failed.retry_after)
            else:
                await self._sent(each, taken[0])

    async def _failure(
        self, notice: Notice, sending: Coroutine[Any, Any, None]
    ) -> DeliveryError | None:
        """What went wrong; None if nothing did."""
        try:
            await sending
        except DeliveryError as error:
            return error
        except TimeoutError:
            return DeliveryError(Failure.UNKNOWN, f"no verdict in {SEND_SECONDS:.0f} s")
        except Exception as error:
            log.error("outbound failed", notice=notice.id, error=repr(error))
            # Whether before or after the peer took it cannot be told from here.
            return DeliveryError(Failure.UNKNOWN, type(error).__name__)
        return None

    async def _is_wanted(self, claimed: Claimed) -> bool:
        """Whether it is to be sent now; what matters no more, or has a way that is down, is not."""
        if moot := await self.store.read(lambda tx: self._is_moot(tx, claimed)):
            id, token = claimed.notice.id, claimed.token
            await self.store.write(lambda tx: tx.outbox.cancel(id, token, moot))
            return False
        now = self.clock()
        waited = now - claimed.created_at >= AT_ONCE
        if waited and await self.store.write(lambda tx: self.substitutes.relieve(tx, claimed, now)):
            return False
        if claimed.notice.kind in _KEPT_BACK and self.breaker.keeps_back(claimed.notice.way, now):
            await self._put_off(claimed, now + FAILING_FOR / 2, "its way is down")
            return False
        return True

    async def _put_off(self, claimed: Claimed, until: datetime, why: str) -> None:
        def work(tx: Transaction) -> None:
            if tx.outbox.put_off(claimed, until, why) and self.breaker.is_down(claimed.notice.way):
                self.substitutes.find(tx, claimed.notice, self.clock())

        await self.store.write(work)

    async def _deliver(self, claimed: Claimed) -> None:
        notice = claimed.notice
        if self.clock() > notice.useful_until:
            raise DeliveryError(Failure.PERMANENT, "too late to be of use")
        if not await self._is_wanted(claimed):
            return
        notice = await self.store.read(lambda tx: cards.placed(tx, claimed.notice))
        outbound = self.outbounds[notice.way.kind]
        async with asyncio.timeout(SEND_SECONDS):
            if claimed.maybe_sent:
                found = await outbound.find(notice)
                if isinstance(found, Sent):
                    await self._sent(claimed, found, notice)
                    return
                if not isinstance(found, Absent) and notice.kind is NoticeKind.RECEIPT:
                    # A customer is rather told once too few than twice; people of ours the reverse.
                    raise DeliveryError(Failure.PERMANENT, "may have been sent, cannot be asked")
            sent = await outbound.send(notice)
        await self._sent(claimed, sent, notice)

    def _is_moot(self, tx: Transaction, claimed: Claimed) -> str:
        """Why a notice matters no more; empty if it does."""
        notice = claimed.notice
        if not tx.outbox.is_held(notice.id, claimed.token):
            return "we slept, and another daemon has it in hand"  # to cancel it changes nothing
        if notice.kind is NoticeKind.PING and notice.request_id is not None:
            timers = tx.timers.of(notice.request_id)
            if not any(escalation.is_of(notice.id, timer) for timer in timers):
                return "what is owed, or who has it, has changed since"
        if notice.kind is NoticeKind.CARD and cards.is_outdated(tx, notice):
            return "it has changed since"
        return ""

    async def _sent(self, claimed: Claimed, sent: Sent, went: Notice | None = None) -> None:
        """`went` is the notice as it went out, if it did so by itself."""
        now = self.clock()
        self.breaker.worked(claimed.notice.way)
        if await self.store.write(lambda tx: self._record(tx, claimed, sent, went, now)):
            notice = claimed.notice
            self.metrics.sent.labels(notice.kind, notice.way.kind).inc()
            if notice.kind is NoticeKind.PING:
                delay = self.clock() - claimed.created_at
                self.metrics.ping_delay_seconds.observe(delay.total_seconds())
            log.info("carried", notice=notice.id, way=notice.way.kind, tries=claimed.attempts)

    def _record(
        self, tx: Transaction, claimed: Claimed, sent: Sent, went: Notice | None, now: datetime
    ) -> bool:
        """What was taken is on record, and an answer answers, in one transaction."""
        notice = claimed.notice
        if not tx.outbox.sent(notice.id, claimed.token, now, sent.reference):
            return False
        request = tx.requests.get(notice.request_id) if notice.request_id is not None else None
        if request is None:
            return True
        if went and cards.stands(tx, went, sent.reference):
            self._catch_up(tx, went, request, now)
        if notice.kind is NoticeKind.CARD and cards.is_outdated(tx, notice):
            # Another daemon's may be newer and have come before it: it is shown again.
            self.desk.show(tx, request, "", now)
        if notice.kind is NoticeKind.ANSWER:
            change = answers.answered(
                request,
                notice.person,
                now,
                running(tx, request.id),
                tx.messages.heard_since(request.id, claimed.created_at),
                self.playbook,
            )
            self.desk.apply(tx, change, notice.person, now)
        elif notice.kind in (NoticeKind.PING, NoticeKind.RECEIPT, NoticeKind.OFFER):
            what = f"{notice.kind} reached {_recipient(notice)}"
            self.desk.note(tx, request.id, now, "supportd", what, f"taken by {notice.way.kind}")
        return True

    def _catch_up(self, tx: Transaction, notice: Notice, request: Request, now: datetime) -> None:
        """What changed while a card was on its way there has not been shown."""
        timer = running(tx, request.id)
        if notice.card and (timer is None or timer.epoch != notice.card.epoch):
            self.desk.show(tx, request, "", now)

    async def _failed(
        self, claimed: Claimed, failure: Failure, reason: str, retry_after: float = 0.0
    ) -> None:
        now = self.clock()
        notice = claimed.notice
        self.metrics.failed.labels(notice.kind, notice.way.kind, failure).inc()
        log.warning("not carried", notice=notice.id, failure=failure, reason=reason)
        if notice.kind in _WAKING and self.breaker.failed(notice.way, failure, now):
            await self.store.write(lambda tx: self._tell_down(tx, notice, reason, now))
        if notice.kind is NoticeKind.PING and claimed.attempts == STUCK_AFTER:
            await self.store.write(lambda tx: self._tell_others(tx, claimed, reason, now))
        pause = timedelta(seconds=max(retry_after, PAUSES[min(claimed.attempts, len(PAUSES)) - 1]))
        if failure is Failure.PERMANENT or now + pause > notice.useful_until:
            await self.store.write(lambda tx: self._give_up(tx, claimed, reason, now))
            return
        unknown = failure is Failure.UNKNOWN or claimed.maybe_sent

        def again(tx: Transaction) -> None:
            if tx.outbox.retry(notice.id, claimed.token, now + pause, reason, unknown):
                self.substitutes.find(tx, notice, now)

        await self.store.write(again)

    def _give_up(self, tx: Transaction, claimed: Claimed, reason: str, now: datetime) -> None:
        """What cannot be delivered is told to somebody else; a lost answer is owed again."""
        notice = claimed.notice
        if not tx.outbox.fail(notice.id, claimed.token, now, reason):
            return
        if notice.kind in (NoticeKind.CARD, NoticeKind.LOG):
            # Nobody has to hear of it. Refused, not merely late, it is gone there: the next ping
            # posts another.
            if now + timedelta(seconds=PAUSES[-1]) < notice.useful_until:
                tx.posts.forget(place_by(notice.way))
            return
        request = tx.requests.get(notice.request_id) if notice.request_id is not None else None
        if request is not None:
            why = f"to {_recipient(notice)} by {notice.way.kind}: {reason}"
            self.desk.note(tx, request.id, now, "supportd", f"{notice.kind} not delivered", why)
            if notice.kind is NoticeKind.ANSWER and request.state is not State.ANSWERED:
                watched = running(tx, request.id)
                lost = answers.answer_lost(request, reason, watched, self.playbook, now)
                self.desk.apply(tx, lost, "supportd", now)
        if notice.kind not in (NoticeKind.ALARM, NoticeKind.RECEIPT, NoticeKind.MARK):
            self._tell_others(tx, claimed, reason, now)
        self.substitutes.find(tx, notice, now)

    def _tell_down(self, tx: Transaction, notice: Notice, reason: str, now: datetime) -> None:
        """One alarm an hour for a way that is down, by the other ways."""
        id = hashlib.sha256(f"{notice.way.kind}:{notice.way.address}".encode()).hexdigest()[:12]
        detail = f"{notice.way} of {notice.person or 'nobody in particular'}: {reason}"
        what = "a way to reach us is down"
        alarms = self.notices.alarms(f"down-{id}-{now:%Y%m%d%H}", what, detail, now)
        tx.outbox.post([a for a in alarms if a.way != notice.way] or alarms, now)

    def _tell_others(self, tx: Transaction, claimed: Claimed, reason: str, now: datetime) -> None:
        """Somebody was not reached: the catch-all hears it, by another way if there is one."""
        notice = claimed.notice
        detail = f"{notice.kind} {notice.id} to {_recipient(notice)} by {notice.way}: {reason}"
        alarms = self.notices.alarms(f"lost-{notice.id}", "a notice was not delivered", detail, now)
        tx.outbox.post([a for a in alarms if a.way != notice.way] or alarms, now)


def _by_place(messages: Iterable[Sequence[Claimed]]) -> Iterable[Sequence[Sequence[Claimed]]]:
    """What goes to one place in a chat goes there in order: under a card, once that stands."""
    groups: dict[str, list[Sequence[Claimed]]] = {}
    for message in messages:
        first = message[0].notice
        key = first.way.address if first.way.kind in KINDS else first.id
        groups.setdefault(key, []).append(message)
    return groups.values()


def _recipient(notice: Notice) -> str:
    """Who it is for: a person of ours, a room that is nobody's, or the customer."""
    if notice.kind in _TO_CUSTOMERS:
        return "the customer"
    return notice.person or f"a room by {notice.way.kind}"
