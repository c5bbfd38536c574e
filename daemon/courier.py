"""Carries the outbox out: claims a few, asks whether each still matters, sends, records."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from channels.base import Absent, Clock, DeliveryError, Failure, Outbound, Sent
from daemon.desk import Desk, running
from daemon.metrics import Metrics
from daemon.notices import Notices
from daemon.store_thread import StoreThread
from rules import answers, escalation
from rules.model import NoticeKind, Playbook, State
from storage.store import Claimed, Transaction

log = structlog.get_logger()

CLAIM = 10
"""Small claims: what a killed daemon had in hand is little, and asked for again soon."""

LEASE = timedelta(seconds=60)
"""Longer than any send may take."""

SEND_SECONDS = 30.0
"""An outbound bounds itself by less; this is for one that does not."""

STUCK_AFTER = 3
"""Tries of a ping after which it is told to others that its target cannot be reached."""

PAUSES = (5, 15, 30, 60, 120, 300)
"""Seconds before the next try, the last for ever."""


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

    async def round(self) -> bool:
        """One round of every way; True if there may be more to do."""
        return any(await asyncio.gather(*(self.lane(way) for way in self.outbounds)))

    async def lane(self, way: str) -> bool:
        """Carry out some of what is due by a kind of way; True if there may be more.

        Lanes do not wait for each other: a relay that hangs must not keep a push from a person.
        """
        claimed = await self.store.claim(
            lambda tx: tx.outbox.claim(self.clock(), CLAIM, LEASE, way)
        )
        if claimed:
            carrying = asyncio.gather(*(self._carry(each) for each in claimed))
            try:
                await asyncio.shield(carrying)
            except asyncio.CancelledError:
                await carrying  # else what the peer takes now is sent again after the restart
                raise
        return bool(claimed)

    async def _carry(self, claimed: Claimed) -> None:
        try:
            await self._try(claimed)
        except Exception as error:
            # Not recorded: the lease ends, and it is asked for again. The others go on.
            log.exception("outcome not recorded", notice=claimed.notice.id, error=repr(error))

    async def _try(self, claimed: Claimed) -> None:
        try:
            await self._deliver(claimed)
        except DeliveryError as error:
            await self._failed(claimed, error.failure, error.reason, error.retry_after)
        except TimeoutError:
            await self._failed(claimed, Failure.UNKNOWN, f"no verdict in {SEND_SECONDS:.0f} s")
        except Exception as error:
            log.error("outbound failed", notice=claimed.notice.id, error=repr(error))
            # Whether before or after the peer took it cannot be told from here.
            await self._failed(claimed, Failure.UNKNOWN, type(error).__name__)

    async def _deliver(self, claimed: Claimed) -> None:
        notice = claimed.notice
        if self.clock() > notice.useful_until:
            raise DeliveryError(Failure.PERMANENT, "too late to be of use")
        if moot := await self.store.read(lambda tx: self._is_moot(tx, claimed)):
            await self.store.write(lambda tx: tx.outbox.cancel(notice.id, claimed.token, moot))
            return
        outbound = self.outbounds[notice.way.kind]
        async with asyncio.timeout(SEND_SECONDS):
            if claimed.maybe_sent:
                found = await outbound.find(notice)
                if isinstance(found, Sent):
                    await self._sent(claimed, found)
                    return
                if not isinstance(found, Absent) and notice.kind is NoticeKind.RECEIPT:
                    # A customer is rather told once too few than twice; people of ours the reverse.
                    raise DeliveryError(Failure.PERMANENT, "may have been sent, cannot be asked")
            sent = await outbound.send(notice)
        await self._sent(claimed, sent)

    def _is_moot(self, tx: Transaction, claimed: Claimed) -> str:
        """Why a notice matters no more; empty if it does."""
        notice = claimed.notice
        if not tx.outbox.is_held(notice.id, claimed.token):
            return "we slept, and another daemon has it in hand"  # to cancel it changes nothing
        if notice.kind is NoticeKind.PING and notice.request_id is not None:
            timers = tx.timers.of(notice.request_id)
            if not any(escalation.is_of(notice.id, timer) for timer in timers):
                return "what is owed, or who has it, has changed since"
        return ""

    async def _sent(self, claimed: Claimed, sent: Sent) -> None:
        now = self.clock()
        if await self.store.write(lambda tx: self._record(tx, claimed, sent, now)):
            notice = claimed.notice
            self.metrics.sent.labels(notice.kind, notice.way.kind).inc()
            if notice.kind is NoticeKind.PING:
                delay = self.clock() - claimed.created_at
                self.metrics.ping_delay_seconds.observe(delay.total_seconds())
            log.info("carried", notice=notice.id, way=notice.way.kind, tries=claimed.attempts)

    def _record(self, tx: Transaction, claimed: Claimed, sent: Sent, now: datetime) -> bool:
        """What was taken is on record, and an answer answers, in one transaction."""
        notice = claimed.notice
        if not tx.outbox.sent(notice.id, claimed.token, now, sent.reference):
            return False
        request = tx.requests.get(notice.request_id) if notice.request_id is not None else None
        if request is None:
            return True
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
            to = notice.person or "the customer"
            what = f"{notice.kind} reached {to}"
            self.desk.note(tx, request.id, now, "supportd", what, f"taken by {notice.way.kind}")
        return True

    async def _failed(
        self, claimed: Claimed, failure: Failure, reason: str, retry_after: float = 0.0
    ) -> None:
        now = self.clock()
        notice = claimed.notice
        self.metrics.failed.labels(notice.kind, notice.way.kind, failure).inc()
        log.warning("not carried", notice=notice.id, failure=failure, reason=reason)
        if notice.kind is NoticeKind.PING and claimed.attempts == STUCK_AFTER:
            await self.store.write(lambda tx: self._tell_others(tx, claimed, reason, now))
        pause = timedelta(seconds=max(retry_after, PAUSES[min(claimed.attempts, len(PAUSES)) - 1]))
        if failure is Failure.PERMANENT or now + pause > notice.useful_until:
            await self.store.write(lambda tx: self._give_up(tx, claimed, reason, now))
            return
        unknown = failure is Failure.UNKNOWN or claimed.maybe_sent
        await self.store.write(
            lambda tx: tx.outbox.retry(notice.id, claimed.token, now + pause, reason, unknown)
        )

    def _give_up(self, tx: Transaction, claimed: Claimed, reason: str, now: datetime) -> None:
        """What cannot be delivered is told to somebody else; a lost answer is owed again."""
        notice = claimed.notice
        if not tx.outbox.fail(notice.id, claimed.token, now, reason):
            return
        request = tx.requests.get(notice.request_id) if notice.request_id is not None else None
        if request is not None:
            to = notice.person if notice.kind is not NoticeKind.ANSWER else "the customer"
            why = f"to {to or 'the customer'} by {notice.way.kind}: {reason}"
            self.desk.note(tx, request.id, now, "supportd", f"{notice.kind} not delivered", why)
            if notice.kind is NoticeKind.ANSWER and request.state is not State.ANSWERED:
                watched = running(tx, request.id)
                lost = answers.answer_lost(request, reason, watched, self.playbook, now)
                self.desk.apply(tx, lost, "supportd", now)
        if notice.kind not in (NoticeKind.ALARM, NoticeKind.RECEIPT):
            self._tell_others(tx, claimed, reason, now)

    def _tell_others(self, tx: Transaction, claimed: Claimed, reason: str, now: datetime) -> None:
        """Somebody was not reached: the catch-all hears it, by another way if there is one."""
        notice = claimed.notice
        to = notice.person or "the customer"
        detail = f"{notice.kind} {notice.id} to {to} by {notice.way}: {reason}"
        alarms = self.notices.alarms(f"lost-{notice.id}", "a notice was not delivered", detail, now)
        tx.outbox.post([a for a in alarms if a.way != notice.way] or alarms, now)
