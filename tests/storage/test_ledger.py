"""The ledger of credits always sums, whoever draws at the same instant."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from threading import Barrier
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest

from daemon import parts
from daemon.config import load
from daemon.decisions import Decisions
from daemon.desk import Desk
from daemon.known import gather
from daemon.notices import Notices
from rules import triage
from rules.model import Assessment, CloseReason, Message, Playbook, RegisteredPerson, Severity
from rules.requests import Refused
from storage.store import Store, StoreError, Transaction
from tests.conftest import SOAK
from tests.storage.nouns import NOW, a_contract, a_message, an_arrival, an_envelope

T = TypeVar("T")

AT_ONCE = {"sqlite": 50, "postgresql": 50 if SOAK else 20}
"""There all but one are undone and come again, which costs the square of it."""
CONTRACT = a_contract(
    plan="standard", persons=(RegisteredPerson("Ana", frozenset({"ana@adria.example"})),)
)
MINOR = Assessment(Severity.MINOR, 1.0, ("it says so",))


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    return parts.playbook(load(None, {}, demo=True))


def opened(
    tx: Transaction, message: Message, playbook: Playbook, decisions: Decisions
) -> tuple[int, bool]:
    """Decide on a message as the intake does; its request, and whether that drew a credit."""
    tx.inbox.take([replace(an_arrival(), envelope=message.envelope)], NOW)
    waiting = tx.inbox.waiting(NOW, 1000)[-1]
    known = gather(tx, message, playbook, NOW)
    decision = triage.decide(message, MINOR, known, playbook)
    decisions.carry_out(tx, waiting, message, decision, NOW)
    [filed] = tx.messages.threads([message.message_id])
    return filed[1], bool(tx.credits.of_request(filed[1]))


def decisions_of(playbook: Playbook) -> Decisions:
    notices = Notices(playbook, b"key")
    return Decisions(playbook, notices, Desk(playbook, notices))


def again(work: Callable[[], T]) -> T:
    """Who finds the store busy for too long has done nothing, and comes again."""
    while True:
        try:
            return work()
        except StoreError as refused:
            if "locked" not in str(refused) and "serialize" not in str(refused):
                raise


def test_messages_at_the_same_instant_draw_two_credits_and_no_more(
    store: Store, url: str, playbook: Playbook
) -> None:
    store.write(lambda tx: tx.contracts.put([CONTRACT]))
    many = AT_ONCE[url.partition(":")[0].partition("+")[0]]
    messages = [a_message(envelope=an_envelope()) for _ in range(many)]
    together = Barrier(many)

    def draw(message: Message) -> bool:
        mine = Store(url)
        decisions = decisions_of(playbook)
        together.wait(30)
        try:
            return again(lambda: mine.write(lambda tx: opened(tx, message, playbook, decisions)))[1]
        finally:
            mine.close()

    with ThreadPoolExecutor(many) as threads:
        drawn = list(threads.map(draw, messages))
    assert sum(drawn) == 2
    day = NOW.date()
    assert store.read(lambda tx: tx.credits.drawn(1, day, day)) == 2
    found = store.read(lambda tx: tx.requests.find())
    assert len(found) == many
    assert sorted(r.covered for r in found) == [False] * (many - 2) + [True] * 2


@pytest.mark.parametrize("seed", range(3))
def test_the_ledger_equals_a_naive_recount(store: Store, playbook: Playbook, seed: int) -> None:
    random = Random(seed)
    decisions = decisions_of(playbook)
    store.write(lambda tx: tx.contracts.put([CONTRACT]))
    naive: dict[int, tuple[date, int]] = {}
    """By request: its local day, and what is drawn for it now."""

    def drawn(first: date, last: date) -> int:
        return sum(amount for day, amount in naive.values() if first <= day <= last)

    def ask() -> None:
        # around the ends of days and months, in winter and in summer time
        at = random.choice([datetime(2026, 3, 31, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)])
        at += timedelta(hours=random.choice([-25, -3, -1.5, -0.5, 0, 22.5, 30]))
        sender = random.choice(["ana@adria.example"] * 4 + ["stranger@else.example"])
        message = a_message(envelope=an_envelope(received_at=at), sender=sender)
        id, _ = store.write(lambda tx: opened(tx, message, playbook, decisions))
        day = at.astimezone(ZoneInfo("Europe/Zagreb")).date()
        month = day.replace(day=1), day.replace(day=28) + timedelta(days=3 * (day.month == 3))
        may = sender.startswith("ana") and drawn(day, day) < 2 and drawn(*month) < 5
        naive[id] = (day, int(may))

    def give_back() -> None:
        id = random.randrange(1, len(naive) + 1)
        day, _ = naive[id]
        try:
            if random.random() < 0.5:
                store.write(lambda tx: decisions.desk.refund(tx, id, "ours", "demo", NOW))
            else:
                reason = random.choice(list(CloseReason))
                store.write(lambda tx: decisions.desk.close(tx, id, reason, "demo", NOW))
                if reason is CloseReason.WITHDRAWN:
                    return
        except Refused:
            return
        naive[id] = (day, 0)

    for number in range(40):
        random.choice([ask, ask, give_back])() if number else ask()

    def sums(tx: Transaction) -> dict[int, int]:
        return {id: sum(line.amount for line in tx.credits.of_request(id)) for id in naive}

    assert store.read(sums) == {id: amount for id, (_, amount) in naive.items()}
    for day in {day for day, _ in naive.values()}:
        assert store.read(lambda tx, d=day: tx.credits.drawn(1, d, d)) == drawn(day, day)
    assert all(0 <= drawn(day, day) <= 2 for day, _ in naive.values())
