"""How long an ordinary mail takes while hostile clients hang, drip and flood.

    .venv/bin/python bench/smtp_hostile.py [--clients 200] [--mails 40]

The daemon, the hostile clients (from 40 addresses; they come again whenever they are sent away)
and the ordinary sender are processes of their own. An ordinary mail that is told to come again
does so after 50 ms; its time is from the first connection to the 250, 30 s at most.
"""

import argparse
import asyncio
import json
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from smtp_intake import storing

LONGEST = 30.0
LETTER = b"From: u@example.com\r\nTo: support@b2bee.example\r\nSubject: %d\r\n\r\nIt is down.\r\n"


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say hello, and no more."""
    writer.write(b"EHLO a\r\n")
    await asyncio.sleep(3600)


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a message a byte at a time."""
    writer.write(b"EHLO a\r\n")
    await asyncio.sleep(0.2)
    writer.write(b"MAIL FROM:<>\r\nRCPT TO:<support@b2bee.example>\r\nDATA\r\n")
    while not reader.at_eof():
        await asyncio.sleep(0.2)
        writer.write(b"x")
        await reader.read(0)


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send commands as fast as they are taken, and read no answer."""
    while True:
        writer.write(b"NOOP\r\n" * 500)
        await writer.drain()
        await asyncio.sleep(0)


async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a message that never ends, as fast as it is taken."""
    writer.write(b"EHLO a\r\n")
    await asyncio.sleep(0.2)
    writer.write(b"MAIL FROM:<>\r\nRCPT TO:<support@b2bee.example>\r\nDATA\r\n")
    await asyncio.sleep(0.2)
    while True:
        writer.write(b"x" * 60_000)
        await writer.drain()
        await asyncio.sleep(0)


WAYS = (hang, drip, flood, pour)


async def attack(port: int, clients: int) -> None:
    """Keep so many clients at it."""

    async def one(number: int) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", port, local_addr=(f"127.0.{number % 40}.2", 0)
                )
            except OSError:
                await asyncio.sleep(0.1)
                continue
            acting = asyncio.create_task(WAYS[number % len(WAYS)](reader, writer))
            try:
                while await reader.read(65536):
                    pass
            except OSError:
                pass
            acting.cancel()
            await asyncio.gather(acting, return_exceptions=True)
            writer.transport.abort()
            await asyncio.sleep(0.1)

    await asyncio.gather(*(one(number) for number in range(clients)))


@contextmanager
def attacked(port: int, clients: int) -> Iterator[None]:
    """The hostile clients as a process."""
    command = [sys.executable, __file__, "--attack", str(port), "--clients", str(clients)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        time.sleep(3)
        yield
    finally:
        process.kill()
        process.wait()


def deliver(port: int, number: int) -> float:
    """Seconds until one ordinary mail was taken."""
    began = time.perf_counter()
    while time.perf_counter() - began < LONGEST:
        try:
            with smtplib.SMTP(
                "127.0.0.1", port, timeout=LONGEST, source_address=("127.1.1.1", 0)
            ) as server:
                server.sendmail("u@example.com", ["support@b2bee.example"], LETTER % number)
                return time.perf_counter() - began
        except (OSError, smtplib.SMTPException):
            time.sleep(0.05)
    return LONGEST


def main() -> None:
    """Print a line without and one with hostile clients."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--clients", type=int, default=200)
    arguments.add_argument("--mails", type=int, default=40)
    arguments.add_argument("--attack", type=int, metavar="PORT", help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.attack:
        asyncio.run(attack(asked.attack, asked.clients))
        return
    with storing("trusted_networks = []") as (port, _):
        for clients in (0, asked.clients):
            with attacked(port, clients):
                took = sorted(deliver(port, n + clients) for n in range(asked.mails))
            figures = {
                "hostile": clients,
                "mails": len(took),
                "p50_ms": round(took[len(took) // 2] * 1000),
                "max_ms": round(took[-1] * 1000),
                "not_taken": sum(seconds >= LONGEST for seconds in took),
            }
            print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
