"""Rooms that others took the place of, as servers' administrators do when they upgrade one."""

from urllib.parse import quote

from channels.matrix import events
from channels.matrix.web import Refused, Web

_MOST = 10
"""One after the other."""


async def successor(web: Web, room: str) -> str:
    """The room that stands in a room's place now, which we enter; itself if no other does.

    Raises Refused where we are let in by neither, or the other does not say that it is the one.
    """
    for _ in range(_MOST):
        found = events.text(await web.state(room, events.TOMBSTONE), "replacement_room")
        if not found:
            return room
        try:
            await web.join(found)
        except Refused as refused:
            if refused.may_pass or refused.is_of_token:
                raise
            why = f"room {room} was closed, and we are not let into {found} in its place"
            raise Refused(refused.error, why=why) from None
        before = events.text(await web.state(found, events.CREATE), "predecessor", "room_id")
        if before != room:
            await web.json("POST", f"/rooms/{quote(found, safe='')}/leave", {})
            why = f"room {room} was closed, and {found} is not in its place"
            raise Refused("M_NOT_FOUND", why=why)
        room = found
    raise Refused("M_NOT_FOUND", why=f"room {room} leads to ever other rooms")
