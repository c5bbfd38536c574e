"""Where we are in Matrix, and whom we believe there."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.matrix import events
from channels.matrix.arrivals import Seen, Taker
from channels.matrix.understand import understand
from rules.model import Arrival, MailKind, Message
from tests.matrix_door import ACCOUNT, PERO, Listener, look
from tests.matrix_front import Front, Handler, bad_gateway
from tests.matrix_peer import SUPPORT, MatrixPeer


class Listening(Listener):
    """Before the homeserver stands a front, and the clock is the test's."""

    front: Front
    now: datetime


@pytest.fixture
def listener(matrix: MatrixPeer) -> Iterator[Listening]:
    """It has looked once: what was before is history."""
    front = Front(matrix.url)
    listener = Listening(matrix, url=front.url, clock=lambda: listener.now)
    listener.now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    listener.front = front
    look(listener)
    yield listener
    front.stop()


def texts(arrivals: list[Arrival]) -> list[str]:
    return [understand(arrival).text for arrival in arrivals]


def test_an_invitation_lies_until_its_writer_is_known_whatever_is_restarted(
    matrix: MatrixPeer, listener: Listening
) -> None:
    room = matrix.room("pero", join=False)
    look(listener, 2)
    assert not matrix.joined(room)
    listener.known = {PERO}
    listener.open()
    look(listener)
    assert matrix.joined(room)


def test_an_invitation_that_cannot_be_followed_for_now_is_tried_again(
    matrix: MatrixPeer, listener: Listening
) -> None:
    listener.known = {PERO}
    room = matrix.room("pero", join=False)
    listener.front.spoil("/join/", bad_gateway, times=1000)
    matrix.say(matrix.room(), "orders fail")
    assert texts(look(listener)) == ["orders fail"]  # and keeps nobody waiting
    assert not matrix.joined(room)
    listener.front.spoils.clear()
    look(listener)
    assert matrix.joined(room)
    assert listener.slept == []


def test_a_room_that_we_cannot_enter_for_a_moment_is_not_told_of(
    matrix: MatrixPeer, listener: Listening
) -> None:
    room = matrix.room(join=False)
    listener.rooms = {f"matrix:{room}"}
    listener.front.spoil("/join/", bad_gateway, times=1000)
    look(listener, 2)
    assert listener.door.troubles() == []
    listener.now += timedelta(minutes=3)
    look(listener, 2)
    assert [each.what for each in listener.door.troubles()] == ["not in a customer's room"]
    listener.front.spoils.clear()
    listener.now += timedelta(minutes=3)
    look(listener, 2)
    assert listener.door.troubles() == []
    assert matrix.joined(room)


def test_a_room_that_is_upgraded_is_heard_as_its_customers(
    matrix: MatrixPeer, listener: Listening
) -> None:
    room = matrix.room()
    listener.rooms = {f"matrix:{room}"}
    look(listener, 2)
    new = matrix.upgrade(room)
    matrix.ask("POST", f"client/v3/rooms/{new}/invite", "maria", {"user_id": SUPPORT})
    look(listener, 2)
    matrix.say(new, "orders fail")
    (arrival,) = look(listener)
    assert arrival.envelope.recipients == (f"matrix:{new}", f"matrix:{room}")
    assert understand(arrival).message_id.startswith(f"matrix:{new}/")
    (trouble,) = listener.door.troubles()
    assert trouble.what == "a customer's room was upgraded"
    assert f'put "matrix:{new}" into the contract' in trouble.detail
    matrix.say(new, "still")
    listener.open()
    (arrival,) = look(listener)
    assert arrival.envelope.recipients[1:] == (f"matrix:{room}",)


def test_a_room_that_says_another_took_its_place_is_not_believed_alone(
    matrix: MatrixPeer, listener: Listening
) -> None:
    room, strange = matrix.room(), matrix.room("pero", join=False, preset="public_chat")
    listener.rooms = {f"matrix:{room}"}
    path = f"client/v3/rooms/{room}/state/m.room.tombstone"
    matrix.ask("PUT", path, "maria", {"body": "moved", "replacement_room": strange})
    look(listener, 2)
    (trouble,) = listener.door.troubles()
    assert f"{strange} is not in its place" in trouble.detail
    assert not matrix.joined(strange)


def test_a_new_name_of_ours_hides_nothing(matrix: MatrixPeer, listener: Listening) -> None:
    room = matrix.room()
    look(listener)
    said = [str(number) for number in range(12)]
    for text in said[:8]:
        matrix.say(room, text)
    name = {"displayname": "B2Bee Support"}
    matrix.ask("PUT", f"client/v3/profile/{SUPPORT}/displayname", "support", name)
    for text in said[8:]:
        matrix.say(room, text)
    listener.door.page = 6
    assert texts(look(listener)) == said


def test_two_that_read_for_one_user_lose_nothing_and_take_nothing_twice(
    matrix: MatrixPeer, listener: Listening
) -> None:
    room, other = matrix.room(), Listener(matrix)
    other.inbox, other.kept = listener.inbox, dict(listener.kept)  # an older place
    matrix.say(room, "one")
    look(listener)
    matrix.say(room, "two")
    look(other)
    listener.kept = dict(other.kept)  # who was behind wrote last
    matrix.say(room, "three")
    look(listener)
    look(other)
    assert texts(listener.inbox.stored) == ["one", "two", "three"]


def test_a_file_of_another_server_is_asked_for_as_ours_and_bounded(
    matrix: MatrixPeer, listener: Listening
) -> None:
    def too_much(handler: Handler) -> None:
        handler.say(200, bytes(20_000_001), "image/png")

    room = matrix.room()
    for name in ("large.png", "far.png"):
        url = f"mxc://elsewhere.example/{name[:3]}"
        matrix.say(room, name, msgtype="m.image", url=url, info={"mimetype": "text/html; x"})
    listener.front.spoil("media/download/elsewhere.example/lar", too_much)
    large, far = map(understand, look(listener))
    assert large.problems == ("file large.png is in Matrix only: too large",)
    assert far.problems[0].startswith("file far.png is in Matrix only: HTTP")
    asked = [path for path in listener.front.asked if "download" in path]
    assert [path.partition(" ")[2] for path in asked] == [
        f"/_matrix/client/v1/media/download/elsewhere.example/{id}" for id in ("lar", "far")
    ]


AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def message(at: datetime = AT, **content: Any) -> Message:
    """What another server passed on, a minute after the last look."""
    event = {
        "type": "m.room.message",
        "sender": "@maria:else.example",
        "event_id": "$e",
        "origin_server_ts": at.timestamp() * 1000,
        "content": {"msgtype": "m.text", "body": "Orders fail"} | content,
    }
    return understand(
        Taker(SUPPORT, ACCOUNT).arrival(Seen(event), ["!r"], AT, AT + timedelta(minutes=1))
    )


@pytest.mark.parametrize(
    ("its_clock", "counts"), [(-9000, 0), (0, 0), (20, 20), (60, 60), (9000, 60)]
)
def test_a_servers_clock_is_believed_between_two_looks_alone(its_clock: int, counts: int) -> None:
    at = message(AT + timedelta(seconds=its_clock)).envelope.received_at
    assert at == AT + timedelta(seconds=counts)


def link(user: str, name: str) -> str:
    return f'<a href="https://matrix.to/#/{user}">{name}</a>'


def test_who_is_mentioned_is_what_clients_say_and_else_what_is_linked() -> None:
    html = link("%40pero:else.example", "Pero") + link(SUPPORT, "Help &amp; Care")
    both = ("matrix:@pero:else.example", f"matrix:{SUPPORT}")
    odd = ["@a\0:b", 5, "pero", "@x:" + "y" * 999]
    said = {"m.mentions": {"user_ids": ["@pero:else.example", *odd]}}
    assert message(formatted_body=html).addressees == both
    assert message(formatted_body=html, **said).addressees == both[:1]
    assert message(formatted_body=html, **{"m.mentions": {}}).addressees == ()
    assert message(body=f"{SUPPORT}: orders fail").addressees == both[1:]


def test_a_name_that_mentions_somebody_has_an_at_and_ours_is_not_said() -> None:
    html = f"{link(SUPPORT, 'Help &amp; Care')}: orders fail, cc {link('@pero:e.example', 'Pero')}"
    found = message(body="Help & Care: Peroxide orders fail, cc Pero", formatted_body=html)
    assert found.text == "@Help & Care: Peroxide orders fail, cc @Pero"
    assert found.new_text == "Peroxide orders fail, cc @Pero"
    hidden = message(formatted_body=link("@pero:e.example", "Click here") + "<b>It works</b>")
    assert hidden.text == "Orders fail"


@pytest.mark.parametrize("kind", ["m.notice", "m.key.verification.request", "m.server_notice"])
def test_what_no_person_wrote_opens_nothing(kind: str) -> None:
    assert message(msgtype=kind).kind is MailKind.BULK


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["$e", "@a:b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)
_KEYS = ("msgtype", "body", "url", "info", "formatted_body", "m.mentions", "m.new_content")
_ABOUT = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("rel_type", "event_id", "key", "m.in_reply_to"), _JSON)
)
_CONTENT = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(_KEYS, _JSON) | {"m.relates_to": _ABOUT | _JSON}
)


@given(
    kind=st.sampled_from(["m.room.message", "m.reaction", "m.room.redaction", "m.sticker"]),
    content=_CONTENT | _JSON,
    about=_CONTENT,
)
def test_whatever_stands_in_an_event_is_kept_and_read(kind: str, content: Any, about: Any) -> None:
    event = {"type": kind, "sender": "@a:b", "event_id": "$e", "content": content}
    before = {"type": "m.room.message", "sender": "@a:b", "event_id": "$b", "content": about}
    taker, seen = Taker(SUPPORT, ACCOUNT, "🎫"), Seen(event, before, events.thread(event))
    assert taker.may_matter(event) in (True, False)
    assert taker.matters(seen) in (True, False)
    found = understand(taker.arrival(seen, ["!r"], AT, AT))
    assert "\0" not in "".join((found.text, *found.addressees, *found.references, found.key))
