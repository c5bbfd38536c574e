"""A door for Slack behind a real HTTP server, and a Slack that signs what it posts."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import aiohttp

from channels.slack.door import PATH, SlackDoor
from channels.slack.web import Web
from daemon.http import Health, HttpServer, build_app
from tests.channels.inbound_contract import Inbox
from tests.slack_events import ACCOUNT, US
from tests.slack_peer import SECRET, signed


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


@asynccontextmanager
async def serving(inbox: Inbox) -> AsyncIterator[Slack]:
    """A door that Slack can post to; its API is out of reach."""
    door = SlackDoor(Web("xoxb-x", "http://127.0.0.1:9/api/"), ACCOUNT, SECRET, "ticket")
    app = build_app(lambda: Health(()), lambda: Health(()), lambda: b"")
    app.include_router(door.router())
    server = HttpServer(app, "127.0.0.1", 0)
    port = server.bind()
    tasks = [asyncio.create_task(server.run())]
    tasks.append(asyncio.create_task(door.run(inbox.receive, Kept())))
    while not door.is_ready():
        await asyncio.sleep(0.01)
    async with aiohttp.ClientSession() as session:
        yield Slack(f"http://127.0.0.1:{port}{PATH}", session, door)
    for task in reversed(tasks):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def with_slack(inbox: Inbox, story: Callable[[Slack], Awaitable[None]]) -> None:
    async def run() -> None:
        async with serving(inbox) as slack:
            await story(slack)

    asyncio.run(run())
