"""What never came as an event: looked for in Slack's history, now and then."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from channels.base import Clock, Cursor, Memory, Receive, Trouble
from channels.slack.arrivals import Taker, is_stamp, stamp, team_of
from channels.slack.web import Refused, Web
from rules.model import Arrival

OVERLAP = timedelta(minutes=10)
"""Read again each time: what Slack shows late, and what was edited since."""
ROOTS = timedelta(days=1)
"""Read again where events may be missing: so old a message may have new replies, which Slack's
history shows nowhere else."""

_LOOKED = "slack looked"
"""The cursor under which is kept when the last whole round began."""
_JOINS = ("channel_join", "group_join")
_TYPES = ("public_channel", "private_channel", "mpim", "im")
_PAGE = 100
_PATIENCE = 60.0
"""Seconds that Slack may want to be left alone in the midst of a round."""

Threads = Callable[[], Awaitable[Mapping[str, Collection[str]]]]
"""The threads worth a look, by their place (`slack:C0123ABC/1700000000.000100`), each with the ids
of what people are known to have said in it."""
Rooms = Callable[[], Awaitable[Collection[str]]]
"""The rooms that are customers' (`slack:C0123ABC`)."""


@dataclass
class Backfill:
    """Hands in again whatever may have been missed: who takes it knows what it has."""

    web: Web
    taker: Taker
    receive: Receive
    memory: Memory
    threads: Threads
    rooms: Rooms
    clock: Clock
    troubles: dict[str, Trouble] = field(default_factory=dict)
    """What a round found, by what it is about; gone once a round finds it no more."""
    _failing: Collection[str] = ()
    """What the last round could not look into."""
    _looked: str = "0"
    """When the last whole round began, on Slack's clock or before."""

    async def round(self, after_gap: bool = False) -> None:
        """Look into every room we are in, and every thread worth it; further back `after_gap`, in
        which events may not have come. Raises Refused.
        """
        failing: dict[str, Refused] = {}
        ours: set[str] = set()
        began = stamp(self.clock() - OVERLAP)  # Slack's clock may be behind ours
        looked = await self.memory.load(_LOOKED)
        self._looked = looked or "0"
        back = ROOTS if after_gap else OVERLAP
        async for room in self._rooms_we_are_in(failing):
            ours.add(room)
            await self._one(failing, room, self._room(room, looked, back))
        await self.receive([], Cursor(_LOOKED, began))
        hidden = any(kind in failing for kind in _TYPES)
        found = {} if hidden else await self._rooms_we_are_not_in(ours)
        for place, known in (await self.threads()).items():
            room, _, ts = place.partition(":")[2].partition("/")
            if room in ours:
                await self._one(failing, place, self._thread(room, ts, known))
        for about, refused in failing.items():
            if about in self._failing or not refused.may_pass:
                found[about] = self._trouble(about, "Slack does not show a room", str(refused))
        self.troubles, self._failing = found, failing

    async def _rooms_we_are_not_in(self, ours: Collection[str]) -> dict[str, Trouble]:
        """But ought to be: they are customers'."""
        ids = [room.partition(":")[2] for room in await self.rooms()]
        gone = [id for id in ids if id.startswith(("C", "G")) and id not in ours]
        what = "no longer in a customer's room"
        return {id: self._trouble(id, what, "not a member") for id in gone}

    async def _one(self, failing: dict[str, Refused], about: str, look: Awaitable[None]) -> None:
        """One room's refusal keeps no other from being looked into; a token's ends the round."""
        try:
            await look
        except Refused as refused:
            if refused.is_of_token:
                raise
            failing[about] = refused

    def _trouble(self, about: str, what: str, why: str) -> Trouble:
        id = f"slack-{about}-{self.clock():%Y%m%d}"
        return Trouble(id, what, f"{about}: {why}; what is said there may not be heard")

    async def _rooms_we_are_in(self, failing: dict[str, Refused]) -> AsyncIterator[str]:
        """Each once; a scope that is missing hides one kind of rooms, and no other."""
        seen: set[str] = set()
        for kind in _TYPES:
            try:
                async for page in self._rooms_of(kind):
                    for room in page:
                        if room not in seen:
                            seen.add(room)
                            yield room
            except Refused as refused:
                if refused.error != "missing_scope":
                    raise
                failing[kind] = refused

    async def _rooms_of(self, kind: str) -> AsyncIterator[list[str]]:
        try:
            async for page in self._pages("users.conversations", "channels", types=kind):
                yield [str(room["id"]) for room in page]
        except Refused as refused:
            if refused.error != "unknown_method":
                raise
            async for page in self._pages("conversations.list", "channels", types=kind):
                yield [str(r["id"]) for r in page if r.get("is_member") or r.get("is_im")]

    async def _room(self, room: str, looked: str | None, back: timedelta) -> None:
        """From the watermark on; it moves once everything before it is stored."""
        name = f"slack room {room}"
        kept = await self.memory.load(name)
        if kept is None:
            kept = await self._begun(name, room, looked)
            if looked is None:
                return  # all of it is history
        first, _, mark = kept.partition(" ")
        oldest, recent = (_before(mark, span, first) for span in (back, OVERLAP))
        async for page in self._pages(
            "conversations.history", "messages", channel=room, oldest=oldest
        ):
            # Asked again of each: at its very edge, peers differ in what they show.
            since = [message for message in page if str(message.get("ts")) > oldest]
            await self._take(since, room)
            for message in since:
                if message.get("reply_count") and _replied(message) > recent:
                    await self._thread(room, str(message.get("ts")), ())
            mark = max([mark, *_stamps(since)], key=float)
        await self.receive([], Cursor(name, f"{first} {mark}"))

    async def _begun(self, name: str, room: str, looked: str | None) -> str:
        """The first watermark of a room that was not there before.

        At our first start all that was said is history. Later it is what was said before the last
        round, when the room was not ours to hear, and before we were put into it.
        """
        if looked is None:
            newest = await self.web.call("conversations.history", channel=room, limit=1)
            first = max(_stamps(newest.get("messages")), default="0")
        else:
            first = looked
            await self.receive([], Cursor(name, f"{first} {first}"))  # whatever fails from here on
            async for page in self._pages(
                "conversations.history", "messages", channel=room, oldest=looked
            ):
                ours = [each for each in page if each.get("user") == self.taker.us.user]
                joins = [each for each in ours if each.get("subtype") in _JOINS]
                first = max([first, *_stamps(joins)], key=float)
        await self.receive([], Cursor(name, f"{first} {first}"))
        return f"{first} {first}"

    async def _thread(self, room: str, ts: str, known: Collection[str]) -> None:
        """All of it: of what we know and Slack does not, somebody has deleted it."""
        there: set[str] = set()
        try:
            async for page in self._pages("conversations.replies", "messages", channel=room, ts=ts):
                there.update(str(m.get("ts")) for m in page if m.get("subtype") != "tombstone")
                await self._take(page, room)
        except Refused as refused:
            if refused.error not in ("thread_not_found", "message_not_found"):
                raise
        gone = [id.partition("/")[2] for id in known if id.partition("/")[2] not in there]
        deleted = [{"subtype": "message_deleted", "deleted_ts": each} for each in gone]
        await self._take(deleted, room)

    async def _take(self, messages: Sequence[Mapping[str, Any]], room: str) -> None:
        """Oldest first, as they were said."""
        arrivals: list[Arrival] = []
        for message in reversed(messages) if _is_newest_first(messages) else messages:
            arrival = self.taker.of_message(message, room, team_of(message))
            if arrival is not None:
                arrivals.append(arrival)
            arrivals.extend(self.taker.marks_on(message, room, self._looked))
        if arrivals:
            await self.receive(arrivals)

    def _pages(
        self, method: str, key: str, **arguments: object
    ) -> AsyncIterator[list[dict[str, Any]]]:
        return self.web.pages(method, key, _PATIENCE, limit=_PAGE, **arguments)


def _before(mark: str, span: timedelta, first: str) -> str:
    """So long before a watermark, but not in what is history."""
    return max(first, f"{float(mark) - span.total_seconds():.6f}", key=float)


def _stamps(messages: object) -> list[str]:
    """Slack's own clock: ours may be ahead of it."""
    found = messages if isinstance(messages, list) else []
    return [ts for each in found if isinstance(ts := each.get("ts"), str) and is_stamp(ts)]


def _replied(message: Mapping[str, Any]) -> str:
    """When somebody last replied; for ever, if Slack does not say."""
    latest = message.get("latest_reply")
    return latest if isinstance(latest, str) and latest else "9"


def _is_newest_first(messages: Sequence[Mapping[str, Any]]) -> bool:
    return len(messages) > 1 and str(messages[0].get("ts")) > str(messages[-1].get("ts"))
