"""Out by Matrix: into a customer's thread, into a room, or to a person."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from channels.base import Absent, CannotTell, DeliveryError, Failure, Sent
from channels.matrix import events
from channels.matrix.web import Lost, Refused, Web
from rules.model import Notice, NoticeKind

_LONGEST = 10_000
"""Characters of one message: an event has 65,536 bytes at most."""
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

    async def send(self, notice: Notice) -> Sent:
        """Say it, in several messages if it is long.

        Under the same transaction id the homeserver says the same event again, so that nothing
        stands there twice, however often this is called.
        """
        room, _, thread = notice.way.address.partition("/")
        event = ""
        try:
            if room.startswith("@"):
                room = await self._room_with(room)
            for number, text in enumerate(_pieces(_text(notice))):
                content = _content(notice, text, thread)
                asked = self._web.client.room_send(
                    room, events.MESSAGE, content, f"{notice.id}-{number}"
                )
                event = (await self._web.call(asked)).event_id
        except Refused as refused:
            raise _failure(refused) from None
        return Sent(f"{room}/{event}")

    async def find(self, notice: Notice) -> Sent | Absent | CannotTell:
        """Saying it again is asking: what is there already stays one."""
        return await self.send(notice)

    async def _room_with(self, person: str) -> str:
        """The room of this person and us alone; made if there is none."""
        path = f"/user/{quote(self._web.user)}/account_data/m.direct"
        try:
            direct = await self._web.json("GET", path)
        except Refused as refused:
            if refused.error != "M_NOT_FOUND":
                raise
            direct = {}
        rooms = direct.get(person)
        if isinstance(rooms, list) and rooms:
            return str(rooms[-1])
        asked = self._web.client.room_create(is_direct=True, invite=[person])
        room = str((await self._web.call(asked)).room_id)
        await self._web.json("PUT", path, {**direct, person: [room]})
        return room


def _content(notice: Notice, text: str, thread: str) -> Mapping[str, Any]:
    # Clients keep silent about notices: that is for what nobody has to hear at once.
    kind = "m.notice" if notice.kind is NoticeKind.RECEIPT else "m.text"
    content: dict[str, Any] = {"msgtype": kind, "body": text, "m.mentions": {}}
    if thread:
        content["m.relates_to"] = {
            "rel_type": "m.thread",
            "event_id": thread,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": thread},
        }
    if notice.kind is NoticeKind.PING and notice.request_id is not None:
        content[events.MARK] = {"request": notice.request_id, "id": notice.message_id}
    return content


def _text(notice: Notice) -> str:
    text = notice.text
    if notice.kind is NoticeKind.ANSWER and notice.sender_name:
        text = f"{notice.sender_name}:\n{text}"
    if notice.attachments:
        names = ", ".join(attachment.name for attachment in notice.attachments)
        text = f"{text.rstrip()}\n\n[{names}]"
    return text.strip()


def _pieces(text: str) -> list[str]:
    found = []
    while len(text) > _LONGEST:
        cut = text.rfind("\n", 1, _LONGEST)
        cut = cut if cut > 0 else _LONGEST
        found.append(text[:cut])
        text = text[cut:].lstrip("\n")
    return [*found, text]


def _failure(refused: Refused) -> DeliveryError:
    reason = f"matrix: {refused}"
    if isinstance(refused, Lost):
        return DeliveryError(Failure.UNKNOWN, reason)
    failure = Failure.PERMANENT if refused.error in _PERMANENT else Failure.TEMPORARY
    return DeliveryError(failure, reason, refused.retry_after)
