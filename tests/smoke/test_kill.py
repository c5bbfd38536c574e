"""Killed, or cut off from its store, at any instant: nothing we took is lost or handled twice.

And every ping owed is sent.
"""

import random
import re
import smtplib
import threading
import time
from collections import Counter
from collections.abc import Sequence
from email.message import Message
from typing import Any

import psycopg
import pytest

from tests.conftest import SOAK
from tests.postgresql import Line
from tests.waiting import wait_until

OUTAGE = """From: Maria <maria@always.example>
To: support@b2bee.example
Subject: Orders fail {n}
Message-ID: <{id}>

Nothing works, the whole company cannot send orders. This is number {n}.
"""


class Load(threading.Thread):
    """A customer's mail server: sends, and comes again until it is told 250."""

    def __init__(self, port: int, name: str, pause: float = 0.4) -> None:
        super().__init__(name=name)
        self._port = port
        self._pause = pause
        self._stop_it = threading.Event()
        self.taken: list[str] = []

    def run(self) -> None:
        n = 0
        server: smtplib.SMTP | None = None
        while not self._stop_it.is_set():
            id = f"{self.name}.{n}@always.example"
            content = OUTAGE.format(n=n, id=id).encode()
            try:
                server = server or smtplib.SMTP("127.0.0.1", self._port, timeout=5)
                server.sendmail("maria@always.example", ["support@b2bee.example"], content)
            except (OSError, smtplib.SMTPException):
                if server:
                    server.close()
                server = None
                time.sleep(0.02)
                continue  # the same mail again: it may have been taken before the line broke
            self.taken.append(id)
            n += 1
            time.sleep(self._pause)  # what is taken is assessed, too: a quarter of a second each
        if server:
            server.close()

    def stop(self) -> None:
        self._stop_it.set()
        self.join()


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
def test_kill_9_loses_nothing_doubles_nothing_and_every_ping_goes_out(
    daemon: Any, relay: Any
) -> None:
    luck = random.Random(20260304)
    loads = [Load(daemon.smtp, f"load{i}") for i in range(3)]
    for load in loads:
        load.start()
    kills = 60 if SOAK else 6
    for number in range(kills):
        daemon.start(wait=number % 4 != 3)  # every fourth is killed while it starts
        time.sleep(luck.uniform(0.0, 1.5))
        daemon.kill()
    for load in loads:
        load.stop()
    daemon.start()
    acknowledged = [id for load in loads for id in load.taken]
    assert len(acknowledged) > kills  # the load was real
    all_is_handled_once(daemon, relay, acknowledged, 900 if SOAK else 240)


@pytest.mark.timeout(1800)
def test_a_store_cut_off_loses_nothing_doubles_nothing_and_every_ping_goes_out(
    daemon: Any, relay: Any, durable: Any
) -> None:
    luck = random.Random(20260305)
    cuts: Counter[str] = Counter()
    steady = threading.Event()

    def breaks() -> str:
        chosen = luck.choices(["", "before", "after"], [18, 1, 1])[0]
        chosen = "" if steady.is_set() else chosen
        cuts[chosen] += 1
        return chosen

    name = durable.create()
    line = Line(durable, breaks)
    steady.set()
    daemon.remember_in(line.url(name))
    daemon.start()
    steady.clear()
    loads = [Load(daemon.smtp, f"load{i}") for i in range(3)]
    for load in loads:
        load.start()
    rounds = 100 if SOAK else 6
    while rounds > 0 or min(cuts["before"], cuts["after"]) < 6:
        rounds -= 1
        time.sleep(luck.uniform(0.0, 1.5))
        with psycopg.connect(durable.url(name), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
                " datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.7"
            )
    for load in loads:
        load.stop()
    steady.set()
    acknowledged = [id for load in loads for id in load.taken]
    all_is_handled_once(daemon, relay, acknowledged, 900 if SOAK else 240)
    line.remove()
    durable.drop(name)


def all_is_handled_once(
    daemon: Any, relay: Any, acknowledged: Sequence[str], seconds: float
) -> None:
    def settled() -> bool:
        # Alone or gathered with others, a ping names its request.
        told = {
            int(number)
            for mail in relay.to("ana@b2bee.example")
            for number in re.findall(r"#(\d+)", f"{mail['Subject']} {words(mail)}")
        }
        if len(told) < len(acknowledged):
            return False  # to ask a command costs the time that the daemon needs
        requests = daemon.requests()
        heard = {id for request in requests for id in request["message_ids"]}
        # Not counted: what was taken as the line broke is heard, and never was acknowledged.
        return heard.issuperset(acknowledged) and told >= {request["id"] for request in requests}

    wait_until(settled, "requests or pings are missing", within=seconds)
    opened = Counter(id for request in daemon.requests() for id in request["message_ids"])
    assert {id: opened[id] for id in acknowledged if opened[id] != 1} == {}
    assert daemon.stop() == 0


def words(mail: Message) -> str:
    """The plain text of a mail."""
    plain = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
    return bytes(plain.get_payload(decode=True) or b"").decode()
