"""What a real homeserver shows is taken once, in order, whatever was missed."""

from datetime import timedelta
from typing import Any

import pytest
from nio import Event

from channels.matrix.arrivals import Seen, Taker
from channels.matrix.understand import understand
from rules.model import Deed, MailKind, Message
from tests.matrix_door import ACCOUNT, MARIA, Listener, look, now
from tests.matrix_peer import (
    SUPPORT,
    MatrixPeer,
    edit_of,
    in_thread,
    reaction,
    reply_to,
)


@pytest.fixture
def listener(matrix: MatrixPeer) -> Listener:
    """It has looked once: what was before is history."""
    listener = Listener(matrix, emoji="🎫")
    assert look(listener) == []
    return listener


def read(listener: Listener, times: int = 1) -> list[Message]:
    return [understand(arrival) for arrival in look(listener, times)]


def test_what_is_said_before_the_first_look_is_history(matrix: MatrixPeer) -> None:
    matrix.say(matrix.room(), "long ago")
    listener = Listener(matrix)
    assert look(listener, 3) == []


def test_a_message_comes_with_its_room_writer_and_time(
    matrix: MatrixPeer, listener: Listener
) -> None:
    room, before = matrix.room(), now()
    id = matrix.say(room, "Orders <b>fail</b> & burn")
    (message,) = read(listener)
    assert (message.sender, message.text) == (MARIA, "Orders <b>fail</b> & burn")
    assert message.message_id == message.key == f"matrix:{room}/{id}"
    assert message.envelope.recipients == (f"matrix:{room}",)
    assert before - timedelta(seconds=1) <= message.envelope.received_at <= now()
    assert message.chat
    assert message.chat.place == message.message_id
    assert message.chat.direct
    assert ":" not in room  # ids of version 12 have no server's name


def test_what_is_not_stored_comes_again(matrix: MatrixPeer, listener: Listener) -> None:
    room = matrix.room()
    matrix.say(room, "one")
    listener.inbox.failures = 1
    with pytest.raises(OSError, match="disk full"):
        look(listener)
    assert [m.text for m in read(listener)] == ["one"]
    assert read(listener) == []


def test_more_than_a_look_shows_comes_whole_and_in_order(
    matrix: MatrixPeer, listener: Listener
) -> None:
    room, other = matrix.room(), matrix.room()
    look(listener)
    said = [str(number) for number in range(35)]
    for text in said:
        matrix.say(room, text)
    matrix.say(other, "and elsewhere")
    listener.open()  # as after a start
    listener.door.page = 10
    found = read(listener)
    assert [m.text for m in found if m.envelope.recipients == (f"matrix:{room}",)] == said
    assert [m.text for m in found if m.text not in said] == ["and elsewhere"]


def test_threads_and_replies_stand_where_they_began(matrix: MatrixPeer, listener: Listener) -> None:
    room = matrix.room()
    root = matrix.say(room, "orders fail")
    inside = matrix.say(room, "for all", **in_thread(root))
    matrix.say(room, "> <@maria:localhost> orders fail\n\nsince noon", **reply_to(root))
    reply = matrix.say(room, "really", **reply_to(inside))
    matrix.say(room, "yes", **reply_to(reply))
    places = [(m.chat.place, m.new_text) for m in read(listener) if m.chat]
    began = f"matrix:{room}/{root}"
    texts = ["orders fail", "for all", "since noon", "really", "yes"]
    assert places == [(began, text) for text in texts]


def test_edits_signs_and_redactions_speak_of_their_message(
    matrix: MatrixPeer, listener: Listener
) -> None:
    room = matrix.room("maria", "ana")
    root = matrix.say(room, "Hi")
    id = matrix.say(room, "ordrs fail", **in_thread(root))
    matrix.say(room, "* orders fail", **edit_of(id, "orders fail"))
    matrix.say(room, "* forged", "ana", **edit_of(id, "forged"))
    matrix.send(room, "m.reaction", reaction(id, "🎫"), "ana")
    matrix.send(room, "m.reaction", reaction(id, "❤️"), "ana")
    matrix.redact(room, id)
    found = [(m.chat.deed, m.chat.place, m.message_id, m.text) for m in read(listener) if m.chat]
    its = f"matrix:{room}/{id}"
    # The message itself was redacted before we saw it: its words are gone.
    assert found[1:2] == [(Deed.WRITTEN, its, its, "")]
    assert (Deed.DELETED, its, its, "") in found
    assert "forged" not in [text for *_, text in found]


def test_a_file_is_fetched_and_one_too_large_is_named(
    matrix: MatrixPeer, listener: Listener
) -> None:
    room = matrix.room()
    url = matrix.upload(b"\x89PNG orders")
    matrix.say(room, "../shot.png", msgtype="m.image", url=url, info={"mimetype": "image/png"})
    matrix.say(room, "see it", msgtype="m.file", filename="a.txt", url="mxc://localhost/none")
    shot, missing = read(listener)
    assert shot.text == ""
    assert [(a.name, a.content_type, a.content) for a in shot.attachments] == [
        ("shot.png", "image/png", b"\x89PNG orders")
    ]
    assert (missing.text, missing.attachments) == ("see it", ())
    assert missing.problems == ("file a.txt is in Matrix only: HTTP 404",)


HOSTILE: list[Any] = [
    {"msgtype": "m.text", "body": "x", "m.relates_to": {"m.in_reply_to": {"event_id": 3}}},
    {"msgtype": "m.file", "body": "x", "url": 5, "info": {"mimetype": []}},
    {"msgtype": "m.text", "body": "x", "m.new_content": 5},
    {"msgtype": "m.text", "body": "a\x00b\u202ec", "formatted_body": 5},
]
WORSE: list[Any] = [
    {},
    {"msgtype": 7, "body": ["x"]},
    {"msgtype": "m.text", "body": {"a": 1}, "m.relates_to": "x"},
    {"msgtype": "m.text", "body": "x", "m.mentions": {"user_ids": [1, {}]}},
]
"""Synapse refuses these; another server might pass them on."""


def test_whatever_stands_in_an_event_stops_nobody(matrix: MatrixPeer, listener: Listener) -> None:
    room = matrix.room()
    for content in HOSTILE:
        matrix.send(room, "m.room.message", content)
        matrix.send(room, "m.reaction", content)
    matrix.say(room, "next")
    found = read(listener)
    assert len(found) == len(HOSTILE) + 1
    assert found[-1].text == "next"


@pytest.mark.parametrize("content", [*HOSTILE, *WORSE, None, 5])
def test_whatever_another_server_passes_on_is_kept_as_it_is(content: Any) -> None:
    shown = {
        "type": "m.room.message",
        "sender": "@maria:localhost",
        "event_id": "$e",
        "origin_server_ts": 1e300,
        "content": content,
    }
    assert Event.parse_event(shown).source == shown
    at = now()
    arrival = Taker(SUPPORT, ACCOUNT).arrival(Seen(shown), ["!room"], at, at)
    assert arrival.envelope.received_at == at
    assert understand(arrival).message_id == "matrix:!room/$e"


def test_notices_are_other_programs_and_our_own_words_are_not_heard(
    matrix: MatrixPeer, listener: Listener
) -> None:
    room = matrix.room()
    matrix.say(room, "backup done", msgtype="m.notice")
    matrix.say(room, "we heard you", "support")
    (message,) = read(listener)
    assert (message.kind, message.automatic) == (MailKind.BULK, True)


def test_invitations_by_customers_and_into_their_rooms_are_followed(
    matrix: MatrixPeer, listener: Listener
) -> None:
    bound, strange = matrix.room("pero", join=False), matrix.room("pero", join=False)
    matrix.say(bound, "orders fail", "pero")  # before anybody could let us in
    listener.rooms = {f"matrix:{bound}"}
    assert [m.text for m in read(listener, 2)] == ["orders fail"]
    assert (matrix.joined(bound), matrix.joined(strange)) == (True, False)
    listener.known = {MARIA}
    direct = matrix.room("maria", join=False)
    look(listener)
    assert matrix.joined(direct)


def test_a_room_that_is_encrypted_or_shut_is_told(matrix: MatrixPeer, listener: Listener) -> None:
    secret, shut = matrix.room(), matrix.room(join=False)
    path = f"client/v3/rooms/{secret}/state/m.room.encryption"
    matrix.ask("PUT", path, "maria", {"algorithm": "m.megolm.v1.aes-sha2"})
    matrix.ask("POST", f"client/v3/rooms/{shut}/kick", "maria", {"user_id": SUPPORT})
    listener.rooms = {f"matrix:{secret}", f"matrix:{shut}"}
    listener.open()
    look(listener, 2)
    assert {each.what for each in listener.door.troubles()} == {
        "a room is encrypted",
        "not in a customer's room",
    }
    assert {each.id for each in listener.door.troubles()} >= {f"matrix-{secret}-encrypted"}
