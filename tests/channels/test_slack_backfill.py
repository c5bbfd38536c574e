"""Rooms and threads in which something was missed: what a round of backfill finds, and tells."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from channels.slack.arrivals import stamp
from channels.slack.backfill import Backfill
from channels.slack.understand import understand
from channels.slack.web import Lost, Refused, Web
from tests.channels.inbound_contract import Inbox
from tests.channels.slack_door import Kept, Memory
from tests.slack_events import ANA, MARIA, ROOM, TAKER, US, message

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
DIRECT = "D0MARIA"


class Rooms(Web):
    """Slack's API, as far as history goes: rooms with what was said in them, newest first."""

    def __init__(self) -> None:
        super().__init__("xoxb-x", "http://127.0.0.1:9/api/")
        self.said: dict[str, list[dict[str, Any]]] = {ROOM: []}
        self.failing: dict[str, Refused] = {}
        """What becomes of a room's history, and of a kind of rooms."""
        self.threads_read = 0

    def say(self, text: str, at: datetime, room: str = ROOM, **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = message(text, at, room=room, **more)
        self.said.setdefault(room, []).append(made)
        if root := next((m for m in self.said[room] if m["ts"] == made.get("thread_ts")), None):
            root |= {"reply_count": 1, "latest_reply": made["ts"]}
        return made

    async def call(self, method: str, **given: Any) -> Mapping[str, Any]:
        if method == "users.conversations":
            if given["types"] in self.failing:
                raise self.failing[given["types"]]
            direct = given["types"] == "im"
            return {"channels": [{"id": r} for r in self.said if r.startswith("D") is direct]}
        room = given["channel"]
        if room in self.failing:
            raise self.failing[room]
        said = self.said[room]
        if method == "conversations.replies":
            self.threads_read += 1
            ts = given["ts"]
            return {"messages": [m for m in said if ts in (m["ts"], m.get("thread_ts"))]}
        shown = [m for m in said if m.get("thread_ts", m["ts"]) == m["ts"]]
        shown = [m for m in shown if m["ts"] > given.get("oldest", "0")]
        return {"messages": sorted(shown, key=lambda m: m["ts"], reverse=True)}


class Listener:
    """Rounds of backfill, and what they handed in."""

    def __init__(self) -> None:
        self.web, self.inbox, self.kept, self.memory = Rooms(), Inbox(), Kept(), Memory()
        self.now = NOW

        async def receive(arrivals: Any, cursor: Any = None) -> None:
            await self.inbox.receive(arrivals, cursor)
            if cursor:
                self.kept.values[cursor.name] = cursor.value

        async def threads() -> Any:
            return self.memory.threads

        self.backfill = Backfill(
            self.web, TAKER, receive, self.kept, threads, self.memory.all_rooms, lambda: self.now
        )

    def round(self, after_gap: bool = False) -> None:
        asyncio.run(self.backfill.round(after_gap))

    def heard(self) -> list[str]:
        """The texts of what was handed in; of repeats, one."""
        found = {a.envelope.external_id: understand(a).text for a in self.inbox.stored}
        return list(found.values())


def minutes(count: float) -> datetime:
    return NOW + timedelta(minutes=count)


def test_a_first_word_to_us_alone_that_no_event_told_of_is_found() -> None:
    listener = Listener()
    listener.round()
    listener.web.say("orders fail", minutes(60), DIRECT)
    listener.now = minutes(90)
    listener.round()
    assert listener.heard() == ["orders fail"]


def test_of_a_room_that_we_were_put_into_only_what_came_after_is_news() -> None:
    listener = Listener()
    listener.round()
    web = listener.web
    web.say("did you see the prices?", minutes(30), "C0NEW")
    web.say("joined", minutes(40), "C0NEW", user=US.user, subtype="channel_join")
    web.say("orders fail", minutes(50), "C0NEW")
    listener.now = minutes(90)
    listener.round()
    assert listener.heard() == ["orders fail"]


def test_a_new_room_that_cannot_be_read_at_first_loses_nothing() -> None:
    listener = Listener()
    listener.round()
    listener.web.say("orders fail", minutes(60), DIRECT)
    listener.web.failing[DIRECT] = Lost("HTTP 503")
    listener.now = minutes(90)
    listener.round()
    listener.web.failing.clear()
    listener.now = minutes(120)
    listener.round()
    assert listener.heard() == ["orders fail"]


def test_what_was_said_before_the_first_start_stays_history_in_every_room() -> None:
    listener = Listener()
    listener.web.say("long ago", minutes(-60))
    listener.web.say("long ago", minutes(-60), DIRECT)
    listener.round()
    listener.now = minutes(60)
    listener.round(after_gap=True)
    assert listener.heard() == []


def test_a_reply_in_a_thread_of_yesterday_that_is_no_request_is_found_after_a_gap() -> None:
    listener = Listener()
    listener.web.say("long ago", minutes(-60))
    listener.round()
    root = listener.web.say("Hello!", minutes(1))
    listener.web.say("thanks", minutes(300))
    listener.now = minutes(301)
    listener.round()
    read = listener.web.threads_read
    listener.round(after_gap=True)
    assert listener.web.threads_read == read
    listener.web.say("orders fail", minutes(310), thread_ts=root["ts"])
    listener.now = minutes(320)
    listener.round(after_gap=True)
    assert "orders fail" in listener.heard()


def test_the_end_of_a_threads_first_message_is_found_though_its_place_stays() -> None:
    listener = Listener()
    root = listener.web.say("orders fail", minutes(1))
    place = f"slack:{ROOM}/{root['ts']}"
    listener.memory.threads = {place: {place}}
    listener.web.say("we look", minutes(2), user=ANA, thread_ts=root["ts"])
    root |= {"subtype": "tombstone", "user": "USLACKBOT", "text": "This message was deleted."}
    listener.round()
    assert [a.envelope.external_id for a in listener.inbox.stored][-1] == f"{place}:deleted"


def test_a_room_that_fails_once_wakes_nobody_and_twice_it_is_told() -> None:
    listener = Listener()
    listener.web.failing[ROOM] = Lost("HTTP 503")
    listener.round()
    assert listener.backfill.troubles == {}
    listener.round()
    assert "HTTP 503" in listener.backfill.troubles[ROOM].detail
    listener.web.failing.clear()
    listener.round()
    assert listener.backfill.troubles == {}


def test_a_room_that_may_not_be_read_is_told_at_once() -> None:
    listener = Listener()
    listener.web.failing[ROOM] = Refused("missing_scope", needed="channels:history")
    listener.round()
    assert "channels:history" in listener.backfill.troubles[ROOM].detail


def test_a_missing_scope_hides_one_kind_of_rooms_and_no_other() -> None:
    listener = Listener()
    listener.round()
    listener.web.failing["mpim"] = Refused("missing_scope", needed="mpim:read")
    listener.memory.rooms = {"slack:G0PRIVATE"}
    listener.web.say("orders fail", minutes(1))
    listener.round()
    assert listener.heard() == ["orders fail"]
    (trouble,) = listener.backfill.troubles.values()
    assert "mpim:read" in trouble.detail


def test_a_mark_that_no_event_told_of_is_found_once_and_counts_from_the_last_look() -> None:
    listener = Listener()
    listener.web.say("long ago", minutes(-60))
    listener.round()
    said = listener.web.say("orders fail", minutes(1))
    listener.now = minutes(60)
    listener.round()
    said["reactions"] = [
        {"name": "eyes", "users": [MARIA], "count": 1},
        {"name": "ticket", "users": [ANA], "count": 1},
    ]
    listener.now = minutes(120)
    listener.round()
    listener.round()
    marks = [a.envelope for a in listener.inbox.stored if ":marked:" in a.envelope.external_id]
    assert {mark.external_id for mark in marks} == {f"slack:{ROOM}/{said['ts']}:marked:{ANA}"}
    assert marks[0].received_at == minutes(50)


def test_a_watermark_is_on_slacks_clock() -> None:
    listener = Listener()
    listener.web.say("long ago", minutes(-60), user=MARIA)
    listener.round()
    listener.web.say("orders fail", minutes(1))
    listener.now = minutes(-500)
    listener.round()
    assert listener.heard() == ["orders fail"]
    assert listener.kept.values[f"slack room {ROOM}"].endswith(stamp(minutes(1)))
