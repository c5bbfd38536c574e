"""A decision carried out: message filed, request saved, notices posted, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from daemon.desk import Desk
from daemon.notices import Notices
from rules import requests
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
)
from rules.model import MailKind, Message, Playbook, Request
from rules.requests import Refused
from storage.store import Transaction, Waiting


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
            request_id = request.id if request else None
            row = tx.messages.add(message, author, request_id, waiting.id)
            tx.inbox.settle(waiting.id, decision.fate, why, request_id, row)
            return row

        match decision:
            case Opened():
                request = self._open(tx, decision, now)
                row = file("customer", request)
                self._receipt(tx, request, message, decision, now)
                if not request.quiet:
                    copies = self.notices.copies(request, message, row, now)
                    self.desk.post(tx, request, copies, now)
            case FollowedUp(change, why):
                request = self.desk.apply(tx, change, "customer", now)
                row = file("customer", request, why)
                copies = self.notices.copies(request, message, row, now)
                self.desk.post(tx, request, copies, now)
            case Answered(request, person):
                row = file(person, request)
                self._answer(tx, request, person, message, row, now)
            case AnsweredPastUs(change, person):
                request = self.desk.apply(tx, change, person, now)
                file(person, request, "sent past us")
            case Acknowledged(request, person):
                file(person, request, self._acknowledge(tx, request, person, now))
            case Bounced(answer):
                file("supportd", answer.request, "it bounced")
                self._bounced(tx, answer, now)
            case Noted(why, request, tell):
                row = file("supportd", request, why)
                self._tell(tx, tell, why, message, row, now)

    def _open(self, tx: Transaction, opened: Opened, now: datetime) -> Request:
        request = tx.requests.add(opened.request)
        tx.timers.arm(replace(opened.timer, request_id=request.id))
        self.desk.note(
            tx, request.id, now, "customer", opened.fate, f"{request.severity}, provisional"
        )
        if opened.linked:
            self.desk.note(tx, opened.linked.id, now, "customer", "linked", f"see {request.id}")
        if opened.entitlement.draws_credit:
            self.desk.draw(tx, request, "opened")
        return request

    def _receipt(
        self, tx: Transaction, request: Request, message: Message, opened: Opened, now: datetime
    ) -> None:
        if opened.receipt is ReceiptVerdict.SEND:
            receipt = self.notices.receipt(request, message, opened.entitlement, now)
            self.desk.post(tx, request, receipt, now)
            return
        why = opened.receipt.value
        self.desk.note(tx, request.id, now, "supportd", "no receipt", why)
        if opened.receipt is ReceiptVerdict.TOO_MANY:
            detail = f"request {request.id}: {why}; is there a loop?"
            id = f"receipts-{now:%Y%m%d%H}"
            tx.outbox.post(self.notices.alarms(id, "receipts are held back", detail, now), now)

    def _tell(
        self,
        tx: Transaction,
        people: Sequence[str],
        why: str,
        message: Message,
        row: int,
        now: datetime,
    ) -> None:
        # Bounces can come in floods, from mail that was never ours.
        is_bounce = message.kind is MailKind.BOUNCE
        id = f"bounces-{now:%Y%m%d%H}" if is_bounce else f"noted-{row}"
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

    def _acknowledge(self, tx: Transaction, request: Request, person: str, now: datetime) -> str:
        try:
            self.desk.acknowledge(tx, request.id, person, now)
        except Refused as refused:
            self.desk.note(tx, request.id, now, person, "acknowledged in vain", str(refused))
            return str(refused)
        return ""

    def _bounced(self, tx: Transaction, bounced: BouncedAnswer, now: datetime) -> None:
        request, notice = bounced.request, bounced.notice
        tx.outbox.bounced(notice.id, now)
        if not bounced.others_stand:
            lost = requests.answer_lost(request, "it bounced", self.playbook, now)
            self.desk.apply(tx, lost, "supportd", now)
            return
        self.desk.note(tx, request.id, now, "supportd", "answer lost", "it bounced")
        detail = f"request {request.id}: an answer by {notice.person} bounced; earlier ones stand"
        people = {notice.person, *self.playbook.escalation.catch_all} & set(self.playbook.people)
        id = f"bounced-{notice.id}"
        alarms = self.notices.alarms(id, "an answer bounced", detail, now, sorted(people))
        tx.outbox.post(alarms, now)
