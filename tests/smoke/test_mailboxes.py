"""The installed daemon and a real Dovecot."""

import json
import random
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SOAK
from tests.dovecot import PASSWORD, Dovecot
from tests.smoke.conftest import free_port
from tests.smoke.test_import import rows
from tests.waiting import wait_until

BOX = """
[mailboxes.{name}]
host = "127.0.0.1"
port = {port}
security = "none"
username = "{name}"
password = "{password}"
account = "support"
"""

MOST_MB = 250

LETTER = """From: Maria <maria@always.example>\r
To: support@b2bee.example\r
Subject: Orders fail {n}\r
Message-ID: <{n}@always.example>\r
\r
Nothing works, the whole company cannot send orders. This is number {n}.\r
"""


def add(daemon: Any, name: str, port: int) -> None:
    with daemon.config.open("a") as config:
        config.write(BOX.format(name=name, port=port, password=PASSWORD))


def peak_mb(daemon: Any) -> float:
    """The most memory its process has had; 0 for one that is already gone."""
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    found = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(found[0].split()[1]) / 1024 if found else 0.0


@pytest.mark.timeout(1500)  # the long form
def test_a_daemon_killed_at_random_while_it_takes_a_mailbox_takes_each_message_once(
    daemon: Any, dovecot: Dovecot
) -> None:
    total = 20_000 if SOAK else 150
    luck = random.Random(20260304)
    for n in range(total):
        dovecot.deliver("box", LETTER.format(n=n).encode())
    add(daemon, "box", dovecot.port)
    daemon.start()
    peaks = []
    for number in range(40 if SOAK else 4):
        time.sleep(luck.uniform(0.0, 0.6))
        peaks.append(peak_mb(daemon))
        daemon.kill()
        daemon.start(wait=number % 3 != 2)
    wait_until(
        lambda: rows(daemon, "SELECT count(*) FROM message") == [(total,)], "not read", within=900
    )
    peaks.append(peak_mb(daemon))
    assert daemon.stop() == 0
    assert rows(daemon, "SELECT count(*), count(DISTINCT message_id) FROM message") == [
        (total, total)
    ]
    assert rows(daemon, "SELECT fate, count(*) FROM inbox GROUP BY fate") == [("noted", total)]
    assert daemon.requests() == []
    assert max(peaks) < MOST_MB, peaks


def test_a_mailbox_that_is_down_is_told_of_and_stops_nobody_else(
    daemon: Any, relay: Any, dovecot: Dovecot
) -> None:
    add(daemon, "down", free_port())
    add(daemon, "box", dovecot.port)
    daemon.start()  # ready, though one is down
    wait_until(
        lambda: rows(daemon, "SELECT name FROM memory WHERE name LIKE 'imap:%'"), "no first look"
    )
    dovecot.deliver("box", LETTER.format(n=1).encode())
    wait_until(lambda: len(daemon.requests()) == 1, "nothing was opened")
    with urllib.request.urlopen(f"http://127.0.0.1:{daemon.http}/readyz", timeout=5) as page:
        told = json.load(page)
    assert told == {"ok": True, "problems": [], "warnings": ["imap:down/INBOX is not open"]}
    wait_until(
        lambda: any(
            "imap:down/INBOX failed" in m["Subject"] for m in relay.to("boss@b2bee.example")
        ),
        "no alarm",
    )
    assert daemon.stop() == 0
