"""`supportd mailbox` with a real Dovecot and a real OAuth server, from login to a dead token."""

import json
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests import dovecot as dovecots
from tests.conftest import need
from tests.dovecot import Dovecot
from tests.oauth_server import CLIENT, SECRET, OAuthServer, oauth_server
from tests.smoke.conftest import SUPPORTD
from tests.smoke.test_import import rows
from tests.smoke.test_mailboxes import LETTER
from tests.waiting import wait_until

BOX = """
[mailboxes.box]
host = "localhost"
port = {port}
ca_file = "{ca_file}"
username = "support"
account = "support"
poll = "1s"
[mailboxes.box.oauth]
provider = "other"
grant = "{grant}"
client_id = "{client}"
client_secret = "{secret}"
token_url = "{url}/token"
device_url = "{url}/device"
consent_url = "{url}/authorize"
scope = "imap offline_access"
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OAuthServer]:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # http, which it refuses else
    with oauth_server() as started:
        yield started


@pytest.fixture
def dovecot(server: OAuthServer) -> Iterator[Dovecot]:
    need(dovecots.installed() is not None, "Dovecot (dovecot-imapd) is not installed")
    started = Dovecot(encrypted=True, introspection=f"{server.url}/in")
    try:
        started.start()
        yield started
    finally:
        started.remove()


def add_box(daemon: Any, dovecot: Dovecot, server: OAuthServer, grant: str) -> None:
    with daemon.config.open("a") as config:
        text = BOX.format(
            port=dovecot.tls_port,
            ca_file=dovecot.certificate,
            grant=grant,
            client=CLIENT,
            secret=SECRET,
            url=server.url,
        )
        config.write(text)


def log_in(daemon: Any, server: OAuthServer, username: str = "support") -> str:
    command = [SUPPORTD, "mailbox", "login", "box", "--config", str(daemon.config)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as asking:
        assert asking.stdout is not None
        shown = asking.stdout.readline()
        assert f"Open {server.url}/type in any browser, and type WDJB-MJHT" in shown
        server.type_code(username)
        return asking.communicate(timeout=30)[0]


def test_from_a_login_to_a_dead_token_and_back(
    daemon: Any, relay: Any, dovecot: Dovecot, server: OAuthServer
) -> None:
    add_box(daemon, dovecot, server, "device")
    dovecot.maildir("support")
    server.slow_down = 1
    assert "Logged in: support opens INBOX." in log_in(daemon, server)
    daemon.start()
    wait_until(lambda: rows(daemon, "SELECT name FROM memory WHERE name LIKE 'imap:%'"), "down")
    dovecot.deliver("support", LETTER.format(n=1).encode())
    wait_until(lambda: len(daemon.requests()) == 1, "nothing was opened")
    server.revoke("support")
    dovecot.stop()
    dovecot.start()
    wait_until(
        lambda: any(
            "mailbox login box" in m.get_payload(decode=True).decode()
            for m in relay.to("boss@b2bee.example")
            if not m.is_multipart()
        ),
        "no alarm",
    )
    assert "Logged in" in log_in(daemon, server)
    dovecot.deliver("support", LETTER.format(n=2).encode())
    wait_until(lambda: len(daemon.requests()) == 2, "it did not go on with the new token")
    assert "2 of 2 on the server were taken; nothing is missing" in daemon.call("mailbox", "audit")
    assert daemon.stop() == 0
    dump = (daemon.path / "log").read_text()
    assert all(value not in dump for (value,) in rows(daemon, "SELECT value FROM token"))


def test_a_login_as_somebody_else_is_refused_at_once(
    daemon: Any, dovecot: Dovecot, server: OAuthServer
) -> None:
    add_box(daemon, dovecot, server, "device")
    assert "refused: mailbox box: " in log_in(daemon, server, "stranger")


def test_consent_is_pasted(daemon: Any, dovecot: Dovecot, server: OAuthServer) -> None:
    add_box(daemon, dovecot, server, "consent")
    dovecot.maildir("support")
    command = [SUPPORTD, "mailbox", "login", "box", "--config", str(daemon.config)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as asking:
        assert asking.stdout is not None
        page = ""
        while not page.startswith("http"):
            page = asking.stdout.readline().strip()
        said = asking.communicate(f"{led_to(page)}\n", timeout=30)[0]
    assert "Logged in: support opens INBOX." in said


def led_to(page: str) -> str:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.build_opener(Stay).open(page)
    with caught.value as answer:
        return str(answer.headers["Location"])


def test_the_client_may_by_itself(daemon: Any, dovecot: Dovecot, server: OAuthServer) -> None:
    add_box(daemon, dovecot, server, "client-credentials")
    dovecot.maildir("support")
    assert "Logged in: support" in daemon.call("mailbox", "login", "box")


def test_the_audit_tells_what_is_missing_and_ends_with_one(
    daemon: Any, dovecot: Dovecot, server: OAuthServer
) -> None:
    add_box(daemon, dovecot, server, "client-credentials")
    dovecot.deliver("support", LETTER.format(n=1).encode(), datetime(2026, 3, 4, tzinfo=UTC))
    dovecot.deliver("support", LETTER.format(n=2).encode())
    said = daemon.call("mailbox", "audit", code=1)
    assert re.search(r"imap:box/INBOX: 0 of 2 .* 1 came just now; 1 ARE MISSING: UID 1\n", said)
    [told] = [
        json.loads(line) for line in daemon.call("mailbox", "audit", "--json", code=1).splitlines()
    ]
    assert (told["on_server"], told["missing"], told["waiting"]) == (2, [1], [2])
    assert "there is no mailbox 'bax'" in daemon.call("mailbox", "audit", "bax", code=1)
    dovecot.stop()
    assert "imap:box/INBOX: mailbox box: " in daemon.call("mailbox", "audit", code=1)


def test_an_answer_in_a_watched_sent_folder_counts(
    daemon: Any, dovecot: Dovecot, server: OAuthServer
) -> None:
    add_box(daemon, dovecot, server, "client-credentials")
    daemon.config.write_text(
        daemon.config.read_text().replace('poll = "1s"', 'poll = "1s"\nsent_folders = ["Sent"]')
    )
    dovecot.maildir("support", "Sent")
    daemon.start()
    wait_until(
        lambda: len(rows(daemon, "SELECT name FROM memory WHERE name LIKE 'imap:%'")) == 2,
        "no first look",
    )
    dovecot.deliver("support", LETTER.format(n=1).encode())
    wait_until(lambda: len(daemon.requests()) == 1, "nothing was opened")
    answer = (
        "From: Ana <ana@b2bee.example>\r\nTo: maria@always.example\r\n"
        "Subject: Re: Orders fail 1\r\nMessage-ID: <a@b2bee.example>\r\n"
        "In-Reply-To: <1@always.example>\r\n\r\nIt is mended.\r\n"
    )
    dovecot.deliver("support", answer.encode(), folder="Sent")
    wait_until(lambda: daemon.requests()[0]["state"] == "answered", daemon.requests())
    assert daemon.stop() == 0
