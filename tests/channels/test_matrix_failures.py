"""A homeserver that fails for a moment is borne with; what lasts, or will not pass, is told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.matrix import events
from channels.matrix.understand import understand
from tests.matrix_door import Listener, look
from tests.matrix_front import Front, bad_gateway, cut, forbidden, too_many
from tests.matrix_peer import MatrixPeer, edit_of, in_thread, reply_to


@pytest.fixture
def front(matrix: MatrixPeer) -> Iterator[Front]:
    front = Front(matrix.url)
    yield front
    front.stop()


class Clock:
    """It stands, but for what is slept."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def listener(matrix: MatrixPeer, front: Front) -> Listener:
    """It has looked once, through the front."""
    clock = Clock()
    listener = Listener(matrix, url=front.url, clock=clock, passes=clock.passes)
    look(listener)
    return listener


def read(listener: Listener) -> list[str]:
    return [understand(arrival).text for arrival in look(listener)]


def test_what_fails_for_a_moment_is_tried_again_and_nobody_hears_of_it(
    matrix: MatrixPeer, front: Front, listener: Listener
) -> None:
    matrix.say(matrix.room(), "orders fail")
    front.spoil("whoami", too_many)
    front.spoil("/sync", bad_gateway)
    front.spoil("joined_members", cut, times=2)  # aiohttp asks once more itself
    assert read(listener) == ["orders fail"]
    assert listener.slept == [4.0, 2.0, 4.0]
    assert listener.door.troubles() == []


def test_what_lasts_is_told_once_a_day_and_over_when_it_is(
    matrix: MatrixPeer, front: Front, listener: Listener
) -> None:
    matrix.say(matrix.room(), "orders fail")
    began = listener.clock()
    front.spoil("/sync", bad_gateway, times=1000)
    listener.naps = 6
    look(listener)  # 1 + 2 + 4 + 8 + 16 + 32 seconds
    assert listener.door.troubles() == []
    told = set()
    for naps in range(7, 12):
        listener.naps = naps
        look(listener)
        told |= {(each.id, each.what) for each in listener.door.troubles()}
        listener.passes(6 * 3600)
    days = {began + timedelta(days=number) for number in range(2)}
    assert told == {
        (f"matrix-out-{began:%Y%m%dT%H%M%S}-{day:%Y%m%d}", "Matrix cannot be read") for day in days
    }
    assert max(listener.slept) == 60
    front.spoils.clear()
    assert read(listener) == ["orders fail"]
    look(listener, times=2)
    assert listener.door.troubles() == []


def test_nobody_listening_for_a_moment_is_borne_with(matrix: MatrixPeer) -> None:
    front = Front(matrix.url)
    front.stop()
    listener = Listener(matrix, url=front.url, naps=3)
    look(listener)
    assert listener.slept == [1, 2, 4]
    assert listener.door.troubles() == []


def test_a_token_that_is_not_ours_is_told_at_once_and_once(matrix: MatrixPeer) -> None:
    listener = Listener(matrix, token=matrix.tokens["pero"], naps=4)
    look(listener)
    (trouble,) = listener.door.troubles()
    assert trouble.what == "Matrix refuses us"
    assert "the token is @pero:localhost's, not @support:localhost's" in trouble.detail


def test_a_token_that_is_revoked_while_we_read_is_told_at_once_and_once(matrix: MatrixPeer) -> None:
    login = {"type": "m.login.password", "password": "password"}
    who = {"identifier": {"type": "m.id.user", "user": "support"}}
    matrix.tokens["second"] = matrix.ask("POST", "client/v3/login", "nobody", login | who)[
        "access_token"
    ]
    listener = Listener(matrix, token=matrix.tokens.pop("second"))
    look(listener)
    assert listener.door.troubles() == []
    matrix.tokens["going"] = listener.token
    matrix.ask("POST", "client/v3/logout", "going")
    told = set()
    for naps in range(1, 5):
        listener.naps = naps
        look(listener)
        told |= {(each.id, each.detail.partition(",")[0]) for each in listener.door.troubles()}
    ((_, why),) = told
    assert why == "M_UNKNOWN_TOKEN"


def test_a_room_that_is_shut_to_us_keeps_no_other_waiting(
    matrix: MatrixPeer, front: Front, listener: Listener
) -> None:
    shut, other = matrix.room(), matrix.room()
    look(listener)
    for number in range(15):
        matrix.say(shut, str(number))
    matrix.say(other, "orders fail")
    listener.door.page = 5
    front.spoil("/messages", forbidden)
    assert sorted(read(listener)) == sorted(["orders fail", *map(str, range(10, 15))])
    (trouble,) = listener.door.troubles()
    assert (trouble.what, trouble.detail[: len(shut)]) == ("a room's history was not read", shut)


def test_an_event_that_the_homeserver_stumbles_over_stops_nobody_for_long(
    matrix: MatrixPeer, front: Front, listener: Listener
) -> None:
    room = matrix.room()
    root = matrix.say(room, "Hi")
    look(listener)
    matrix.say(room, "in it", **in_thread(root))
    matrix.say(matrix.room(), "orders fail")
    front.spoil("/event/", bad_gateway, times=1000)
    listener.open()
    assert sorted(read(listener)) == ["in it", "orders fail"]
    assert timedelta(minutes=2) <= timedelta(seconds=sum(listener.slept)) <= timedelta(minutes=4)


NOBODYS = ["$" + "x" * 60_000, "$a b", "../../sync", "$\u0000", "$č/?#%"]


def test_what_can_be_no_events_name_stops_nobody(matrix: MatrixPeer, listener: Listener) -> None:
    room = matrix.room()
    for id in NOBODYS:
        matrix.say(room, "reply", **reply_to(id))
    assert read(listener) == ["reply"] * len(NOBODYS)
    assert listener.slept == []


@pytest.mark.parametrize("id", NOBODYS[:-1])
@pytest.mark.parametrize("about", [in_thread, reply_to, lambda id: edit_of(id, "x")])
def test_nor_is_it_one_where_another_server_passed_it_on(about: Any, id: str) -> None:
    event = {"type": "m.room.message", "content": {"body": "x", **about(id)}}
    assert (events.relation(event), events.replied_to(event)) == (("", ""), "")
    assert events.redacted({"type": "m.room.redaction", "redacts": id}) == ""
