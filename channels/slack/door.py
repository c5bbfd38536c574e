"""The way in for Slack: whatever it hands over is stored before it is told that we have it."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from channels.base import Clock, Cursor, Memory, Receive, Trouble
from channels.slack.arrivals import RAISE, Taker, Us
from channels.slack.backfill import Backfill, Rooms, Threads
from channels.slack.manifest import lacking
from channels.slack.sockets import Sockets
from channels.slack.way import SlackWay
from channels.slack.web import Refused, Web
from rules.model import Account, Arrival

PATH = "/slack/events"
"""Where Slack posts events, clicks and commands, if it is to come by HTTP."""

_LOG = logging.getLogger(__name__)
_NOTICES = frozenset(
    {
        *("app_rate_limited", "app_uninstalled", "tokens_revoked", "member_joined_channel"),
        *("member_left_channel", "channel_left", "group_left", "channel_archive", "group_archive"),
        *("channel_id_changed", "channel_shared", "channel_unshared", "channel_deleted"),
    }
)
"""After which a room, or all of them, may no longer be heard."""
_MOST_BYTES = 1_000_000
EVERY_SECONDS = 180.0
"""Between two looks at Slack's history, if nothing calls for one."""
PAUSE_SECONDS = 10.0
"""At least: connections may come and go."""
_US = "slack us"
"""The cursor under which is kept who we are, for a start at which Slack is out of reach."""


@dataclass
class SlackDoor:
    """An inbound by HTTP, by Socket Mode or by both: one intake behind them."""

    web: Web
    account: Account
    """Messages come for it."""
    threads: Threads
    rooms: Rooms
    clock: Clock
    signing_secret: str = ""
    """Of what comes by HTTP; empty if nothing does."""
    app_token: str = ""
    """For Socket Mode; empty if it is not used."""
    emoji: str = ""
    listen: Callable[[AsyncApp], None] | None = None
    """Adds what hears clicks and commands."""
    every: float = EVERY_SECONDS
    name: str = "slack"
    local: bool = False
    app: AsyncApp = field(init=False)
    """Where listeners for clicks and commands are added; they run once the payload is stored."""
    taker: Taker | None = None
    _receive: Receive | None = None
    _backfill: Backfill | None = None
    _sockets: Sockets | None = None
    _look: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when something may have been missed."""
    _trouble: Trouble | None = None
    """With Slack as a whole."""
    _limited: Trouble | None = None
    """Of this hour, or one long past: told once under its id."""

    def __post_init__(self) -> None:
        """Build the app; nobody is asked yet."""
        self.app = AsyncApp(
            signing_secret=self.signing_secret,
            client=AsyncWebClient(),
            # Asks nobody: were Slack asked for each event, its failing would lose the event.
            authorize=_authorizing(self),
            logger=logging.getLogger("slack_bolt"),
        )
        self.app.use(_keeping(self))
        if self.listen:
            self.listen(self.app)  # first, since the next hears every event
        self.app.event(re.compile(""))(_heard)
        self.app.shortcut(RAISE)(_taken)

    async def run(self, receive: Receive, memory: Memory) -> None:
        """Take in what Slack hands over until cancelled."""
        try:
            us = await self._who_we_are(receive, memory)
            self.taker = Taker(us, self.account, self.emoji)
            self._receive = receive
            self._backfill = Backfill(
                self.web, self.taker, receive, memory, self.threads, self.rooms, self.clock
            )
            async with asyncio.TaskGroup() as group:
                group.create_task(self._look_back(self._backfill))
                if self.app_token:
                    self._sockets = Sockets(
                        self.app, self.app_token, self.web.api_url, self._look.set
                    )
                    group.create_task(self._sockets.run())
        finally:
            self._receive = self._sockets = None
            await self.web.close()

    async def _look_back(self, backfill: Backfill) -> None:
        """At the start, whenever something may have been missed, and now and then."""
        failed, missed = False, True
        while True:
            self._look.clear()
            try:
                await backfill.round(after_gap=missed)
                self._trouble, failed, missed = None, False, False
            except Refused as refused:
                if failed or not refused.may_pass:
                    self._trouble = self._told(str(refused))
                failed = True
            except Exception as error:
                _LOG.exception("Slack's history was not read")
                self._trouble = self._told(type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.sleep(min(self.every, PAUSE_SECONDS))
                await asyncio.wait_for(self._look.wait(), self.every)
                missed = True

    def _told(self, why: str) -> Trouble:
        id = f"slack-{why.partition(' ')[0]}-{self.clock():%Y%m%d%H}"
        return Trouble(id, "Slack cannot be asked", f"{why}; what comes as an event is still taken")

    def troubles(self) -> list[Trouble]:
        """What goes wrong though the door is open."""
        found = list(self._backfill.troubles.values()) if self._backfill else []
        if self.web.scopes and (missing := lacking(self.web.scopes)):
            id = f"slack-scopes-{'-'.join(missing)}-{self.clock():%Y%m%d}"
            detail = f"{', '.join(missing)}; add them to the app and install it again"
            found.append(Trouble(id, "scopes of the Slack app are missing", detail))
        if self._sockets and self._sockets.is_dead():
            id = f"slack-sockets-{self.clock():%Y%m%d%H}"
            detail = f"is app_token right? History is read every {self.every:.0f} s meanwhile"
            found.append(Trouble(id, "no connection to Slack (Socket Mode)", detail))
        return found + [each for each in (self._trouble, self._limited) if each]

    def is_ready(self) -> bool:
        """Whether what Slack hands over is stored, and it can hand it over."""
        can_come = bool(self.signing_secret) or (self._sockets and self._sockets.is_open())
        return self._receive is not None and bool(can_come)

    def way(self) -> SlackWay:
        """The way out by the same token."""
        return SlackWay(self.web)

    def router(self) -> APIRouter:
        """What Slack posts to."""
        routes = APIRouter(include_in_schema=False)

        @routes.post(PATH)
        async def events(request: Request) -> Response:
            if self._receive is None:
                return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE)
            body = await _body(request)
            if body is None:
                return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            stamp = request.headers.get("x-slack-request-timestamp", "")
            try:
                asked = to_async_bolt_request(request, body)
            except Exception:  # Bolt reads the body before it looks at the signature
                return Response(status_code=HTTPStatus.BAD_REQUEST)
            if not (stamp.isdecimal() and isinstance(asked.body, dict)):
                return Response(status_code=HTTPStatus.BAD_REQUEST)
            return to_starlette_response(await self.app.async_dispatch(asked))

        return routes

    def is_notice(self, body: Mapping[str, Any]) -> bool:
        """Whether this only says that something may be missed: then history is looked at."""
        event = body.get("event")
        kind = event.get("type") if isinstance(event, dict) else body.get("type")
        if kind == "app_rate_limited":
            id = f"slack-limited-{self.clock():%Y%m%d%H}"
            what = "Slack holds events back: there were too many"
            self._limited = Trouble(id, what, "history is read for what they said")
        if kind not in _NOTICES:
            return False
        self._look.set()
        return True

    async def keep(self, arrival: Arrival) -> None:
        """Store an arrival; durable when this returns."""
        if self._receive is None:
            raise Refused("not ready")
        await self._receive([arrival])

    async def _who_we_are(self, receive: Receive, memory: Memory) -> Us:
        try:
            found = await self.web.call("auth.test")
        except Refused:
            kept = await memory.load(_US)
            if kept is None:
                raise
            return Us(*kept.split(" "))
        keys = ("user_id", "bot_id", "team_id", "enterprise_id")
        us = Us(*(str(found.get(key) or "") for key in keys))
        await receive([], Cursor(_US, f"{us.user} {us.bot} {us.team} {us.enterprise}"))
        return us

    def arrival_of(self, body: Mapping[str, Any]) -> Arrival | None:
        """What a payload has to be understood in; None if nothing. Raises Refused."""
        if self.taker is None:
            raise Refused("not ready")
        if body.get("type") == "event_callback":
            return self.taker.of_event(body)
        if body.get("type") == "message_action":
            return self.taker.of_shortcut(body)
        return None


def _authorizing(door: SlackDoor) -> Callable[[], Awaitable[AuthorizeResult]]:
    async def authorize() -> AuthorizeResult:
        us = door.taker.us if door.taker else Us("", "", "")
        return AuthorizeResult(
            enterprise_id=None,
            team_id=us.team,
            bot_user_id=us.user,
            bot_id=us.bot,
            bot_token="-",  # listeners speak by `web`, which has it
        )

    return authorize


def _keeping(door: SlackDoor) -> Callable[..., Awaitable[BoltResponse | None]]:
    async def keep(
        body: Mapping[str, Any], next: Callable[[], Awaitable[None]]
    ) -> BoltResponse | None:
        """Store what is to be understood, before all else: if that fails, Slack comes again."""
        if door.is_notice(body):
            return BoltResponse(status=HTTPStatus.OK)
        try:
            arrival = door.arrival_of(body)
            if arrival is not None:
                await door.keep(arrival)
        except Exception as error:
            # No traceback: it could hold what a customer wrote.
            _LOG.error("an event was not stored: %s", type(error).__name__)
            return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
        await next()
        return None

    return keep


async def _heard() -> None:
    """Every event is acknowledged: those we make nothing of must not look like failures."""


async def _taken(ack: AsyncAck) -> None:
    await ack()


async def _body(request: Request) -> bytes | None:
    """The whole body; None if it is larger than any event."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BYTES:
            return None
    return bytes(body)
