"""A door for tickets behind a real HTTP server, and a peer that says what goes over the wire."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from channels.ticket import api, form
from channels.ticket.body import Bounds
from channels.ticket.content import canonical
from channels.ticket.door import TicketDoor
from daemon.http import Health, HttpServer, build_app
from rules.model import Account
from tests.channels.inbound_contract import Inbox

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ACCOUNT = Account("support", "Support", "support@desk.example")
KEYS = {"key-of-7": 7, "key-of-8": 8}
TICKET = {
    "subject": "Orders fail",
    "text": "Nothing works.",
    "sender": {"name": "Maria", "email": "maria@adria.example"},
    "severity_claim": None,
    "files": [],
}


class NoMemory:
    async def load(self, name: str) -> str | None:
        return None


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Peer:
    port: int

    async def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = {"Host": "x", "Connection": "close", "Content-Length": str(len(body))}
        lines |= headers or {}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
        writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body)
        try:
            async with asyncio.timeout(20):
                answer = await reader.read()
        finally:
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        head, _, content = answer.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        pairs = (line.split(": ", 1) for line in rest)
        return Answer(int(first.split()[1]), {n.lower(): v for n, v in pairs}, content)

    async def post(self, body: bytes | object, id: str = "1", **changed: str) -> Answer:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {
            "Authorization": "Bearer key-of-7",
            "Content-Type": "application/json",
            "Idempotency-Key": id,
        }
        headers |= {name.replace("_", "-"): value for name, value in changed.items()}
        return await self.ask("POST", "/api/tickets", content, headers)

    async def send_form(self, fields: Sequence[tuple[str, Any]], **headers: str) -> Answer:
        body, kind = multipart(fields)
        return await self.ask("POST", "/ticket", body, {"Content-Type": kind, **headers})


def multipart(fields: Sequence[tuple[str, Any]]) -> tuple[bytes, str]:
    """A body and its type; a file is given as name, type and content."""
    out = b""
    for name, value in fields:
        file, kind, content = ("", "", value) if isinstance(value, str) else value
        out += f'--limit\r\nContent-Disposition: form-data; name="{name}"'.encode()
        if kind:
            out += b'; filename="' + file.encode() + b'"\r\nContent-Type: ' + kind.encode()
        out += b"\r\n\r\n" + (content.encode() if isinstance(content, str) else content) + b"\r\n"
    return out + b"--limit--\r\n", "multipart/form-data; boundary=limit"


@asynccontextmanager
async def serving(
    inbox: Inbox, bounds: Bounds | None = None
) -> AsyncIterator[tuple[Peer, TicketDoor, "asyncio.Task[None]"]]:
    async def contract_of(key: str) -> int | None:
        return KEYS.get(key)

    async def stored(account: str, id: str) -> bytes | None:
        found = [a for a in inbox.stored if a.envelope.external_id == id]
        return found[0].content if found else None

    async def number_of(account: str, id: str) -> int | None:
        found = [n for n, a in enumerate(inbox.stored, 1) if a.envelope.external_id == id]
        return found[0] if found else None

    door = TicketDoor(ACCOUNT, lambda: NOW, contract_of, stored, number_of, bounds or Bounds())
    app = build_app(Health, Health, bytes)
    app.include_router(api.router(door))
    app.include_router(form.router(door))
    server = HttpServer(app, "127.0.0.1", 0)
    port = server.bind()
    opened = asyncio.create_task(door.run(inbox.receive, NoMemory()))
    running = asyncio.create_task(server.run())
    while not door.is_ready():
        await asyncio.sleep(0)
    try:
        yield Peer(port), door, opened
    finally:
        opened.cancel()
        await asyncio.gather(opened, return_exceptions=True)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def letter(words: bytes) -> bytes:
    return canonical({**TICKET, "text": words.decode()})
