"""Out by Slack: into a customer's thread, or to a person."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from channels.base import Absent, CannotTell, DeliveryError, Failure, Sent
from channels.slack import card, gathered
from channels.slack.text import escaped, parts
from channels.slack.web import Lost, Refused, Web
from rules.model import Attachment, Notice, NoticeKind
from rules.places import FOR_CUSTOMERS

EVENT = "supportd_notice"
"""What our messages are marked with, so that they are found again."""

_ASKED_FOR = 10.0
"""Seconds for which what Slack says of a room holds: it answers 50 such questions a minute, and a
room takes 60 messages."""
_MAY_WAIT = (NoticeKind.RECEIPT, NoticeKind.MARK, NoticeKind.CARD, NoticeKind.LOG)
"""Until a token is right again: nobody is told in their stead."""
_SHARED = "room shared with another organisation: nothing of ours goes there"

_PERMANENT = frozenset(
    {
        *("channel_not_found", "not_in_channel", "is_archived", "thread_not_found"),
        *("restricted_action", "restricted_action_thread_locked", "cannot_reply_to_message"),
        *("user_not_found", "user_disabled", "cannot_dm_bot", "users_not_found", "no_permission"),
        *("invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"),
        *("missing_scope", "unknown_method", "invalid_arguments", "no_text", "msg_too_long"),
        *("messages_tab_disabled", "ekm_access_denied", "method_not_supported_for_channel_type"),
        *("message_not_found", "cant_update_message", "edit_window_closed", "invalid_blocks"),
        *("not_reactable", "too_many_reactions", "too_many_emoji", "thread_locked"),
        _SHARED,
    }
)
_DONE = frozenset({"already_reacted", "no_reaction"})
_WAITING, _ANSWERED = "hourglass_flowing_sand", "white_check_mark"


class SlackWay:
    """An outbound whose addresses are threads (`C0123ABC/1700000000.000100`) and persons (`U…`)."""

    name = "slack"

    def __init__(self, web: Web) -> None:
        """Speak by this token."""
        self._web = web
        self._shared: dict[str, set[int]] = {}
        """Files that Slack has, of notices whose words it has not yet taken."""
        self._asked_at: dict[str, float] = {}
        """When rooms were found to be shared with nobody, on the loop's clock."""

    async def send(self, notice: Notice) -> Sent:
        """Post the notice, in several messages if it is long; what is there already is left out.

        What is ours alone is refused in rooms that are shared with another organisation.
        """
        try:
            room, thread = await self._place(notice)
            await self._check_reader(room, notice)
            if notice.kind is NoticeKind.CARD:
                return await self._update(room, thread, notice)
            if notice.kind is NoticeKind.MARK:
                await self._sign(room, thread, NoticeKind.ANSWER)
                return Sent(f"{room}/{thread}")
            texts = _texts(notice)
            there = await self._there(room, thread, notice.id) if len(texts) > 1 else {}
            # Files first: the words, which can be found again, say that all of it is there.
            texts[-1] += await self._share(room, thread, notice) if not there else ""
            ts = ""
            for number, text in enumerate(texts):
                ts = there.get(number) or await self._post(room, thread, notice, number, text)
        except Refused as refused:
            failure = _failure(refused, notice)
            if failure.failure is Failure.PERMANENT:
                self._shared.pop(notice.id, None)
            raise failure from None
        self._shared.pop(notice.id, None)
        if notice.begins_waiting or notice.kind is NoticeKind.ANSWER:
            with suppress(Refused):  # the words stand all the same
                await self._sign(room, thread, notice.kind)
        return Sent(f"{room}/{ts}")

    async def find(self, notice: Notice) -> Sent | Absent | CannotTell:
        """Whether all of it stands in the thread; a card or a sign may be set twice."""
        if notice.kind in (NoticeKind.CARD, NoticeKind.MARK):
            return Absent()
        try:
            room, thread = await self._place(notice)
            there = await self._there(room, thread, notice.id)
        except Refused as refused:
            raise _failure(refused, notice) from None
        last = len(_texts(notice)) - 1
        return Sent(f"{room}/{there[last]}") if last in there else Absent()

    async def _place(self, notice: Notice) -> tuple[str, str]:
        room, _, thread = notice.way.address.partition("/")
        if not room.startswith(("U", "W")):
            return room, thread
        opened = await self._web.call("conversations.open", users=room)
        return str(opened["channel"]["id"]), ""

    async def _share(self, room: str, thread: str, notice: Notice) -> str:
        """Share the files; return a line on those that Slack does not take in this room.

        Called again, since the words after them were not taken, it shares what it has not yet.
        """
        refused: list[str] = []
        shared = self._shared.setdefault(notice.id, set()) if notice.attachments else set()
        for number, attachment in enumerate(notice.attachments):
            if number in shared:
                continue
            try:
                await self._upload(room, thread, attachment)
                shared.add(number)
            except Lost:
                raise
            except Refused as refusal:
                if refusal.is_of_token or refusal.error == "ratelimited":
                    raise
                refused.append(attachment.name)
        return f"\n[{escaped(', '.join(refused))}: not taken by Slack]" if refused else ""

    async def _upload(self, room: str, thread: str, attachment: Attachment) -> None:
        size = len(attachment.content)
        given = await self._web.call(
            "files.getUploadURLExternal", filename=attachment.name, length=size
        )
        await self._web.put(str(given["upload_url"]), attachment.content)
        await self._web.call(
            "files.completeUploadExternal",
            files=[{"id": given["file_id"], "title": attachment.name}],
            channel_id=room,
            thread_ts=thread or None,
        )

    async def _check_reader(self, room: str, notice: Notice) -> None:
        if notice.kind in FOR_CUSTOMERS or not room.startswith(("C", "G")):
            return
        now = asyncio.get_running_loop().time()
        if now - self._asked_at.get(room, -_ASKED_FOR) < _ASKED_FOR:
            return
        found = (await self._web.call("conversations.info", channel=room)).get("channel")
        if isinstance(found, dict) and (found.get("is_ext_shared") or found.get("is_pending_ext")):
            raise Refused(_SHARED)
        self._asked_at[room] = now

    async def _update(self, room: str, ts: str, notice: Notice) -> Sent:
        assert notice.card is not None  # its kind has one
        await self._web.call(
            "chat.update",
            channel=room,
            ts=ts,
            text=escaped(notice.subject),
            blocks=card.blocks(notice.card),
            parse="none",
            link_names=False,
        )
        return Sent(f"{room}/{ts}")

    async def _post(self, room: str, thread: str, notice: Notice, number: int, text: str) -> str:
        posted = await self._web.call(
            "chat.postMessage",
            channel=room,
            thread_ts=thread or None,
            # Under its card a ping is a line; there alone nobody would hear of it.
            reply_broadcast=True if thread and notice.kind is NoticeKind.PING else None,
            blocks=_blocks(notice, thread),
            text=text,
            # Only our own letters have weighty words; what people write is shown as it is.
            mrkdwn=notice.kind is NoticeKind.RECEIPT,
            parse="none",
            link_names=False,
            unfurl_links=False,
            unfurl_media=False,
            metadata={"event_type": EVENT, "event_payload": {"id": notice.id, "part": number}},
        )
        return str(posted["ts"])

    async def _there(self, room: str, thread: str, id: str) -> Mapping[int, str]:
        """The parts of a notice that Slack has, by number: of a person's messages the last 200."""
        found: dict[int, str] = {}
        if not thread:
            page = await self._web.call(
                "conversations.history", channel=room, limit=200, include_all_metadata=True
            )
            return _parts_of(id, page.get("messages"))
        async for messages in self._web.pages(
            "conversations.replies",
            "messages",
            channel=room,
            ts=thread,
            limit=200,
            include_all_metadata=True,
        ):
            found |= _parts_of(id, messages)
        return found

    async def _sign(self, room: str, thread: str, kind: NoticeKind) -> None:
        """A small sign on the customer's message. Raises Refused."""
        signs = {NoticeKind.RECEIPT: (_WAITING, ""), NoticeKind.ANSWER: (_ANSWERED, _WAITING)}
        if not thread or kind not in signs:
            return
        put, taken = signs[kind]
        for method, name in (("reactions.add", put), ("reactions.remove", taken)):
            if name:
                try:
                    await self._web.call(method, channel=room, timestamp=thread, name=name)
                except Refused as refused:
                    if refused.error not in _DONE:
                        raise


def _blocks(notice: Notice, thread: str) -> list[card.Block] | None:
    if notice.cards:
        return gathered.blocks(notice.cards)
    return card.blocks(notice.card) if notice.card and not thread else None


def _texts(notice: Notice) -> list[str]:
    if notice.card or notice.cards:
        return [escaped(notice.subject)]
    text = notice.text
    if notice.kind is NoticeKind.ANSWER and notice.sender_name:
        text = f"{notice.sender_name}:\n{text}"
    return [escaped(part) for part in parts(text)]


def _parts_of(id: str, messages: object) -> dict[int, str]:
    found: dict[int, str] = {}
    for message in messages if isinstance(messages, Sequence) else ():
        payload = _payload(message)
        if payload.get("id") == id and re.fullmatch(r"\d+", str(payload.get("part"))):
            found[int(payload["part"])] = str(message["ts"])
    return found


def _payload(message: object) -> Mapping[str, Any]:
    metadata = message.get("metadata") if isinstance(message, dict) else None
    if not isinstance(metadata, dict) or metadata.get("event_type") != EVENT:
        return {}
    payload = metadata.get("event_payload")
    return payload if isinstance(payload, dict) else {}


def _failure(refused: Refused, notice: Notice) -> DeliveryError:
    reason = f"slack: {refused}"
    if isinstance(refused, Lost):
        return DeliveryError(Failure.UNKNOWN, reason)
    waits = refused.is_of_token and notice.kind in _MAY_WAIT
    lasting = refused.error in _PERMANENT and not waits
    failure = Failure.PERMANENT if lasting else Failure.TEMPORARY
    return DeliveryError(failure, reason, refused.retry_after)
