"""Who is told in the place of a person whom nothing reaches, or whose shift has ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from daemon.delivery.pacing import Breaker
from daemon.desk import Desk, running
from daemon.known import words_of
from daemon.notices import Notices
from daemon.on_call import rota
from rules import escalation, policies
from rules.model import Notice, NoticeKind, Playbook
from storage.store import Carried, Claimed, NoticeState, Transaction

STUCK_AFTER = 3
"""Tries of a ping after which nobody counts on it, though it goes on."""

AT_ONCE = timedelta(seconds=10)
"""What goes out within this goes to whom the look named."""


@dataclass(frozen=True)
class Substitutes:
    """A person whose every way fails counts as nobody: who comes next is told at once."""

    playbook: Playbook
    notices: Notices
    desk: Desk
    breaker: Breaker

    def find(self, tx: Transaction, ping: Notice, now: datetime) -> None:
        """After a ping failed: tell others, once, if all pings of its look to its person have."""
        if ping.kind is not NoticeKind.PING or not ping.person or ping.request_id is None:
            return
        look = ping.id.rpartition("-")[0]
        carried = tx.outbox.of_request(ping.request_id)
        if not all(
            self._is_lost(c)
            for c in carried
            if c.notice.person == ping.person and c.notice.id.startswith(f"{look}-")
        ):
            return
        request, timer = tx.requests.get(ping.request_id), running(tx, ping.request_id)
        if request is None or timer is None or not escalation.is_of(ping.id, timer):
            return
        book = policies.of_request(rota.standing(tx, self.playbook, now), request)
        found = escalation.unreached(timer, book, ping.person, now)
        pings = self.notices.pings(request, timer, found, words_of(tx, request, timer), now)
        if self.desk.post(tx, request, pings, now):
            told = ", ".join(dict.fromkeys(each.person for each in pings))
            what = f"{ping.person} not reached"
            self.desk.note(tx, request.id, now, "supportd", what, f"told {told} in their place")

    def relieve(self, tx: Transaction, claimed: Claimed, now: datetime) -> bool:
        """Call a ping back that waited past its person's shift; tell who is on call instead.

        False, and nothing changes, if it is to go where it was to go.
        """
        ping = claimed.notice
        if ping.kind is not NoticeKind.PING or not ping.person or ping.request_id is None:
            return False
        request, timer = tx.requests.get(ping.request_id), running(tx, ping.request_id)
        has_it = request is not None and request.owner == ping.person
        if request is None or timer is None or has_it:
            return False
        book = policies.of_request(rota.standing(tx, self.playbook, now), request)
        found = escalation.relieved(timer, book, ping.id, ping.person, now)
        if found is None or not tx.outbox.cancel(ping.id, claimed.token, found.step):
            return False
        told = {
            c.notice.person
            for c in tx.outbox.of_request(request.id)
            if c.created_at >= claimed.created_at and escalation.is_of(c.notice.id, timer)
        }
        pings = self.notices.pings(request, timer, found, words_of(tx, request, timer), now)
        self.desk.post(tx, request, [each for each in pings if each.person not in told], now)
        names = ", ".join(dict.fromkeys(each.person for each in pings))
        self.desk.note(tx, request.id, now, "supportd", found.step, f"{names} is told instead")
        return True

    def _is_lost(self, carried: Carried) -> bool:
        """Whether nobody should count on a ping."""
        if carried.state is NoticeState.FAILED:
            return True
        trying = carried.state in (NoticeState.PENDING, NoticeState.UNKNOWN)
        down = self.breaker.is_down(carried.notice.way)
        return trying and (down or carried.attempts >= STUCK_AFTER)
