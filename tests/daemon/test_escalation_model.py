"""Anything may happen in any order, and still: told in time, told once, never after the answer."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from channels.base import DeliveryError, Failure, Sent
from daemon.desk import running
from rules import policies
from rules.escalation import epoch_of
from rules.escalation_course import Course
from rules.model import Notice, NoticeKind, Request, Severity, State, Timer
from rules.requests import Refused
from storage.store import Carried
from tests.conftest import SOAK
from tests.daemon.house import House
from tests.daemon.test_promises_answers import bounce

PEOPLE = st.sampled_from(["ana", "ivo", "boss"])
LATE = st.sampled_from(["", "waiting", "in hand"])
"""Whether what falls due meanwhile waits, or a courier died with it in hand."""
TEXTS = {
    "s@standard.example": "How do I export the price list? It is just a question.",
    "p@premium.example": "Nothing works: the whole company cannot send orders since 8 o'clock.",
}


class Killed(Exception):
    """The daemon dies in the middle of a transaction."""


class Escalation(RuleBasedStateMachine):
    """The house of the stories, driven at random."""

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        self.house: Any = House(Path(self.folder.name), f"sqlite:///{self.folder.name}/x.db")
        self.house.post.can_tell = True
        self.answered: dict[int, Any] = {}
        self.acknowledged: dict[int, str] = {}
        self.leased: dict[int, Timer] = {}
        self.fences: dict[int, tuple[int, int]] = {}
        self.losing: list[bool] = []
        self.mails = count(1)
        self._send = self.house.post.send
        self.house.post.send = self.send

    async def send(self, notice: Notice) -> Sent:
        """By the house's relay, whose next answers may be lost whether it takes the mail or not."""
        if not self.losing:
            return await self._send(notice)
        if self.losing.pop():
            await self._send(notice)
        raise DeliveryError(Failure.UNKNOWN, "the answer was lost")

    def teardown(self) -> None:
        if hasattr(self, "house"):
            self.house.close()
            self.house.loop.close()
            self.folder.cleanup()

    def open(self) -> list[int]:
        return [r.id for r in self.house.requests() if r.state is State.OPEN]

    def pick(self, number: int) -> int:
        requests = self.house.requests()
        return requests[number % len(requests)].id

    @rule(sender=st.sampled_from(sorted(TEXTS)))
    def receive(self, sender: str) -> None:
        subject = f"Matter {len(self.house.requests())} at {self.house.now:%d %H:%M:%S}"
        self.house.mail(sender, subject, TEXTS[sender])

    def let_pings_wait(self, id: int, late: str) -> None:
        """What falls due for a request next is looked at, and cannot be sent yet."""
        timer = self.running(id)
        self.house.now = max(self.house.now, timer.next_at) if timer else self.house.now
        self.house.post.failing = DeliveryError(Failure.TEMPORARY, "later")
        self.house.post.failing_for = "@b2bee.example"
        self.house.work()
        if late == "in hand":
            self.house.now += timedelta(seconds=10)
            self.kill_the_courier()

    def send_what_waits(self) -> None:
        self.house.post.failing = None
        self.house.now += timedelta(seconds=70)
        self.house.work()

    @precondition(lambda self: self.house.requests())
    @rule(number=st.integers(0, 9), person=PEOPLE, by_old_ping=st.booleans(), late=LATE)
    def acknowledge(self, number: int, person: str, by_old_ping: bool, late: str) -> None:
        id = self.pick(number)
        if late:
            self.let_pings_wait(id, late)
        timer = self.running(id)
        epoch = timer.epoch - 1 if timer and by_old_ping else None
        counts = self._lease(id, "acknowledge", person, self.house.now, epoch)
        had = timer.acknowledgement.person if timer and timer.acknowledgement else None
        assert not counts or epoch is None or had == person, "what is over was acknowledged"
        if late:
            self.send_what_waits()

    @precondition(lambda self: self.house.requests())
    @rule(number=st.integers(0, 9), person=PEOPLE, minutes=st.integers(1, 300))
    def snooze(self, number: int, person: str, minutes: int) -> None:
        length = timedelta(minutes=minutes)
        self._lease(self.pick(number), "snooze", length, person, self.house.now)

    @precondition(lambda self: self.house.requests())
    @rule(number=st.integers(0, 9), to=PEOPLE, person=PEOPLE)
    def reassign(self, number: int, to: str, person: str) -> None:
        id, now = self.pick(number), self.house.now
        if self._lease(id, "reassign", to, person, now):
            told = [c.notice.person for c in self.pings(id) if c.created_at == now]
            assert to in told, "who is given it does not hear of it"

    def _lease(self, id: int, what: str, *said: Any) -> bool:
        """Whether it counts."""
        before = self.running(id)
        try:
            self.house.store.write(lambda tx: getattr(self.house.desk, what)(tx, id, *said))
        except Refused:
            return False
        timer = self.running(id)
        assert timer is not None
        assert timer.acknowledgement is not None
        assert before is not None
        self.fence(id, timer)
        self.acknowledged[id] = timer.acknowledgement.person
        self.leased[id] = timer
        if timer.epoch > before.epoch:
            self.leaves_time(self.house.request(id), timer, timer.acknowledgement.until_at)
        return True

    def fence(self, id: int, timer: Timer) -> None:
        """From here on nothing of an earlier epoch goes out."""
        self.fences[id] = (len(self.house.post.taken), timer.epoch)

    def leaves_time(self, request: Request, timer: Timer, until_at: datetime) -> None:
        """A lease ends the reserve before a deadline, unless that is too near, or past."""
        now, due_at = self.house.now, timer.due_at
        course = Course(timer, policies.of_request(self.house.playbook, request))
        if now >= due_at:
            assert until_at <= now + timedelta(minutes=30)
            return
        assert until_at <= due_at
        if now < course.before_deadline(2 * course.reserve):
            assert until_at <= course.before_deadline(course.reserve)

    def running(self, id: int) -> Timer | None:
        timer: Timer | None = self.house.store.read(lambda tx: running(tx, id))
        return timer

    @precondition(lambda self: self.house.requests())
    @rule(number=st.integers(0, 9), severity=st.sampled_from(list(Severity)))
    def edit(self, number: int, severity: Severity) -> None:
        id = self.pick(number)
        word = (severity, "looked again", "ana", self.house.now)
        before, was = self.running(id), self.house.request(id)
        self.house.store.write(lambda tx: self.house.desk.set_severity(tx, id, *word))
        after = self.running(id)
        if before and after and severity is not was.severity:
            assert after.epoch > before.epoch, "what was pressed before counts on"
            self.fence(id, after)
            self.leased.pop(id, None)

    @precondition(lambda self: self.open())
    @rule(number=st.integers(0, 9), late=LATE)
    def answer(self, number: int, late: str) -> None:
        ids = self.open()
        id = ids[number % len(ids)]
        if late:
            self.let_pings_wait(id, late)
        said = ("ana", "Done", f"m{next(self.mails)}", self.house.now)
        self.house.store.write(lambda tx: self.house.desk.answer(tx, id, *said))
        self.house.work()
        if self.house.request(id).state is State.ANSWERED:
            self.answered[id] = len(self.house.post.taken)
        if late:
            self.send_what_waits()

    @precondition(lambda self: self.answered)
    @rule(number=st.integers(0, 9))
    def bounce(self, number: int) -> None:
        """The answer comes back: it is owed again, and somebody hears so at once."""
        id = sorted(self.answered)[number % len(self.answered)]
        carried = self.house.store.read(lambda tx: tx.outbox.of_request(id))
        went = [
            c.notice for c in carried if c.notice.kind is NoticeKind.ANSWER and c.state == "sent"
        ]
        if self.house.request(id).state is not State.ANSWERED or len(went) > 1:
            return  # another may stand
        [answer] = went
        told = len(self.pings(id))
        self.house.post.failing, self.losing = None, []
        self.house.now += timedelta(seconds=1)
        bounce(self.house, answer.message_id, answer.way.address)
        del self.answered[id]
        assert self.house.request(id).state is State.OPEN, "a bounced answer answers nothing"
        timer = self.running(id)
        assert timer is not None
        sleeps = timer.quiet or self.house.now < timer.clock_starts_at
        assert sleeps or len(self.pings(id)) > told, "nobody heard of the bounce"

    @rule()
    def kill_the_watch(self) -> None:
        """Its transaction is abandoned; the next look does all of it again."""

        def dies(tx: Any) -> None:
            self.house.watch._look(tx)
            raise Killed

        try:
            self.house.store.write(dies)
        except Killed:
            self.house.work()

    @rule()
    def kill_the_courier(self) -> None:
        """It dies with what it had in hand; its lease ends a minute later."""
        now = self.house.now
        self.house.store.claim(lambda tx: tx.outbox.claim(now, 10, timedelta(minutes=1), "mail"))

    @rule(person=st.sampled_from(["", "ana", "boss"]))
    def break_a_way(self, person: str) -> None:
        self.house.post.failing = DeliveryError(Failure.TEMPORARY, "later") if person else None
        self.house.post.failing_for = f"{person}@"

    @rule(taken=st.lists(st.booleans(), min_size=1, max_size=3))
    def lose_answers(self, taken: list[bool]) -> None:
        """The relay takes the next mails, or some of them, and the connection breaks."""
        self.losing = taken

    @rule(minutes=st.sampled_from([1, 7, 20, 45, 90, 600]))
    def advance(self, minutes: int) -> None:
        self.house.pass_(minutes=minutes)
        found = self.audit()
        assert (list(found.unseen), list(found.unsent), list(found.stuck)) == ([], [], [])

    def audit(self) -> Any:
        """What the auditor finds, which shares nothing with what it audits."""
        now = self.house.now
        return self.house.store.read(lambda tx: tx.audit(now, timedelta(), 0))

    @invariant()
    def what_is_owed_and_nothing_else_is_watched(self) -> None:
        if hasattr(self, "house"):
            found = self.audit()
            assert (list(found.untimed), list(found.idle)) == ([], [])

    @invariant()
    def a_passed_deadline_is_a_breach_and_the_catch_all_hears_it(self) -> None:
        for id in self.open() if hasattr(self, "house") else ():
            timer, request = self.running(id), self.house.request(id)
            if timer is None or timer.quiet or self.house.now < timer.due_at:
                continue
            if timer.acknowledgement or timer.next_at <= self.house.now:
                continue
            assert request.breached_at is not None
            told = [c for c in self.pings(id) if c.notice.person == "boss"]
            assert any(c.created_at >= timer.due_at for c in told), "the catch-all heard nothing"

    @invariant()
    def who_had_it_hears_that_the_time_is_over(self) -> None:
        for id, leased in getattr(self, "leased", {}).items():
            timer, lease = self.running(id), leased.acknowledgement
            if timer is None or lease is None or timer.epoch != leased.epoch or timer.quiet:
                continue
            if timer.acknowledgement is None:
                assert self.house.now >= lease.until_at
                told = [c for c in self.pings(id) if c.notice.person == lease.person]
                assert any(c.created_at >= lease.until_at for c in told), "it ended in silence"

    @invariant()
    def every_threshold_is_told_of(self) -> None:
        """Nothing that is owed has a moment behind it at which nobody was looked for."""
        if not hasattr(self, "house"):
            return
        self.house.loop.run_until_complete(self._look())
        for id in self.open():
            timer = self.running(id)
            assert timer is not None, f"nobody watches over {id}"
            assert timer.next_at > self.house.now
            request = self.house.request(id)
            book = policies.of_request(self.house.playbook, request)
            due = Course(timer, book).first_after(self.house.now)
            assert timer.acknowledgement or due == timer.told
            if timer.told > 0 and not timer.acknowledgement:
                assert self.pings(id), f"a step of {id} told nobody"

    async def _look(self) -> None:
        while await self.house.watch.look():
            await asyncio.sleep(0)

    def pings(self, id: int) -> list[Carried]:
        carried = self.house.store.read(lambda tx: tx.outbox.of_request(id))
        return [c for c in carried if c.notice.kind is NoticeKind.PING]

    def told_by(self, sent: str) -> list[str]:
        """What a message tells of: itself, or the pings that were gathered in it."""
        if not sent.startswith("pings-"):
            return [sent]
        gathered = self.house.store.read(lambda tx: tx.outbox.gathered(sent))
        return [each.notice.id for each in gathered]

    @invariant()
    def nothing_is_told_twice(self) -> None:
        if hasattr(self, "house"):
            ids = Counter(id for sent in self.house.post.taken for id in self.told_by(sent.id))
            assert [id for id, count in ids.items() if count > 1] == []

    @invariant()
    def nobody_is_pinged_after_the_answer(self) -> None:
        for id, before in getattr(self, "answered", {}).items():
            later = self.house.post.taken[before:]
            assert [n.id for n in later if n.kind is NoticeKind.PING and n.request_id == id] == []

    @invariant()
    def nobody_is_pinged_of_what_was_before_an_acknowledgement(self) -> None:
        for id, (before, epoch) in getattr(self, "fences", {}).items():
            later = [n for n in self.house.post.taken[before:] if n.kind is NoticeKind.PING]
            epochs = [epoch_of(n.id) for n in later if n.request_id == id]
            assert [e for e in epochs if e is not None and e < epoch] == []

    @invariant()
    def no_acknowledgement_is_lost(self) -> None:
        for id, person in getattr(self, "acknowledged", {}).items():
            history = self.house.store.read(lambda tx, id=id: tx.requests.history(id))
            assert any(h.what in ("acknowledged", "snoozed", "reassigned") for h in history), (
                f"{person}'s word on {id} is gone"
            )


@pytest.mark.timeout(7200)
def test_told_in_time_told_once_and_never_after_the_answer() -> None:
    run_state_machine_as_test(
        Escalation,
        settings=settings(
            max_examples=300 if SOAK else 6,
            stateful_step_count=60 if SOAK else 15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=not SOAK,
        ),
    )
