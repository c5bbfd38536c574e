"""A small sign on the customer's message: it waits, or it is answered."""

from urllib.parse import quote

from channels.matrix import events
from channels.matrix.web import Refused, Web
from rules.model import Notice, NoticeKind

_WAITING, _ANSWERED = "⏳", "✅"
_SIGNS = {NoticeKind.ANSWER: _ANSWERED, NoticeKind.MARK: _ANSWERED}


async def show_state(web: Web, room: str, root: str, notice: Notice) -> None:
    """Put the sign that is right after this notice, and take the other away.

    Twice is once. Where it fails, the words stand all the same.
    """
    sign = _WAITING if notice.begins_waiting else _SIGNS.get(notice.kind)
    if not root or sign is None:
        return
    try:
        there = await _ours(web, room, root)
        if sign not in there:
            about = {"rel_type": "m.annotation", "event_id": root, "key": sign}
            asked = web.client.room_send(
                room, events.REACTION, {"m.relates_to": about}, f"{notice.id}-sign"
            )
            await web.call(asked)
            there = await _ours(web, room, root)
        if sign not in there:
            return  # it was taken away since: what is said here again is of before
        for key in {_WAITING, _ANSWERED} & there.keys() - {sign}:
            id = there[key]
            await web.call(web.client.room_redact(room, id, tx_id=f"{notice.id}-unsign"))
    except Refused:
        return


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
