"""What follows from a change of a request, on record: timers, pings, credits and history."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from daemon import follow_ups
from daemon.coverage import is_automatic, judged_again, others_drawn
from daemon.known import words_of
from daemon.letters.plain import one_line
from daemon.notices import Notices
from rules import policies
from rules.contracts import Bond, Match
from rules.decisions import ReceiptVerdict
from rules.entitlement import entitle
from rules.granting import without_credit
from rules.model import (
    Contract,
    Credit,
    Entitlement,
    HistoryEntry,
    Message,
    Notice,
    Person,
    Playbook,
    Request,
    Way,
)
from rules.policies import local_day
from rules.requests import Change, Refused
from storage.store import Transaction

_LONGEST_LINE = 500


class Register:
    """All in the caller's transaction."""

    def __init__(self, playbook: Playbook, notices: Notices) -> None:
        """Work under this playbook."""
        self._playbook = playbook
        self._notices = notices

    def apply(self, tx: Transaction, change: Change, who: str, now: datetime) -> Request:
        """Save what became of a request; pings of before are called back where it moved."""
        change = judged_again(tx, change, self._playbook)
        request = change.request
        tx.requests.save(request)
        if change.answered_at:
            at, over = change.answered_at, change.disarmed
            follow_ups.answered(tx, request, at, over, self._playbook, now)
        if change.disarmed:
            tx.timers.disarm(request.id)
        if change.armed:
            tx.timers.arm(change.armed)
        if change.armed or change.disarmed:
            tx.outbox.cancel_pings(request.id, change.what)
        if change.refund:
            self._refund(tx, request, change.refund, who, now)
        if change.draws_credit:
            self.draw(tx, request, change.what, who, now)
        self.note(tx, request.id, now, who, change.what, change.why)
        self.show(tx, request, one_line(f"{who}: {change.what}, {change.why}", _LONGEST_LINE), now)
        return request

    def show(self, tx: Transaction, request: Request, line: str, now: datetime) -> None:
        """Bring a request's cards in chats up to date, and write a line under them."""
        posts = tx.posts.of(request.id)
        if not posts:
            return
        timer = next(iter(tx.timers.of(request.id)), None)
        words = words_of(tx, request, timer) if timer else ""
        for post in posts:
            newer = replace(post, version=tx.posts.renew(post.place))
            tx.outbox.post(list(self._notices.shown(newer, request, timer, words, line, now)), now)

    def show_by(self, tx: Transaction, request: Request, way: Way, now: datetime) -> None:
        """Post a request's card by a way, unless one stands there."""
        if tx.posts.by_way(request.id, way) is None:
            timer = next(iter(tx.timers.of(request.id)), None)
            words = words_of(tx, request, timer) if timer else ""
            notice = self._notices.first_card(request, timer, words, way, now)
            tx.outbox.post([notice], now)

    def post(
        self, tx: Transaction, request: Request, notices: Sequence[Notice], now: datetime
    ) -> int:
        """Put notices about a request into the outbox: replies to any of them lead back to it."""
        for notice in notices:
            tx.messages.refer(notice.message_id, request.id)
        return tx.outbox.post(notices, now)

    def receipt(
        self,
        tx: Transaction,
        request: Request,
        message: Message,
        verdict: ReceiptVerdict,
        entitlement: Entitlement,
        now: datetime,
    ) -> None:
        """Confirm a request to who wrote the message that opened it, or write down why not."""
        if verdict is ReceiptVerdict.SEND:
            receipt = self._notices.receipt(request, message, entitlement, now)
            self.post(tx, request, receipt, now)
            return
        self.note(tx, request.id, now, "supportd", "no receipt", verdict.value)

    def draw(self, tx: Transaction, request: Request, why: str, who: str, now: datetime) -> None:
        """Draw the credit of a request's contract, in the month it was received, once."""
        drawn = sum(line.amount for line in tx.credits.of_request(request.id))
        if request.contract_id is not None and not drawn:
            day = local_day(request.received_at, self._playbook)
            tx.credits.add(Credit(request.contract_id, request.id, day, 1, why, now, who))

    def note(
        self, tx: Transaction, request_id: int, at: datetime, who: str, what: str, why: str
    ) -> None:
        """Write a line of history."""
        tx.requests.note(HistoryEntry(request_id, at, who, what, why))

    def request(self, tx: Transaction, id: int) -> Request:
        """The request of this number; raises Refused if there is none."""
        request = tx.requests.get(id)
        if request is None:
            raise Refused(f"there is no request {id}; `supportd requests --state all` lists them")
        return request

    def granted(
        self, tx: Transaction, request: Request, contract: Contract, person: str
    ) -> Entitlement:
        """What a contract grants on a person's word that the sender may ask under it."""
        day = local_day(request.received_at, self._playbook)
        match = Match(contract, Bond.REGISTERED, f"filed under {contract.customer} by {person}")
        drawn = others_drawn(tx, contract, request, self._playbook)
        policy = policies.of_request(self._playbook, request).policy
        found = entitle(match, day, request.channel, request.severity, drawn, policy)
        return without_credit(found) if is_automatic(tx, request.id) else found

    def person(self, name: str) -> Person:
        """One of us by name; raises Refused if nobody is called that."""
        people = self._playbook.people
        if name not in people:
            raise Refused(f"nobody is called {name!r}; there are: {', '.join(sorted(people))}")
        return people[name]

    def _act(
        self, tx: Transaction, id: int, person: str, now: datetime, act: Callable[[Request], Change]
    ) -> Request:
        self.person(person)
        return self.apply(tx, act(self.request(tx, id)), person, now)

    def _refund(self, tx: Transaction, request: Request, why: str, who: str, now: datetime) -> bool:
        """Give back what the request has drawn; False if that is nothing."""
        lines = tx.credits.of_request(request.id)
        if sum(line.amount for line in lines) <= 0:
            return False
        drawn = lines[-1]
        tx.credits.add(Credit(drawn.contract_id, request.id, drawn.day, -1, why, now, who))
        return True
