"""Acknowledgements that race the watch, on a PostgreSQL where both write at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rules import deadlines, escalation
from rules.model import NoticeKind, Purpose, Severity, Timer
from storage.store import NoticeState, StoreError, Transaction
from tests.conftest import SOAK
from tests.storage.nouns import a_request

House = Any  # the fixture's class; conftest is no module to import
COUNT = 60
ROUNDS = 167 if SOAK else 1
"""Of ten thousand at once, the first looks would see all before most are acknowledged."""
PARTS = 4


def owe(tx: Transaction, house: House, count: int) -> list[int]:
    """So many requests of which a step is due at this instant."""
    book, ids = house.playbook, []
    target = book.policy.plans["premium"].targets[Severity.CRITICAL]
    deadline = deadlines.first_response(target, book.policy.clock, house.now)
    for _ in range(count):
        usual = {"severity": Severity.CRITICAL, "plan": "premium", "account": "support"}
        due = {"policy": book.policy.version, "first_response_due_at": deadline.due_at}
        request = tx.requests.add(a_request(**usual, **due))
        purpose = Purpose.FIRST_RESPONSE
        tx.timers.arm(
            escalation.arm(book, request.id, purpose, "premium", Severity.CRITICAL, deadline)
        )
        ids.append(request.id)
    return ids


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_no_ping_waits_for_what_somebody_has(house: House) -> None:
    for _ in range(ROUNDS):
        race(house)
    assert house.store.read(lambda tx: tx.outbox.counts()).get("pending", 0) == 0


def recorded(house: House, id: int) -> bool:
    """Who hears that it collided too often, since four never rest, presses again."""
    try:
        house.store.write(lambda tx: house.desk.acknowledge(tx, id, "ivo", house.now))
    except StoreError:
        return False
    return True


def race(house: House) -> None:
    ids = house.store.write(lambda tx: owe(tx, house, COUNT))

    def acknowledge(part: int) -> None:
        for id in ids[part::PARTS]:
            while not recorded(house, id):
                pass

    async def look() -> None:
        while any(not done.done() for done in acknowledging):
            await house.watch.look()

    with ThreadPoolExecutor(PARTS) as threads:
        acknowledging = [threads.submit(acknowledge, part) for part in range(PARTS)]
        house.loop.run_until_complete(look())
    assert [done.result() for done in acknowledging] == [None] * PARTS
    for id in ids:
        [timer], carried = house.store.read(
            lambda tx, id=id: (tx.timers.of(id), tx.outbox.of_request(id))
        )
        assert timer.acknowledgement is not None
        assert timer.acknowledgement.person == "ivo"
        pings = [c for c in carried if c.notice.kind is NoticeKind.PING]
        assert {c.state for c in pings} <= {NoticeState.CANCELLED}
        assert max(Counter(c.notice.id for c in pings).values(), default=1) == 1


def test_two_at_once_have_one_owner(house: House) -> None:
    [id] = house.store.write(lambda tx: owe(tx, house, 1))

    def press(person: str) -> str:
        try:
            press_now = (id, person, house.now, 0)
            return house.store.write(lambda tx: house.desk.acknowledge(tx, *press_now)).owner
        except Exception as error:
            return str(error)

    with ThreadPoolExecutor(2) as threads:
        said = list(threads.map(press, ("ana", "ivo")))
    owner = house.request(id).owner
    assert sum(answer == owner for answer in said) == 1
    assert sum(answer.startswith(f"{owner} has request {id} since") for answer in said) == 1


def timers(house: House, id: int) -> list[Timer]:
    return house.store.read(lambda tx: tx.timers.of(id))


def test_an_expired_lease_pings_who_had_it_and_who_is_on_call(house: House) -> None:
    [id] = house.store.write(lambda tx: owe(tx, house, 1))
    house.store.write(lambda tx: house.desk.acknowledge(tx, id, "ivo", house.now))
    [timer] = timers(house, id)
    lease = replace(timer.acknowledgement, until_at=house.now + timedelta(minutes=1))
    house.store.write(
        lambda tx: tx.timers.arm(replace(timer, acknowledgement=lease, next_at=lease.until_at))
    )
    house.pass_(minutes=1)
    assert "had acknowledged it" in house.ping("ivo").text
    assert "on call" in house.ping("ana").text
