"""Names and files come from Slack, bounded; what does not come is said, and asked for again."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.slack.completing import MOST_BYTES, Completer
from channels.slack.pace import Pace
from channels.slack.understand import understand
from channels.slack.web import Refused, Web
from rules.model import Arrival, Message
from tests.channels.inbound_contract import Inbox
from tests.channels.slack_door import door, running
from tests.slack_events import ROOM, TAKER, envelope, message
from tests.slack_peer import BOT, Fault, SlackPeer
from tests.waiting import PATIENCE

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def completed(
    slack: SlackPeer, *arrivals: Arrival, seconds: float = 5, most_bytes: int = MOST_BYTES
) -> Message:
    """The last, completed; it was completed before as often as there are others."""

    async def ask() -> Message:
        web = Web(BOT, f"{slack.url}/", Pace(1000, 0))
        completer = Completer(web, most_bytes)
        try:
            arrival = arrivals[0]
            for _ in arrivals:
                content = await completer.complete(arrival, seconds)
                arrival = replace(arrival, content=content) if content else arrival
            return understand(arrival)
        finally:
            await web.close()

    return asyncio.run(ask())


def arrival(said: Any) -> Arrival:
    found = TAKER.of_event(envelope(said))
    assert found is not None
    return found


def with_file(**file: Any) -> Arrival:
    usual = {"id": "F1", "name": "error.png", "mimetype": "image/png"}
    return arrival(message("look", NOW, subtype="file_share", files=[usual | file]))


def test_a_shared_file_is_kept_like_an_attachment(slack: SlackPeer) -> None:
    slack.events_to = "sockets"
    inbox = Inbox()

    async def story() -> None:
        of_slack = door(slack.url, app_token="xapp-1")
        async with running(of_slack, inbox):
            await asyncio.to_thread(slack.send_file, "maria", "log.txt", b"line\n" * 1000)
            async with asyncio.timeout(PATIENCE):
                while not inbox.stored:
                    await asyncio.sleep(0.02)

    asyncio.run(story())
    read = completed(slack, inbox.stored[-1])
    assert read.problems == ()
    (attachment,) = read.attachments
    assert (attachment.name, attachment.content) == ("log.txt", b"line\n" * 1000)


def test_the_files_of_a_message_are_bounded_together(slack: SlackPeer) -> None:
    slack.send_file("maria", "log.txt", b"line\n" * 1000)
    (file,) = slack.ask("files.list", "xoxp-maria")["files"][:1]
    both = [file | {"id": id} for id in ("F1", "F2")]
    read = completed(slack, arrival(message("look", NOW, files=both)), most_bytes=8000)
    assert [len(each.content) for each in read.attachments] == [5000]
    assert "more than it may have" in read.problems[0]


def test_the_file_of_a_message_that_is_passed_on_comes_with_it(slack: SlackPeer) -> None:
    slack.send_file("maria", "log.txt", b"line\n" * 1000)
    (file,) = slack.ask("files.list", "xoxp-maria")["files"][:1]
    passed_on = {"is_share": True, "text": "it fails", "files": [file]}
    preview = {"from_url": "https://elsewhere.example", "files": [file | {"id": "F2"}]}
    read = completed(slack, arrival(message("", NOW, attachments=[passed_on, preview])))
    assert [len(each.content) for each in read.attachments] == [5000]
    assert read.text == "it fails"


def test_people_are_shown_by_name(slack: SlackPeer) -> None:
    maria, pero = slack.users["maria"], slack.users["pero"]
    read = completed(slack, arrival(message(f"ask <@{pero}>", NOW, maria)))
    assert (read.sender_name, read.text) == ("Maria Kovač", "ask @Pero Perić")


def test_who_cannot_be_named_is_shown_by_id(slack: SlackPeer) -> None:
    read = completed(slack, arrival(message("hi <@U0NOBODY>", NOW, "U0OTHER")))
    assert (read.sender_name, read.text) == ("", "hi @U0NOBODY")


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ({"url_private": "{slack}/login"}, "login"),
        ({"url_private": "https://elsewhere.example/x"}, "not Slack's"),
        ({"url_private": "http://slack.com.elsewhere.example/x"}, "not Slack's"),
        ({"url_private": "{slack}/nothing"}, "HTTP 404"),
        ({"url_private": "{slack}/login", "size": 50_000_000}, "more than"),
        ({"mode": "tombstone"}, "tombstone"),
        ({"file_access": "check_file_info"}, "file_not_found"),
        ({}, "no address"),
    ],
)
def test_a_file_that_is_not_to_be_had_is_named(
    slack: SlackPeer, file: dict[str, Any], why: str
) -> None:
    if "url_private" in file:
        here = slack.url.removesuffix("/api")
        file = file | {"url_private": file["url_private"].replace("{slack}", here)}
    read = completed(slack, with_file(**file))
    assert read.attachments == ()
    assert "error.png" in read.problems[0]
    assert why in read.problems[0]
    assert not read.authentication.unanswered


def test_what_comes_too_late_is_asked_for_again(slack: SlackPeer) -> None:
    slack.faults.append(Fault("files.info", delay=2.0, error="file_not_found"))
    late = with_file(file_access="check_file_info")
    first = completed(slack, late, seconds=0.3)
    assert first.authentication.unanswered
    again = completed(slack, late, late, seconds=0.3)
    assert not again.authentication.unanswered
    assert "file_not_found" in again.problems[0]


def test_a_marked_message_is_fetched(slack: SlackPeer) -> None:
    said = slack.say("maria", "orders fail")
    room = slack.rooms["standard"]
    mark = {
        "type": "reaction_added",
        "user": slack.users["ana"],
        "reaction": "ticket",
        "item": {"type": "message", "channel": room, "ts": said},
        "event_ts": said,
    }
    read = completed(slack, arrival(mark))
    assert (read.text, read.sender) == ("orders fail", f"slack:{slack.users['maria']}")
    assert read.chat is not None
    assert read.chat.by == f"slack:{slack.users['ana']}"


def test_a_marked_message_that_cannot_be_had_is_tried_again(slack: SlackPeer) -> None:
    slack.faults.append(Fault("conversations.replies", status=503))
    mark = {
        "type": "reaction_added",
        "user": "U0ANA",
        "reaction": "ticket",
        "item": {"type": "message", "channel": ROOM, "ts": "1700000000.000100"},
    }
    with pytest.raises(Refused):
        completed(slack, arrival(mark))


def test_a_marked_message_that_comes_too_late_holds_nothing_up(slack: SlackPeer) -> None:
    slack.faults.append(Fault("conversations.replies", delay=3.0, status=503))
    said = slack.say("maria", "orders fail")
    item = {"type": "message", "channel": slack.rooms["standard"], "ts": said}
    mark = {"type": "reaction_added", "user": "U0ANA", "reaction": "ticket", "item": item}
    with pytest.raises(Refused, match="too late"):
        completed(slack, arrival(mark), seconds=0.2)


def test_what_is_complete_asks_nobody(slack: SlackPeer) -> None:
    said = arrival(message("orders fail", NOW, slack.users["maria"]))
    completed(slack, said)
    asked = len(slack.calls)
    kept = json.loads(said.content) | {"names": {}, "files": {}}
    completed(slack, replace(said, content=json.dumps(kept).encode()))
    assert len(slack.calls) == asked
