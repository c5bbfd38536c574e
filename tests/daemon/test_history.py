"""Mail that came before we were asked to look, and mail that comes by several doors."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from daemon.store_thread import StoreThread
from rules.model import Arrival, Channel, Envelope, Fate, Message
from storage.store import StoreError, Transaction

_ids = count(1)

MAIL = b"""From: S <s@standard.example>
To: support@b2bee.example
Subject: Everything is down
Message-ID: <down@standard.example>
Date: Wed, 4 Mar 2026 09:00:00 +0000

Nothing works, the whole company stands still.
"""


def take(house: Any, content: bytes, history: bool, to: str = "support@b2bee.example") -> int:
    """Made durable by any door, not yet understood; how many were new."""
    id = f"{next(_ids)}"
    envelope = Envelope(
        Channel.EMAIL, "support", id, "s@standard.example", (to,), house.now, history=history
    )
    taken: int = house.store.write(
        lambda tx: tx.inbox.take([Arrival(envelope, content)], house.now)
    )
    return taken


def fates(house: Any) -> dict[str, int]:
    found: dict[str, int] = house.store.read(lambda tx: tx.inbox.counts())
    return found


def test_history_opens_nothing_and_nobody_hears_of_it(house: Any) -> None:
    take(house, MAIL, history=True)
    house.work()
    house.pass_(days=3)
    assert house.requests() == []
    assert fates(house) == {Fate.NOTED: 1}
    # The house fixture fails on any receipt, ping, copy or alarm.


def test_history_that_nobody_can_read_opens_nothing_either(house: Any) -> None:
    take(house, b"\x00\xff\xfe", history=True)
    take(house, b"", history=True)
    house.work()
    assert house.requests() == []
    assert fates(house) == {Fate.NOTED: 2}


def test_history_of_one_of_us_sends_nothing_to_a_customer(house: Any) -> None:
    house.mail("s@standard.example", "Slow", "The list of orders is slow.")
    house.ignore()
    to = next(n.reply_to for n in house.post.taken if "+answer-" in n.reply_to)
    answer = MAIL.replace(b"S <s@standard.example>", b"Ana <ana@b2bee.example>")
    take(house, answer, history=True, to=to)
    house.work()
    assert house.request().first_response_at is None


@pytest.mark.parametrize("subject", ["(reading fails)", "\ud800 (no database takes that)"])
def test_history_that_fails_keeps_no_other_history_back(house: Any, subject: str) -> None:
    understand = house.intake.understand

    def reading(arrival: Arrival) -> Message:
        if b"<bad@" not in arrival.content:
            read: Message = understand(arrival)
            return read
        if subject == "(reading fails)":
            raise ValueError
        return replace(understand(arrival), subject=subject)

    house.intake.understand = reading
    for id in (b"one@", b"bad@", b"two@"):
        take(house, MAIL.replace(b"down@", id), history=True)
    house.work()
    assert fates(house) == {Fate.NOTED: 2, "undecided": 1}
    house.pass_(minutes=6)
    assert fates(house) == {Fate.NOTED: 3}


def test_history_is_filed_many_in_one_commit(house: Any) -> None:
    commits: list[None] = []

    class Counting(StoreThread):
        async def write(self, work: Callable[[Transaction], Any]) -> Any:
            commits.append(None)
            return await super().write(work)

    house.intake.store = Counting(house.store)
    for n in range(20):
        take(house, MAIL.replace(b"down@", f"{n % 19}@".encode()), history=True)
    house.work()
    assert fates(house) == {Fate.NOTED: 19, Fate.REPEAT: 1}
    assert len(commits) == 1  # beside the claim


def test_history_that_was_filed_though_nobody_was_told_is_no_repeat_of_itself(house: Any) -> None:
    class LosesAnAnswer(StoreThread):
        lost = False

        async def write(self, work: Callable[[Transaction], Any]) -> Any:
            done = await super().write(work)
            if not self.lost and fates(house) == {Fate.NOTED: 3}:
                self.lost = True
                raise StoreError("the line broke during COMMIT")
            return done

    house.intake.store = LosesAnAnswer(house.store)
    for n in range(3):
        take(house, MAIL.replace(b"down@", f"{n}@".encode()), history=True)
    house.work()
    assert house.intake.store.lost
    assert fates(house) == {Fate.NOTED: 3}


def test_what_was_in_hand_when_the_process_died_is_read_alone(house: Any) -> None:
    for n in range(3):
        take(house, MAIL.replace(b"down@", f"{n}@".encode()), history=True)
    house.store.write(lambda tx: tx.inbox.claim("dead", house.now, 3))
    house.loop.run_until_complete(house.intake.round())
    left = house.store.read(lambda tx: tx.inbox.waiting(house.now, 3))
    assert [(each.id, each.begun) for each in left] == [(2, 1), (3, 1)]  # not blamed for the first
    house.work()


def test_history_joins_the_request_that_it_names(house: Any) -> None:
    house.mail("s@standard.example", "Everything", "It is slow.")
    house.ignore()
    (slow,) = house.store.read(lambda tx: tx.messages.ids_of(1))
    naming = MAIL.replace(b"\nDate:", f"\nReferences: <{slow}>\nDate:".encode())
    take(house, naming, history=True)
    house.work()
    filed = house.store.read(lambda tx: tx.messages.of_request(1))
    assert [f.message.subject for f in filed] == ["Everything", "Everything is down"]
    assert filed[1].author == "supportd"


def test_the_same_message_by_two_doors_is_one(house: Any) -> None:
    trace = b"Received: from a by b; Wed, 4 Mar 2026 09:00:05 +0000\nDelivered-To: x@y.example\n"
    take(house, MAIL, history=False)
    take(house, trace + MAIL, history=False)
    house.work()
    assert len(house.requests()) == 1
    assert fates(house) == {Fate.OPENED: 1, Fate.REPEAT: 1}
    house.ignore()


def test_history_does_not_stand_in_the_way_of_the_same_message_sent_now(house: Any) -> None:
    take(house, MAIL, history=True)
    house.work()
    take(house, MAIL, history=False)
    take(house, MAIL, history=True)  # read again, under a new UIDVALIDITY
    house.work()
    assert len(house.requests()) == 1
    assert fates(house) == {Fate.NOTED: 1, Fate.OPENED: 1, Fate.REPEAT: 1}
    house.ignore()


def test_whoever_waits_for_an_answer_goes_before_all_history(house: Any) -> None:
    for n in range(20):
        take(house, MAIL.replace(b"down@", f"{n}@".encode()), history=True)
    take(house, MAIL, history=False)
    first = house.store.read(lambda tx: tx.inbox.waiting(house.now, 3))
    assert [w.arrival.envelope.history for w in first] == [False, True, True]
    later = house.now + timedelta(days=1)
    late = house.store.read(lambda tx: tx.inbox.late(later, 50))
    assert [each.id for each in late] == [first[0].id]
    house.work()
    house.ignore()
