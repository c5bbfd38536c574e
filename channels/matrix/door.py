"""The way in for Matrix: what a homeserver shows is stored with how far we have read."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nio import MessageDirection, SyncResponse, Timeline

from channels.base import Clock, Cursor, Memory, Receive, Trouble
from channels.matrix import events
from channels.matrix.arrivals import Taker
from channels.matrix.events import Event
from channels.matrix.lookup import Lookup, files
from channels.matrix.patience import Patience
from channels.matrix.rooms import Rooms
from channels.matrix.web import Refused, Web
from rules.model import Account, Arrival

_WAITS = 30.0
"""Seconds that the homeserver waits for something to happen before it says that nothing did."""
_SOON = 600.0
"""Seconds after an invitation: what was said since then is said to us."""
_NONE: dict[str, list[str]] = {"types": []}
_WANTED = {"types": list(events.WANTED)}


@dataclass(frozen=True)
class Look:
    """One look at what happened."""

    lookup: Lookup
    token: str
    """Where the one before ended."""
    after: datetime
    """When that was."""
    now: datetime


@dataclass
class MatrixDoor:
    """An inbound that follows every room we are in, from where it last was."""

    web: Web
    account: Account
    """Messages come for it."""
    customers: Callable[[], Awaitable[Collection[str]]]
    """The rooms that are customers' (`matrix:!room`)."""
    is_known: Callable[[str], Awaitable[bool]]
    """Whether somebody (`matrix:@maria:b2bee.example`) is a customer's or one of us."""
    clock: Clock
    emoji: str = ""
    waits: float = _WAITS
    page: int = 100
    """Events of one room that are asked for at once."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    name: str = "matrix"
    local: bool = False
    _open: bool = False
    _rooms: Rooms = field(init=False)
    _patience: Patience = field(init=False)

    def __post_init__(self) -> None:
        """Ask nobody yet."""
        self._rooms = Rooms(self.web, self.customers, self.is_known, self.clock)
        self._patience = Patience(self.clock, self.sleep)

    async def run(self, receive: Receive, memory: Memory) -> None:
        """Take in what the homeserver shows until cancelled; what it refuses is tried again."""
        try:
            while True:
                try:
                    await self._follow(receive, memory)
                except Refused as refused:
                    self._open = False
                    await self._patience.bear(refused)
        finally:
            self._open = False
            await self.web.close()

    async def _follow(self, receive: Receive, memory: Memory) -> None:
        """From where we stored that we were. Raises Refused."""
        name = f"matrix {await self._who_we_are()}"
        taker = Taker(self.web.user, self.account, self.emoji)
        lookup = Lookup(self.web, taker, lambda: self._patience.is_at_end)
        token, _, at = (await memory.load(name) or "").partition(" ")
        if token:
            await self._rooms.begin()
        while True:
            shown = await self._sync(token)
            now = self.clock()
            look = Look(lookup, token, datetime.fromisoformat(at) if at else now, now)
            if not token:  # first of all, or what is said once we are let in was history
                await receive([], Cursor(name, f"{shown.next_batch} {now.isoformat()}"))
            await self._rooms.enter(shown.rooms.invite)
            arrivals: list[Arrival] = []
            # What was there before we first came is none of ours.
            rooms = {**shown.rooms.join, **shown.rooms.leave} if token else {}
            for room, part in rooms.items():
                arrivals += await self._said(look, receive, room, part.timeline)
            token, at = str(shown.next_batch), now.isoformat()
            await receive(arrivals, Cursor(name, f"{token} {at}"))
            self._open = True
            await self._rooms.look()
            self._patience.over()

    def is_ready(self) -> bool:
        """Whether the homeserver showed us what there is."""
        return self._open

    def troubles(self) -> list[Trouble]:
        """What goes wrong though the door is open."""
        lasting = self._patience.trouble
        return [*([lasting] if lasting else []), *self._rooms.troubles.values()]

    async def _who_we_are(self) -> str:
        found = await self.web.call(self.web.client.whoami())
        if found.user_id != self.web.user:
            raise Refused(f"the token is {found.user_id}'s, not {self.web.user}'s")
        return self.web.user

    async def _sync(self, token: str) -> SyncResponse:
        """What happened since. Raises Refused."""
        waits = int(self.waits * 1000) if self._open else 0
        asked = self.web.client.sync(waits, self._filter(), since=token or None)
        return await self.web.call(asked, self.waits + 15)

    def _filter(self) -> dict[str, object]:
        timeline = {"limit": self.page, **_WANTED}
        room = {"state": _NONE, "ephemeral": _NONE, "account_data": _NONE, "timeline": timeline}
        return {"presence": _NONE, "account_data": _NONE, "room": room}

    async def _said(
        self, look: Look, receive: Receive, room: str, timeline: Timeline
    ) -> list[Arrival]:
        """What was said in a room since the last look.

        Of much, all but the last is stored at once: if it comes again, it is there already.
        """
        shown = [event.source for event in timeline.events]
        here, came = events.since_we_came(shown, self.web.user, _SOON)
        if timeline.limited and not came:
            try:
                async for page in self._between(room, look.token, timeline.prev_batch):
                    await receive(await self._kept(look, room, page))
            except Refused as refused:
                if refused.is_of_token or (refused.may_pass and not self._patience.is_at_end):
                    raise
                self._rooms.missed(room, str(refused))  # and nobody else waits for it
        return await self._kept(look, room, here)

    async def _kept(self, look: Look, room: str, found: Sequence[Event]) -> list[Arrival]:
        self._rooms.heard(room, found)
        seen = await files(self.web, await look.lookup.all(room, found))
        rooms = (room, *self._rooms.before(room))
        return [look.lookup.taker.arrival(each, rooms, look.after, look.now) for each in seen]

    async def _between(self, room: str, start: str, end: str) -> AsyncIterator[list[Event]]:
        """What a look left out since there was too much of it, oldest first, in pages."""
        while start:
            asked = self.web.client.room_messages(
                room, start, end, MessageDirection.front, self.page, _WANTED
            )
            page = await self.web.call(asked)
            yield [event.source for event in page.chunk]
            start = page.end if page.end != start else ""
