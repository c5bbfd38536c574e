"""Calls to a homeserver: bounded in time, never repeated behind the caller's back."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import aiohttp
from nio import (
    AsyncClient,
    AsyncClientConfig,
    ErrorResponse,
    Response,
)

SECONDS = 15
"""For one call: an outbound has 20."""

_TOKENS = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED"})


T = TypeVar("T")


class Refused(Exception):
    """The homeserver did not do it, or cannot be reached."""

    def __init__(self, error: str, retry_after: float = 0.0, why: str = "") -> None:
        """Say what in Matrix's own word, as `M_FORBIDDEN`, and why if that does not say it."""
        super().__init__(f"{error}: {why}" if why else error)
        self.error = error
        self.retry_after = retry_after
        """Seconds; 0 if it did not say."""

    @property
    def is_of_token(self) -> bool:
        """Whether nothing at all can be done by this token."""
        return self.error in _TOKENS

    @property
    def may_pass(self) -> bool:
        """Whether it may be otherwise in a minute."""
        return self.error in ("unreachable", "M_LIMIT_EXCEEDED")


class Lost(Refused):
    """The answer was lost: it may have been done."""

    @property
    def may_pass(self) -> bool:
        """Whether it may be otherwise in a minute."""
        return True


class Forgetful(AsyncClient):  # type: ignore[misc]
    """nio's client without its picture of the rooms: what we know is in the store."""

    async def receive_response(self, response: Response) -> None:
        """Keep nothing of it: a hostile event in a room could break what is made of it."""


class Web:
    """A homeserver, as one user of it."""

    def __init__(self, homeserver: str, user: str, token: str) -> None:
        """`homeserver` is its address, `user` as `@support:b2bee.example`."""
        logging.getLogger("nio").setLevel(logging.CRITICAL)  # its lines hold customers' words
        self.user = user
        self._token = token
        once = AsyncClientConfig(max_limit_exceeded=0, max_timeouts=0, request_timeout=SECONDS)
        self.client = Forgetful(homeserver, user, config=once)
        self.client.access_token = token

    async def call(self, asked: Awaitable[T], seconds: float = SECONDS) -> T:
        """What one of the client's methods brings. Raises Refused where it was not done, Lost
        where nobody knows.
        """
        async with _on_the_line(seconds):
            found = await asked
        if not isinstance(found, ErrorResponse):
            return found
        status = found.transport_response.status if found.transport_response else 0
        if status >= 500 or not found.status_code:
            raise Lost(f"HTTP {status}")
        raise Refused(str(found.status_code), (found.retry_after_ms or 0) / 1000)

    async def event(self, room: str, id: str) -> Mapping[str, Any] | None:
        """An event as it is kept there; None if there is none that we may see. Raises Refused."""
        try:
            found = await self.call(self.client.room_get_event(room, id))
        except Refused as refused:
            if refused.may_pass or refused.is_of_token:
                raise
            return None
        source = found.event.source
        return source if isinstance(source, dict) else None

    async def json(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, version: str = "v3"
    ) -> dict[str, Any]:
        """A call that nio has no method for; `path` begins behind `/_matrix/client/v3`.

        Raises Refused where it was not done, Lost where nobody knows.
        """
        data = None if body is None else aiohttp.JsonPayload(body)
        return await self._asked(method, f"/_matrix/client/{version}{path}", data)

    async def upload(self, content: bytes, kind: str) -> str:
        """Hand a file over, which is of this media type; its address. Raises Refused, Lost."""
        data = aiohttp.BytesPayload(content, content_type=kind)
        found = await self._asked("POST", "/_matrix/media/v3/upload", data)
        return str(found.get("content_uri", ""))

    async def join(self, room: str) -> None:
        """Go into a room, by way of the server that its id names, if it does. Raises Refused."""
        server = room.partition(":")[2]
        via = f"?{urlencode({'via': server, 'server_name': server})}" if server else ""
        await self.json("POST", f"/join/{quote(room, safe='')}{via}", {})

    async def state(self, room: str, kind: str, key: str = "") -> dict[str, Any]:
        """What a room's state says of something; nothing if it says nothing. Raises Refused."""
        path = "/".join(quote(part, safe="") for part in (room, "state", kind, key))
        try:
            return await self.json("GET", f"/rooms/{path}")
        except Refused as refused:
            if refused.error != "M_NOT_FOUND":
                raise
            return {}

    async def file(self, server: str, media: str, most: int, seconds: float) -> bytes:
        """A file's content. Raises Refused, also if it has more bytes than `most`."""
        where = f"{quote(server, safe='')}/{quote(media, safe='')}"
        try:
            async with asyncio.timeout(seconds):
                response = await self._send("GET", f"/_matrix/client/v1/media/download/{where}")
                async with response:
                    if response.status != 200:
                        raise Refused(f"HTTP {response.status}")
                    content = bytearray()
                    async for piece in response.content.iter_chunked(65536):
                        content += piece
                        if len(content) > most:
                            raise Refused("too large")
                    return bytes(content)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Refused(type(error).__name__) from None

    async def _asked(
        self, method: str, path: str, data: aiohttp.payload.Payload | None
    ) -> dict[str, Any]:
        async with _on_the_line(SECONDS):
            response = await self._send(method, path, data)
            async with response:
                found = await response.json(content_type=None)
        found = found if isinstance(found, dict) else {}
        if response.status >= 500 or (response.status >= 400 and "errcode" not in found):
            raise Lost(f"HTTP {response.status}")
        if response.status >= 400:
            after = found.get("retry_after_ms")
            seconds = after / 1000 if isinstance(after, int) else 0.0
            raise Refused(str(found["errcode"]), seconds)
        return found

    async def _send(
        self, method: str, path: str, data: aiohttp.payload.Payload | None = None
    ) -> aiohttp.ClientResponse:
        headers = {"Authorization": f"Bearer {self._token}"}
        found: aiohttp.ClientResponse = await self.client.send(method, path, data, headers)
        return found

    async def close(self) -> None:
        """Let go of the connections; another call opens them again."""
        await self.client.close()


@asynccontextmanager
async def _on_the_line(seconds: float) -> AsyncIterator[None]:
    """What goes wrong between us and the homeserver, as Refused or Lost."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except aiohttp.ClientConnectorError:
        raise Refused("unreachable") from None
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise Lost(type(error).__name__) from None
