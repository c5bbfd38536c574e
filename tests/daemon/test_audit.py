"""The auditor finds what must never be so, mends it, tells it, and beats only where all is well."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from daemon.audit import LATE, Auditor
from daemon.metrics import Metrics
from rules.model import Purpose
from storage.store import Transaction

House = Any  # the fixture's class; conftest is no module to import


class Watched:
    """A house with an auditor in it, and an ear for what it tells."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.told: list[tuple[str, str]] = []
        self.beats = 0
        self.deaf = False
        self.auditor = Auditor(
            store=house.thread,
            database=house.store,
            playbook=house.playbook,
            desk=house.desk,
            clock=lambda: house.now,
            metrics=Metrics(),
            alarm=self.alarm,
            heartbeat_url="https://hc.example/ping",
            fetch=self.fetch,
        )

    async def alarm(self, what: str, detail: str) -> None:
        self.told.append((what, detail))

    async def fetch(self, _url: str) -> None:
        if self.deaf:
            raise ConnectionRefusedError
        self.beats += 1

    def audit(self) -> None:
        self.told.clear()
        self.house.loop.run_until_complete(self.auditor.round())

    def break_(self, work: Callable[[Transaction], object]) -> None:
        self.house.store.write(work)


@pytest.fixture
def watched(house: House) -> Watched:
    house.mail("p@premium.example", "Everything is down", "Nothing works, we cannot sell at all.")
    house.ignore()
    return Watched(house)


def test_where_all_is_well_it_tells_nothing_and_beats(watched: Watched) -> None:
    watched.audit()
    assert (watched.told, watched.beats) == ([], 1)


def test_a_heartbeat_nobody_takes_stops_nothing(watched: Watched) -> None:
    watched.deaf = True
    watched.audit()
    assert watched.told == []


def test_a_request_without_a_timer_is_watched_again_and_told_once(watched: Watched) -> None:
    house = watched.house
    [before] = house.store.read(lambda tx: tx.timers.of(1))
    watched.break_(lambda tx: tx.timers.disarm(1))
    watched.audit()
    assert watched.told == [("requests nobody watched over", "1: they are watched over again")]
    assert watched.beats == 0
    [after] = house.store.read(lambda tx: tx.timers.of(1))
    assert (after.due_at, after.purpose, after.epoch) == (
        before.due_at,
        before.purpose,
        before.epoch,
    )
    assert "armed again" in house.history()
    house.work()
    house.ignore()
    watched.audit()
    assert (watched.told, watched.beats) == ([], 1)


def test_a_held_request_without_a_timer_gets_its_review_back(watched: Watched) -> None:
    house = watched.house
    house.mail("l@lapsed.example", "It is slow", "The list loads slowly since Monday.")
    house.ignore()
    held = house.request(2)
    watched.break_(lambda tx: tx.timers.disarm(2))
    watched.audit()
    [timer] = house.store.read(lambda tx: tx.timers.of(2))
    assert (timer.purpose, timer.due_at) == (Purpose.REVIEW, held.review_due_at)


def test_a_timer_over_nothing_owed_is_gone(watched: Watched) -> None:
    house = watched.house
    timers = house.store.read(lambda tx: tx.timers.of(1))
    house.store.write(lambda tx: house.desk.close(tx, 1, "not-a-request", "ana", house.now))
    watched.break_(lambda tx: tx.timers.arm(timers[0]))
    watched.audit()
    assert watched.told == [("timers over nothing owed", "1: they are gone")]
    assert house.store.read(lambda tx: tx.timers.of(1)) == []
    watched.audit()
    assert watched.told == []


def test_a_timer_over_nothing_owed_tells_nobody_and_is_gone_once_it_is_looked_at(
    watched: Watched,
) -> None:
    house = watched.house
    [timer] = house.store.read(lambda tx: tx.timers.of(1))
    house.store.write(lambda tx: house.desk.close(tx, 1, "not-a-request", "ana", house.now))
    watched.break_(lambda tx: tx.timers.arm(timer))
    told = house.taken()
    house.pass_(hours=2)
    assert house.taken() == told
    assert house.store.read(lambda tx: tx.timers.of(1)) == []


def test_a_timer_nobody_looked_at_is_told(watched: Watched) -> None:
    [timer] = watched.house.store.read(lambda tx: tx.timers.of(1))
    watched.house.now = timer.next_at + LATE
    watched.audit()
    assert watched.told == []
    watched.house.now += timedelta(seconds=1)
    watched.audit()
    assert [what for what, _ in watched.told] == ["timers due and not looked at"]
    assert watched.beats == 1


def test_a_ping_nobody_sends_and_a_notice_in_a_dead_hand_are_told(watched: Watched) -> None:
    house = watched.house
    [timer] = house.store.read(lambda tx: tx.timers.of(1))
    house.now = timer.next_at
    house.loop.run_until_complete(house.watch.look())
    house.now += LATE + timedelta(seconds=1)
    watched.audit()
    assert "pings that nobody sends" in [what for what, _ in watched.told]
    house.store.claim(lambda tx: tx.outbox.claim(house.now, 10, LATE, "mail"))
    house.now += 2 * LATE + timedelta(seconds=1)
    watched.audit()
    assert "notices in a dead hand" in [what for what, _ in watched.told]
    house.work()
    house.ignore()


def test_a_daemon_that_died_is_told_of_once(watched: Watched) -> None:
    now = watched.house.now
    watched.break_(lambda tx: tx.leases.take("host:7:ab", "host:7:ab", now, now))
    watched.house.store.write(lambda tx: tx.timers.disarm(1))
    watched.audit()
    watched.house.now += LATE + timedelta(seconds=1)
    watched.audit()
    assert "daemon host:7:ab died" in [what for what, _ in watched.told]
    watched.audit()
    assert "daemon host:7:ab died" not in [what for what, _ in watched.told]
    watched.house.work()
    watched.house.ignore()


def test_requests_beyond_a_slice_are_audited_in_their_turn(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.audit.SLICE", 1)
    watched.house.mail("s@standard.example", "All is down", "Nothing works at all here.")
    watched.house.ignore()
    watched.break_(lambda tx: tx.timers.disarm(2))
    watched.audit()
    assert watched.told == []
    watched.audit()
    assert watched.told == [("requests nobody watched over", "2: they are watched over again")]
    watched.house.work()
    watched.house.ignore()
