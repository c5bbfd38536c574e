"""The rooms we are in: those we are asked into, those we should be in, those that moved."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from channels.base import Clock, Trouble
from channels.matrix import events
from channels.matrix.events import Event
from channels.matrix.upgrades import successor
from channels.matrix.web import Refused, Web

_LOG = logging.getLogger(__name__)
_EVERY = timedelta(minutes=3)
"""Between two looks at whether we are where we should be."""
_MOST_ASKED = 500
"""Invitations that lie until somebody makes them welcome."""


@dataclass
class Rooms:
    """Goes where it is asked to go, and says where it cannot be."""

    web: Web
    customers: Callable[[], Awaitable[Collection[str]]]
    is_known: Callable[[str], Awaitable[bool]]
    clock: Clock
    troubles: dict[str, Trouble] = field(default_factory=dict)
    """By the room they are about."""
    _looked_at: datetime | None = None
    _failing: set[str] = field(default_factory=set)
    """Rooms that the last look did not get into, for a reason that may pass."""
    _encrypted: dict[str, bool] = field(default_factory=dict)
    _asked: dict[str, str] = field(default_factory=dict)
    """The rooms we are asked into, by whom."""
    _instead: dict[str, str] = field(default_factory=dict)
    """The room that stands in a customer's room's place; itself for most."""

    async def begin(self) -> None:
        """Find what was asked of us before, and what took a customer's room's place, so that it is
        heard for it. Raises Refused.
        """
        nothing = {"types": list[str]()}
        room = {"rooms": list[str](), "timeline": nothing, "state": nothing}
        asked = self.web.client.sync(0, {"room": room})
        await self.enter((await self.web.call(asked)).rooms.invite)
        await self.look()

    async def look(self) -> None:
        """Go into every customer's room, now and then. Raises Refused."""
        now = self.clock()
        if self._looked_at and now - self._looked_at < _EVERY:
            return
        joined = set((await self.web.call(self.web.client.joined_rooms())).rooms)
        customers = await self.customers()
        for place in customers:
            kind, _, room = place.partition(":")
            if kind == "matrix":
                await self._look_at(room, room in joined)
        for room in list(self._asked):
            await self._accept(room, customers)
        self._looked_at = now

    async def enter(self, invited: Mapping[str, Any]) -> None:
        """Accept what customers and people of ours ask us into; let all else lie, until it is
        known. Raises Refused.
        """
        customers = await self.customers() if invited else ()
        for room, invitation in invited.items():
            while len(self._asked) >= _MOST_ASKED:
                del self._asked[next(iter(self._asked))]
            self._asked[room] = _inviter(invitation.invite_state, self.web.user)
            await self._accept(room, customers)
            if room in self._asked:
                _LOG.warning("not entered: room %s, invited by %s", room, self._asked[room])

    def heard(self, room: str, found: Sequence[Event]) -> None:
        """Tell of a room whose words we cannot read; look soon after one that was closed."""
        kinds = {event.get("type") for event in found}
        if kinds & {events.ENCRYPTED, events.ENCRYPTION}:
            self._is_encrypted(room)
        if events.TOMBSTONE in kinds:
            self._instead = {was: now for was, now in self._instead.items() if now != room}
            self._looked_at = None

    def before(self, room: str) -> list[str]:
        """The customer's rooms whose place a room took."""
        return [was for was, now in self._instead.items() if now == room and was != room]

    def missed(self, room: str, why: str) -> None:
        """Tell that something that was said there is not to be had."""
        detail = f"{room}: {why}; look there for what was said in the last hours"
        id = f"matrix-{room}-missed-{self.clock():%Y%m%dT%H}"
        self.troubles[f"{room} missed"] = Trouble(id, "a room's history was not read", detail)

    async def _look_at(self, room: str, joined: bool) -> None:
        try:
            if not joined:
                await self.web.join(room)
            if room not in self._instead:
                self._instead[room] = await successor(self.web, room)
            if room not in self._encrypted:
                said = await self.web.state(room, events.ENCRYPTION)
                self._encrypted[room] = bool(said)
        except Refused as refused:
            if refused.is_of_token:
                raise
            if not refused.may_pass or room in self._failing:
                why = f"{refused}: what is said there is not heard; are we invited?"
                self._tell(room, "not in a customer's room", why, f"{self.clock():%Y%m%d}")
            self._failing.add(room)
            return
        self._failing.discard(room)
        self.troubles.pop(room, None)
        if (new := self._instead[room]) != room:
            why = f'heard is {new} in its place; put "matrix:{new}" into the contract'
            self._tell(room, "a customer's room was upgraded", why, f"to-{new}")
        elif self._encrypted[room]:
            self._is_encrypted(room)

    def _is_encrypted(self, room: str) -> None:
        self._encrypted[room] = True
        why = "encrypted messages are not read; make a room without encryption"
        self._tell(room, "a room is encrypted", why, "encrypted")

    def _tell(self, room: str, what: str, why: str, id: str) -> None:
        self.troubles[room] = Trouble(f"matrix-{room}-{id}", what, f"{room}: {why}")

    async def _accept(self, room: str, customers: Collection[str]) -> None:
        """Go in, if it is for us; what failed for now is tried at the next look."""
        by = self._asked[room]
        if f"matrix:{room}" not in customers and not (by and await self.is_known(f"matrix:{by}")):
            return
        try:
            await self.web.join(room)
        except Refused as refused:
            if refused.is_of_token:
                raise
            if refused.may_pass:
                return
        del self._asked[room]


def _inviter(state: Sequence[Any], us: str) -> str:
    for event in state:
        source = event.source
        if source.get("type") == events.MEMBER and source.get("state_key") == us:
            return events.text(source, "sender")
    return ""
