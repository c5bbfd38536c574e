"""A decision carried out: message filed, request saved, notices posted, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from daemon.desk import Desk, running
from daemon.known import living
from daemon.notices import Notices
from daemon.on_call import rota
from daemon.similar import similar
from rules import answers, escalation, leases
from rules.authenticity import is_forged, is_proven, look_again_at
from rules.decisions import (
    Acknowledged,
    Answered,
    AnsweredPastUs,
    Bounced,
    BouncedAnswer,
    Decision,
    FollowedUp,
    Noted,
    Opened,
    ReceiptVerdict,
    TakenBack,
    TurnedAway,
    Withheld,
)
from rules.model import Entitlement, MailKind, Message, NoticeKind, Playbook, Request, Treatment
from rules.requests import Refused
from storage.store import Transaction, Waiting


class File(Protocol):
    """Files the message under its author and request; returns its row."""

    def __call__(self, author: str, request: Request | None, why: str = "") -> int:
        """Say why in a word or two where that is not plain."""


_TOLD_BEFORE = Entitlement(None, "", Treatment.SERVE, (), draws_credit=False, reasons=())
"""Of a request that opens again: its first receipt said what is not covered."""


@dataclass(frozen=True)
class Decisions:
    """What the rules decided about an arrival, made to hold."""

    playbook: Playbook
    notices: Notices
    desk: Desk

    def carry_out(
        self, tx: Transaction, waiting: Waiting, message: Message, decision: Decision, now: datetime
    ) -> None:
        """Save everything that follows from a decision, and the arrival's fate with it."""

        def file(author: str, request: Request | None, why: str = "") -> int:
            return self._file(tx, waiting, message, decision, author, request, why, now)

        if isinstance(decision, Opened | FollowedUp | TurnedAway):
            self._heard(tx, message, decision, file, now)
        else:
            self._noticed(tx, message, decision, file, now)

    def _heard(
        self,
        tx: Transaction,
        message: Message,
        decision: Opened | FollowedUp | TurnedAway,
        file: File,
        now: datetime,
    ) -> None:
        """A customer's message."""
        match decision:
            case Opened(entitlement=entitlement, receipt=receipt):
                request = self._open(tx, decision, now)
                row = file("customer", request)
                for earlier in decision.gathers:
                    tx.messages.place(earlier, request.id)
                self._receipt(tx, request, message, receipt, entitlement, now)
                if not request.quiet:
                    self._copy(tx, request, message, row, now)
            case FollowedUp(change, why, receipt):
                request = self.desk.apply(tx, change, "customer", now)
                row = file("customer", request, why)
                if receipt:
                    self._receipt(tx, request, message, receipt, _TOLD_BEFORE, now)
                self._copy(tx, request, message, row, now)
            case TurnedAway(request, why, receipt):
                row = file("customer", request, why)
                self._turn_away(tx, request, message, row, receipt, now)

    def _noticed(
        self,
        tx: Transaction,
        message: Message,
        decision: Answered | AnsweredPastUs | TakenBack | Withheld | Acknowledged | Bounced | Noted,
        file: File,
        now: datetime,
    ) -> None:
        """A message of ours, or of nobody."""
        match decision:
            case Answered(request, person):
                row = file(person, request)
                self._answer(tx, request, person, message, row, now)
            case AnsweredPastUs(change, person):
                request = self.desk.apply(tx, change, person, now)
                file(person, request, "sent past us")
                if message.chat:
                    self.desk.post(
                        tx, request, self.notices.mark(request, message.chat.place, now), now
                    )
            case TakenBack(change):
                request = self.desk.apply(tx, change, "supportd", now)
                file("supportd", request, "an answer was deleted in the chat")
            case Withheld(request, person, why):
                row = file(person, request, why)
                self._withheld(tx, request, person, row, why, now)
            case Acknowledged(request, person):
                file(person, request, self._acknowledge(tx, message, request, person, now))
            case Bounced(answer):
                file("supportd", answer.request, "it bounced")
                self._bounced(tx, answer, now)
            case Noted(why, named, tell, author):
                row = file(author or "supportd", named, why)
                self._tell(tx, tell, why, message, row, now)
                if decision.unread and message.chat:
                    tx.outbox.post(self.notices.unread(message.chat.place, now), now)

    def _copy(
        self, tx: Transaction, request: Request, message: Message, row: int, now: datetime
    ) -> None:
        on_call = rota.on_call(tx, self.playbook, now)
        copies = self.notices.copies(request, message, row, now, on_call)
        self.desk.post(tx, request, copies, now)

    def _file(
        self,
        tx: Transaction,
        waiting: Waiting,
        message: Message,
        decision: Decision,
        author: str,
        request: Request | None,
        why: str,
        now: datetime,
    ) -> int:
        request_id = request.id if request else None
        row = tx.messages.add(
            message,
            author,
            request_id,
            waiting.id,
            # Else a forger could lead the thread that it names astray.
            joins=not (is_forged(message) or (isinstance(decision, Noted) and decision.inside)),
            look_again_at=look_again_at(message.authentication, 0, now),
        )
        tx.inbox.settle(waiting.id, decision.fate, why, request_id, row)
        return row

    def _open(self, tx: Transaction, opened: Opened, now: datetime) -> Request:
        alike = similar(tx, opened.request, opened.assessment.vector)
        reasons = (*opened.request.reasons, *alike)
        request = tx.requests.add(replace(opened.request, reasons=reasons))
        tx.assessments.add(request.id, opened.assessment)
        tx.timers.arm(replace(opened.timer, request_id=request.id))
        self.desk.note(
            tx, request.id, now, "customer", opened.fate, f"{request.severity}, provisional"
        )
        if opened.linked:
            self.desk.note(tx, opened.linked.id, now, "customer", "linked", f"see {request.id}")
        if opened.entitlement.draws_credit:
            self.desk.draw(tx, request, "opened", "supportd", now)
        return request

    def _receipt(
        self,
        tx: Transaction,
        request: Request,
        message: Message,
        verdict: ReceiptVerdict,
        entitlement: Entitlement,
        now: datetime,
    ) -> None:
        self.desk.receipt(tx, request, message, verdict, entitlement, now)
        if verdict is ReceiptVerdict.TOO_MANY:
            detail = f"request {request.id}: {verdict.value}; is there a loop?"
            id = f"receipts-{now:%Y%m%d%H}"
            tx.outbox.post(self.notices.alarms(id, "receipts are held back", detail, now), now)

    def _turn_away(
        self,
        tx: Transaction,
        request: Request,
        message: Message,
        row: int,
        verdict: ReceiptVerdict,
        now: datetime,
    ) -> None:
        self.desk.note(tx, request.id, now, "customer", "turned away", "wrote after it was over")
        if verdict is ReceiptVerdict.SEND:
            letter = self.notices.turned_away(request, message, row, now)
            self.desk.post(tx, request, [letter], now)

    def _tell(
        self,
        tx: Transaction,
        people: Sequence[str],
        why: str,
        message: Message,
        row: int,
        now: datetime,
    ) -> None:
        id = f"noted-{row}"
        if message.kind is MailKind.BOUNCE:
            # They can come in floods, from mail that was never ours.
            id = f"bounces-{now:%Y%m%d%H}"
        elif not is_proven(message):
            # And so can what anybody writes in our name.
            id = f"unproven-{message.sender}-{now:%Y%m%d%H}"
        if people:
            tx.outbox.post(self.notices.alarms(id, why, message.sender, now, people), now)

    def _answer(
        self,
        tx: Transaction,
        request: Request,
        person: str,
        message: Message,
        row: int,
        now: datetime,
    ) -> None:
        writer = self.playbook.people[person]
        notice = self.notices.answer(
            request, writer, message.new_text, f"mail-{row}", now, message.attachments
        )
        self.desk.queue_answer(tx, request, notice, now)

    def _withheld(
        self, tx: Transaction, request: Request, person: str, row: int, why: str, now: datetime
    ) -> None:
        """Its writer hears at once what to do, by every way: somebody else may have written it."""
        self.desk.note(tx, request.id, now, "supportd", "answer withheld", why)
        detail = (
            f"an answer of yours to request {request.id} was not sent, since nothing proves that"
            f" you wrote it ({why}). If you did: supportd confirm {row} --as {person}"
        )
        what = f"your answer to request {request.id} waits"
        tx.outbox.post(self.notices.alarms(f"withheld-{row}", what, detail, now, [person]), now)

    def _acknowledge(
        self, tx: Transaction, message: Message, request: Request, person: str, now: datetime
    ) -> str:
        """Why it was in vain, which its writer hears by every way; empty if it was not."""
        named = {n: living(tx, n) for n in leases.numbers_in(message.new_text)}
        refused = [
            (n, request, f"there is no request {n}") for n, found in named.items() if not found
        ]
        for each in (found for found in named.values() if found) if named else (request,):
            try:
                epoch = self._epoch(tx, message, each, person)
                self.desk.acknowledge(tx, each.id, person, now, epoch)
            except Refused as error:
                refused.append((each.id, each, str(error)))
        for number, each, why in refused:
            self.desk.note(tx, each.id, now, person, "acknowledged in vain", why)
            what = f"you do not have request {number}"
            id = f"in-vain-{number}-{message.key}"
            tx.outbox.post(self.notices.alarms(id, what, why, now, [person]), now)
        return "; ".join(why for _, _, why in refused)

    def _epoch(
        self, tx: Transaction, message: Message, request: Request, person: str
    ) -> int | None:
        """Of the ping that is replied to; where that spoke of several, of the person's newest."""
        ping = tx.outbox.by_message_id(message.references[-1]) if message.references else None
        # A ping of a request that was merged into this one speaks of another course of things.
        if ping is not None:
            of_this = ping.notice.request_id == request.id
            return escalation.epoch_of(ping.notice.id) if of_this else None
        carried = [c.notice for c in tx.outbox.of_request(request.id) if c.sent_at]
        ids = [n.id for n in carried if n.kind is NoticeKind.PING and n.person == person]
        return escalation.epoch_of(ids[-1]) if ids and message.references else None

    def _bounced(self, tx: Transaction, bounced: BouncedAnswer, now: datetime) -> None:
        request, notice = bounced.request, bounced.notice
        tx.outbox.bounced(notice.id, now)
        if bounced.stands is None:
            lost = answers.answer_lost(
                request, "it bounced", running(tx, request.id), self.playbook, now
            )
            self.desk.apply(tx, lost, "supportd", now)
            return
        if bounced.was_first:
            lost = answers.first_lost(request, bounced.stands.person, bounced.stands.at)
            self.desk.apply(tx, lost, "supportd", now)
        else:
            self.desk.note(tx, request.id, now, "supportd", "answer lost", "it bounced")
        detail = f"request {request.id}: an answer by {notice.person} bounced; others stand"
        people = {notice.person, *self.playbook.escalation.catch_all} & set(self.playbook.people)
        id = f"bounced-{notice.id}"
        alarms = self.notices.alarms(id, "an answer bounced", detail, now, sorted(people))
        tx.outbox.post(alarms, now)
