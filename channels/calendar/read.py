"""What a calendar says, as shifts: each event is somebody's, by its attendee or its title."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component

from channels.calendar.content import Reading, Unreadable
from rules.model import Shift
from rules.wall_clock import first_instant

MOST_SHIFTS = 10_000
_WORD = re.compile(r"\w+")


def read(
    content: bytes,
    zone: ZoneInfo,
    names: Mapping[str, str],
    from_at: datetime,
    until_at: datetime,
) -> Reading:
    """Everything between two instants; times without a zone, and whole days, are the zone's.

    `names` gives a person by e-mail address or name, in lower case. Raises Unreadable. It may take
    any time and memory: a calendar from elsewhere is read in a process that may be killed.
    """
    try:
        calendar = Calendar.from_ical(content)
        if calendar.name != "VCALENDAR":
            raise ValueError
        found = recurring_ical_events.of(calendar).between(from_at, until_at)
    except Exception:  # whatever the libraries raise at what they cannot read
        raise Unreadable(
            "it is no calendar that can be read (iCalendar, BEGIN:VCALENDAR)"
        ) from None
    shifts, nobodys = [], []
    for event in found:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        began_at, ended_at = (_instant(event[key].dt, zone) for key in ("DTSTART", "DTEND"))
        people = set(_people(event, names))
        if len(people) == 1:
            shifts.append(Shift(people.pop(), began_at, ended_at))
        else:
            nobodys.append(began_at)
    if len(shifts) > MOST_SHIFTS:
        raise Unreadable(f"it has more than {MOST_SHIFTS} shifts in the days looked at")
    shifts = [shift for shift in shifts if shift.from_at < shift.until_at]
    shifts.sort(key=lambda shift: (shift.from_at, shift.until_at, shift.person or ""))
    return Reading(tuple(shifts), tuple(sorted(nobodys)))


def _instant(at: date, zone: ZoneInfo) -> datetime:
    if not isinstance(at, datetime):
        return first_instant(zone, datetime.combine(at, time()))
    return first_instant(zone, at) if at.tzinfo is None else at.astimezone(UTC)


def _people(event: Component, names: Mapping[str, str]) -> Iterator[str]:
    """Those who attend; where none of us does, those whom the title names."""
    attendees = event.get("ATTENDEE", [])
    attendees = attendees if isinstance(attendees, list) else [attendees]
    addresses = [str(attendee).lower().removeprefix("mailto:") for attendee in attendees]
    attending = [names[address] for address in addresses if address in names]
    yield from attending or _named(str(event.get("SUMMARY", ""))[:500].lower(), names)


def _named(title: str, names: Mapping[str, str]) -> Iterator[str]:
    words = f" {' '.join(_WORD.findall(title))} "
    for name, person in names.items():
        if "@" in name:
            if name in title.split():
                yield person
        elif f" {' '.join(_WORD.findall(name))} " in words:
            yield person
