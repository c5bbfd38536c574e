"""A customer asks in Slack, and a real daemon answers in the thread."""

import json
import smtplib
import urllib.request
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest

from tests.slack_peer import BOT, SECRET, SlackPeer, wait_until


@pytest.fixture
def workspace(slack: SlackPeer, daemon: Any) -> Iterator[SlackPeer]:
    """The daemon hears what is said in the workspace; Ana is one of us there."""
    ana = daemon.config.read_text().replace(
        'name = "Ana"', f'name = "Ana"\nslack = "{slack.users["ana"]}"'
    )
    daemon.config.write_text(
        f"""{ana}
[slack]
bot_token = "{BOT}"
signing_secret = "{SECRET}"
api_url = "{slack.url}"
"""
    )
    contracts = daemon.path / "contracts.toml"
    room = f'domains = ["always.example"]\nchats = ["slack:{slack.rooms["standard"]}"]'
    contracts.write_text(contracts.read_text().replace('domains = ["always.example"]', room))
    daemon.call("contracts", "import", str(contracts))
    slack.events_to = f"http://127.0.0.1:{daemon.http}/slack/events"
    yield slack
    slack.forget()


def hears_slack(daemon: Any) -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{daemon.http}/readyz", timeout=5) as page:
        return b"slack" not in page.read()


def mail(daemon: Any, to: str, text: str) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "ana@b2bee.example", to, "Re: orders"
    letter["Message-ID"] = f"<{abs(hash(text))}@b2bee.example>"
    letter.set_content(text)
    with smtplib.SMTP("127.0.0.1", daemon.smtp) as client:
        client.send_message(letter)


def test_a_question_in_a_customers_room_gets_its_receipt_and_its_answer_in_the_thread(
    workspace: SlackPeer, daemon: Any, relay: Any
) -> None:
    daemon.start()
    wait_until(lambda: hears_slack(daemon))
    asked = workspace.say("maria", "Orders fail for everybody, nobody can work")
    (receipt,) = wait_until(lambda: workspace.thread(asked))
    assert "#1" in receipt["text"]
    copy = wait_until(
        lambda: [m for m in relay.to("ana@b2bee.example") if "+answer" in m["Reply-To"]]
    )
    mail(daemon, copy[0]["Reply-To"], "It works again.")
    _, answer = wait_until(lambda: len(found := workspace.thread(asked)) == 2 and found)
    assert answer["text"] == "Ana (B2Bee Support):\nIt works again."
    wait_until(lambda: daemon.requests()[0]["state"] == "answered")
    assert daemon.stop() == 0


def test_the_commands_say_what_the_app_must_be_allowed(workspace: SlackPeer, daemon: Any) -> None:
    wanted = json.loads(daemon.call("slack", "manifest"))["oauth_config"]["scopes"]["bot"]
    workspace.scopes = ",".join(wanted)
    assert "all is as it must be" in daemon.call("slack", "check")
    workspace.scopes = "chat:write"
    assert "files:read" in daemon.call("slack", "check", code=1)
