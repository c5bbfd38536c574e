"""What an operator does with the daemon's PostgreSQL."""

import smtplib
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.waiting import wait_until


def taken(daemon: Any, subject: str) -> bool:
    """Whether the daemon answers 250; a customer's mail server comes again if not."""
    text = f"From: maria@always.example\nSubject: {subject}\n\nNothing works: {subject}."
    try:
        with smtplib.SMTP("127.0.0.1", daemon.smtp, timeout=30) as server:
            server.sendmail("maria@always.example", ["support@b2bee.example"], text)
    except (OSError, smtplib.SMTPException):
        return False
    return True


@pytest.fixture
def empty(durable: Any) -> Iterator[str]:
    name = durable.create()
    yield durable.url(name)
    durable.drop(name)


def test_a_desk_moves_from_sqlite_to_postgresql(daemon: Any, empty: str) -> None:
    here = f"sqlite:///{daemon.path}/supportd.db"

    def move(code: int) -> str:
        command = [daemon.command, "migrate-store", here, empty]
        done = subprocess.run(command, capture_output=True, timeout=120, check=False)
        assert done.returncode == code, done.stderr
        return (done.stdout + done.stderr).decode()

    daemon.start()
    assert taken(daemon, "before")
    wait_until(daemon.requests, "no request")
    assert "another daemon works on this database" in move(code=1)
    assert daemon.stop() == 0
    before = daemon.requests()
    said = move(code=0)
    assert "request            1         1  " in said
    assert "not empty" in move(code=1)
    daemon.config.write_text(daemon.config.read_text().replace(here, empty))
    assert daemon.requests() == before
    daemon.start()
    assert taken(daemon, "after")
    wait_until(lambda: len(daemon.requests()) == 2, "no second request")
    assert daemon.stop() == 0


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_daemon_outlives_a_restart_of_its_server(daemon: Any, durable: Any) -> None:
    daemon.start()
    assert taken(daemon, "before")
    durable.stop()
    assert not taken(daemon, "lost")
    durable.start()
    wait_until(lambda: taken(daemon, "after"), "takes no mail")
    wait_until(lambda: len(daemon.requests()) == 2, "no request")
    assert daemon.answers("/healthz")
    assert daemon.stop() == 0
