"""Two daemons on one store, in a house where the second is a name in the leases."""

from datetime import timedelta
from typing import Any

import pytest

from channels.base import DeliveryError, Failure
from daemon.delivery.courier import LEASE
from daemon.intake import TURN

House = Any  # the fixture's class; conftest is no module to import

REPLY = b"""From: p@premium.example
To: support@b2bee.example
Subject: More about it
Message-ID: <second@premium.example>
In-Reply-To: <first@premium.example>

And it is slow.
"""
FIRST = REPLY.replace(b"In-Reply-To: <first@premium.example>\n", b"").replace(b"second", b"first")


@pytest.fixture
def other(house: House) -> House:
    """The house, and beside it a daemon that has the first arrival in hand."""
    until = house.now + timedelta(seconds=30)
    house.store.write(lambda tx: tx.leases.take("other", "other", house.now, until))
    house.take(FIRST, "p@premium.example")
    house.store.claim(lambda tx: tx.inbox.claim("other", house.now, 1))
    return house


def test_a_reply_waits_for_what_another_daemon_has_in_hand(other: House) -> None:
    other.take(REPLY, "p@premium.example")
    other.work()
    assert other.requests() == []
    other.now += timedelta(seconds=31)  # the other one is dead
    other.work()
    assert len(other.requests()) == 1
    other.ignore()


def test_a_reply_does_not_wait_for_ever(other: House) -> None:
    other.take(REPLY, "p@premium.example")
    other.now += TURN + timedelta(seconds=1)
    other.store.write(
        lambda tx: tx.leases.take("other", "other", other.now, other.now + timedelta(minutes=1))
    )
    other.work()
    assert len(other.requests()) == 1
    other.ignore()


def test_what_is_no_reply_waits_for_nobody(other: House) -> None:
    other.mail("s@standard.example", "All is down", "Nothing works at all.")
    assert [request.sender for request in other.requests()] == ["s@standard.example"]
    other.ignore()


def test_what_another_took_over_while_we_slept_is_decided_once(house: House) -> None:
    house.take(FIRST, "p@premium.example")
    understand = house.intake.understand

    def sleep_and_read(arrival: Any) -> Any:
        until = house.now + timedelta(minutes=1)
        house.store.write(lambda tx: tx.leases.take("other", "other", house.now, until))
        house.store.claim(lambda tx: tx.inbox.claim("other", house.now, 1))
        return understand(arrival)

    house.intake.understand = sleep_and_read
    house.work()
    assert house.requests() == []  # it is the other's now


def test_who_slept_over_a_claim_sends_nothing_once_another_has_it(house: House) -> None:
    house.mail("s@standard.example", "All is down", "Nothing works at all.")
    house.ignore()
    house.post.failing = DeliveryError(Failure.TEMPORARY, "not now")
    house.mail("p@premium.example", "Everything is down", "Nothing works at all.")
    house.post.failing = None
    house.now += timedelta(minutes=2)
    ours = house.store.claim(lambda tx: tx.outbox.claim(house.now, 10, LEASE, "mail"))
    house.now += LEASE
    theirs = house.store.claim(lambda tx: tx.outbox.claim(house.now, 10, LEASE, "mail"))
    assert [c.notice.id for c in theirs] == [c.notice.id for c in ours] != []
    before = len(house.post.taken)
    for claimed in ours:
        house.loop.run_until_complete(house.courier._carry([claimed]))
    assert len(house.post.taken) == before
    for claimed in theirs:
        house.loop.run_until_complete(house.courier._carry([claimed]))
    assert len(house.post.taken) > before
    house.ignore()
