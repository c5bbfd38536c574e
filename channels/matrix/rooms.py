"""The rooms we are in: those we are asked into, and those we should be in."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from channels.base import Clock, Trouble
from channels.matrix import events
from channels.matrix.events import Event
from channels.matrix.web import Lost, Refused, Web

_LOG = logging.getLogger(__name__)
_EVERY = timedelta(minutes=3)
"""Between two looks at whether we are where we should be."""


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
    _encrypted: dict[str, bool] = field(default_factory=dict)

    async def look(self) -> None:
        """Go into every customer's room, now and then. Raises Refused."""
        now = self.clock()
        if self._looked_at and now - self._looked_at < _EVERY:
            return
        joined = set((await self.web.call(self.web.client.joined_rooms())).rooms)
        wanted = [place.partition(":")[2] for place in await self.customers()
                  if place.startswith("matrix:")]  # fmt: skip
        for room in wanted:
            if room in joined or await self._join(room):
                self.troubles.pop(room, None)
                await self._look_at_encryption(room)
            else:
                why = "we are not in it, and are not let in; what is said there is not heard"
                self._tell(room, "not in a customer's room", why, f"{now:%Y%m%d}")
        self._looked_at = now

    async def enter(self, invited: Mapping[str, Any]) -> None:
        """Accept what customers and people of ours ask us into; let all else lie."""
        customers = await self.customers() if invited else ()
        for room, invitation in invited.items():
            by = _inviter(invitation.invite_state, self.web.user)
            if f"matrix:{room}" in customers or (by and await self.is_known(f"matrix:{by}")):
                await self._join(room)
            else:
                _LOG.warning("not entered: room %s, by the invitation of %s", room, by)

    def heard(self, room: str, found: Sequence[Event]) -> None:
        """Tell of a room whose words we cannot read."""
        if any(event.get("type") in (events.ENCRYPTED, events.ENCRYPTION) for event in found):
            self._is_encrypted(room)

    async def _look_at_encryption(self, room: str) -> None:
        if room not in self._encrypted:
            asked = self.web.client.room_get_state_event(room, events.ENCRYPTION)
            try:
                await self.web.call(asked)
            except Lost:
                return  # another time
            except Refused:
                self._encrypted[room] = False
            else:
                self._encrypted[room] = True
        if self._encrypted.get(room):
            self._is_encrypted(room)

    def _is_encrypted(self, room: str) -> None:
        self._encrypted[room] = True
        why = "encrypted messages are not read; make a room without encryption"
        self._tell(room, "a room is encrypted", why, "encrypted")

    def _tell(self, room: str, what: str, why: str, id: str) -> None:
        self.troubles[room] = Trouble(f"matrix-{room}-{id}", what, f"{room}: {why}")

    async def _join(self, room: str) -> bool:
        try:
            await self.web.call(self.web.client.join(room))
        except Refused as refused:
            if refused.is_of_token:
                raise
            return False
        return True


def _inviter(state: Sequence[Any], us: str) -> str:
    for event in state:
        source = event.source
        if source.get("type") == events.MEMBER and source.get("state_key") == us:
            return events.text(source, "sender")
    return ""
