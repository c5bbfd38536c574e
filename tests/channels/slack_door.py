"""A door for Slack behind a real HTTP server, and a Slack that signs what it posts."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp

from channels.base import Cursor
from channels.slack.door import PATH, SlackDoor
from channels.slack.pace import Pace
from channels.slack.web import Web
from daemon.http import Health, HttpServer, build_app
from rules.model import Arrival
from tests.channels.inbound_contract import Inbox
from tests.slack_events import ACCOUNT, US
from tests.slack_peer import BOT, SECRET, signed


class Kept:
    """What the door remembered before: who it is."""

    def __init__(self, **values: str) -> None:
        self.values = {"slack us": f"{US.user} {US.bot} {US.team}"} | values

    async def load(self, name: str) -> str | None:
        return self.values.get(name)


@dataclass
class Slack:
    """Posts as Slack does."""

    url: str
    session: aiohttp.ClientSession
    door: SlackDoor

    async def post(self, payload: Any, **headers: str) -> int:
        status, _ = await self.ask(payload, **headers)
        return status

    async def ask(self, payload: Any, **headers: str) -> tuple[int, str]:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        posted = signed(body) | {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.post(self.url, data=io.BytesIO(body), headers=posted) as answer:
            return answer.status, await answer.text()


@dataclass
class Memory:
    """Of what the door asks the daemon about."""

    threads: dict[str, set[str]] = field(default_factory=dict)
    rooms: set[str] = field(default_factory=set)

    async def all_threads(self) -> dict[str, set[str]]:
        return self.threads

    async def all_rooms(self) -> set[str]:
        return self.rooms


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - Slack's clock, not ours


def door(url: str, memory: Memory | None = None, **more: Any) -> SlackDoor:
    memory = memory or Memory()
    return SlackDoor(
        web=Web(BOT, f"{url}/", Pace(1000, 0.0)),
        account=ACCOUNT,
        threads=memory.all_threads,
        rooms=memory.all_rooms,
        clock=now,
        emoji="ticket",
        **more,
    )


@asynccontextmanager
async def running(door: SlackDoor, inbox: Inbox, kept: Kept | None = None) -> AsyncIterator[None]:
    """The door, open."""
    kept = kept or Kept()

    async def receive(arrivals: Sequence[Arrival], cursor: Cursor | None = None) -> None:
        await inbox.receive(arrivals, cursor)
        if cursor:
            kept.values[cursor.name] = cursor.value

    task = asyncio.create_task(door.run(receive, kept))
    while not door.is_ready():
        assert not task.done(), task.result()
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def serving(inbox: Inbox) -> AsyncIterator[Slack]:
    """A door that Slack can post to; its API is out of reach."""
    of_http = door("http://127.0.0.1:9/api", signing_secret=SECRET)
    app = build_app(lambda: Health(()), lambda: Health(()), lambda: b"")
    app.include_router(of_http.router())
    server = HttpServer(app, "127.0.0.1", 0)
    port = server.bind()
    served = asyncio.create_task(server.run())
    try:
        async with running(of_http, inbox), aiohttp.ClientSession() as session:
            yield Slack(f"http://127.0.0.1:{port}{PATH}", session, of_http)
    finally:
        served.cancel()
        with suppress(asyncio.CancelledError):
            await served


def with_slack(inbox: Inbox, story: Callable[[Slack], Awaitable[None]]) -> None:
    async def run() -> None:
        async with serving(inbox) as slack:
            await story(slack)

    asyncio.run(run())
