"""Socket Mode: two connections that we open to Slack, so that one is there while another ends."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

CONNECTIONS = 2
LOOK_SECONDS = 5.0
DEAD_SECONDS = 30.0
"""A connection that is down for so long is thrown away: the client may be stuck in trying."""
PING_SECONDS = 10.0

_LOG = logging.getLogger(__name__)


@dataclass
class Sockets:
    """Hands what comes to the app; what it does not take is not acknowledged, and comes again."""

    app: AsyncApp
    app_token: str
    api_url: str
    hello: Callable[[], None]
    """Called when a connection begins: what happened before it may never have come."""
    look_seconds: float = LOOK_SECONDS
    dead_seconds: float = DEAD_SECONDS
    _clients: list[SocketModeClient] = field(default_factory=list)
    _connecting: dict[SocketModeClient, "asyncio.Task[None]"] = field(default_factory=dict)
    _up_at: dict[SocketModeClient, float] = field(default_factory=dict)
    """When each was last seen connected, or begun."""
    _open_at: float = 0.0
    """When any was."""

    async def run(self) -> None:
        """Keep the connections until cancelled."""
        self._open_at = asyncio.get_running_loop().time()
        try:
            while True:
                await self._look()
                await asyncio.sleep(self.look_seconds)
        finally:
            for client in list(self._clients):
                await self._drop(client)

    def is_open(self) -> bool:
        """Whether a connection is there."""
        sessions = (client.current_session for client in self._clients)
        return any(session is not None and not session.closed for session in sessions)

    def is_dead(self) -> bool:
        """Whether none has been there for as long as two may take to be opened anew."""
        if self.is_open():
            return False
        return asyncio.get_running_loop().time() - self._open_at >= 2 * self.dead_seconds

    async def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        if self.is_open():
            self._open_at = now
        for client in list(self._clients):
            if await client.is_connected():
                self._up_at[client] = now
            elif now - self._up_at[client] >= self.dead_seconds:
                await self._drop(client)
        while len(self._clients) < CONNECTIONS:
            self._add(now)

    def _add(self, now: float) -> None:
        client = SocketModeClient(
            app_token=self.app_token,
            web_client=AsyncWebClient(base_url=self.api_url, retry_handlers=[]),
            ping_interval=PING_SECONDS,
            logger=logging.getLogger("slack_sdk.socket_mode"),
        )
        client.socket_mode_request_listeners.append(self._handle)
        client.message_listeners.append(self._heard)
        self._clients.append(client)
        self._up_at[client] = now
        connecting = client.connect()  # type: ignore[no-untyped-call]
        self._connecting[client] = asyncio.create_task(connecting)

    async def _drop(self, client: SocketModeClient) -> None:
        self._clients.remove(client)
        del self._up_at[client]
        self._connecting.pop(client).cancel()
        try:
            async with asyncio.timeout(self.dead_seconds):
                await client.close()  # type: ignore[no-untyped-call]
        except Exception as error:
            _LOG.warning("a connection to Slack was not closed: %s", type(error).__name__)

    async def _heard(
        self, client: AsyncBaseSocketModeClient, message: dict[str, Any], raw: str | None = None
    ) -> None:
        if message.get("type") == "hello":
            self.hello()

    async def _handle(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        response = await run_async_bolt_app(self.app, request)
        await send_async_response(client, request, response, 0.0)
