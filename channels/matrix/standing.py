"""What is wrong with our standing in a homeserver; asking changes nothing there."""

from collections.abc import Iterable

from channels.matrix import events
from channels.matrix.web import Refused, Web


async def problems(web: Web, rooms: Iterable[str]) -> list[str]:
    """A line for each; `rooms` are those we should be in."""
    try:
        found = await web.call(web.client.whoami())
        if found.user_id != web.user:
            return [f"the token is {found.user_id}'s, not {web.user}'s"]
        joined = set((await web.call(web.client.joined_rooms())).rooms)
    except Refused as refused:
        return [str(refused)]
    said = [(room, await _of_room(web, room, room in joined)) for room in sorted(set(rooms))]
    return [f"room {room}: {what}" for room, what in said if what]


async def _of_room(web: Web, room: str, joined: bool) -> str:
    if not joined:
        return "we are not in it; what is said there is not heard"
    try:
        if new := events.text(await web.state(room, events.TOMBSTONE), "replacement_room"):
            return f"{new} took its place; name that"
        if await web.state(room, events.ENCRYPTION):
            return "it is encrypted, and is not read; make one without encryption"
        levels = await web.state(room, "m.room.power_levels")
    except Refused as refused:
        return str(refused)
    ours = events.of(levels, "users", web.user) or events.of(levels, "users_default") or 0
    asked = events.of(levels, "events", events.MESSAGE)
    asked = events.of(levels, "events_default") if asked is None else asked
    if isinstance(ours, int) and isinstance(asked, int) and ours < asked:
        return f"we may not write there: our power level is {ours}, and {asked} is asked for"
    return ""
