"""Carries the outbox out: claims a few, asks whether each still matters, sends, records."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import structlog

from channels.base import Absent, CannotTell, Clock, DeliveryError, Failure, Outbound, Sent
from daemon.chat import cards
from daemon.delivery.outcomes import WAKING, Outcomes
from daemon.delivery.pacing import FAILING_FOR, GATHERS_FOR, Breaker, Pace
from daemon.delivery.substitutes import AT_ONCE, Substitutes
from daemon.desk import Desk
from daemon.metrics import Metrics
from daemon.notices import Notices
from daemon.store_thread import StoreThread
from rules import escalation
from rules.model import Notice, NoticeKind, Playbook
from rules.places import KINDS
from storage.store import LIVE, Claimed, Transaction

log = structlog.get_logger()

CLAIM = 10
"""Small claims: what a killed daemon had in hand is little, and asked for again soon."""

TOGETHER = 200
"""Pings that go out as one, at most, beside those in hand."""

LEASE = timedelta(seconds=60)
"""Longer than any send may take."""

SEND_SECONDS = 30.0
"""An outbound bounds itself by less; this is for one that does not."""

_KEPT_BACK = (*WAKING, NoticeKind.COPY, NoticeKind.DIGEST)
"""While it is. What goes to a customer is tried at its own pace: nobody stands in for them."""


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

    @cached_property
    def outcomes(self) -> Outcomes:
        """What becomes of what was sent, and of what could not be."""
        return Outcomes(
            self.store,
            self.playbook,
            self.notices,
            self.desk,
            self.clock,
            self.metrics,
            self.breaker,
            self.substitutes,
        )

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
            await self.outcomes.failed(claimed, failed.failure, failed.reason, failed.retry_after)

    async def _try_together(self, claimed: Sequence[Claimed]) -> None:
        """Several pings to one way as one, with whatever else waits for it."""
        way, now = claimed[0].notice.way, self.clock()
        more = await self.store.claim(
            lambda tx: tx.outbox.claim(now, TOGETHER, LEASE, way.kind, pings_to=way.address)
        )
        live = await self._wanted([*claimed, *more])
        if not live:
            return
        notice = self.notices.together([each.notice for each in live])
        if live != await self.store.write(lambda tx: tx.outbox.gather(live, notice.id)):
            return  # we slept, and another daemon has some of them in hand
        taken: list[Sent] = []

        async def send() -> None:
            async with asyncio.timeout(SEND_SECONDS):
                await self.store.read(lambda tx: cards.check_readers(tx, notice))
                taken.append(await self.outbounds[way.kind].send(notice))

        failed = await self._failure(notice, send())
        if not failed:
            await self.outcomes.sent_together(notice.id, way, taken[0])
            return
        for each in live:
            await self.outcomes.failed(each, failed.failure, failed.reason, failed.retry_after)

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

    async def _wanted(self, claimed: Sequence[Claimed]) -> list[Claimed]:
        """Which are to be sent now: not what matters no more, or has a way that is down."""
        now = self.clock()
        moot = await self.store.read(lambda tx: [self._is_moot(tx, each) for each in claimed])
        if any(moot) or any(now - each.created_at >= AT_ONCE for each in claimed):
            claimed = await self.store.write(lambda tx: self._let_go(tx, claimed, moot, now))
        found = []
        for each in claimed:
            if each.notice.kind in _KEPT_BACK and self.breaker.keeps_back(each.notice.way, now):
                await self._put_off(each, now + FAILING_FOR / 2, "its way is down")
            else:
                found.append(each)
        return found

    def _let_go(
        self, tx: Transaction, claimed: Sequence[Claimed], moot: Sequence[str], now: datetime
    ) -> list[Claimed]:
        """What is left without those that matter no more, or waited past a shift."""
        left = []
        for each, why in zip(claimed, moot, strict=True):
            if why:
                tx.outbox.cancel(each.notice.id, each.token, why)
            elif now - each.created_at < AT_ONCE or not self.substitutes.relieve(tx, each, now):
                left.append(each)
        return left

    async def _put_off(self, claimed: Claimed, until: datetime, why: str) -> None:
        def work(tx: Transaction) -> None:
            if tx.outbox.put_off(claimed, until, why) and self.breaker.is_down(claimed.notice.way):
                self.substitutes.find(tx, claimed.notice, self.clock())

        await self.store.write(work)

    async def _deliver(self, claimed: Claimed) -> None:
        notice = claimed.notice
        if self.clock() > notice.useful_until:
            raise DeliveryError(Failure.PERMANENT, "too late to be of use")
        if not await self._wanted([claimed]):
            return
        outbound = self.outbounds[notice.way.kind]
        async with asyncio.timeout(SEND_SECONDS):
            if claimed.gathering and await self._went_together(claimed, outbound):
                return
            if notice.way.kind in KINDS:
                notice = await self.store.read(lambda tx: cards.placed(tx, claimed.notice))
            if claimed.maybe_sent:
                found, went = await self._find(outbound, claimed, notice)
                if isinstance(found, Sent):
                    await self.outcomes.sent(claimed, found, went)
                    return
                if not isinstance(found, Absent) and notice.kind is NoticeKind.RECEIPT:
                    # A customer is rather told once too few than twice; people of ours the reverse.
                    raise DeliveryError(Failure.PERMANENT, "may have been sent, cannot be asked")
            sent = await outbound.send(notice)
        await self.outcomes.sent(claimed, sent, notice)

    async def _find(
        self, outbound: Outbound, claimed: Claimed, placed: Notice
    ) -> tuple[Sent | Absent | CannotTell, Notice]:
        """Where it belongs now; else where it went, if it did before a card stood there."""
        found = await outbound.find(placed)
        if isinstance(found, Sent) or placed.way == claimed.notice.way:
            return found, placed
        before = await outbound.find(claimed.notice)
        return (found, placed) if isinstance(before, Absent) else (before, claimed.notice)

    async def _went_together(self, claimed: Claimed, outbound: Outbound) -> bool:
        """Ask for the message that a ping may have gone out in; True if nothing else is to be done.

        The first that was in it looks after it for all. Where the peer cannot be asked, it goes
        again under the same id, with those that still matter.
        """
        id, now = claimed.gathering, self.clock()
        pings = await self.store.read(lambda tx: tx.outbox.gathered(id))
        waiting = [each.notice.id for each in pings if each.state in LIVE]
        if claimed.notice.id != waiting[0]:
            await self._put_off(claimed, now + GATHERS_FOR, "went together with others")
            return True
        notice = self.notices.together(each.notice for each in pings)
        await self.store.read(lambda tx: cards.check_readers(tx, notice))
        found = await outbound.find(notice)
        if isinstance(found, Absent):
            await self.store.write(lambda tx: tx.outbox.come_apart(id, now))
            return False
        if not isinstance(found, Sent):
            matter = await self.store.read(
                lambda tx: [c.notice for c in pings if not _is_over(tx, c.notice)]
            )
            again = self.notices.together(matter)
            again = replace(again, id=notice.id, message_id=notice.message_id)
            found = await outbound.send(again)
        await self.outcomes.sent_together(id, notice.way, found)
        return True

    def _is_moot(self, tx: Transaction, claimed: Claimed) -> str:
        """Why a notice matters no more; empty if it does."""
        notice = claimed.notice
        if not tx.outbox.is_held(notice.id, claimed.token):
            return "we slept, and another daemon has it in hand"  # to cancel it changes nothing
        if _is_over(tx, notice):
            return "what is owed, or who has it, has changed since"
        if notice.kind is NoticeKind.CARD and cards.is_outdated(tx, notice):
            return "it has changed since"
        return ""


def _is_over(tx: Transaction, notice: Notice) -> bool:
    """Whether a ping speaks of what is owed no more, or not as it was."""
    if notice.kind is not NoticeKind.PING or notice.request_id is None:
        return False
    timers = tx.timers.of(notice.request_id)
    return not any(escalation.is_of(notice.id, timer) for timer in timers)


def _by_place(messages: Iterable[Sequence[Claimed]]) -> Iterable[Sequence[Sequence[Claimed]]]:
    """What goes to one place in a chat goes there in order: under a card, once that stands."""
    groups: dict[str, list[Sequence[Claimed]]] = {}
    for message in messages:
        first = message[0].notice
        key = first.way.address if first.way.kind in KINDS else first.id
        groups.setdefault(key, []).append(message)
    return groups.values()
