"""A small sign on the customer's message: it waits, or it is answered."""

from urllib.parse import quote

from channels.matrix import events
from channels.matrix.web import Web
from rules.model import Notice, NoticeKind

_WAITING, _ANSWERED = "⏳", "✅"
_SIGNS = {NoticeKind.ANSWER: _ANSWERED, NoticeKind.MARK: _ANSWERED}


async def show_state(web: Web, room: str, root: str, notice: Notice) -> None:
    """Put the sign that is right after this notice, and take the other away; twice is once.

    Raises Refused.
    """
    sign = _WAITING if notice.begins_waiting else _SIGNS.get(notice.kind)
    if not root or sign is None:
        return
    there = await _ours(web, room, root)
    if sign not in there:
        about = {"rel_type": "m.annotation", "event_id": root, "key": sign}
        said = {"m.relates_to": about}
        await web.call(web.client.room_send(room, events.REACTION, said, f"{notice.id}-sign"))
        there = await _ours(web, room, root)
    if sign not in there:
        return  # it was taken away since: what is said here again is of before
    for key in {_WAITING, _ANSWERED} & there.keys() - {sign}:
        await web.call(web.client.room_redact(room, there[key], tx_id=f"{notice.id}-unsign"))


async def _ours(web: Web, room: str, root: str) -> dict[str, str]:
    """Our signs on a message, and their events."""
    path = "/".join(quote(part, safe="") for part in (room, "relations", root))
    path = f"/rooms/{path}/m.annotation/{events.REACTION}?limit=100"
    chunk = (await web.json("GET", path, version="v1")).get("chunk")
    return {
        events.text(each, "content", "m.relates_to", "key"): events.text(each, "event_id")
        for each in (chunk if isinstance(chunk, list) else [])
        if events.text(each, "sender") == web.user
    }
