"""What one commit costs on SQLite and on PostgreSQL, in one run, in turn.

    PYTHONPATH=. .venv/bin/python bench/stores.py [--rounds 300]

PostgreSQL is a private one in the same temporary folder's file system, with its own settings
(fsync on). `decide`: Store.write of a whole decided request, as the intake writes it. `take`:
inbox.take of 32 mails of 20 kB. `claim`: one notice claimed. `floor`: 8 kB appended and fsync'd.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rules.model import Fate, HistoryEntry
from storage.store import Store, Transaction
from tests.postgresql import Cluster
from tests.storage.nouns import MINUTE, NOW, a_message, a_notice, a_request, a_timer, an_arrival


def decide(store: Store, arrival: int) -> None:
    """Everything known is read, everything decided is written."""

    def work(tx: Transaction) -> None:
        message = a_message(references=("1@x",), text="help " * 200)
        assert tx.messages.known(message.key) is None
        tx.messages.threads(message.references)
        tx.contracts.fitting(message.sender)
        tx.outbox.receipts_to(message.sender, NOW)
        tx.outbox.receipts_to_domain("adria.example", NOW)
        request = tx.requests.add(a_request())
        tx.timers.arm(replace(a_timer(0), request_id=request.id))
        tx.requests.note(HistoryEntry(request.id, NOW, "customer", "opened", "minor"))
        row = tx.messages.add(message, "customer", request.id, arrival)
        tx.outbox.post([a_notice(request_id=request.id), a_notice(request_id=request.id)], NOW)
        tx.messages.refer(f"receipt{request.id}@us", request.id)
        tx.inbox.settle(arrival, Fate.OPENED, "", request.id, row)

    store.write(work)


def take(store: Store) -> None:
    """As much mail as a burst brings between two commits."""
    arrivals = [an_arrival(os.urandom(10_000) + b"x" * 10_000) for _ in range(32)]
    store.write(lambda tx: tx.inbox.take(arrivals, NOW))


def claim(store: Store) -> None:
    """What the courier does before each send."""
    assert store.claim(lambda tx: tx.outbox.claim(NOW, 1, MINUTE, "mail"))


def milliseconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster()
        try:
            stores = {
                "SQLite": Store(f"sqlite:///{folder}/x.db"),
                "PostgreSQL": Store(cluster.url(cluster.create())),
            }
            measure(stores, rounds, Path(folder) / "floor")
        finally:
            cluster.remove()


def measure(stores: dict[str, Store], rounds: int, file: Path) -> None:
    """Let all do the same in turn, and print what it took."""
    found: dict[tuple[str, str], list[float]] = {}

    def keep(what: str, name: str, work: Callable[[], object]) -> None:
        found.setdefault((what, name), []).append(milliseconds(work))

    floor = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    for store in stores.values():
        store.migrate()
    for number in range(rounds):
        keep("floor", "fsync", lambda: (os.write(floor, bytes(8192)), os.fsync(floor)))
        for name, store in stores.items():
            keep("take", name, lambda store=store: take(store))
            keep("decide", name, lambda store=store, n=number + 1: decide(store, n))
            keep("claim", name, lambda store=store: claim(store))
    os.close(floor)
    for store in stores.values():
        store.close()
    print(f"{'':8}{'':12}{'median':>9}{'90 %':>9}  ms, of {rounds}")
    for (what, name), each in sorted(found.items()):
        tenths = statistics.quantiles(each, n=10)
        print(f"{what:8}{name:12}{statistics.median(each):9.2f}{tenths[8]:9.2f}")


main()
