"""Who comes on call and who goes hear what is owed, once for each change."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from daemon.letters.handoffs import LISTED, handoff
from daemon.on_call.handoffs import HandoffLetters, Handoffs
from rules.model import NoticeKind, OnCallChangeKind
from tests.daemon.test_rota import change, undo
from tests.daemon.test_stories import outage

House = Any  # the fixture's class; conftest is no module to import
HOUR = timedelta(hours=1)


def looking(house: House) -> Handoffs:
    letters = HandoffLetters(house.playbook, house.key)
    clock, rotations = (lambda: house.now), ["on_call"]
    return Handoffs(house.thread, house.playbook, letters, rotations, clock, lambda: None)


@pytest.fixture
def handoffs(house: House) -> Iterator[Handoffs]:
    """After the first look, which only remembers who it is."""
    found = looking(house)
    look(house, found)
    return found


def look(house: House, handoffs: Handoffs) -> None:
    house.loop.run_until_complete(handoffs.round())
    house.work()


def told(house: House, person: str) -> Any:
    return house.sent(NoticeKind.DIGEST, f"{person}@b2bee.example")


def late(house: House) -> None:
    """Something is owed, a minute before a handoff."""
    house.at("2026-03-09T08:59")
    outage(house)
    house.ignore()


@pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
def test_who_comes_and_who_goes_are_told_what_is_owed_and_who_has_it(
    house: House, handoffs: Handoffs
) -> None:
    late(house)
    house.store.write(lambda tx: house.desk.acknowledge(tx, 1, "ana", house.now))
    look(house, handoffs)
    house.now += timedelta(minutes=2)
    look(house, handoffs)
    look(house, looking(house))  # another daemon, or the same after a restart
    to_ivo, to_ana = told(house, "ivo"), told(house, "ana")
    assert to_ivo.subject == to_ana.subject == "[supportd] ivo is on call now, 1 owed"
    assert "ivo is on call (on_call) since now, until Mon 2026-03-16 09:00 CET" in to_ivo.text
    assert "before it was ana." in to_ivo.text
    assert "[critical] #1 Premium d.o.o.: " in to_ivo.text
    assert "answer due 09:59 (in 58 min); ana has it until 09:44\n" in to_ivo.text
    assert "ack ID --as ivo" in to_ivo.text
    assert "ack ID --as ana" in to_ana.text


def test_where_nothing_is_owed_nobody_is_written_to(house: House, handoffs: Handoffs) -> None:
    house.at("2026-03-09T09:00")
    look(house, handoffs)


def test_a_change_by_command_is_told_and_so_is_its_end(house: House, handoffs: Handoffs) -> None:
    late(house)
    made = change(house, OnCallChangeKind.OVERRIDE, "boss")
    look(house, handoffs)
    assert told(house, "boss").subject == "[supportd] boss is on call now, 1 owed"
    told(house, "ana")
    undo(house, made.id)
    house.now += timedelta(seconds=5)
    look(house, handoffs)
    assert "before it was boss" in told(house, "ana").text
    told(house, "boss")


def test_nobody_comes_and_nobody_goes_is_said(house: House, handoffs: Handoffs) -> None:
    late(house)
    for name in ("ana", "ivo"):
        change(house, OnCallChangeKind.ABSENCE, name, until_at=house.now + HOUR)
    look(house, handoffs)
    assert told(house, "ana").subject == "[supportd] nobody is on call now, 1 owed"
    house.now += HOUR
    look(house, handoffs)
    house.work()
    assert "before it was nobody" in told(house, "ivo").text
    house.ignore()


def test_more_than_a_letter_holds_are_said_to_be_more(house: House) -> None:
    outage(house)
    house.ignore()
    owed = house.store.read(lambda tx: tx.timers.owed(1)) * (LISTED + 1)
    ivo = house.playbook.people["ivo"]
    subject, text = handoff("on_call", "ana", "ivo", None, owed, ivo, house.now)
    assert subject == "[supportd] ivo is on call now, more than 20 owed"
    assert "until further notice" in text
    assert text.count("nobody has it") == 20
    assert "and more: `supportd requests` lists them all" in text
