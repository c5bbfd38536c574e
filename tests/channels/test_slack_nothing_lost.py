"""What is said while nobody listens is found afterwards; what is not stored comes again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from channels.base import Cursor
from channels.slack.door import SlackDoor
from channels.slack.sockets import Sockets
from channels.slack.understand import understand
from rules.model import Arrival, Deed
from tests.channels.inbound_contract import Inbox
from tests.channels.slack_door import Kept, Memory, door, running
from tests.slack_peer import Fault, SlackPeer
from tests.waiting import PATIENCE


def open_door(
    slack: SlackPeer,
    inbox: Inbox,
    story: Callable[[SlackDoor], Awaitable[None]],
    memory: Memory | None = None,
    kept: Kept | None = None,
    sockets: bool = False,
) -> None:
    ways = {"app_token": "xapp-1"} if sockets else {"signing_secret": "s"}
    of_slack = door(slack.url, memory, **ways)

    async def run() -> None:
        async with running(of_slack, inbox, kept):
            await story(of_slack)

    asyncio.run(run())


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.02)


def texts(inbox: Inbox) -> list[str]:
    return [understand(arrival).text for arrival in inbox.stored]


class Full(Inbox):
    """Its disk has no room for what is said."""

    async def receive(self, arrivals: Sequence[Arrival], cursor: Cursor | None = None) -> None:
        self.failures = len(arrivals)
        await super().receive(arrivals, cursor)


def seen_before(slack: SlackPeer) -> Kept:
    """The door knows every room: nothing there is history any more."""
    kept = Kept()

    async def look(of_slack: SlackDoor) -> None:
        await until(lambda: len(kept.values) > len(slack.rooms))

    open_door(slack, Inbox(), look, kept=kept)
    return kept


def test_what_was_said_before_the_first_start_is_history(slack: SlackPeer) -> None:
    slack.say("maria", "long ago")
    inbox = Inbox()

    async def story(of_slack: SlackDoor) -> None:
        await until(lambda: len(inbox.cursors) > len(slack.rooms))

    open_door(slack, inbox, story)
    assert inbox.stored == []


def test_what_was_said_while_we_were_down_is_found_in_order_and_once(slack: SlackPeer) -> None:
    kept = seen_before(slack)
    said = slack.say("maria", "first")
    slack.say("pero", "under it", thread_ts=said)
    slack.say("maria", "second")
    inbox = Inbox()

    async def story(of_slack: SlackDoor) -> None:
        await until(lambda: len(inbox.stored) == 3)
        await of_slack._backfill.round()  # type: ignore[union-attr]

    open_door(slack, inbox, story, kept=kept)
    assert sorted(texts(inbox)) == ["first", "second", "under it"]
    assert len({a.envelope.external_id for a in inbox.stored}) == 3


def test_the_watermark_stays_where_storing_failed(slack: SlackPeer) -> None:
    kept = seen_before(slack)
    slack.say("maria", "while we were down")
    inbox = Full()

    async def story(of_slack: SlackDoor) -> None:
        await until(lambda: of_slack.troubles())

    open_door(slack, inbox, story, kept=kept)
    assert inbox.stored == []
    again = Inbox()

    async def later(of_slack: SlackDoor) -> None:
        await until(lambda: again.stored)

    open_door(slack, again, later, kept=kept)
    assert texts(again) == ["while we were down"]


def test_edits_and_deletions_in_a_requests_thread_are_found_by_comparing(
    slack: SlackPeer,
) -> None:
    kept = seen_before(slack)
    room = slack.rooms["standard"]
    root = slack.say("maria", "orders fail")
    gone = slack.say("maria", "never mind", thread_ts=root)
    slack.ask("chat.update", "xoxp-maria", channel=room, ts=root, text="orders fail for all")
    slack.ask("chat.delete", "xoxp-maria", channel=room, ts=gone)
    place = f"slack:{room}/{root}"
    memory = Memory({place: {place, f"slack:{room}/{gone}"}})
    inbox = Inbox()

    def found() -> dict[str, str]:
        read = [understand(arrival) for arrival in inbox.stored]
        return {m.chat.deed: m.text for m in read if m.chat}

    async def story(of_slack: SlackDoor) -> None:
        await until(lambda: Deed.DELETED in found() and Deed.EDITED in found())

    open_door(slack, inbox, story, memory, kept)
    assert found()[Deed.EDITED] == "orders fail for all"


def test_slack_is_left_alone_for_as_long_as_it_says(slack: SlackPeer) -> None:
    kept = seen_before(slack)
    slack.say("maria", "while we were down")
    slack.faults.append(Fault("conversations.history", status=429, retry_after=1, times=2))
    inbox = Inbox()

    async def story(of_slack: SlackDoor) -> None:
        await until(lambda: inbox.stored)
        assert of_slack.troubles() == []

    open_door(slack, inbox, story, kept=kept)


def test_a_room_that_we_were_put_out_of_is_told_and_hides_no_other(slack: SlackPeer) -> None:
    kept = seen_before(slack)
    slack.say("maria", "while we were down")
    memory = Memory(rooms={"slack:C0GONE", f"slack:{slack.rooms['standard']}"})
    inbox = Inbox()

    async def story(of_slack: SlackDoor) -> None:
        await until(lambda: inbox.stored)
        await until(lambda: of_slack.troubles())
        (trouble,) = of_slack.troubles()
        assert "C0GONE" in trouble.detail

    open_door(slack, inbox, story, memory, kept)


@pytest.mark.parametrize("error", ["token_revoked", "missing_scope"])
def test_what_slack_no_longer_allows_is_told_and_events_are_still_taken(
    slack: SlackPeer, error: str
) -> None:
    slack.events_to = "sockets"
    slack.faults.append(Fault("users.conversations", error=error, times=9))
    inbox = Inbox()

    async def story(of_slack: SlackDoor) -> None:
        await until(lambda: of_slack.troubles())
        assert error in of_slack.troubles()[0].detail
        await asyncio.to_thread(slack.say, "maria", "orders fail")
        assert texts(inbox) == ["orders fail"]

    open_door(slack, inbox, story, sockets=True)


def test_socket_mode_acknowledges_what_is_stored_and_gets_the_rest_again(
    slack: SlackPeer,
) -> None:
    slack.events_to = "sockets"
    inbox = Inbox()

    async def story(of_slack: SlackDoor) -> None:
        await until(lambda: len(slack.sockets) == 2)
        await until(lambda: inbox.cursors)
        inbox.failures = 1
        await asyncio.to_thread(slack.say, "maria", "orders fail")
        assert texts(inbox) == ["orders fail"]

    open_door(slack, inbox, story, sockets=True)


def test_a_connection_that_ends_is_opened_again_and_history_is_read(slack: SlackPeer) -> None:
    slack.events_to = "sockets"
    inbox = Inbox()

    async def story(of_slack: SlackDoor) -> None:
        await until(lambda: len(slack.sockets) == 2)
        opened = len(slack.called("apps.connections.open"))
        await asyncio.to_thread(slack.run, slack.disconnect())
        await until(lambda: len(slack.called("apps.connections.open")) == opened + 2)
        await until(lambda: len(slack.sockets) == 2)
        assert of_slack._look.is_set()
        await asyncio.to_thread(slack.say, "maria", "are you there?")
        assert texts(inbox) == ["are you there?"]

    open_door(slack, inbox, story, sockets=True)


def test_a_start_at_which_slack_is_out_of_reach_knows_who_we_were(slack: SlackPeer) -> None:
    slack.faults.append(Fault("auth.test", status=503))

    async def story(of_slack: SlackDoor) -> None:
        assert of_slack.taker is not None
        assert of_slack.taker.us.team == "T0HOME"

    open_door(slack, Inbox(), story)


def test_a_connection_that_cannot_be_had_is_tried_anew_and_told(slack: SlackPeer) -> None:
    slack.faults.append(Fault("apps.connections.open", error="invalid_auth", times=10_000))

    async def story() -> None:
        app = door(slack.url, app_token="xapp-1").app
        sockets = Sockets(app, "xapp-1", f"{slack.url}/", lambda: None, 0.05, 0.5)
        task = asyncio.create_task(sockets.run())
        try:
            await until(sockets.is_dead)
            slack.faults.clear()
            await until(sockets.is_open)
            assert not sockets.is_dead()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(story())
