"""Our shifts as a calendar that others may read."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from icalendar import Calendar, Event

from rules.model import Shift


def write(
    rotations: Mapping[str, Iterable[Shift]], names: Mapping[str, str], now: datetime
) -> bytes:
    """Each shift of each rotation as an event in UTC; `names` are those that people are shown by.

    The same shift keeps its UID, so that a reader who comes again has it once.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//supportd//on call//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"On call: {', '.join(rotations)}")
    for rotation, shifts in rotations.items():
        for shift in shifts:
            if shift.person is None:
                continue
            event = Event()
            event.add("uid", f"{rotation}-{shift.from_at:%Y%m%dT%H%M%SZ}@supportd")
            event.add("dtstamp", now)
            event.add("dtstart", shift.from_at)
            event.add("dtend", shift.until_at)
            event.add("summary", f"{names.get(shift.person, shift.person)} ({rotation})")
            calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content
