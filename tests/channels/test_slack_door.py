"""What Slack hands over is stored before it is told so, once, whatever it is."""

import json
import time
import urllib.parse
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.slack.understand import understand
from tests.channels.inbound_contract import InboundContract, Inbox
from tests.channels.slack_door import Slack, with_slack
from tests.slack_events import (
    MARIA,
    ROOM,
    US,
    changed,
    envelope,
    message,
    shortcut,
)
from tests.slack_peer import signed

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded"


def text_of(arrival: Any) -> str:
    return understand(arrival).text


class TestSlackDoor(InboundContract):
    def letter(self, words: bytes) -> bytes:
        return words

    def hand_over_all(self, inbox: Inbox, contents: Any) -> list[bool]:
        taken = []

        async def story(slack: Slack) -> None:
            for content in contents:
                said = message(content.decode("latin-1"), NOW + timedelta(hours=len(content)))
                known = said | {"ts": f"1700000000.{abs(hash(content)) % 10**6:06}"}
                taken.append(await slack.post(envelope(known)) == 200)

        with_slack(inbox, story)
        return taken

    def test_hostile_content_does_not_stop_the_next(self) -> None:
        inbox = Inbox()
        hostile: list[Any] = [
            b"",
            b"\xff\xfe",
            b"[]",
            b"null",
            b'{"type": "event_callback", "event": []}',
            {"type": "event_callback", "event": {"type": "message"}},
            envelope(message("x", NOW) | {"text": {"a": []}, "blocks": [[{}], 7], "files": "no"}),
            envelope(message("x", NOW, ts="1e9")),
            b'{"type": "event_callback", "event": ' + b"[" * 400,
        ]

        async def story(slack: Slack) -> None:
            for content in hostile:
                await slack.post(content)
            assert await slack.post(envelope(message("next", NOW + timedelta(seconds=1)))) == 200

        with_slack(inbox, story)
        assert text_of(inbox.stored[-1]) == "next"


def test_a_message_that_comes_by_several_ways_is_one_arrival() -> None:
    said = message(f"<@{US.user}> orders fail", NOW)
    inbox = Inbox()

    async def story(slack: Slack) -> None:
        assert await slack.post(envelope(said)) == 200
        assert await slack.post(envelope(said | {"type": "app_mention"})) == 200
        again = await slack.post(
            envelope(said), X_Slack_Retry_Num="1", X_Slack_Retry_Reason="http_timeout"
        )
        assert again == 200

    with_slack(inbox, story)
    assert len(inbox.stored) == 1
    assert inbox.stored[0].envelope.external_id == f"slack:{ROOM}/{said['ts']}"
    assert inbox.stored[0].envelope.received_at == NOW


def test_a_retry_of_what_was_not_stored_is_taken() -> None:
    inbox = Inbox(failures=1)

    async def story(slack: Slack) -> None:
        said = envelope(message("orders fail", NOW))
        assert await slack.post(said) == 503
        assert await slack.post(said, X_Slack_Retry_Num="1") == 200

    with_slack(inbox, story)
    assert len(inbox.stored) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Slack_Signature": "v0=00"},
        {"X_Slack_Signature": ""},
        {"X_Slack_Request_Timestamp": "0"},
        {"X_Slack_Request_Timestamp": "soon"},
    ],
)
def test_what_slack_did_not_sign_is_refused(headers: dict[str, str]) -> None:
    inbox = Inbox()

    async def story(slack: Slack) -> None:
        assert await slack.post(envelope(message("x", NOW)), **headers) in (400, 401)

    with_slack(inbox, story)
    assert inbox.stored == []


def test_what_was_signed_long_ago_is_refused() -> None:
    inbox = Inbox()

    async def story(slack: Slack) -> None:
        body = b"{}"
        old = signed(body, at=time.time() - 600)  # noqa: TID251 - Slack's clock, not ours
        async with slack.session.post(slack.url, data=body, headers=old) as answer:
            assert answer.status == 401

    with_slack(inbox, story)


def test_the_address_is_verified() -> None:
    async def story(slack: Slack) -> None:
        status, said = await slack.ask({"type": "url_verification", "challenge": "abc"})
        assert (status, "abc" in said) == (200, True)

    with_slack(Inbox(), story)


def test_a_body_larger_than_any_event_is_refused() -> None:
    async def story(slack: Slack) -> None:
        assert await slack.post(b" " * 1_040_000) == 413

    with_slack(Inbox(), story)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "channel_created", "channel": {"id": "C1"}},
        {"type": "made_up_next_year"},
        {"type": "channel_archive", "channel": "C1"},
        message("", NOW, subtype="channel_join"),
        message("our own words", NOW, user=US.user),
        message("our own words", NOW, user="", bot_id=US.bot, subtype="bot_message"),
    ],
)
def test_what_says_nothing_to_us_is_acknowledged_and_not_kept(event: Any) -> None:
    inbox = Inbox()

    async def story(slack: Slack) -> None:
        assert await slack.post(envelope(event)) == 200

    with_slack(inbox, story)
    assert inbox.stored == []


def test_the_preview_of_a_link_is_no_new_version() -> None:
    said = message("see https://status.example", NOW)
    inbox = Inbox()

    async def story(slack: Slack) -> None:
        unfurled = changed(said, said["text"], NOW)
        del unfurled["message"]["edited"]
        assert await slack.post(envelope(said)) == 200
        assert await slack.post(envelope(unfurled)) == 200
        assert await slack.post(envelope(changed(said, "other words", NOW))) == 200

    with_slack(inbox, story)
    assert [text_of(arrival) for arrival in inbox.stored] == [said["text"], "other words"]


def test_a_shortcut_is_kept_and_acknowledged() -> None:
    inbox = Inbox()

    async def story(slack: Slack) -> None:
        payload = shortcut(message("orders fail", NOW), MARIA, NOW)
        body = urllib.parse.urlencode({"payload": json.dumps(payload)}).encode()
        assert await slack.post(body, Content_Type=FORM) == 200

    with_slack(inbox, story)
    assert text_of(inbox.stored[0]) == "orders fail"


def test_slack_that_holds_events_back_is_told_of() -> None:
    async def story(slack: Slack) -> None:
        assert slack.door.troubles() == []
        limited = {"type": "app_rate_limited", "team_id": US.team, "minute_rate_limited": 1}
        assert await slack.post(limited) == 200
        assert any("holds events back" in each.what for each in slack.door.troubles())

    with_slack(Inbox(), story)


@pytest.mark.parametrize(
    ("writer", "foreign"),
    [
        ({"team": US.team}, ""),
        ({"team": "T0ADRIA", "user_team": "T0ADRIA", "source_team": "T0ADRIA"}, "slack:T0ADRIA"),
        ({"team": US.team, "user_team": "E0ADRIA"}, "slack:E0ADRIA"),
        ({}, ""),
    ],
)
def test_of_a_shared_room_the_writers_workspace_counts_not_the_events(
    writer: dict[str, str], foreign: str
) -> None:
    inbox = Inbox()
    said = message("orders fail", NOW)
    del said["team"]

    async def story(slack: Slack) -> None:
        shared = envelope(said | writer, team_id="T0ADRIA", is_ext_shared_channel=True)
        shared["authorizations"] = [{"team_id": US.team, "user_id": US.user, "is_bot": True}]
        assert await slack.post(shared) == 200

    with_slack(inbox, story)
    assert inbox.stored[0].envelope.peer.login == foreign
