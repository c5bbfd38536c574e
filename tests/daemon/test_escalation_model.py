"""Anything may happen in any order, and still: told in time, told once, never after the answer."""

import asyncio
import os
from collections import Counter
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

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

from channels.base import DeliveryError, Failure
from daemon.desk import running
from rules import policies
from rules.escalation import epoch_of
from rules.escalation_course import Course
from rules.model import NoticeKind, Severity, State
from rules.requests import Refused
from tests.daemon.conftest import House

SOAK = bool(os.environ.get("SUPPORTD_SOAK"))
PEOPLE = st.sampled_from(["ana", "ivo", "boss"])
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
        self.answered: dict[int, Any] = {}
        self.acknowledged: dict[int, str] = {}
        self.fences: dict[int, tuple[int, int]] = {}

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

    def let_pings_wait(self, id: int) -> None:
        """What falls due for a request next is looked at, and cannot be sent yet."""
        timer = self.house.store.read(lambda tx: running(tx, id))
        self.house.now = max(self.house.now, timer.next_at) if timer else self.house.now
        self.house.post.failing = DeliveryError(Failure.TEMPORARY, "later")
        self.house.post.failing_for = "@b2bee.example"
        self.house.work()

    def send_what_waits(self) -> None:
        self.house.post.failing = None
        self.house.now += timedelta(seconds=10)
        self.house.work()

    @precondition(lambda self: self.house.requests())
    @rule(number=st.integers(0, 9), person=PEOPLE, by_old_ping=st.booleans(), late=st.booleans())
    def acknowledge(self, number: int, person: str, by_old_ping: bool, late: bool) -> None:
        id = self.pick(number)
        if late:
            self.let_pings_wait(id)
        timer = self.house.store.read(lambda tx: running(tx, id))
        epoch = timer.epoch - 1 if timer and by_old_ping else None
        self._lease(id, person, "acknowledge", person, self.house.now, epoch)
        if late:
            self.send_what_waits()

    @precondition(lambda self: self.house.requests())
    @rule(number=st.integers(0, 9), person=PEOPLE, minutes=st.integers(1, 300))
    def snooze(self, number: int, person: str, minutes: int) -> None:
        length = timedelta(minutes=minutes)
        self._lease(self.pick(number), person, "snooze", length, person, self.house.now)

    @precondition(lambda self: self.house.requests())
    @rule(number=st.integers(0, 9), to=PEOPLE, person=PEOPLE)
    def reassign(self, number: int, to: str, person: str) -> None:
        self._lease(self.pick(number), to, "reassign", to, person, self.house.now)

    def _lease(self, id: int, owner: str, what: str, *said: Any) -> None:
        try:
            self.house.store.write(lambda tx: getattr(self.house.desk, what)(tx, id, *said))
        except Refused:
            return
        timer = self.house.store.read(lambda tx: running(tx, id))
        if timer and timer.acknowledgement:
            self.fences[id] = (len(self.house.post.taken), timer.epoch)
            self.acknowledged[id] = timer.acknowledgement.person
            assert timer.acknowledgement.until_at <= max(
                timer.due_at, self.house.now + timedelta(minutes=30)
            )

    @precondition(lambda self: self.house.requests())
    @rule(number=st.integers(0, 9), severity=st.sampled_from(list(Severity)))
    def edit(self, number: int, severity: Severity) -> None:
        id = self.pick(number)
        word = (severity, "looked again", "ana", self.house.now)
        self.house.store.write(lambda tx: self.house.desk.set_severity(tx, id, *word))

    @precondition(lambda self: self.open())
    @rule(number=st.integers(0, 9), late=st.booleans())
    def answer(self, number: int, late: bool) -> None:
        ids = self.open()
        id = ids[number % len(ids)]
        if late:
            self.let_pings_wait(id)
        said = ("ana", f"Done {self.house.now}", "x", self.house.now)
        self.house.store.write(lambda tx: self.house.desk.answer(tx, id, *said))
        self.house.work()
        if self.house.request(id).state is State.ANSWERED:
            self.answered[id] = len(self.house.post.taken)
        if late:
            self.send_what_waits()

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

    @rule(minutes=st.sampled_from([1, 7, 20, 45, 90, 600]))
    def advance(self, minutes: int) -> None:
        self.house.pass_(minutes=minutes)

    @invariant()
    def every_threshold_is_told_of(self) -> None:
        """Nothing that is owed has a moment behind it at which nobody was looked for."""
        if not hasattr(self, "house"):
            return
        self.house.loop.run_until_complete(self._look())
        for id in self.open():
            timer = self.house.store.read(lambda tx, id=id: running(tx, id))
            assert timer is not None, f"nobody watches over {id}"
            assert timer.next_at > self.house.now
            request = self.house.request(id)
            book = policies.of_request(self.house.playbook, request)
            due = Course(timer, book).first_after(self.house.now)
            assert timer.acknowledgement or due == timer.told
            told = [n for n in self.notices(id) if n.kind is NoticeKind.PING]
            if timer.told and not timer.acknowledgement:
                assert told, f"a step of {id} told nobody"

    async def _look(self) -> None:
        while await self.house.watch.look():
            await asyncio.sleep(0)

    def notices(self, id: int) -> list[Any]:
        carried = self.house.store.read(lambda tx: tx.outbox.of_request(id))
        return [c.notice for c in carried]

    @invariant()
    def nothing_is_told_twice(self) -> None:
        if hasattr(self, "house"):
            ids = Counter(notice.id for notice in self.house.post.taken)
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
