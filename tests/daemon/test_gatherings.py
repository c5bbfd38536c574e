"""Pings that went out as one, and nobody knows whether they were taken: asked for as that one."""

from datetime import timedelta
from typing import Any

import pytest

from channels.base import DeliveryError, Failure, Sent
from rules.model import Notice, NoticeKind
from tests.daemon.test_delivery import outages, pings

House = Any  # the fixture's class; conftest is no module to import
LOST = DeliveryError(Failure.UNKNOWN, "the answer was lost")
COUNT = 7
SINGLE = 3


class Killed(BaseException):
    """The daemon is gone."""


def loses(house: House, error: BaseException, takes: bool) -> None:
    """Of the first message with several pings, the answer never comes."""
    send = house.post.send
    errors = [error]

    async def send_once(notice: Notice) -> Sent:
        if not notice.id.startswith("pings-") or not errors:
            return await send(notice)
        if takes:
            await send(notice)
        raise errors.pop()

    house.post.send = send_once


def later(house: House) -> None:
    for _ in range(12):
        house.now += timedelta(seconds=10)
        house.work()


def gathered(house: House) -> list[Notice]:
    return [each for each in house.post.taken if each.id.startswith("pings-")]


@pytest.mark.parametrize("error", [LOST, Killed()])
def test_what_the_peer_says_it_took_is_not_sent_again(house: House, error: BaseException) -> None:
    house.post.can_tell = True
    loses(house, error, takes=True)
    try:
        outages(house, COUNT)
    except Killed:
        house.thread.close()
        house.open()
    later(house)
    assert len(pings(house, "ana")) == SINGLE + 1
    assert set(house.store.read(lambda tx: tx.outbox.counts())) == {"sent"}
    assert [house.history(id).count("ping reached ana") for id in range(1, COUNT + 1)] == [1] * 7


def test_what_the_peer_never_had_goes_again_and_as_one(house: House) -> None:
    house.post.can_tell = True
    loses(house, LOST, takes=False)
    outages(house, COUNT)
    assert gathered(house) == []
    later(house)
    told = [each.request_id for each in pings(house, "ana") if not each.id.startswith("pings-")]
    [again] = gathered(house)
    told += [n for n in range(1, COUNT + 1) if f"#{n} Premium" in again.text]
    assert sorted(told, key=lambda n: n or 0) == list(range(1, COUNT + 1))


def test_where_nobody_can_say_it_goes_again_under_its_id_with_what_still_matters(
    house: House,
) -> None:
    loses(house, LOST, takes=True)
    outages(house, COUNT)
    house.store.write(lambda tx: house.desk.acknowledge(tx, 5, "ivo", house.now))
    later(house)
    first, again = gathered(house)
    house.ignore()
    assert again.message_id == first.message_id
    assert [n for n in range(1, COUNT + 1) if f"#{n} Premium" in first.text] == [4, 5, 6, 7]
    assert [n for n in range(1, COUNT + 1) if f"#{n} Premium" in again.text] == [4, 6, 7]
    alone = [n.id for n in house.post.taken if n.kind is NoticeKind.PING and n.person == "ana"]
    assert len(alone) == SINGLE + 2
