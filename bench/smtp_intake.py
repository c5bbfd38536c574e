"""Durable intake against an aiosmtpd server that stores nothing, in one run.

    .venv/bin/python bench/smtp_intake.py [--runs 5] [--messages 2000]

Both servers run as processes of their own and are fed in turn over the same number of connections.
`supportd` answers 250 after its commit (SQLite, synchronous=FULL); it understands and decides the
mail at the same time. The figure that other work on the machine disturbs least is the server's CPU.
"""

import argparse
import base64
import json
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from process import answers, cpu_seconds, free_port, supportd

SENDERS = 8

DISCARD = """
import asyncio, sys
from aiosmtpd.smtp import SMTP
class Discard:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"
async def main():
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Discard(), enable_SMTPUTF8=True), "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()
asyncio.run(main())
"""


def corpus(kind: str, count: int) -> list[bytes]:
    """Small: 2-5 KB of text. Mixed: 70 % small, 25 % of 15-40 KB, 5 % with a 300 KB-1 MB file."""
    luck = random.Random(4242)
    made = []
    for n in range(count):
        draw = luck.random() if kind == "mixed" else 0.0
        size = luck.randint(15, 40) if 0.7 <= draw < 0.95 else luck.randint(2, 5)
        file = luck.randbytes(luck.randint(220, 740) * 1024) if draw >= 0.95 else b""
        head = (
            f"From: u{n}@example.com\r\nTo: support@b2bee.example\r\nSubject: message {n}\r\n"
            f"Message-ID: <{n}.{luck.getrandbits(64)}@example.com>\r\nMIME-Version: 1.0\r\n"
        )
        made.append(f"{head}{_body(luck, size * 1024, file)}\r\n.\r\n".encode())
    return made


def _body(luck: random.Random, size: int, file: bytes) -> str:
    words = ["order", "route", "price list", "sync", "invoice", "stock", "error", "slow", "thanks"]
    text = "\r\n".join(" ".join(luck.choices(words, k=11)) for _ in range(size // 70))
    if not file:
        return f"Content-Type: text/plain\r\n\r\n{text}"
    encoded = base64.encodebytes(file).decode().replace("\n", "\r\n")
    return (
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
        f"{text}\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{encoded}--b--"
    )


def feed(port: int, mails: list[bytes]) -> tuple[float, list[float]]:
    """Send everything over SENDERS connections; seconds in all, and for each message."""
    shares = [mails[i::SENDERS] for i in range(SENDERS)]
    took: list[float] = []

    def send(share: list[bytes]) -> None:
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            answers = line.makefile("rb")

            def said(code: bytes) -> None:
                while True:
                    answer = answers.readline()
                    if answer[3:4] != b"-":
                        assert answer.startswith(code), answer
                        return

            said(b"220")
            line.sendall(b"EHLO bench\r\n")
            said(b"250")
            for mail in share:
                began = time.perf_counter()
                for command, code in (
                    (b"MAIL FROM:<u@example.com>\r\n", b"250"),
                    (b"RCPT TO:<support@b2bee.example>\r\n", b"250"),
                    (b"DATA\r\n", b"354"),
                    (mail, b"250"),
                ):
                    line.sendall(command)
                    said(code)
                took.append(time.perf_counter() - began)

    threads = [threading.Thread(target=send, args=(share,)) for share in shares]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began, took


@contextmanager
def discarding() -> Iterator[tuple[int, int]]:
    """An aiosmtpd that stores nothing: its port and pid."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", DISCARD, str(port)])
    try:
        wait_for(port)
        yield port, process.pid
    finally:
        process.kill()
        process.wait()


@contextmanager
def storing(more: str = "") -> Iterator[tuple[int, int]]:
    """The daemon: its port and pid; `more` is for its [smtp]."""
    with supportd(more) as daemon:
        wait_for(daemon.smtp)
        yield daemon.smtp, daemon.pid


def wait_for(port: int) -> None:
    """Return once somebody listens; raises SystemExit where nobody does within a minute."""
    for _ in range(1200):
        if answers(port):
            return
        time.sleep(0.05)
    raise SystemExit(f"nobody listens on port {port}")


SERVERS = {"aiosmtpd, stores nothing": discarding, "supportd, 250 after commit": storing}


def main() -> None:
    """Print a line for each server and kind of mail, medians over the runs."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--messages", type=int, default=2000)
    asked = arguments.parse_args()
    for kind in ("small", "mixed"):
        mails = corpus(kind, asked.messages)
        found: dict[str, list[dict[str, float]]] = {}
        for _ in range(asked.runs):
            for name, serving in SERVERS.items():
                with serving() as (port, pid):
                    before = cpu_seconds(pid)
                    seconds, took = feed(port, mails)
                    took.sort()
                    found.setdefault(name, []).append(
                        {
                            "messages_per_s": len(mails) / seconds,
                            "cpu_ms_per_message": (cpu_seconds(pid) - before) * 1000 / len(mails),
                            "p50_ms": took[len(took) // 2] * 1000,
                            "p99_ms": took[int(len(took) * 0.99)] * 1000,
                        }
                    )
        for name, runs in found.items():
            medians = {key: round(statistics.median(r[key] for r in runs), 2) for key in runs[0]}
            print(json.dumps({"mail": kind, "server": name, "runs": len(runs), **medians}))


if __name__ == "__main__":
    main()
