"""Calendars elsewhere that say who is on call, read again and again; the last good copy counts."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from channels.base import Clock
from channels.calendar.apart import Wanted, read_apart
from channels.calendar.content import Reading, Unreadable
from daemon.config.on_call import RotationSettings
from daemon.notices import Notices
from daemon.store_thread import StoreThread
from rules.model import CalendarCopy, Person, Playbook
from storage.store import Transaction

log = structlog.get_logger()

EVERY = timedelta(minutes=5)
_BEHIND, _AHEAD = timedelta(days=2), timedelta(days=400)


@dataclass(frozen=True)
class Source:
    """Where a calendar is, and whose."""

    calendar: str
    """As its layer names it."""
    rotation: str
    zone: ZoneInfo
    place: str = field(repr=False)
    """A path, or a URL that may be secret."""


@dataclass
class Calendars:
    """Reads every calendar, at start and every five minutes."""

    sources: Sequence[Source]
    store: StoreThread
    playbook: Playbook
    notices: Notices
    clock: Clock
    wake_courier: Callable[[], None]
    read: Callable[..., tuple[Reading, bytes]] = read_apart
    _read_at: datetime | None = field(default=None, init=False)

    async def round(self) -> bool:
        """Read all once, if it is time; never more to do."""
        now = self.clock()
        if self._read_at is not None and now - self._read_at < EVERY:
            return False
        self._read_at = now
        for source in self.sources:
            await self._one(source, now)
        return False

    async def _one(self, source: Source, now: datetime) -> None:
        midnight = datetime.combine(now.date(), time(), now.tzinfo)
        names = names_of(self.playbook.people.values())
        wanted = Wanted(source.zone, names, midnight - _BEHIND, midnight + _AHEAD)
        try:
            reading, content = await asyncio.to_thread(self.read, wanted, source.place)
        except Unreadable as error:
            await self._keep_the_last(source, wanted, str(error), now)
            return
        copy = CalendarCopy(source.calendar, content, reading.shifts, now)
        await self.store.write(lambda tx: tx.on_call.keep(copy))
        if reading.nobodys:
            await self._alarm(*_nobodys(source, reading.nobodys), now)

    async def _keep_the_last(self, source: Source, wanted: Wanted, why: str, now: datetime) -> None:
        """The copy goes on counting, read again: days pass, and people are renamed."""
        log.warning("calendar not read", rotation=source.rotation, why=why)
        copy = await self.store.read(lambda tx: tx.on_call.copy_of(source.calendar))
        counts = "nothing was read from it before: nobody is on call by it"
        if copy is not None:
            counts = f"what was read at {copy.read_at:%Y-%m-%d %H:%M} UTC counts meanwhile"
            try:
                reading, _ = await asyncio.to_thread(self.read, wanted, content=copy.content)
            except Unreadable:  # as it was then it stays
                reading = Reading(copy.shifts)
            shifts = reading.shifts
            again = CalendarCopy(copy.calendar, copy.content, shifts, copy.read_at)
            await self.store.write(lambda tx: tx.on_call.keep(again))
        id = f"calendar-{source.calendar}-{now:%Y%m%d}"
        what = f"the calendar of {source.rotation} cannot be read"
        await self._alarm(id, what, f"{why}; {counts}", now)

    async def _alarm(self, id: str, what: str, detail: str, now: datetime) -> None:
        def post(tx: Transaction) -> None:
            tx.outbox.post(self.notices.alarms(id, what, detail, now), now)

        await self.store.write(post)
        self.wake_courier()


def _nobodys(source: Source, begins: Sequence[datetime]) -> tuple[str, str, str]:
    """Told once for the same events; what they say is not shown: it comes from elsewhere."""
    first = begins[0].astimezone(source.zone)
    detail = (
        f"{len(begins)} events name nobody of us, or several, the first on {first:%Y-%m-%d %H:%M};"
        " a person's name in the title, or address among the attendees, says whose it is"
    )
    id = f"calendar-{source.calendar}-nobody-{len(begins)}-{begins[-1]:%Y%m%d%H%M}"
    return id, f"the calendar of {source.rotation} names people we do not know", detail


def names_of(people: Iterable[Person]) -> dict[str, str]:
    """Each person by name, full name and e-mail address, in lower case; none that two have."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for person in people:
        by_mail = {way.address for way in person.ways if way.kind == "mail"}
        for name in {person.name, person.full_name, *person.addresses, *by_mail}:
            key = name.lower()
            if found.setdefault(key, person.name) != person.name:
                twice.add(key)
    return {key: name for key, name in found.items() if key not in twice}


def sources(rotations: Mapping[str, RotationSettings], zone: ZoneInfo) -> list[Source]:
    """Every calendar that is configured; `zone` is the policy's."""
    return [
        Source(layer.calendar, name, settings.timezone or zone, layer.ical.get_secret_value())
        for name, settings in rotations.items()
        for layer in settings.all_layers
        if layer.ical is not None
    ]
