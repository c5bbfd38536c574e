"""Somebody hears of every stretch without anybody on call, once, before it comes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from daemon.notices import Notices
from daemon.on_call.gaps import Gaps
from rules.model import OnCallChangeKind, Override
from tests.daemon.test_rota import change, undo

House = Any  # the fixture's class; conftest is no module to import
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def gaps(house: House) -> Gaps:
    notices = Notices(house.playbook, house.key)
    return Gaps(house.thread, house.playbook, notices, lambda: house.now, lambda: None)


def look(house: House, gaps: Gaps) -> None:
    house.loop.run_until_complete(gaps.round())
    house.work()


def both_off(house: House, day: int, days: int = 1) -> list[int]:
    """Everybody has these days off, so many days from now."""
    span = {"from_at": house.now + day * DAY, "until_at": house.now + (day + days) * DAY}
    return [change(house, OnCallChangeKind.ABSENCE, who, **span).id for who in ("ana", "ivo")]


def test_who_is_on_call_without_a_gap_is_told_nothing(house: House, gaps: Gaps) -> None:
    look(house, gaps)


def test_each_gap_is_told_once_and_again_only_when_it_is_back(house: House, gaps: Gaps) -> None:
    first = both_off(house, 5)
    look(house, gaps)
    alarm = house.alarm()
    assert "nobody will be on call" in alarm.subject
    assert "on_call: nobody from Mon 2026-03-09 10:00 to Tue 2026-03-10 10:00" in alarm.text
    both_off(house, 9)
    look(house, gaps)
    assert "Fri 2026-03-13 10:00" in house.alarm().text
    for _ in range(3):  # every day, and after every start
        house.now += DAY
        look(house, gaps)
        again = Gaps(house.thread, house.playbook, gaps.notices,
                         gaps.clock, lambda: None)  # fmt: skip
        look(house, again)
    for id in first:
        undo(house, id)
    look(house, gaps)
    both_off(house, 2)
    look(house, gaps)
    assert "Mon 2026-03-09 10:00" in house.alarm().text


def test_a_gap_that_grows_is_told_again_and_one_without_an_end_never_does(
    house: House, gaps: Gaps
) -> None:
    both_off(house, 5)
    look(house, gaps)
    house.alarm()
    both_off(house, 6)
    look(house, gaps)
    assert "to Wed 2026-03-11 10:00" in house.alarm().text
    both_off(house, 30, 300)
    look(house, gaps)
    house.alarm()
    house.now += DAY
    look(house, gaps)


def test_a_gap_that_runs_already_is_said_so(house: House, gaps: Gaps) -> None:
    both_off(house, 0)
    look(house, gaps)
    assert "nobody is on call" in house.alarm().subject


def test_a_gap_of_another_rotation_alone_is_told_as_its_own(house: House) -> None:
    usual = house.playbook.rotation
    nobodys = Override("nobody", house.now + DAY, house.now + DAY + HOUR / 3)
    backup = replace(usual, name="backup", overrides=(nobodys,))
    book = replace(house.playbook, rotations={"on_call": usual, "backup": backup})
    notices = Notices(book, house.key)
    look(house, Gaps(house.thread, book, notices, lambda: house.now, lambda: None))
    alarm = house.alarm()
    assert "nobody will be on call in backup" in alarm.subject
    assert "(Europe/Zagreb), 20 min of it promised to customers" in alarm.text


def test_all_that_are_found_at_once_are_one_alarm(house: House, gaps: Gaps) -> None:
    for day in range(1, 51, 2):
        both_off(house, day)
    look(house, gaps)
    text = house.alarm().text
    assert text.count("on_call: nobody from") == 20
    assert "and 5 more" in text
    look(house, gaps)
