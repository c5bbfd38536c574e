"""Out by Matrix: into a customer's thread, into a room, or to a person."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from channels.base import Absent, CannotTell, DeliveryError, Failure, Sent
from channels.matrix import content, events
from channels.matrix.signs import show_state
from channels.matrix.upgrades import successor
from channels.matrix.web import Lost, Refused, Web
from rules.model import Attachment, Notice, NoticeKind
from rules.places import FOR_CUSTOMERS

_SECONDS = 20.0
"""For a notice with all that belongs to it."""
_REMEMBERED = 200
_PERMANENT = frozenset(
    {
        *("M_FORBIDDEN", "M_NOT_FOUND", "M_TOO_LARGE", "M_BAD_JSON", "M_NOT_JSON"),
        *("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED", "M_UNRECOGNIZED"),
        *("M_INVALID_PARAM", "M_UNKNOWN", "M_GUEST_ACCESS_FORBIDDEN"),
    }
)


class MatrixWay:
    """An outbound whose addresses are threads (`!room/$event`), rooms and persons (`@ana:…`)."""

    name = "matrix"

    def __init__(self, web: Web) -> None:
        """Speak as this user."""
        self._web = web
        self._uploaded: OrderedDict[str, str] = OrderedDict()
        """Where files lie, so that a second try goes on where the first one ended."""

    async def send(self, notice: Notice) -> Sent:
        """Say it, in several messages if it is long, after its files.

        Under the same transaction id the homeserver says the same event again, so that nothing
        stands there twice, however often this is called.
        """
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._send(notice)
        except Refused as refused:
            raise _failure(refused) from None
        except TimeoutError:
            raise DeliveryError(Failure.UNKNOWN, f"matrix: not done in {_SECONDS:.0f} s") from None

    async def find(self, notice: Notice) -> Sent | Absent | CannotTell:
        """Saying it again is asking: what is there already stays one."""
        return await self.send(notice)

    async def _send(self, notice: Notice) -> Sent:
        room, thread = await self._place(notice.way.address)
        if notice.kind is NoticeKind.MARK:
            await show_state(self._web, room, thread, notice)
            return Sent(f"{room}/{thread}")
        if notice.kind not in FOR_CUSTOMERS:
            await self._check_reader(room)
        event = await self._say_all(room, thread, notice)
        with suppress(Refused):  # the words stand all the same
            await show_state(self._web, room, thread, notice)
        return Sent(f"{room}/{event}")

    async def _check_reader(self, room: str) -> None:
        """Nothing of ours where anybody reads, or may come in."""
        rule = events.text(await self._web.state(room, "m.room.join_rules"), "join_rule")
        seen = await self._web.state(room, "m.room.history_visibility")
        if rule == "public" or events.text(seen, "history_visibility") == "world_readable":
            why = f"anybody may enter or read room {room}: nothing of ours goes there"
            raise Refused("M_FORBIDDEN", why=why)

    async def _say_all(self, room: str, thread: str, notice: Notice) -> str:
        """The event that ends it."""
        refused = [
            attachment.name
            for number, attachment in enumerate(notice.attachments)
            if not await self._share(room, thread, attachment, f"{notice.id}-file-{number}")
        ]
        # Clients keep silent about notices: that is for what nobody has to hear at once.
        kind = "m.notice" if notice.kind is NoticeKind.RECEIPT else "m.text"
        event = ""
        for number, text in enumerate(content.texts(notice, refused)):
            said = content.words(notice, kind, text, thread)
            event = await self._say(room, said, f"{notice.id}-{number}")
        return event

    async def _share(self, room: str, thread: str, attachment: Attachment, id: str) -> bool:
        """Whether the homeserver took the file; the words name it if not."""
        try:
            if id not in self._uploaded:
                kind = content.media_type(attachment)
                self._uploaded[id] = await self._web.upload(attachment.content, kind)
                while len(self._uploaded) > _REMEMBERED:
                    self._uploaded.popitem(last=False)
            await self._say(room, content.file(attachment, self._uploaded[id], thread), id)
        except Refused as refused:
            if refused.may_pass or refused.is_of_token:
                raise
            return False
        return True

    async def _say(self, room: str, said: Mapping[str, Any], id: str) -> str:
        asked = self._web.client.room_send(room, events.MESSAGE, said, id)
        return str((await self._web.call(asked)).event_id)

    async def _place(self, address: str) -> tuple[str, str]:
        """The room and the thread; of a room that was closed, the one in its place."""
        asked, _, thread = address.partition("/")
        wanted = await self._room_with(asked) if asked.startswith("@") else asked
        room = await successor(self._web, wanted)
        return room, thread if room == wanted else ""  # what began it stands in the old one

    async def _room_with(self, person: str) -> str:
        """The room of this person and us alone; made if there is none, or they left it."""
        path = f"/user/{quote(self._web.user, safe='')}/account_data/m.direct"
        try:
            direct = await self._web.json("GET", path)
        except Refused as refused:
            if refused.error != "M_NOT_FOUND":
                raise
            direct = {}
        rooms = direct.get(person)
        if isinstance(rooms, list) and rooms and await self._is_in(str(rooms[-1]), person):
            return str(rooms[-1])
        asked = self._web.client.room_create(is_direct=True, invite=[person])
        room = str((await self._web.call(asked)).room_id)
        await self._web.json("PUT", path, {**direct, person: [room]})
        return room

    async def _is_in(self, room: str, person: str) -> bool:
        """Whether they are in a room, or have only not come yet."""
        try:
            found = await self._web.state(room, events.MEMBER, person)
        except Refused as refused:
            if refused.may_pass or refused.is_of_token:
                raise
            return False  # we are not in it ourselves
        return events.text(found, "membership") in ("join", "invite")


def _failure(refused: Refused) -> DeliveryError:
    reason = f"matrix: {refused}"
    if isinstance(refused, Lost):
        return DeliveryError(Failure.UNKNOWN, reason)
    failure = Failure.PERMANENT if refused.error in _PERMANENT else Failure.TEMPORARY
    return DeliveryError(failure, reason, refused.retry_after)
