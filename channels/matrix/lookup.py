"""What has to be asked about an event before it can be kept: it may not be there later."""

import asyncio
import base64
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from channels.matrix import events
from channels.matrix.arrivals import Seen, Taker
from channels.matrix.events import Event
from channels.matrix.understand import FILES
from channels.matrix.web import Refused, Web

_DEEPEST = 20
"""Replies to replies, without a thread, that are followed to the first."""
_REMEMBERED = 500
_MOST_BYTES = 20_000_000
"""Of one file; and twice that of all files of one look."""
_SECONDS = 10.0
"""For one file; and twice that for all files of one look."""
_ADDRESS = re.compile(r"mxc://([^/?#\s]+)/([A-Za-z0-9_-]+)")


@dataclass
class Lookup:
    """Asks the homeserver."""

    web: Web
    taker: Taker
    gives_up: Callable[[], bool] = lambda: False
    """Whether what cannot be asked has kept all others waiting for long enough."""
    _known: OrderedDict[tuple[str, str], Event | None] = field(default_factory=OrderedDict)
    _members: dict[str, int] = field(default_factory=dict)
    """How many are in a room, until somebody comes or goes."""

    async def all(self, room: str, found: Sequence[Event]) -> list[Seen]:
        """Those of a room's events that matter, with what belongs to them. Raises Refused."""
        if any(event.get("type") == events.MEMBER for event in found):
            self._members.pop(room, None)
        seen = [await self._one(room, e) for e in found if self.taker.may_matter(e)]
        return [each for each in seen if self.taker.matters(each)]

    async def _one(self, room: str, event: Event) -> Seen:
        if target := events.changes(event):
            about = await self._event(room, target)
            return Seen(event, about, await self._root(room, about), await self._alone(room))
        root = await self._root(room, event)
        about = await self._event(room, root)
        if (above := events.replied_to(event)) not in ("", root):
            replied = await self._event(room, above)  # a ping of ours, it may be
            about = replied if events.of(replied, "content", events.MARK) else about
        return Seen(event, about, root, await self._alone(room))

    async def _root(self, room: str, event: Event | None) -> str:
        """What began the thread: a reply to a reply, by a client without threads, is in one too."""
        above = ""
        for _ in range(_DEEPEST):
            if root := events.thread(event):
                return root
            if not (further := events.replied_to(event)):
                break
            above, event = further, await self._event(room, further)
        return above

    async def _event(self, room: str, id: str) -> Event | None:
        if not id:
            return None
        where = (room, id)  # else a room could speak of what was said in another
        if where not in self._known:
            try:
                self._known[where] = await self.web.event(room, id)
            except Refused as refused:
                if refused.is_of_token or not self.gives_up():
                    raise
                return None
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return self._known[where]

    async def _alone(self, room: str) -> bool:
        if room not in self._members:
            try:
                found = await self.web.call(self.web.client.joined_members(room))
            except Refused as refused:
                if refused.is_of_token or (refused.may_pass and not self.gives_up()):
                    raise
                return False  # perhaps we are no longer in it
            self._members[room] = len(found.members)
        return self._members[room] == 2


async def files(web: Web, seen: Sequence[Seen]) -> list[Seen]:
    """The same with the files of their messages, as far as they can be had in a short time."""
    left, until = _MOST_BYTES * 2, asyncio.get_running_loop().time() + _SECONDS * 2
    found: list[Seen] = []
    for each in seen:
        said = events.said(each.event)
        url = events.text(said, "url")
        if each.event.get("type") != events.MESSAGE or events.text(said, "msgtype") not in FILES:
            found.append(each)
            continue
        seconds = min(_SECONDS, until - asyncio.get_running_loop().time())
        had = await _file(web, url, min(_MOST_BYTES, left), seconds)
        left -= len(had.get("content", "")) * 3 // 4
        found.append(Seen(each.event, each.about, each.root, each.alone, {url: had}))
    return found


async def _file(web: Web, url: str, most: int, seconds: float) -> dict[str, str]:
    address = _ADDRESS.fullmatch(url)
    if address is None:
        return {"problem": "it has no address, or is encrypted"}
    try:
        content = await web.file(address[1], address[2], most, seconds)
    except Refused as refused:
        return {"problem": str(refused)}
    return {"content": base64.b64encode(content).decode()}
