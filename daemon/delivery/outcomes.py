"""What becomes of a notice that was sent, or not: recorded, with all that follows from it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from channels.base import Clock, Failure, Sent
from daemon.chat import cards
from daemon.delivery.pacing import Breaker
from daemon.delivery.substitutes import STUCK_AFTER, Substitutes
from daemon.desk import Desk, running
from daemon.metrics import Metrics
from daemon.notices import Notices
from daemon.store_thread import StoreThread
from rules import answers
from rules.model import Notice, NoticeKind, Playbook, Request, State, Way
from rules.places import FOR_CUSTOMERS, KINDS, place_by
from storage.store import Carried, Claimed, Transaction

log = structlog.get_logger()

PAUSES = (5, 15, 30, 60, 120, 300)
"""Seconds before the next try, the last for ever."""

WAKING = (NoticeKind.PING, NoticeKind.ALARM)
"""They say whether a person's way is down: a refused copy may be too big, and no more."""


@dataclass(frozen=True)
class Outcomes:
    """Writes down what peers said, and tells somebody else where they said no."""

    store: StoreThread
    playbook: Playbook
    notices: Notices
    desk: Desk
    clock: Clock
    metrics: Metrics
    breaker: Breaker
    substitutes: Substitutes

    async def sent(self, claimed: Claimed, sent: Sent, went: Notice | None = None) -> None:
        """The peer took it; `went` is the notice as it went out, if it did so by itself."""
        now = self.clock()
        self.breaker.worked(claimed.notice.way)
        if await self.store.write(lambda tx: self._record(tx, claimed, sent, went, now)):
            self._count(claimed)

    async def sent_together(self, gathering: str, way: Way, sent: Sent) -> None:
        """The peer has this message, and so all that was in it."""
        now = self.clock()
        self.breaker.worked(way)

        def record(tx: Transaction) -> list[Carried]:
            went = tx.outbox.sent_together(gathering, now, sent.reference)
            for each in went:
                self._follow(tx, each, sent, None, now)
            return went

        for each in await self.store.write(record):
            self._count(each)

    def _count(self, carried: Claimed | Carried) -> None:
        notice = carried.notice
        self.metrics.sent.labels(notice.kind, notice.way.kind).inc()
        if notice.kind is NoticeKind.PING:
            delay = self.clock() - carried.created_at
            self.metrics.ping_delay_seconds.observe(delay.total_seconds())
        log.info("carried", notice=notice.id, way=notice.way.kind, tries=carried.attempts)

    def _record(
        self, tx: Transaction, claimed: Claimed, sent: Sent, went: Notice | None, now: datetime
    ) -> bool:
        """What was taken is on record, with what follows from it, in one transaction."""
        if not tx.outbox.sent(claimed.notice.id, claimed.token, now, sent.reference):
            return False
        self._follow(tx, claimed, sent, went, now)
        return True

    def _follow(
        self,
        tx: Transaction,
        carried: Claimed | Carried,
        sent: Sent,
        went: Notice | None,
        now: datetime,
    ) -> None:
        """An answer answers, a card stands, and the history tells."""
        notice = carried.notice
        request = tx.requests.get(notice.request_id) if notice.request_id is not None else None
        if request is None:
            return
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
                tx.messages.heard_since(request.id, carried.created_at),
                self.playbook,
            )
            self.desk.apply(tx, change, notice.person, now)
        elif notice.kind in (NoticeKind.PING, NoticeKind.RECEIPT, NoticeKind.OFFER):
            what = f"{notice.kind} reached {_recipient(notice)}"
            self.desk.note(tx, request.id, now, "supportd", what, f"taken by {notice.way.kind}")
            self._correct_sign(tx, notice, request, now)

    def _correct_sign(
        self, tx: Transaction, notice: Notice, request: Request, now: datetime
    ) -> None:
        """A receipt that came after the answer must not leave the sign of one who waits."""
        late = notice.begins_waiting and request.state is State.ANSWERED
        if late and notice.way.kind in KINDS:
            place = place_by(notice.way)
            marks = self.notices.mark(request, place, now, after=notice.id)
            self.desk.post(tx, request, marks, now)

    def _catch_up(self, tx: Transaction, notice: Notice, request: Request, now: datetime) -> None:
        """What changed while a card was on its way there has not been shown."""
        timer = running(tx, request.id)
        if notice.card and (timer is None or timer.epoch != notice.card.epoch):
            self.desk.show(tx, request, "", now)

    async def failed(
        self, claimed: Claimed, failure: Failure, reason: str, retry_after: float = 0.0
    ) -> None:
        """It was not taken, or perhaps not: tried again, given up, told to others."""
        now = self.clock()
        notice = claimed.notice
        self.metrics.failed.labels(notice.kind, notice.way.kind, failure).inc()
        log.warning("not carried", notice=notice.id, failure=failure, reason=reason)
        if notice.kind in WAKING and self.breaker.failed(notice.way, failure, now):
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
        """One alarm an hour for a way that is down."""
        id = hashlib.sha256(f"{notice.way.kind}:{notice.way.address}".encode()).hexdigest()[:12]
        detail = f"{notice.way} of {notice.person or 'nobody in particular'}: {reason}"
        what = "a way to reach us is down"
        self._tell(tx, notice, f"down-{id}-{now:%Y%m%d%H}", what, detail, now)

    def _tell_others(self, tx: Transaction, claimed: Claimed, reason: str, now: datetime) -> None:
        """Somebody was not reached: the catch-all hears it."""
        notice = claimed.notice
        detail = f"{notice.kind} {notice.id} to {_recipient(notice)} by {notice.way}: {reason}"
        self._tell(tx, notice, f"lost-{notice.id}", "a notice was not delivered", detail, now)

    def _tell(
        self, tx: Transaction, lost: Notice, id: str, what: str, detail: str, now: datetime
    ) -> None:
        """The catch-all, by another way than the one that failed if there is one."""
        alarms = self.notices.alarms(id, what, detail, now)
        tx.outbox.post([a for a in alarms if a.way != lost.way] or alarms, now)


def _recipient(notice: Notice) -> str:
    """Who it is for: a person of ours, a room that is nobody's, or the customer."""
    if notice.kind in FOR_CUSTOMERS or notice.kind is NoticeKind.LINK:
        return "the customer"
    return notice.person or f"a room by {notice.way.kind}"
