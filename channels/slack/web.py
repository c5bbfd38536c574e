"""Calls to Slack's API: paced, bounded in time, never repeated behind the caller's back."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from io import BytesIO
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from channels.slack.pace import Pace

SECONDS = 15
"""For one call: an outbound has 20."""

_PACED = frozenset({"conversations.history", "conversations.replies"})
_TRIES = 3
_QUIET = ("slack_sdk", "slack_bolt")
_TOKENS = frozenset(
    {
        *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"),
        *("org_login_required", "ekm_access_denied", "enterprise_is_restricted", "unreachable"),
    }
)


class Refused(Exception):
    """Slack did not do it, or cannot be reached."""

    def __init__(self, error: str, retry_after: float = 0.0, needed: str = "") -> None:
        """Say why in Slack's own word; `needed` is the scope that is missing."""
        super().__init__(f"{error} (needs {needed})" if needed else error)
        self.error = error
        self.retry_after = retry_after
        """Seconds; 0 if Slack did not say."""

    @property
    def is_of_token(self) -> bool:
        """Whether nothing at all can be done by this token."""
        return self.error in _TOKENS

    @property
    def may_pass(self) -> bool:
        """Whether it may be otherwise in a minute."""
        return self.error in ("unreachable", "ratelimited")


class Lost(Refused):
    """The answer was lost: it may have been done."""

    @property
    def may_pass(self) -> bool:
        """Whether it may be otherwise in a minute."""
        return True


class Web:
    """Slack's API with one token."""

    def __init__(self, token: str, api_url: str, pace: Pace | None = None) -> None:
        """`api_url` ends with a slash, as `https://slack.com/api/`; `pace` is of what is read."""
        for name in _QUIET:
            logging.getLogger(name).setLevel(logging.CRITICAL)  # their lines hold customers' words
        self.token = token
        self.api_url = api_url
        self._client: AsyncWebClient | None = None
        self._session: aiohttp.ClientSession | None = None
        self._pace = pace or Pace(burst=20, pause=1.2)  # Slack's tier 3
        self.scopes: frozenset[str] = frozenset()
        """What the token may do, once Slack has said it."""

    async def call(self, method: str, **arguments: object) -> Mapping[str, Any]:
        """Call a method and return what it says.

        Raises Refused where it was not done, Lost where nobody knows.
        """
        if method in _PACED:
            await self._pace.turn()
        # As a form: of JSON Slack reads only what writes.
        form = {key: _argument(value) for key, value in arguments.items() if value is not None}
        try:
            async with asyncio.timeout(SECONDS):
                response = await self._open().api_call(method, data=form)
        except SlackApiError as error:
            raise _refusal(error) from None
        except aiohttp.ClientConnectorError:
            raise Refused("unreachable") from None
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise Lost(type(error).__name__) from None
        data = response.data
        if not isinstance(data, dict):
            raise Lost("no JSON")
        if granted := response.headers.get("x-oauth-scopes"):
            self.scopes = frozenset(scope.strip() for scope in granted.split(","))
        return data

    async def put(self, url: str, content: bytes) -> None:
        """Hand a file to the address that Slack gave for it. Raises Refused, Lost."""
        self._open()
        try:
            async with (
                asyncio.timeout(SECONDS),
                self.session().post(url, data=BytesIO(content)) as answer,
            ):
                if answer.status != 200:
                    raise Lost(f"HTTP {answer.status}")
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Lost(type(error).__name__) from None

    async def pages(
        self, method: str, key: str, patience: float = 0.0, **arguments: object
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """The pages of a list of tables, in Slack's order, as many as there are.

        `patience` is for how many seconds at a time Slack may want to be left alone before this
        gives up.
        """
        cursor: str | None = None
        while True:
            page = await self._patiently(method, patience, {**arguments, "cursor": cursor})
            found = page.get(key)
            yield [each for each in found if isinstance(each, dict)] if found else []
            meta = page.get("response_metadata")
            cursor = meta.get("next_cursor") if isinstance(meta, dict) else None
            if not cursor:
                return

    async def _patiently(
        self, method: str, patience: float, arguments: Mapping[str, object]
    ) -> Mapping[str, Any]:
        for _ in range(_TRIES):
            try:
                return await self.call(method, **arguments)
            except Refused as refused:
                if refused.error != "ratelimited" or (refused.retry_after or 1.0) > patience:
                    raise
                await asyncio.sleep(refused.retry_after or 1.0)
        return await self.call(method, **arguments)

    def session(self) -> aiohttp.ClientSession:
        """The connections that calls go by; opened with the first."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession()
            self._client = AsyncWebClient(
                token=self.token,
                base_url=self.api_url,
                timeout=SECONDS,
                session=self._session,
                # Else slack_sdk posts twice when a connection drops: the courier decides.
                retry_handlers=[],
            )
        return self._session

    async def close(self) -> None:
        """Let go of the connections; another call opens them again."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> AsyncWebClient:
        self.session()
        assert self._client is not None
        return self._client


def _argument(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def _refusal(error: SlackApiError) -> Refused:
    response = error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    data = getattr(response, "data", None)
    said = data.get("error") if isinstance(data, dict) else None
    needed = data.get("needed") if isinstance(data, dict) else None
    if status == 429:
        after = str(response.headers.get("Retry-After", ""))
        return Refused("ratelimited", float(after) if after.isdecimal() else 0.0)
    if status >= 500 or not isinstance(said, str):
        return Lost(f"HTTP {status}")
    return Refused(said, needed=needed if isinstance(needed, str) else "")
