"""A customer asks in Slack, and a real daemon answers in the thread."""

import json
import smtplib
import sqlite3
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from typing import Any

import pytest

from tests.slack_peer import BOT, SECRET, Fault, SlackPeer, signed
from tests.waiting import wait_until

ORDERS = "Orders fail for everybody, nobody can work"


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
    rooms = [f"slack:{slack.rooms[name]}" for name in ("standard", "other")]
    room = f'domains = ["always.example"]\nchats = {rooms}'
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
    asked = workspace.say("maria", ORDERS)
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


def a_minute_later(daemon: Any) -> None:
    """What the killed daemon had in hand may be taken up again."""
    path = daemon.store.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("UPDATE outbox SET lease_until = '2020-01-01' WHERE lease_until IS NOT NULL")


def test_killed_between_any_two_steps_nothing_is_lost_and_nothing_is_posted_twice(
    workspace: SlackPeer, daemon: Any
) -> None:
    daemon.start()
    wait_until(lambda: hears_slack(daemon))
    wait_until(lambda: len(workspace.called("conversations.history")) >= len(workspace.rooms))
    said = {("maria", "standard"): workspace.say("maria", f"{ORDERS} 1")}
    daemon.kill()  # stored, or not: it was acknowledged or is in Slack's history
    said["pero", "standard"] = workspace.say("pero", f"{ORDERS} 2")  # nobody listens
    lost = Fault("chat.postMessage", done=True, delay=2, status=500)
    workspace.faults.append(lost)
    daemon.start()
    wait_until(lambda: lost.happened)
    daemon.kill()  # posted, and not recorded
    said["maria", "other"] = workspace.say("maria", f"{ORDERS} 3", "other")
    a_minute_later(daemon)
    daemon.start()
    wait_until(lambda: len(daemon.requests()) == 3)
    daemon.kill()  # opened, and perhaps not told
    a_minute_later(daemon)
    daemon.start()
    wait_until(lambda: hears_slack(daemon))
    said["pero", "other"] = workspace.say("pero", f"{ORDERS} 4", "other")

    def receipts() -> list[int]:
        return [len(workspace.thread(ts, room)) for (_, room), ts in said.items()]

    wait_until(lambda: all(receipts()))
    assert receipts() == [1, 1, 1, 1]
    assert len(daemon.requests()) == 4
    assert daemon.stop() == 0


def test_on_call_a_button_is_obeyed_and_the_card_says_so(
    workspace: SlackPeer, daemon: Any, relay: Any
) -> None:
    ana = workspace.users["ana"]
    told = daemon.config.read_text().replace(
        'ways = ["mail:ana', f'ways = ["slack:{ana}", "mail:ana'
    )
    daemon.config.write_text(told)
    daemon.start()
    wait_until(lambda: hears_slack(daemon))
    asked = workspace.say("maria", ORDERS)
    wait_until(daemon.requests)
    cards = wait_until(lambda: [c for c in workspace.called("chat.postMessage") if "blocks" in c])
    (button,) = [
        element
        for element in json.loads(cards[0]["blocks"])[-1]["elements"]
        if element["action_id"] == "supportd:not-a-request"
    ]
    pressed = {
        "type": "block_actions",
        "user": {"id": ana, "team_id": workspace.ask("auth.test")["team_id"]},
        "channel": {"id": cards[0]["channel"]},
        "actions": [{"block_id": "b", "type": "button", **button}],
    }
    body = urllib.parse.urlencode({"payload": json.dumps(pressed)}).encode()
    headers = signed(body, {"Content-Type": "application/x-www-form-urlencoded"})
    request = urllib.request.Request(workspace.events_to, body, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200
    assert daemon.requests()[0]["state"] == "closed"
    updates = wait_until(lambda: workspace.called("chat.update"))
    assert "supportd:acknowledge" not in updates[-1]["blocks"]
    assert all("blocks" not in each for each in workspace.thread(asked))
    assert daemon.stop() == 0
