"""What people and decisions do to a request, carried into the store in one transaction."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from daemon.known import living, words_of
from daemon.labelling import label
from daemon.on_call import rota
from daemon.register import Register
from rules import answers, leases, requests
from rules.escalation import Look
from rules.inside import of_the_text
from rules.model import (
    Arrival,
    CloseReason,
    Contract,
    Fate,
    LabelSource,
    Message,
    Notice,
    NoticeKind,
    Purpose,
    ReplyPurpose,
    Request,
    Severity,
    State,
    Timer,
)
from rules.policies import local_day
from rules.requests import Change, Refused
from storage.store import Filed, NoticeState, Transaction


class Desk(Register):
    """Each method loads, asks the rules, saves and writes history; all raise `Refused`."""

    def acknowledge(
        self, tx: Transaction, id: int, person: str, now: datetime, epoch: int | None = None
    ) -> Request:
        """A person has it, for a while; `epoch` is that of the ping they acknowledge."""

        def act(request: Request, timer: Timer | None, epoch: int | None) -> Change:
            return leases.acknowledge(request, timer, person, self._playbook, now, epoch)

        return self._lease(tx, id, person, now, epoch, act)

    def snooze(
        self,
        tx: Transaction,
        id: int,
        for_: timedelta,
        person: str,
        now: datetime,
        epoch: int | None = None,
    ) -> Request:
        """A person has it for as long as they say."""

        def act(request: Request, timer: Timer | None, epoch: int | None) -> Change:
            return leases.snooze(request, timer, for_, person, self._playbook, now, epoch)

        return self._lease(tx, id, person, now, epoch, act, for_)

    def snoozes(self, tx: Transaction, id: int, now: datetime) -> tuple[timedelta, ...]:
        """For how long a request may be snoozed at this moment; nothing if nothing is owed."""
        timer = running(tx, id)
        if timer is None:
            return ()
        return leases.snoozes(self.request(tx, id), timer, self._playbook, now)

    def reassign(
        self,
        tx: Transaction,
        id: int,
        to: str,
        person: str,
        now: datetime,
        epoch: int | None = None,
    ) -> Request:
        """A person gives it to another, who is told at once."""
        self.person(to)
        book = rota.standing(tx, self._playbook, now)

        def act(request: Request, timer: Timer | None) -> Change:
            return leases.reassign(request, timer, to, person, book, now, epoch)

        before = running(tx, id)
        request = self._act(tx, id, person, now, lambda r: act(r, before))
        timer = running(tx, id)
        assert timer is not None  # it was armed by this
        pings = leases.handed_over(request, person, self._playbook)
        look = Look(pings, f"given to you by {person}", timer)
        notices = self._notices.pings(request, timer, look, words_of(tx, request, timer), now)
        self.post(tx, request, notices, now)
        self._tell_former(tx, request, before, person, now)
        return request

    def _lease(
        self,
        tx: Transaction,
        id: int,
        person: str,
        now: datetime,
        epoch: int | None,
        act: Callable[[Request, Timer | None, int | None], Change],
        for_: timedelta | None = None,
    ) -> Request:
        """Who had it hears who has it now; pressed twice, a button does nothing the second time."""
        before = running(tx, id)
        if leases.has_already(before, person, epoch):
            carried = tx.outbox.of_request(id)
            if leases.was_given(before, [c.notice.id for c in carried]):
                epoch = None  # what was pressed is older, but who presses it was given it since
            elif for_ is None or leases.ends_in(before, for_, now):
                self.person(person)
                return self.request(tx, id)
        request = self._act(tx, id, person, now, lambda r: act(r, before, epoch))
        self._tell_former(tx, request, before, person, now)
        return request

    def _tell_former(
        self, tx: Transaction, request: Request, before: Timer | None, person: str, now: datetime
    ) -> None:
        """Whoever had it, and did not do this themselves."""
        lease = before.acknowledgement if before else None
        knows = (person, request.owner)
        if lease is None or lease.person in knows or lease.person not in self._playbook.people:
            return
        what = f"{request.owner} has request {request.id} now"
        detail = f"You had it until {lease.until_at:%Y-%m-%d %H:%M} UTC. {what}, so you have not."
        id = f"taken-{request.id}-{request.epoch}"
        tx.outbox.post(self._notices.alarms(id, what, detail, now, [lease.person]), now)

    def set_severity(
        self, tx: Transaction, id: int, severity: Severity, why: str, person: str, now: datetime
    ) -> Request:
        """A person's word on how bad it is."""

        def act(request: Request) -> Change:
            return requests.set_severity(
                request, severity, why, person, running(tx, id), self._playbook, now
            )

        before = self.request(tx, id)
        request = self._act(tx, id, person, now, act)
        same = before.severity is severity
        source = LabelSource.CONFIRMED if same else LabelSource.CHANGED
        label(tx, before, severity, source, person, now)
        if self._playbook.tells_severity and not same:
            self._tell_severity(tx, request, before.uncovered != request.uncovered, now)
        return request

    def confirm_severity(
        self, tx: Transaction, id: int, why: str, person: str, now: datetime
    ) -> Request:
        """A person says that the severity is right as it is."""
        severity = self.request(tx, id).severity
        return self.set_severity(tx, id, severity, why, person, now)

    def _tell_severity(
        self, tx: Transaction, request: Request, cover_changed: bool, now: datetime
    ) -> None:
        """Whoever had a receipt, and waits for an answer, hears what its promise is now."""
        carried = tx.outbox.of_request(request.id)
        had_receipt = any(c.notice.kind is NoticeKind.RECEIPT for c in carried)
        if had_receipt and request.state in (State.OPEN, State.HELD):
            letter = self._notices.graded(request, now, cover_changed)
            self.post(tx, request, [letter], now)

    def close(
        self, tx: Transaction, id: int, reason: CloseReason, person: str, now: datetime
    ) -> Request:
        """A person ends an unanswered request."""
        before = self.request(tx, id)
        request = self._act(tx, id, person, now, lambda r: requests.close(r, reason, person))
        if reason is CloseReason.NOT_A_REQUEST:
            label(tx, before, Severity.NONE, LabelSource.NOT_A_REQUEST, person, now)
        return request

    def release(
        self, tx: Transaction, id: int, contract: Contract | None, person: str, now: datetime
    ) -> Request:
        """A person lets a held request through."""

        def act(request: Request) -> Change:
            granted = self.granted(tx, request, contract, person) if contract else None
            return requests.release(request, granted, person, self._playbook, now)

        return self._act(tx, id, person, now, act)

    def assign(
        self, tx: Transaction, id: int, contract: Contract, person: str, now: datetime
    ) -> Request:
        """A person says whose a request is; a held one is released by it."""

        def act(request: Request) -> Change:
            granted = self.granted(tx, request, contract, person)
            if request.state is State.HELD:
                return requests.release(request, granted, person, self._playbook, now)
            timer = running(tx, id)
            return requests.assign(request, granted, person, timer, self._playbook, now)

        return self._act(tx, id, person, now, act)

    def refund(self, tx: Transaction, id: int, why: str, person: str, now: datetime) -> Request:
        """A person gives back the credit that a request has drawn."""
        self.person(person)
        request = self.request(tx, id)
        if not self._refund(tx, request, why, person, now):
            raise Refused(f"request {id} has drawn no credit that could come back")
        self.note(tx, id, now, person, "credit given back", why)
        return request

    def answer(
        self, tx: Transaction, id: int, person: str, text: str, source: str, now: datetime
    ) -> Notice:
        """A person's words, queued for the customer; once they are taken, it is answered."""
        writer = self.person(person)
        request = self.request(tx, id)
        if not request.sender:
            raise Refused(f"request {id} has no sender to answer")
        if not text.strip():
            raise Refused("the answer is empty: write at least a word")
        if why := of_the_text(text):
            raise Refused(f"the answer {why}: take it out")
        lost = sum(
            c.notice.kind is NoticeKind.ANSWER and c.state is NoticeState.FAILED
            for c in tx.outbox.of_request(id)
        )
        notice = self._notices.answer(request, writer, text, f"{source}-{lost}", now)
        if not self.queue_answer(tx, request, notice, now):
            raise Refused(f"request {id} has this answer already; change a word to send it again")
        return notice

    def running_contract(self, tx: Transaction, id: int) -> Contract | None:
        """The contract that a held request names, if its term held when it came."""
        request = self.request(tx, id)
        day = local_day(request.received_at, self._playbook)
        found = tx.contracts.get(request.contract_id) if request.contract_id is not None else None
        return found if found and found.runs_on(day) else None

    def confirm(
        self,
        tx: Transaction,
        id: int,
        person: str,
        read: Callable[[Arrival], Message],
        now: datetime,
    ) -> Notice:
        """A person says that one of us wrote a withheld answer."""
        self.person(person)
        filed = tx.messages.get(id)
        if filed is None:
            raise Refused(f"there is no message {id}")
        message = read(tx.inbox.arrival(filed.inbox_id))
        return self.release_answer(tx, filed, message, f"confirmed by {person}", now)

    def release_answer(
        self, tx: Transaction, filed: Filed, message: Message, why: str, now: datetime
    ) -> Notice:
        """A withheld answer goes to the customer after all; `message` is it with its files."""
        writer = self._playbook.person_at(message.sender)
        withheld = (
            tx.inbox.fate(filed.inbox_id) is Fate.HELD
            and message.reply_to_us is not None
            and message.reply_to_us.purpose is ReplyPurpose.ANSWER
        )
        if writer is None or not withheld or message.reply_to_us is None:
            raise Refused(f"message {filed.id} is no answer that waits")
        request = living(tx, message.reply_to_us.request_id)
        if request is None:
            raise Refused(f"message {filed.id} answers no request")
        notice = self._notices.answer(
            request, writer, message.new_text, f"mail-{filed.id}", now, message.attachments
        )
        self.note(tx, request.id, now, writer.name, "answer released", why)
        self.queue_answer(tx, request, notice, now)
        tx.inbox.settle(filed.inbox_id, Fate.ANSWERED, why, request.id, filed.id)
        return notice

    def answered_by_phone(
        self, tx: Transaction, id: int, person: str, said: str, at: datetime
    ) -> Request:
        """A person spoke with the customer, who has an answer by it."""

        def act(request: Request) -> Change:
            unheard_at = tx.messages.heard_since(id, at)
            change = answers.answered(
                request, person, at, running(tx, id), unheard_at, self._playbook
            )
            return replace(change, what=answers.BY_PHONE, why=f"{change.why}, by phone: {said}")

        return self._act(tx, id, person, at, act)

    def queue_answer(
        self, tx: Transaction, request: Request, notice: Notice, now: datetime
    ) -> bool:
        """Put an answer into the outbox; False if it is there already."""
        if not self.post(tx, request, [notice], now):
            return False
        self.note(tx, request.id, now, notice.person, "answer queued", "for the relay to take")
        return True


def running(tx: Transaction, request_id: int) -> Timer | None:
    """The timer that watches over a request; at most one does at a time."""
    return next(iter(tx.timers.of(request_id)), None)


def is_live(request: Request, timer: Timer) -> bool:
    """Whether a timer still watches over something owed."""
    owed = {
        Purpose.FIRST_RESPONSE: State.OPEN,
        Purpose.REVIEW: State.HELD,
        Purpose.FOLLOW_UP: State.ANSWERED,
    }
    return request.state is owed[timer.purpose]
