"""A transaction that is run again (PostgreSQL, beaten by another) tells and counts once."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from rules.model import NoticeKind

OUTAGE = "Nothing works: the whole company cannot send orders since 8 o'clock."

House = Any  # the fixture's class; conftest is no module to import


class Undone(Exception):
    """As if another transaction had been first."""


class Beaten:
    """A store in which every work is undone once, and done again."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.read, self.claim = house.thread.read, house.thread.claim
        self.is_ripe = house.thread.is_ripe

    async def write(self, work: Callable[..., Any]) -> Any:
        def undone(tx: Any) -> None:
            work(tx)
            raise Undone

        with suppress(Undone):
            await self.house.thread.write(undone)
        return await self.house.thread.write(work)


def test_a_receipt_held_back_is_counted_once_for_each_message(house: House) -> None:
    house.intake.store = Beaten(house)
    for number in range(5):
        house.mail("p@premium.example", f"Question {number}", f"How do I do {number}?")
    figures = house.intake.metrics.render().decode()
    held_back = 5 - sum(n.kind is NoticeKind.RECEIPT for n in house.post.taken)
    assert held_back > 0
    assert f'supportd_alarms_total{{what="receipts"}} {held_back}.0' in figures
    house.ignore()


def test_the_courier_is_woken_in_the_loop_once_pings_are_durable(house: House) -> None:
    house.take(f"From: p@premium.example\nSubject: x\n\n{OUTAGE}\n".encode(), "p@premium.example")
    house.loop.run_until_complete(house.intake.round())
    here, found = threading.get_ident(), []

    def wake() -> None:
        waiting = house.store.read(lambda tx: tx.outbox.counts())
        found.append((threading.get_ident() == here, bool(waiting)))

    watch = replace(house.watch, store=Beaten(house), wake_courier=wake)
    house.loop.run_until_complete(watch.look())
    assert found == [(True, True)]
    house.work()
    house.ignore()
