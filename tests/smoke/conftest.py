"""The installed command as a process, configured by text, with a real relay to send to."""

import email
import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests import dovecot as dovecots
from tests.daemon.command import Command
from tests.dovecot import Dovecot
from tests.waiting import wait_until

SUPPORTD = Path(sys.executable).with_name("supportd")

CONFIG = """
[store]
url = "{store}"
[smtp]
listen = "127.0.0.1:{smtp}"
[http]
listen = "127.0.0.1:{http}"
[accounts.support]
address = "support@b2bee.example"
name = "B2Bee Support"
[mail.relay]
host = "127.0.0.1"
port = {relay}
security = "none"
[people.ana]
name = "Ana"
addresses = ["ana@b2bee.example"]
ways = ["mail:ana@b2bee.example"]
[people.boss]
name = "Boss"
addresses = ["boss@b2bee.example"]
ways = ["mail:boss@b2bee.example"]
[on_call]
people = ["ana"]
starts = "2020-01-06T09:00"
[escalation]
catch_all = ["boss"]
[limits]
per_sender_and_day = 3
per_domain_and_hour = 20
[plans.always]
credits_per_month = 100000
credits_per_day = 100000
registered_persons = 5
response_priority = false
discount = false
[plans.always.first_response.critical]
within = "1h"
from = "00:00"
to = "24:00"
working_days = false
channels = ["email"]
[plans.always.first_response.significant]
within = "1h"
from = "00:00"
to = "24:00"
working_days = false
channels = ["email"]
[plans.always.first_response.minor]
within = "1h"
from = "00:00"
to = "24:00"
working_days = false
channels = ["email"]
[plans.always.first_response.none]
within = "1h"
from = "00:00"
to = "24:00"
working_days = false
channels = ["email"]
"""

CONTRACTS = """
[[contracts]]
customer = "Always d.o.o."
plan = "always"
starts_on = 2020-01-01
ends_on = 2099-12-31
domains = ["always.example"]
[[contracts.persons]]
name = "Maria"
addresses = ["maria@always.example"]
"""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class Relay:
    """A real SMTP server that keeps what it is handed."""

    def __init__(self) -> None:
        self.loses: Callable[[], bool] = lambda: False
        """Whether the connection breaks before it says that it has taken a mail."""
        self.taken: list[tuple[str, list[str], Message]] = []
        self.port = free_port()
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)
        self._server.start()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        content = email.message_from_bytes(envelope.content)
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, content))
        if self.loses():
            server.transport.abort()
        return "250 taken"

    def to(self, address: str) -> list[Message]:
        return [mail for _, rcpts, mail in list(self.taken) if address in rcpts]

    def stop(self) -> None:
        self._server.stop()


class Daemon:
    """`supportd` on a configuration of its own."""

    command = SUPPORTD

    def __init__(self, path: Path, relay: Relay, store: str, has_contracts: bool = False) -> None:
        self.path = path
        self.smtp, self.http = free_port(), free_port()
        self.config = path / "supportd.toml"
        self.config.write_text(
            CONFIG.format(store=store, smtp=self.smtp, http=self.http, relay=relay.port)
        )
        self.store = store
        self.process: subprocess.Popen[bytes] | None = None
        (path / "contracts.toml").write_text(CONTRACTS)
        if not has_contracts:
            self.call("contracts", "import", str(path / "contracts.toml"))

    def remember_in(self, store: str) -> None:
        """Let it begin anew in another store."""
        self.config.write_text(self.config.read_text().replace(self.store, store))
        self.store = store
        self.call("contracts", "import", str(self.path / "contracts.toml"))

    def run(self, *args: str, stdin: str = "", code: int = 0) -> str:
        """A command beside the daemon, as a process; fails unless it ends with this code."""
        done = subprocess.run(
            [SUPPORTD, *args, "--config", str(self.config)],
            input=stdin.encode(),
            capture_output=True,
            timeout=120,
            check=False,
        )
        said = done.stdout.decode() + done.stderr.decode()
        assert done.returncode == code, said
        return done.stdout.decode() if code == 0 else said

    def call(self, *args: str, code: int = 0) -> str:
        """The same in this process: one of its own takes two seconds of the daemon's time."""
        with pytest.MonkeyPatch.context() as patch:
            done = Command(patch, self.path)(*args, "--config", str(self.config))
        assert done.code == code, done
        return done.out if code == 0 else done.out + done.said

    def requests(self) -> list[dict[str, Any]]:
        listed = self.call("requests", "--state", "all", "--json")
        return [json.loads(line) for line in listed.splitlines()]

    def start(self, wait: bool = True) -> None:
        log = (self.path / "log").open("ab")
        self.process = subprocess.Popen(
            [SUPPORTD, "run", "--config", str(self.config)], stdout=log, stderr=log
        )
        log.close()
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        wait_until(lambda: self.answers("/readyz"), f"not ready; see {self.path / 'log'}")

    def answers(self, page: str) -> bool:
        url = f"http://127.0.0.1:{self.http}{page}"
        try:
            with urllib.request.urlopen(url, timeout=2) as got:
                return bool(got.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM, as systemd would; gives the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


@pytest.fixture
def relay() -> Iterator[Relay]:
    relay = Relay()
    yield relay
    relay.stop()


@pytest.fixture(scope="session")
def durable() -> Iterator[Any]:
    """A PostgreSQL with its own settings, that forgets nothing."""
    from tests.postgresql import Cluster

    cluster = Cluster()
    yield cluster
    cluster.remove()


@pytest.fixture
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where the daemon remembers: SQLite, unless the test is parametrised with the other."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield f"sqlite:///{tmp_path}/supportd.db"
        return
    cluster = request.getfixturevalue("durable")
    name = cluster.create()
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def daemon(tmp_path: Path, relay: Relay, store_url: str) -> Iterator[Daemon]:
    if not SUPPORTD.exists():
        pytest.skip("supportd is not installed beside this Python")
    daemon = Daemon(tmp_path, relay, store_url)
    yield daemon
    if daemon.process and daemon.process.poll() is None:
        daemon.kill()


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    """A server of mailboxes of the test's own."""
    with dovecots.running() as server:
        yield server
