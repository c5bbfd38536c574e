"""Ways of an operator's own, against real programs and a real HTTP server."""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from channels.base import CannotTell, DeliveryError, Failure
from channels.hooks import Command, Webhook, is_command, is_webhook, signature
from rules.model import Way
from tests.storage.nouns import NOW, a_notice

SECRET = "0123456789abcdef"


def run(outbound: Any, kind: str, address: str, **changed: Any) -> None:
    asyncio.run(outbound.send(replace(a_notice(**changed), way=Way(kind, address))))


def failed(outbound: Any, kind: str, address: str) -> tuple[Failure, str]:
    with pytest.raises(DeliveryError) as told:
        run(outbound, kind, address)
    assert SECRET not in told.value.reason
    return told.value.failure, told.value.reason


def test_a_program_gets_the_notice_and_none_of_our_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPPORTD_STORE__URL", "postgresql://x:secret@y/z")
    script = "import os,sys; open(sys.argv[1],'w').write(sys.stdin.read() + repr(dict(os.environ)))"
    got = tmp_path / "got it"
    address = f'{sys.executable} -c "{script}" "{got}"'
    assert is_command(address)
    run(Command(), "command", address, subject="ščž $(touch x)", person="ana", request_id=12)
    said, _, environment = got.read_text().partition("}")
    assert json.loads(f"{said}}}") | {"text": "", "id": ""} == {
        "id": "",
        "kind": "ping",
        "subject": "ščž $(touch x)",
        "text": "",
        "request": 12,
        "person": "ana",
        "due_at": "2026-03-02T10:00:00+00:00",
    }
    assert "secret" not in environment


def test_a_program_that_fails_or_is_not_there_says_so() -> None:
    failure, reason = failed(Command(), "command", f"{sys.executable} -c 'import sys; sys.exit(3)'")
    assert (failure, reason.endswith("ended with 3")) == (Failure.TEMPORARY, True)
    failure, reason = failed(Command(), "command", "/no/such/program")
    assert failure is Failure.PERMANENT
    assert reason == "command:/no/such/program: No such file or directory"


def test_a_program_that_hangs_is_killed_with_its_children() -> None:
    failure, reason = failed(Command(seconds=0.3), "command", "/bin/sh -c 'sleep 60 & sleep 60'")
    assert failure is Failure.UNKNOWN
    assert reason.startswith("command:/bin/sh: did not end")


@pytest.fixture
def server() -> Iterator[tuple[str, list[Any], list[Any]]]:
    got: list[Any] = []
    answers: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, dict(self.headers), body))
            status, *headers = answers.pop(0) if answers else (204,)
            if not status:
                return self.connection.close()
            self.send_response(status)
            for header in headers:
                self.send_header(*header)
            self.end_headers()
            return None

        def log_message(self, *said: object) -> None: ...

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=httpd.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}/hook?team=1#{SECRET}", got, answers
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def test_a_hook_gets_json_signed_with_the_time(server: Any) -> None:
    url, got, _ = server
    assert is_webhook(url)
    run(Webhook(lambda: NOW), "webhook", url, id="ping-1")
    [(path, headers, body)] = got
    assert path == "/hook?team=1"
    assert headers["Idempotency-Key"] == "ping-1"
    stamp = headers["X-Supportd-Timestamp"]
    assert datetime.fromtimestamp(int(stamp), UTC) == NOW
    assert headers["X-Supportd-Signature"] == signature(SECRET, stamp, body)
    assert json.loads(body)["id"] == "ping-1"
    assert SECRET not in str(headers) + body.decode()


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (500, Failure.TEMPORARY),
        (429, Failure.TEMPORARY),
        (404, Failure.PERMANENT),
        (302, Failure.PERMANENT),
        (0, Failure.UNKNOWN),
    ],
)
def test_what_a_hook_answers_says_whether_to_try_again(
    status: int, failure: Failure, server: Any
) -> None:
    url, got, answers = server
    answers.append((status, ("Location", "/elsewhere"), ("Retry-After", "7")))
    assert failed(Webhook(lambda: NOW), "webhook", url)[0] is failure
    assert len(got) == 1


def test_a_hook_that_is_not_there_may_be_later() -> None:
    failure, reason = failed(Webhook(lambda: NOW), "webhook", f"http://127.0.0.1:9/x#{SECRET}")
    assert (failure, reason) == (
        Failure.TEMPORARY,
        "webhook:http: ConnectionRefusedError on connecting",
    )


def test_neither_can_be_asked_for_what_it_got() -> None:
    for outbound in (Command(), Webhook(lambda: NOW)):
        assert asyncio.run(outbound.find(a_notice())) == CannotTell()


@pytest.mark.parametrize(
    "text",
    [
        f"http://elsewhere.example/x#{SECRET}",
        "https://b2bee.example/x",
        "https://b2bee.example/x#short",
        f"https://user:word@b2bee.example/#{SECRET}",
        f"https:///x#{SECRET}",
        f"ftp://b2bee.example/#{SECRET}",
    ],
)
def test_what_is_no_safe_hook_is_known(text: str) -> None:
    assert not is_webhook(text)
    assert is_webhook(f"https://b2bee.example/x#{SECRET}")


@pytest.mark.parametrize("text", ["", "page", "./page", "/bin/page 'x"])
def test_what_names_no_program_is_known(text: str) -> None:
    assert not is_command(text)
