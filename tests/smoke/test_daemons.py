"""Several daemons on one PostgreSQL: all work, and what one leaves behind the others take over."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import dovecot as dovecots
from tests.conftest import need
from tests.dovecot import Dovecot
from tests.smoke.conftest import SUPPORTD, Daemon
from tests.smoke.test_kill import Load
from tests.smoke.test_mailboxes import LETTER, add

Start = Callable[[int], list[Daemon]]


@pytest.fixture
def database(durable: Any) -> Iterator[str]:
    name = durable.create()
    yield durable.url(name)
    durable.drop(name)


@pytest.fixture
def several(tmp_path: Path, relay: Any, database: str) -> Iterator[Start]:
    """Makes so many daemons, not started yet."""
    need(SUPPORTD.exists(), "supportd is not installed beside this Python")
    made: list[Daemon] = []

    def make(count: int) -> list[Daemon]:
        for number in range(count):
            (tmp_path / str(number)).mkdir()
            made.append(Daemon(tmp_path / str(number), relay, database))
        return made

    yield make
    for daemon in made:
        if daemon.process and daemon.process.poll() is None:
            daemon.process.send_signal(signal.SIGCONT)
            daemon.kill()


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    need(dovecots.installed() is not None, "Dovecot (dovecot-imapd) is not installed")
    server = Dovecot()
    try:
        server.start()
        yield server
    finally:
        server.remove()


def ask(url: str, question: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchall()


def reader(url: str, daemons: list[Daemon]) -> Daemon | None:
    """Which of them reads the mailbox."""
    held = ask(url, "SELECT holder FROM lease WHERE name LIKE 'mailbox:%' AND until_at > now()")
    pids = [holder.split(":")[1] for (holder,) in held]
    found = [d for d in daemons if d.process and str(d.process.pid) in pids]
    return found[0] if found else None


def opened(url: str) -> Counter[str]:
    """How many requests each message id has opened."""
    return Counter(dict(ask(url, "SELECT message_id, count(*) FROM message GROUP BY message_id")))


def sent_twice(relay: Any) -> dict[str, int]:
    """The receipts, and the pings to one person, that the relay took more than once."""
    ids = Counter(str(mail["Message-ID"]) for _, _, mail in list(relay.taken))
    return {id: count for id, count in ids.items() if count > 1}


def test_a_reader_that_sleeps_loses_its_mailbox_and_does_nothing_twice_when_it_wakes(
    several: Start, relay: Any, dovecot: Dovecot, database: str, wait_until: Any
) -> None:
    daemons = several(2)
    for daemon in daemons:
        add(daemon, "box", dovecot.port)
        daemon.start(wait=False)
    for daemon in daemons:
        daemon.wait_until_ready()
    looked = "SELECT 1 FROM memory WHERE name LIKE 'imap:%'"
    wait_until(lambda: ask(database, looked), 60, "no first look")
    for n in range(4):
        dovecot.deliver("box", LETTER.format(n=n).encode())
    wait_until(lambda: len(opened(database)) == 4, 90, "nothing was opened")
    asleep = reader(database, daemons)
    assert asleep is not None
    assert asleep.process is not None
    asleep.process.send_signal(signal.SIGSTOP)
    for n in range(4, 8):
        dovecot.deliver("box", LETTER.format(n=n).encode())
    wait_until(lambda: reader(database, daemons) not in (asleep, None), 60, "not taken over")
    wait_until(lambda: len(opened(database)) == 8, 90, "lost what came meanwhile")
    asleep.process.send_signal(signal.SIGCONT)
    for n in range(8, 10):
        dovecot.deliver("box", LETTER.format(n=n).encode())
    everything = {f"{n}@always.example": 1 for n in range(10)}
    wait_until(lambda: opened(database) == everything, 90, "lost or doubled")
    (count,) = ask(database, "SELECT count(*) FROM request")
    assert count == (10,)
    for daemon in daemons:
        assert daemon.stop() == 0
    assert sent_twice(relay) == {}
    assert ask(database, "SELECT name FROM lease") == []  # let go in order


@pytest.mark.timeout(1800)
def test_four_daemons_some_killed_lose_nothing_and_double_nothing(
    several: Start, relay: Any, database: str, wait_until: Any, soak: bool
) -> None:
    luck = random.Random(20260306)
    daemons = several(4)
    for daemon in daemons:
        daemon.start(wait=False)
    for daemon in daemons:
        daemon.wait_until_ready()
    loads = [Load(daemon.smtp, f"load{i}", pause=2) for i, daemon in enumerate(daemons)]
    for load in loads:
        load.start()
    for _ in range(100 if soak else 2):
        time.sleep(luck.uniform(0.5, 1.5))
        victim = luck.choice(daemons)
        victim.kill()
        victim.start(wait=False)
    for load in loads:
        load.stop()
    taken = [id for load in loads for id in load.taken]
    assert len(taken) > 4  # the load was real

    def settled() -> bool:
        pinged = ask(database, "SELECT count(DISTINCT request_id) FROM outbox WHERE kind = 'ping'")
        waits = ask(
            database,
            "SELECT 1 FROM outbox WHERE state IN ('pending', 'sending', 'unknown') LIMIT 1",
        )
        return len(opened(database)) >= len(taken) and pinged[0][0] >= len(taken) and not waits

    wait_until(settled, 900 if soak else 300, "requests or pings are missing")
    counted = opened(database)
    assert {id: counted[id] for id in taken if counted[id] != 1} == {}
    doubled = "SELECT message_id FROM message GROUP BY message_id HAVING count(DISTINCT request_id)"
    assert ask(database, f"{doubled} <> 1") == []
