"""What an arrival lacks and Slack has: names, files, the message that was marked."""

import asyncio
import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp

from channels.slack.text import files_of, mentioned, written
from channels.slack.web import Lost, Refused, Web
from rules.model import Arrival

MOST_FILES = 10
MOST_BYTES = 20_000_000
"""Of all files of a message."""
_TOO_LARGE = "the files of the message have more than it may have"
_MOST_NAMES = 10_000
_MOST_ASKED = 50
_HOSTS = (".slack.com", ".slack-files.com", ".slack-edge.com", ".slack-gov.com")
_REDIRECTS = 3
_TEMPORARY = frozenset({"ratelimited", "unreachable", "file_not_ready", "too late"})


@dataclass
class Completer:
    """Asks Slack for what is missing; what it does not get in time is said to be missing."""

    web: Web
    most_bytes: int = MOST_BYTES
    _names: dict[str, str] = field(default_factory=dict)

    async def complete(self, arrival: Arrival, seconds: float) -> bytes | None:
        """The arrival's content with what was found; None if nothing was to be asked.

        Called again it asks for what was missing for a while only. Raises Refused where the message
        itself, which somebody marked, cannot be had.
        """
        try:
            kept = json.loads(arrival.content)
            payload = kept["payload"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        if not isinstance(payload, dict):
            return None
        before = json.dumps(kept)
        try:
            async with asyncio.timeout(seconds):
                said = await self._said(arrival, kept, payload)
        except TimeoutError:
            raise Lost("too late") from None
        files = kept.setdefault("files", {})
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                if "names" not in kept:
                    kept["names"] = await self._names_in(said)
                for file in list(_wanted(said, files)):
                    files[file["id"]] = await self._file(file, self.most_bytes - _size(files))
        kept.setdefault("names", {})
        for file in list(_wanted(said, files)):
            files.setdefault(file["id"], _missing(file, "too late"))
        return None if json.dumps(kept) == before else _packed(kept)

    async def _said(
        self, arrival: Arrival, kept: dict[str, Any], payload: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        if payload.get("type") != "reaction_added":
            found = payload.get("message")
            return found if isinstance(found, dict) else payload
        if "message" not in kept:
            room, _, rest = arrival.envelope.external_id.removeprefix("slack:").partition("/")
            ts = rest.partition(":")[0]
            # Of a reply's time stamp it shows that reply, of a thread's the whole thread.
            page = await self.web.call("conversations.replies", channel=room, ts=ts, limit=1)
            found = page.get("messages")
            kept["message"] = found[0] if found else {}
        return dict(kept["message"])

    async def _names_in(self, said: Mapping[str, Any]) -> dict[str, str]:
        ids = [str(said.get("user") or ""), *mentioned(written(said))][:_MOST_ASKED]
        named = [(id, await self._name(id)) for id in dict.fromkeys(ids) if id]
        return {id: name for id, name in named if name}

    async def _name(self, id: str) -> str:
        if id in self._names:
            return self._names[id]
        try:
            user = (await self.web.call("users.info", user=id)).get("user")
        except Refused:
            return ""  # the id is shown
        profile = user.get("profile") if isinstance(user, dict) else None
        names = [profile.get(key) for key in ("real_name", "display_name")] if profile else []
        name = next((n for n in names if isinstance(n, str) and n), "")
        if len(self._names) >= _MOST_NAMES:
            self._names.clear()
        self._names[id] = name
        return name

    async def _file(self, file: Mapping[str, Any], most: int) -> dict[str, Any]:
        try:
            if file.get("file_access") == "check_file_info":
                file = (await self.web.call("files.info", file=file["id"]))["file"]
            return await self._fetched(file, most)
        except Refused as refused:
            return _missing(file, refused.error, temporary=isinstance(refused, Lost))
        except (aiohttp.ClientError, OSError) as error:
            return _missing(file, type(error).__name__, temporary=True)

    async def _fetched(self, file: Mapping[str, Any], most: int) -> dict[str, Any]:
        if file.get("mode") in ("tombstone", "hidden_by_limit", "external"):
            return _missing(file, f"it is {file['mode']}")
        url = file.get("url_private_download") or file.get("url_private")
        if not isinstance(url, str):
            return _missing(file, "Slack names no address of it")
        size = file.get("size")
        if isinstance(size, int) and size > most:
            return _missing(file, _TOO_LARGE)
        return await self._download(file, url, most)

    async def _download(self, file: Mapping[str, Any], url: str, most: int) -> dict[str, Any]:
        for _ in range(_REDIRECTS):
            if not self._is_slacks(url):
                return _missing(file, "its address is not Slack's")
            headers = {"Authorization": f"Bearer {self.web.token}"}
            async with self.web.session().get(
                url, headers=headers, allow_redirects=False
            ) as answer:
                if answer.status in (301, 302, 303, 307, 308):
                    url = urljoin(url, answer.headers.get("Location", ""))
                    continue
                return await _read(file, answer, most)
        return _missing(file, "it leads from one address to the next")

    def _is_slacks(self, url: str) -> bool:
        """Whether our token may be shown there."""
        asked, ours = urlsplit(url), urlsplit(self.web.api_url)
        host = asked.hostname or ""
        if asked.hostname == ours.hostname:
            return asked.scheme == ours.scheme
        return asked.scheme == "https" and f".{host}".endswith(_HOSTS)


async def _read(
    file: Mapping[str, Any], answer: aiohttp.ClientResponse, most: int
) -> dict[str, Any]:
    if answer.status != 200:
        return _missing(file, f"HTTP {answer.status}", temporary=answer.status >= 429)
    wanted = str(file.get("mimetype") or "")
    if answer.content_type == "text/html" and wanted != "text/html":
        # Slack answers so, with 200, where the scope is missing.
        return _missing(file, "Slack wants a login (files:read is missing?)")
    content = bytearray()
    async for piece in answer.content.iter_chunked(1 << 16):
        content += piece
        if len(content) > most:
            return _missing(file, _TOO_LARGE)
    if isinstance(size := file.get("size"), int) and len(content) != size:
        return _missing(file, f"{len(content)} of {size} bytes came", temporary=True)
    return {
        "name": file.get("name"),
        "type": wanted or answer.content_type,
        "content": base64.b64encode(content).decode(),
    }


def _size(files: Mapping[str, Any]) -> int:
    """Of what was fetched, in bytes."""
    return sum(len(had.get("content", "")) * 3 // 4 for had in files.values())


def _wanted(said: Mapping[str, Any], had: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The files to ask for: those not asked for yet, and those that may come later."""
    for file in files_of(said)[:MOST_FILES]:
        if isinstance(id := file.get("id"), str):
            before = had.get(id)
            if not isinstance(before, dict) or before.get("owed"):
                yield file


def _missing(file: Mapping[str, Any], why: str, temporary: bool = False) -> dict[str, Any]:
    return {
        "name": file.get("name"),
        "problem": why,
        "owed": temporary or why in _TEMPORARY,
    }


def _packed(kept: Mapping[str, Any]) -> bytes:
    return json.dumps(kept, separators=(",", ":")).encode("utf-8")
