"""What people of ours press, enter and ask for in Slack; stored before Slack hears that it is."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from channels.base import Clock
from channels.slack import gathered, views
from channels.slack.arrivals import Us
from channels.slack.card import ACTION, Block, plain_text
from channels.slack.pressed import Click, Desk, Overtaken
from channels.slack.text import escaped, plain
from channels.slack.web import Refused as NotDone
from channels.slack.web import Web
from rules.model import Move, Severity
from rules.requests import Refused

SECONDS = 2.0
"""For storing what was pressed: Slack waits three, and then shows that it failed."""

COMMAND = "/support"

_WINDOWS = (Move.ANSWER, Move.SEVERITY, Move.HISTORY)
_NOT_YOURS = "Only people on the support roster can do that, and you are not one; nothing was done."
_LABELLED = re.compile(r"<@([UW][A-Z0-9]+)\|[^<>]*>")
_REFERENCE = re.compile(r"(\d{1,9}):(\d{1,9}):([^:]{0,100})", re.ASCII)


class Clicks:
    """Listens for what is pressed; only people of ours, of our own workspace, are obeyed."""

    def __init__(
        self,
        web: Web,
        desk: Desk,
        us: Callable[[], Us | None],
        clock: Clock,
        seconds: float = SECONDS,
    ) -> None:
        """Speak by `web`; `us` is who we are, once that is known; storing may take `seconds`."""
        self._seconds = seconds
        self._web = web
        self._desk = desk
        self._us = us
        self._clock = clock

    def listen(self, app: AsyncApp) -> None:
        """Hear of everything that is ours to hear of."""
        app.action(re.compile(f"^{ACTION}"))(self.pressed)
        app.view(re.compile(f"^{ACTION}"))(self.entered)
        app.event("app_home_opened")(self.came_home)
        app.command(COMMAND)(self.asked)

    async def pressed(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """A button or a menu under a card."""
        person = self._person(body)
        click = _click(person or "", body)
        if person is None or click is None:
            await ack()
            await self._tell(body, _NOT_YOURS if person is None else "That button is not ours.")
            return
        if click.move in _WINDOWS:
            await ack()  # nothing is done yet
            await self._open(body, click)
            return
        said = await self._act(click)
        await ack()
        if said:
            await self._tell(body, said)
        if click.among:
            await self._renew(body, click.among)

    async def entered(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """A window sent off; it stays open, with a word, where that cannot be."""
        person = self._person(body)
        click = _submitted(person or "", body)
        if person is None or click is None:
            await _refuse(ack, _NOT_YOURS)
            return
        try:
            said = await self._act(click)
        except Overtaken as overtaken:
            meta = _meta(click.request_id, click.epoch, self._clock())
            window = views.answer(meta, click.request_id, click.words, str(overtaken))
            await ack(response_action="update", view=window)
            return
        await (_refuse(ack, said) if said else ack())

    async def came_home(self, body: Mapping[str, Any]) -> None:
        """Somebody opened the home tab."""
        event = body.get("event")
        event = event if isinstance(event, dict) else {}
        if event.get("tab", "home") != "home":
            return
        person = self._desk.person(f"slack:{event.get('user')}")
        view = views.home(await self._desk.home(person)) if person else views.stranger()
        await self._web.call("views.publish", user_id=str(event.get("user")), view=view)

    async def asked(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """The command; its answer is for whoever asked alone."""
        person = self._person(body)
        if person is None:
            await ack(**_private(_NOT_YOURS))
            return
        try:
            async with asyncio.timeout(self._seconds):
                said = await self._desk.ask(person, _asked(body.get("text")))
        except Refused as refused:
            said = str(refused)
        await ack(**_private(said))

    async def _act(self, click: Click) -> str:
        """Words if it was refused. Raises whatever kept it from being stored: then no ack."""
        try:
            async with asyncio.timeout(self._seconds):
                await self._desk.act(click)
        except Refused as refused:
            return str(refused)
        return ""

    def _person(self, body: Mapping[str, Any]) -> str | None:
        """Who it was, if one of us; ids of other workspaces mean nothing."""
        user, us = body.get("user"), self._us()
        who = user.get("id") if isinstance(user, dict) else body.get("user_id")
        team = user.get("team_id") if isinstance(user, dict) else body.get("team_id")
        if us is None or not isinstance(who, str) or team not in (None, us.team):
            return None
        return self._desk.person(f"slack:{who}")

    async def _window(self, click: Click) -> Block:
        """Raises Refused, TimeoutError."""
        if click.move is Move.HISTORY:
            async with asyncio.timeout(self._seconds):
                told = await self._desk.history(click.person, click.request_id)
            return views.history(click.request_id, told)
        meta = _meta(click.request_id, click.epoch, self._clock())
        if click.move is Move.ANSWER:
            return views.answer(meta, click.request_id)
        return views.severity(meta, click.request_id, Severity(click.choice))

    async def _open(self, body: Mapping[str, Any], click: Click) -> None:
        trigger = str(body.get("trigger_id"))
        try:
            window = await self._window(click)
            await self._web.call("views.open", trigger_id=trigger, view=window)
        except Refused as refused:
            await self._tell(body, str(refused))
        except (NotDone, TimeoutError):
            await self._tell(body, "The window did not open; press again.")

    async def _renew(self, body: Mapping[str, Any], among: str) -> None:
        """Show in a message that tells of several requests how all of them stand."""
        message = body["message"]
        try:
            async with asyncio.timeout(self._seconds):
                cards = await self._desk.cards(among, gathered.numbers_in(message["blocks"]))
            await self._web.call(
                "chat.update",
                channel=_id(body, "channel"),
                ts=str(message.get("ts")),
                text=str(message.get("text")),
                blocks=gathered.renewed(message["blocks"], cards),
                parse="none",
                link_names=False,
            )
        except (NotDone, TimeoutError):
            await self._tell(
                body, "What you pressed is kept, though this message does not show it."
            )

    async def _tell(self, body: Mapping[str, Any], words: str) -> None:
        """For whoever pressed alone; lost, nothing else is lost with it."""
        room, user = _id(body, "channel"), _id(body, "user")
        container = body.get("container")
        thread = container.get("thread_ts") if isinstance(container, dict) else None
        try:
            await self._web.call(
                "chat.postEphemeral",
                channel=room,
                user=user,
                thread_ts=thread,
                text=escaped(words),
                parse="none",
            )
        except NotDone:
            return


def _click(person: str, body: Mapping[str, Any]) -> Click | None:
    actions = body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions else {}
    chosen = action.get("selected_option")
    value = chosen.get("value") if isinstance(chosen, dict) else action.get("value")
    match = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    move = str(action.get("action_id", "")).removeprefix(ACTION)
    if match is None or move not in list(Move):
        return None
    if move == Move.SEVERITY and match[3] not in list(Severity):
        return None
    id, epoch = int(match[1]), int(match[2])
    return Click(person, Move(move), id, epoch, match[3], among=_among(body))


def _among(body: Mapping[str, Any]) -> str:
    message = body.get("message")
    if not isinstance(message, dict) or not gathered.numbers_in(message.get("blocks")):
        return ""
    room = _id(body, "channel")
    return _id(body, "user") if room.startswith("D") else room


def _submitted(person: str, body: Mapping[str, Any]) -> Click | None:
    view = body.get("view")
    view = view if isinstance(view, dict) else {}
    try:
        meta = json.loads(view["private_metadata"])
        entered = view["state"]["values"]
        move = Move(view["callback_id"].removeprefix(ACTION))
        choice = entered.get(views.CHOICE)
        return Click(
            person=person,
            move=move,
            request_id=int(meta["request"]),
            epoch=int(meta["epoch"]),
            choice=Severity(choice[views.CHOICE]["selected_option"]["value"]) if choice else "",
            words=str(entered[views.WORDS][views.WORDS]["value"] or ""),
            key=str(view["id"]),
            opened_at=datetime.fromtimestamp(float(meta["opened_at"]), UTC),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _meta(request_id: int, epoch: int, now: datetime) -> Mapping[str, Any]:
    return {"request": request_id, "epoch": epoch, "opened_at": now.timestamp()}


async def _refuse(ack: AsyncAck, words: str) -> None:
    await ack(response_action="errors", errors={views.WORDS: words})


def _asked(text: object) -> str:
    """What somebody asks; of whom they mention the id, since names there are anybody's choice."""
    return plain(_LABELLED.sub(r"<@\1>", text) if isinstance(text, str) else "", {})


def _private(words: str) -> dict[str, Any]:
    block = {"type": "section", "text": plain_text(words, 2_900)}
    return {"response_type": "ephemeral", "text": escaped(words[:2_900]), "blocks": [block]}


def _id(body: Mapping[str, Any], key: str) -> str:
    found = body.get(key)
    return str(found.get("id") or "") if isinstance(found, dict) else ""
