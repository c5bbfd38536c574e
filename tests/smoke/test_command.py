"""What an operator does with the installed command."""

import json
import smtplib
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_until


def send(daemon: Any, text: str, sender: str = "maria@always.example") -> None:
    content = f"From: {sender}\nTo: support@b2bee.example\nSubject: Orders\n\n{text}".encode()
    with smtplib.SMTP("127.0.0.1", daemon.smtp, timeout=5) as server:
        server.sendmail(sender, ["support@b2bee.example"], content)


def test_a_mail_in_becomes_a_request_a_ping_an_answer(daemon: Any, relay: Any) -> None:
    daemon.start()
    send(daemon, "Nothing works, the whole company cannot send orders.")
    wait_until(lambda: relay.to("maria@always.example"), "no receipt")
    wait_until(
        lambda: any("ping-1" in m["Message-ID"] for m in relay.to("ana@b2bee.example")), "no ping"
    )
    [request] = daemon.requests()
    assert request["state"] == "open"
    assert request["plan"] == "always"
    assert request["covered"] is True
    daemon.run("ack", "1", "--as", "ana")
    daemon.run("severity", "1", "significant", "--why", "one branch", "--as", "ana")
    daemon.run("answer", "1", "-", "--as", "ana", stdin="We are on it.\n")
    wait_until(lambda: daemon.requests()[0]["state"] == "answered", "not answered")
    answer = relay.to("maria@always.example")[-1]
    assert "We are on it." in answer.get_payload(decode=True).decode()
    assert "Auto-Submitted" not in answer
    shown = json.loads(daemon.run("show", "1", "--json"))
    assert shown["first_response_by"] == "ana"
    assert "opened" in [entry["what"] for entry in shown["history"]]
    assert "We are on it." in daemon.run("show", "1") or "answered" in daemon.call("show", "1")
    assert daemon.stop() == 0


def test_a_second_daemon_on_one_sqlite_file_is_refused(daemon: Any) -> None:
    daemon.start()
    assert "lock" in daemon.run("run", code=1)


def test_without_a_configuration_run_says_where_it_looked(tmp_path: Path, daemon: Any) -> None:
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir()
    done = subprocess.run([daemon.command, "run"], cwd=nowhere, capture_output=True, check=False)
    assert done.returncode == 1
    for words in (
        b"supportd.toml",
        b"/etc/supportd/config.toml",
        b"config.example.toml",
        b"--demo",
    ):
        assert words in done.stderr


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ('[smtp]\nlissten = "x"', "listen"),
        ('[escalation]\ncatch_all = ["nobody"]', "nobody"),
    ],
)
def test_a_mistake_in_the_configuration_is_told_with_its_place(
    daemon: Any, change: str, says: str
) -> None:
    section = change.splitlines()[0]
    text = daemon.config.read_text()
    before, _, after = text.partition(section)
    rest = after.partition("\n[")[2]
    daemon.config.write_text(f"{before}{change}\n[{rest}")
    assert says in daemon.run("check-config", code=1)
    assert says in daemon.run("run", code=1)


def test_due_and_simulate_speak_the_policys_local_time(daemon: Any) -> None:
    asked = ["--plan", "basic", "--severity", "minor", "--received", "2026-03-06T16:40"]
    found = json.loads(daemon.run("due", *asked, "--json"))
    assert found["due"] == "2026-03-11T16:40:00+01:00"
    pings = [json.loads(line) for line in daemon.run("simulate", *asked, "--json").splitlines()]
    assert [p["to"] for p in pings[:3]] == ["ana", "ana", "boss"]
    lines = '{"plan": "premium", "severity": "critical", "received": "2026-03-29T01:30:00Z"}\n'
    [line] = daemon.run("due", "--jsonl", stdin=lines).splitlines()
    assert json.loads(line)["due"] == "2026-03-29T09:00:00+02:00"


@pytest.mark.parametrize("local", ["2026-03-29T02:30", "2026-10-25T02:30"])
def test_a_local_time_that_is_skipped_or_repeated_is_refused(daemon: Any, local: str) -> None:
    asked = ["--plan", "basic", "--severity", "minor", "--received", local]
    assert "the clock changes" in daemon.run("due", *asked, code=1)


@pytest.mark.parametrize(
    ("ending", "code", "said"),
    [
        ("> /dev/full", 1, b"failed: No space left on device\n"),
        ("| true; exit ${PIPESTATUS[0]}", 1, b""),
    ],
)
def test_an_output_that_takes_nothing_is_no_traceback(
    daemon: Any, ending: str, code: int, said: bytes
) -> None:
    command = f"{daemon.command} due --plan basic --severity minor --received 2026-03-06 {ending}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (code, said)


def test_wrong_usage_is_told_apart_from_a_refusal(daemon: Any) -> None:
    daemon.run("due", "--plan", "basic", code=2)
    daemon.run("show", "77", code=1)
    daemon.run("due", "--plan", "x", "--severity", "none", "--received", "2026-01-01", code=1)
