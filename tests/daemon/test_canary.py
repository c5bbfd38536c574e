"""The canary goes the whole way every hour, disturbs nobody, and is missed if it stays away."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from channels.base import Cursor
from daemon.canary import EVERY, LATE, NUMBER, WAY, Canary
from rules.model import Arrival

House = Any  # the fixture's class; conftest is no module to import

MINUTE = timedelta(minutes=1)


class Aviary:
    """A house with a canary in it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.told: list[str] = []
        self.sent = 0
        self.way = house.slack  # takes what comes, in another's name
        house.courier.outbounds[WAY] = self.way
        self.canary = Canary(house.thread, self.receive, lambda: house.now, self.alarm)

    async def receive(self, arrivals: Sequence[Arrival], cursor: Cursor | None = None) -> None:
        assert cursor is not None
        value = cursor.value
        self.house.store.write(lambda tx: tx.memory.save("canary", value))
        self.house.store.write(lambda tx: tx.inbox.take(arrivals, self.house.now))
        self.sent += 1

    async def alarm(self, what: str, detail: str) -> None:
        self.told.append(what)

    def after(self, pause: timedelta) -> None:
        self.house.now += pause
        self.house.loop.run_until_complete(self.canary.round())


@pytest.fixture
def aviary(house: House) -> Aviary:
    found = Aviary(house)
    found.after(MINUTE)
    assert found.sent == 0  # a start is no hour
    found.after(EVERY)
    assert found.sent == 1
    return found


def left(house: House) -> list[object]:
    """What there is of the canary in the store."""
    return [
        *house.store.read(lambda tx: [tx.requests.get(NUMBER)] if tx.requests.get(NUMBER) else []),
        *house.store.read(lambda tx: tx.requests.history(NUMBER)),
        *house.store.read(lambda tx: tx.timers.of(NUMBER)),
        *house.store.read(lambda tx: list(tx.inbox.counts())),
        *house.store.read(lambda tx: list(tx.outbox.counts())),
    ]


@pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
def test_a_canary_goes_the_whole_way_and_leaves_nothing_behind(aviary: Aviary) -> None:
    house = aviary.house
    house.work()
    assert [notice.way.kind for notice in aviary.way.taken] == [WAY]  # and nobody else was told
    assert "pinged a room" in house.history(NUMBER)
    assert house.requests() == []
    from_at, until_at = house.now - EVERY, house.now + EVERY
    assert house.store.read(lambda tx: tx.requests.received(from_at, until_at)) == []
    aviary.after(MINUTE)
    assert left(house) == []
    aviary.after(LATE)
    assert aviary.told == []
    house.ignore()


def test_the_next_goes_out_after_an_hour(aviary: Aviary) -> None:
    for hour in range(3):
        aviary.house.work()
        aviary.after(MINUTE)
        aviary.after(EVERY - 2 * MINUTE)
        assert aviary.sent == hour + 1
        aviary.after(MINUTE)
        assert aviary.sent == hour + 2
    assert len(aviary.way.taken) == 3
    aviary.house.ignore()


@pytest.mark.parametrize("stuck", ["intake", "watch", "courier"])
def test_a_canary_that_does_not_come_back_is_told_of_once(aviary: Aviary, stuck: str) -> None:
    house = aviary.house
    rounds = {"intake": [], "watch": [house.intake.round]}
    rounds["courier"] = [*rounds["watch"], house.watch.look]
    for work in rounds[stuck]:
        house.loop.run_until_complete(work())
    aviary.after(LATE - MINUTE)
    assert aviary.told == []
    aviary.after(MINUTE)
    aviary.after(MINUTE)
    assert aviary.told == ["the canary did not come back"]
    house.work()  # what stood still goes on: late, and to nobody
    aviary.after(EVERY)
    house.work()
    aviary.after(MINUTE)
    assert left(house) == []
    assert aviary.told == ["the canary did not come back"]
    house.ignore()


def test_one_that_was_out_while_no_daemon_ran_is_waited_for_again(aviary: Aviary) -> None:
    aviary.house.now += timedelta(days=1)
    aviary.canary.__post_init__()  # a new daemon's
    aviary.after(MINUTE)
    assert aviary.told == []
    aviary.house.work()
    aviary.after(MINUTE)
    assert aviary.told == []
    assert left(aviary.house) == []
    aviary.house.ignore()
