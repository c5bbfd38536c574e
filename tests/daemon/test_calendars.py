"""Who is on call may stand in a calendar elsewhere; the last good copy of it counts."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from channels.calendar.content import Unreadable
from channels.calendar.read import read
from daemon.config.on_call import RotationSettings
from daemon.notices import Notices
from daemon.on_call.calendars import EVERY, Calendars, names_of, sources
from rules.model import ON_CALL, Imported
from tests.daemon.test_stories import outage

House = Any  # the fixture's class; conftest is no module to import

IVO = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
SUMMARY:Ivo Ivić
DTSTART:20260304T000000Z
DTEND:20260305T000000Z
END:VEVENT
END:VCALENDAR
"""


class Elsewhere:
    """A calendar in the test's hand."""

    def __init__(self) -> None:
        self.content = IVO
        self.fault = ""
        self.asked = 0

    def read(self, wanted: Any, source: str = "", content: bytes = b"") -> Any:
        self.asked += 1
        if source and self.fault:
            raise Unreadable(self.fault)
        found = self.content.encode() if source else content
        return (
            read(found, wanted.zone, wanted.names, wanted.from_at, wanted.until_at), found
        )  # fmt: skip


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def calendars(house: House, elsewhere: Elsewhere) -> Calendars:
    """The house with a calendar above its rotation; the watch knows it, too."""
    settings = RotationSettings(
        people=("ana",), starts="2026-01-05T09:00", layers=({"ical": "https://c.example/secret"},)
    )
    found = sources({ON_CALL: settings}, house.playbook.policy.zone)
    own = house.playbook.rotation
    rotation = replace(own, layers=(*own.layers, Imported(found[0].calendar)))
    playbook = replace(house.playbook, rotations={ON_CALL: rotation})
    house.playbook = playbook
    house.open()
    notices = Notices(playbook, house.key)
    return Calendars(
        found, house.thread, playbook, notices, lambda: house.now, lambda: None, elsewhere.read
    )


def look(house: House, calendars: Calendars) -> None:
    house.loop.run_until_complete(calendars.round())
    house.work()


def test_what_the_calendar_says_counts_for_the_next_ping(
    house: House, calendars: Calendars
) -> None:
    look(house, calendars)
    outage(house)
    house.receipt("p@premium.example")
    house.ping("ivo")
    house.copy("ivo")


def test_the_last_good_copy_counts_while_the_source_fails_and_somebody_hears_of_it_once_a_day(
    house: House, calendars: Calendars, elsewhere: Elsewhere
) -> None:
    look(house, calendars)
    for elsewhere.fault in ("the server answers 503", "it is no calendar"):
        house.now += EVERY
        look(house, calendars)
    alarm = house.alarm()
    assert "the calendar of on_call cannot be read" in alarm.subject
    assert "the server answers 503; what was read at 2026-03-04 09:00 UTC counts" in alarm.text
    assert "secret" not in alarm.subject + alarm.text
    outage(house)
    house.receipt("p@premium.example")
    house.ping("ivo")
    house.copy("ivo")
    house.ignore()
    house.now += timedelta(days=1)
    house.work()
    house.ignore()
    house.loop.run_until_complete(calendars.round())
    house.work()
    assert "cannot be read" in house.alarm().subject
    house.ignore()


def test_a_calendar_that_was_never_read_is_said_so(
    house: House, calendars: Calendars, elsewhere: Elsewhere
) -> None:
    elsewhere.fault = "the server is not reached"
    look(house, calendars)
    assert "nothing was read from it before" in house.alarm().text


def test_it_is_asked_every_five_minutes_and_not_more(
    house: House, calendars: Calendars, elsewhere: Elsewhere
) -> None:
    look(house, calendars)
    house.now += EVERY / 2
    look(house, calendars)
    assert elsewhere.asked == 1
    house.now += EVERY
    look(house, calendars)
    assert elsewhere.asked == 2


def test_events_of_nobody_are_told_once(
    house: House, calendars: Calendars, elsewhere: Elsewhere
) -> None:
    elsewhere.content = IVO.replace("Ivo Ivić", "<b>Eva</b>")
    for _ in range(3):
        look(house, calendars)
        house.now += timedelta(days=1) / 3
    alarm = house.alarm()
    assert "1 events name nobody of us" in alarm.text
    assert "Eva" not in alarm.text


def test_a_name_that_two_have_names_nobody(house: House) -> None:
    ana, ivo, boss = house.playbook.people.values()
    found = names_of([replace(ana, full_name="Ana"), replace(ivo, full_name="IVO"),
                      replace(boss, full_name="ana")])  # fmt: skip
    assert "ana" not in found
    assert (found["ivo"], found["ana@b2bee.example"]) == ("ivo", "ana")


def test_the_calendars_of_all_layers_are_found_and_their_places_not_shown(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("https://c.example/secret", encoding="utf-8")
    plain, hidden = (RotationSettings.model_validate(key) for key in ({"ical": "/a.ics"},
                                                         {"ical_file": str(secret)}))  # fmt: skip
    one, other = sources({"a": plain, "b": hidden}, ZoneInfo("Europe/Zagreb"))
    assert (one.place, other.place) == ("/a.ics", "https://c.example/secret")
    assert one.calendar != other.calendar
    assert "secret" not in repr(other) + repr(hidden)
