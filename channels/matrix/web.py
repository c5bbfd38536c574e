"""Calls to a homeserver: bounded in time, never repeated behind the caller's back."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

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
_NOBODYS = frozenset({"M_NOT_FOUND", "M_FORBIDDEN"})


T = TypeVar("T")


class Refused(Exception):
    """The homeserver did not do it, or cannot be reached."""

    def __init__(self, error: str, retry_after: float = 0.0) -> None:
        """Say why in Matrix's own word, as `M_FORBIDDEN`."""
        super().__init__(error)
        self.error = error
        self.retry_after = retry_after
        """Seconds; 0 if it did not say."""

    @property
    def is_of_token(self) -> bool:
        """Whether nothing at all can be done by this token."""
        return self.error in _TOKENS


class Lost(Refused):
    """The answer was lost: it may have been done."""


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
        try:
            async with asyncio.timeout(seconds):
                found = await asked
        except aiohttp.ClientConnectorError:
            raise Refused("unreachable") from None
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise Lost(type(error).__name__) from None
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
            if refused.error in _NOBODYS:
                return None
            raise
        source = found.event.source
        return source if isinstance(source, dict) else None

    async def json(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """A call that nio has no method for; `path` begins behind `/_matrix/client/v3`."""
        response = await self._raw(method, f"/_matrix/client/v3{path}", body)
        async with response:
            found = await response.json()
            if response.status >= 400:
                raise Refused(str(found.get("errcode", response.status)))
            return found if isinstance(found, dict) else {}

    async def file(self, server: str, media: str, most: int, seconds: float) -> bytes:
        """A file's content. Raises Refused, also if it has more bytes than `most`."""
        where = f"{quote(server, safe='')}/{quote(media, safe='')}"
        try:
            async with asyncio.timeout(seconds):
                response = await self._raw("GET", f"/_matrix/client/v1/media/download/{where}")
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

    async def _raw(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> aiohttp.ClientResponse:
        headers = {"Authorization": f"Bearer {self._token}"}
        data = None if body is None else aiohttp.JsonPayload(body)
        found: aiohttp.ClientResponse = await self.client.send(method, path, data, headers)
        return found

    async def close(self) -> None:
        """Let go of the connections; another call opens them again."""
        await self.client.close()
