"""A client of our SMTP server that says what goes over the wire, and the server for it."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.smtp import Certificate, SmtpServer
from rules.model import Account
from tests.channels.inbound_contract import Inbox
from tests.waiting import PATIENCE

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ACCOUNTS = {
    "support": Account(
        "support", "Support", "support@desk.example", frozenset({"help@desk.example"})
    ),
    "sales": Account("sales", "Sales", "sales@desk.example"),
}
LETTER = b"From: ana@customer.example\r\nSubject: Help\r\n\r\nIt is down.\r\n"
SECOND = b"MAIL FROM:<evil@x.example>\r\nRCPT TO:<support@desk.example>\r\nDATA\r\n" + LETTER + b"."
"""A whole message, commands and all, as it is slipped in behind another."""


class NoMemory:
    async def load(self, name: str) -> str | None:
        return None


class Client:
    """Speaks SMTP line by line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def answer(self) -> str:
        """All lines of it; empty if the server has hung up."""
        lines = []
        while True:
            line = (await self.reader.readline()).decode()
            lines.append(line.rstrip("\r\n"))
            if line[3:4] != "-":
                return "\n".join(lines)

    async def say(self, line: str | bytes) -> str:
        self.writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")
        return await self.answer()

    async def open_letter(
        self, *recipients: str, sender: str = "ana@customer.example", greeting: str = "EHLO"
    ) -> list[str]:
        answers = [
            await self.say(f"{greeting} customer.example"),
            await self.say(f"MAIL FROM:<{sender}>"),
        ]
        return answers + [await self.say(f"RCPT TO:<{recipient}>") for recipient in recipients]

    async def hand_over(self, content: bytes) -> str:
        if not (answer := await self.say("DATA")).startswith("354"):
            return answer
        stuffed = content.replace(b"\r\n.", b"\r\n..")
        return await self.say(stuffed + b"." if stuffed.endswith(b"\r\n") else stuffed + b"\r\n.")

    async def rest(self) -> str:
        """What is still said until the server hangs up."""
        return (await self.reader.read()).decode()


@asynccontextmanager
async def serving(inbox: Inbox, **settings: Any) -> AsyncIterator[SmtpServer]:
    server = SmtpServer(
        "127.0.0.1", 0, hostname="mx.desk.example", accounts=ACCOUNTS, clock=lambda: NOW, **settings
    )
    running = asyncio.create_task(server.run(inbox.receive, NoMemory()))
    async with asyncio.timeout(PATIENCE):
        while not server.is_ready():
            await asyncio.sleep(0)
            if running.done():
                await running
    try:
        yield server
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def connected(server: SmtpServer, come_from: str = "127.0.0.1") -> AsyncIterator[Client]:
    """A connection on which nothing was said yet."""
    if server.socket is not None:
        reader, writer = await asyncio.open_unix_connection(server.socket)
    else:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", server.port, local_addr=(come_from, 0)
        )
    try:
        async with asyncio.timeout(20):
            yield Client(reader, writer)
    finally:
        writer.transport.abort()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


@asynccontextmanager
async def talking(server: SmtpServer, come_from: str = "127.0.0.1") -> AsyncIterator[Client]:
    """A connection with the greeting behind it."""
    async with connected(server, come_from) as client:
        kind = "LMTP" if server.lmtp else "ESMTP"
        assert (await client.answer()).startswith(f"220 mx.desk.example {kind}")
        yield client


def story(
    told: Callable[[Client], Awaitable[list[str]]], inbox: Inbox | None = None, **settings: Any
) -> list[str]:
    """Answers that one client gets from a server with these settings."""

    async def run() -> list[str]:
        async with serving(inbox or Inbox(), **settings) as server, talking(server) as client:
            return await told(client)

    return asyncio.run(run())


async def hand_in(
    inbox: Inbox, content: bytes, recipients: Sequence[str] = ("support@desk.example",)
) -> str:
    async with serving(inbox) as server, talking(server) as client:
        await client.open_letter(*recipients)
        return await client.hand_over(content)


def make_certificate(folder: Path, name: str = "mx.desk.example") -> tuple[Path, Path]:
    """Certificate and key in PEM files; skips where openssl is not there."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={name}"
    try:
        subprocess.run(
            [*command.split(), "-keyout", str(key), "-out", str(certificate)],
            capture_output=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("openssl is not there to make a certificate")
    return certificate, key


async def nobody_told(what: str, detail: str) -> None:
    raise AssertionError(f"{what}: {detail}")


def certificate_in(folder: Path) -> Certificate:
    return Certificate(*make_certificate(folder), nobody_told)


def any_server() -> ssl.SSLContext:
    """A client's context that asks no questions."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def start_tls(client: Client) -> None:
    assert (await client.say("STARTTLS")).startswith("220")
    await client.writer.start_tls(any_server())


async def letter_with(client: Client, begin: bytes, more: bytes) -> list[str]:
    """One answer to what begins a message, goes on, and ends as it should; then all the rest."""
    await client.open_letter("support@desk.example")
    assert (await client.say("DATA")).startswith("354")
    client.writer.write(begin)
    await client.writer.drain()
    return [await client.say(more + b"\r\n."), await client.rest()]


async def two_without_waiting(client: Client) -> list[str]:
    """Five answers to a message, and to another that does not wait for any of them."""
    await client.open_letter("support@desk.example")
    await client.say("DATA")
    client.writer.write(LETTER + b".\r\n" + SECOND + b"\r\n")
    return [await client.answer() for _ in range(5)]
