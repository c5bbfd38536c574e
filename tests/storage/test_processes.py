"""What only shows between processes."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.store import Store
from tests.storage.nouns import NOW

ROOT = Path(__file__).parents[2]
Start = Callable[[str], "subprocess.Popen[str]"]

MIGRATES = """
store.migrate()
store.write(lambda tx: tx.memory.save(sys.argv[2], "here"))
"""
WRITES = """
from datetime import UTC, datetime
from itertools import count
from rules.model import Arrival, Channel, Envelope
now = datetime(2026, 3, 2, tzinfo=UTC)
for n in count(1):
    envelope = Envelope(Channel.EMAIL, "support", str(n), "a@x", (), now)
    store.write(lambda tx: tx.inbox.take([Arrival(envelope, b"x" * 3000)], now))
    print(n, flush=True)
"""


@pytest.fixture
def start(url: str) -> Iterator[Start]:
    """Start a process that has the store open, says `ready`, and goes on at a line."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str) -> "subprocess.Popen[str]":
        prelude = (
            "import sys\nfrom storage.store import Store\nstore = Store(sys.argv[1])\n"
            "print('ready', flush=True)\nsys.stdin.readline()\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", prelude + code, url, str(len(started))],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def go(*processes: "subprocess.Popen[str]") -> None:
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def test_processes_that_start_at_once_on_an_empty_database_all_succeed(
    start: Start, url: str
) -> None:
    processes = [start(MIGRATES) for _ in range(3)]
    go(*processes)
    assert [process.wait(30) for process in processes] == [0, 0, 0]
    store = Store(url)
    assert store.read(lambda tx: [tx.memory.load(n) for n in "012"]) == ["here"] * 3
    store.close()


def test_what_was_committed_survives_the_writers_death(start: Start, store: Store) -> None:
    writer = start(WRITES)
    go(writer)
    assert writer.stdout is not None
    for _ in range(50):
        writer.stdout.readline()
    writer.kill()
    last = max([50, *map(int, writer.stdout.read().split("\n")[:-1])])
    stored = store.read(lambda tx: tx.inbox.waiting(NOW, 100_000))
    assert len(stored) >= last
    assert [w.arrival.envelope.external_id for w in stored] == [
        str(n + 1) for n in range(len(stored))
    ]
    assert all(w.arrival.content == b"x" * 3000 for w in stored)
