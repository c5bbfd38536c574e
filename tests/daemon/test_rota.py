"""Who is on call is changed by command, and the running daemon takes it up at once."""

from datetime import timedelta
from typing import Any

import pytest

from daemon.on_call import rota
from rules.model import OnCallChange, OnCallChangeKind
from rules.requests import Refused
from tests.daemon.test_stories import outage

House = Any  # the fixture's class; conftest is no module to import
HOUR = timedelta(hours=1)
OVERRIDE, SWAP, ABSENCE = (
    OnCallChangeKind.OVERRIDE,
    OnCallChangeKind.SWAP,
    OnCallChangeKind.ABSENCE,
)


def change(house: House, kind: OnCallChangeKind, person: str, other: str = "", **more: Any) -> Any:
    where = "" if kind is ABSENCE else "on_call"
    usual = {"from_at": house.now, "until_at": house.now + 8 * HOUR, "rotation": where}
    said = OnCallChange(
        id=0, kind=kind, person=person, other=other, who="boss", at=house.now, **(usual | more)
    )
    return house.store.write(lambda tx: rota.say(tx, house.playbook, said))


def undo(house: House, id: int, who: str = "boss") -> None:
    house.store.write(lambda tx: rota.undo(tx, house.playbook, id, who, house.now))


@pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("kind", "person", "other"), [(OVERRIDE, "ivo", ""), (SWAP, "ivo", "ana"), (ABSENCE, "ana", "")]
)
def test_what_is_said_counts_for_the_next_ping_and_undone_no_more(
    house: House, kind: OnCallChangeKind, person: str, other: str
) -> None:
    made = change(house, kind, person, other)
    outage(house)
    house.receipt("p@premium.example")
    house.ping("ivo")
    house.copy("ivo")
    undo(house, made.id)
    house.at("2026-03-04T10:30")
    house.ping("ana")


def test_a_change_that_is_over_counts_no_more(house: House) -> None:
    change(house, OVERRIDE, "ivo", until_at=house.now + HOUR / 4)
    outage(house)
    house.receipt("p@premium.example")
    house.ping("ivo")
    house.copy("ivo")
    house.at("2026-03-04T10:30")
    house.ping("ana")


def test_with_everybody_absent_the_catch_all_is_told_at_once_and_alarmed(house: House) -> None:
    change(house, ABSENCE, "ana")
    change(house, ABSENCE, "ivo")
    outage(house)
    house.receipt("p@premium.example")
    assert "nobody is on call" in house.ping("boss").text
    assert "nobody is on call" in house.alarm().subject
    house.copy("boss")


@pytest.mark.parametrize(
    ("kind", "person", "other", "more", "told"),
    [
        (OVERRIDE, "eva", "", {}, "'eva' is nobody in [people]; there are: ana, ivo, boss"),
        (OVERRIDE, "ivo", "", {"rotation": "x"}, "no rotation is called 'x'; there are: on_call"),
        (OVERRIDE, "ivo", "", {"hours": 0}, "it ends before it begins"),
        (SWAP, "ivo", "ivo", {}, "give two names"),
        (SWAP, "ivo", "boss", {}, "neither ivo nor boss is on call then"),
    ],
)
def test_what_makes_no_sense_is_refused(
    house: House, kind: OnCallChangeKind, person: str, other: str, more: Any, told: str
) -> None:
    if "hours" in more:
        more = {"until_at": house.now + more["hours"] * HOUR}
    with pytest.raises(Refused) as refused:
        change(house, kind, person, other, **more)
    assert told in str(refused.value)


def test_what_is_over_stays_and_who_is_absent_takes_nobodys_place(house: House) -> None:
    with pytest.raises(Refused, match="over already"):
        change(house, OVERRIDE, "ivo", from_at=house.now - HOUR, until_at=house.now)
    change(house, ABSENCE, "ivo", until_at=house.now + HOUR)
    with pytest.raises(Refused, match="ivo is absent then"):
        change(house, OVERRIDE, "ivo")
    change(house, OVERRIDE, "ivo", from_at=house.now + HOUR)


def test_only_what_stands_is_undone(house: House) -> None:
    made = change(house, OVERRIDE, "ivo")
    undo(house, made.id)
    for id, told in ((made.id, "boss has undone"), (made.id + 1, "no change"), (99, "no change")):
        with pytest.raises(Refused, match=told):
            undo(house, id)
    with pytest.raises(Refused, match="nobody in"):
        undo(house, made.id, who="eva")


def test_who_is_given_a_request_off_shift_is_said_so_as_things_stand(house: House) -> None:
    change(house, OVERRIDE, "ivo")
    outage(house)
    for to in ("ana", "ivo"):
        house.store.write(lambda tx, to=to: house.desk.reassign(tx, 1, to, "boss", house.now))
    said = [h.why for h in house.store.read(lambda tx: tx.requests.history(1)) if "given" in h.why]
    assert ["not on call now" in why for why in said] == [True, False]
    house.work()
    house.ignore()
