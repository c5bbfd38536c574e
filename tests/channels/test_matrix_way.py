"""What goes out stands there once, whole, where it belongs."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from channels.base import DeliveryError, Failure, Sent
from channels.matrix.way import MatrixWay
from channels.matrix.web import Web
from rules.model import Attachment, Notice, NoticeKind, Way
from tests.matrix_door import now
from tests.matrix_front import Front, done_and_cut, forbidden, too_large, too_many
from tests.matrix_peer import SUPPORT, MatrixPeer


@pytest.fixture
def front(matrix: MatrixPeer) -> Iterator[Front]:
    front = Front(matrix.url)
    yield front
    front.stop()


def notice(address: str, text: str = "It works again.", **more: Any) -> Notice:
    usual: dict[str, Any] = {
        "id": "answer-1-mail-7",
        "kind": NoticeKind.ANSWER,
        "way": Way("matrix", address),
        "subject": "",
        "text": text,
        "priority_at": now(),
        "useful_until": now(),
        "sender_name": "Ana (B2Bee Support)",
    }
    return Notice(**usual | more)


def send(matrix: MatrixPeer, *notices: Notice) -> list[Any]:
    return sending(matrix.url, matrix, *notices)


def sending(url: str, matrix: MatrixPeer, *notices: Notice) -> list[Any]:
    """What becomes of each, by one way: what it says, or why it did not go."""

    async def work() -> list[Any]:
        web = Web(url, SUPPORT, matrix.tokens["support"])
        way = MatrixWay(web)
        try:
            return [await _sent(way, each) for each in notices]
        finally:
            await web.close()

    return asyncio.run(work())


async def _sent(way: MatrixWay, notice: Notice) -> Sent | DeliveryError:
    try:
        return await way.send(notice)
    except DeliveryError as error:
        return error


def test_what_is_sent_twice_stands_once_in_the_thread(matrix: MatrixPeer) -> None:
    room = matrix.room()
    root = matrix.say(room, "orders fail")
    again = notice(f"{room}/{root}", id=f"answer-{room}")
    first, second = send(matrix, again, again)
    assert first == second == Sent(f"{room}/{matrix.said(room)[0]['event_id']}")
    (event,) = matrix.said(room)
    assert event["content"]["body"] == "Ana (B2Bee Support):\nIt works again."
    assert event["content"]["m.relates_to"]["event_id"] == root
    assert event["content"]["m.mentions"] == {}
    assert "formatted_body" not in event["content"]


def test_a_long_answer_is_several_messages_none_lost(matrix: MatrixPeer) -> None:
    room = matrix.room()
    text = "\n".join(f"{number} " + "č" * 500 for number in range(100))
    send(matrix, notice(room, text, id=f"long-{room}", sender_name=""))
    said = [event["content"]["body"] for event in matrix.said(room)]
    assert len(said) > 1
    assert "\n".join(said) == text


def test_a_person_is_written_to_in_one_room_of_their_own(matrix: MatrixPeer) -> None:
    ping = notice("@ana:localhost", "request 1", kind=NoticeKind.PING)
    one, two = send(matrix, ping, notice("@ana:localhost", "request 2", id="ping-2"))
    assert one.reference.partition("/")[0] == two.reference.partition("/")[0]


def test_what_cannot_arrive_is_said_for_good(matrix: MatrixPeer) -> None:
    (refused,) = send(matrix, notice("!nowhere"))
    assert refused.failure is Failure.PERMANENT
    assert "It works" not in refused.reason


LOG = Attachment("../a <log>.txt", "text/plain", b"it was the index")
SHOT = Attachment("shot.png", "image/png", b"\x89PNG")


def files(matrix: MatrixPeer, room: str) -> list[Any]:
    return [each["content"] for each in matrix.said(room) if "url" in each["content"]]


def content(matrix: MatrixPeer, url: str) -> Any:
    path = url.removeprefix("mxc://")
    return matrix.fetch(f"client/v1/media/download/{path}", "maria")


def test_files_of_an_answer_stand_in_the_thread_before_its_words(matrix: MatrixPeer) -> None:
    room = matrix.room()
    root = matrix.say(room, "orders fail")
    answer = notice(f"{room}/{root}", id=f"files-{room}", attachments=(LOG, SHOT))
    first, second = send(matrix, answer, answer)
    assert first == second
    log, shot = files(matrix, room)
    assert (log["msgtype"], log["filename"], log["body"]) == (
        "m.file",
        "a <log>.txt",
        "a <log>.txt",
    )
    assert (shot["msgtype"], shot["info"]) == ("m.image", {"mimetype": "image/png", "size": 4})
    assert [content(matrix, each["url"]) for each in (log, shot)] == [LOG.content, SHOT.content]
    assert {each["m.relates_to"]["event_id"] for each in (log, shot)} == {root}
    assert matrix.said(room)[-1]["content"]["body"].endswith("It works again.")
    assert len(matrix.said(room)) == 3


def test_a_file_of_an_answer_whose_answer_was_lost_stands_there_once(
    matrix: MatrixPeer, front: Front
) -> None:
    room = matrix.room()
    root = matrix.say(room, "orders fail")
    answer = notice(f"{room}/{root}", id=f"lost-{room}", attachments=(LOG, SHOT))
    front.spoil("media/v3/upload", done_and_cut)
    front.spoil("-file-1", done_and_cut, times=2)
    one, two, three = sending(front.url, matrix, answer, answer, answer)
    assert (one.failure, two.failure) == (Failure.UNKNOWN, Failure.UNKNOWN)
    assert three == Sent(f"{room}/{matrix.said(room)[-1]['event_id']}")
    assert [each["filename"] for each in files(matrix, room)] == ["a <log>.txt", "shot.png"]
    # What was handed over is not handed over again.
    assert sum("media/v3/upload" in each for each in front.asked) == 3


def test_a_file_that_the_homeserver_does_not_take_is_named(
    matrix: MatrixPeer, front: Front
) -> None:
    room = matrix.room()
    front.spoil("media/v3/upload", too_large)
    sending(front.url, matrix, notice(room, id=f"large-{room}", attachments=(LOG, SHOT)))
    assert [each["filename"] for each in files(matrix, room)] == ["shot.png"]
    assert matrix.said(room)[-1]["content"]["body"].endswith("[a <log>.txt: not taken by Matrix]")


def test_a_refusal_says_whether_and_when_trying_again_helps(
    matrix: MatrixPeer, front: Front
) -> None:
    room = matrix.room()
    front.spoil("/send/", too_many)
    front.spoil("/send/", forbidden)
    limited, shut, sent = sending(
        front.url, matrix, *(notice(room, id=f"{n}-{room}") for n in range(3))
    )
    assert (limited.failure, limited.retry_after) == (Failure.TEMPORARY, 4.0)
    assert shut.failure is Failure.PERMANENT
    assert isinstance(sent, Sent)


def signs(matrix: MatrixPeer, room: str, root: str) -> set[str]:
    """Ours on a message, as anybody there sees them."""
    path = f"client/v1/rooms/{room}/relations/{root}/m.annotation"
    return {
        each["content"]["m.relates_to"]["key"]
        for each in matrix.ask("GET", path, "maria")["chunk"]
        if each["sender"] == SUPPORT
    }


def test_the_customers_message_shows_whether_it_waits_or_is_answered(matrix: MatrixPeer) -> None:
    room = matrix.room()
    root = matrix.say(room, "orders fail")
    place = f"{room}/{root}"
    receipt = notice(place, id=f"receipt-{room}", kind=NoticeKind.RECEIPT)
    graded = notice(place, id=f"graded-{room}", kind=NoticeKind.RECEIPT)
    answer = notice(place, id=f"answer-{room}")
    again = notice(place, id=f"receipt-{room}-1", kind=NoticeKind.RECEIPT)
    mark = notice(place, id=f"mark-{room}-1", kind=NoticeKind.MARK)
    shown = []
    for each in (graded, receipt, receipt, answer, answer, graded, receipt, again, mark, mark):
        send(matrix, each)
        shown.append("".join(signs(matrix, room, root)))
    # What is sent again late changes nothing.
    assert shown == ["", "⏳", "⏳", "✅", "✅", "✅", "✅", "⏳", "✅", "✅"]
    assert len(matrix.said(room)) == 4


def test_a_sign_that_cannot_be_put_keeps_no_word_back(matrix: MatrixPeer, front: Front) -> None:
    room = matrix.room()
    place = f"{room}/{matrix.say(room, 'orders fail')}"
    front.spoil("m.reaction", forbidden)
    (sent,) = sending(
        front.url, matrix, notice(place, id=f"receipt-{room}", kind=NoticeKind.RECEIPT)
    )
    assert isinstance(sent, Sent)
    front.spoil("m.reaction", too_many)
    mark = notice(place, id=f"mark-{room}", kind=NoticeKind.MARK)
    refused, sent = sending(front.url, matrix, mark, mark)
    assert refused.failure is Failure.TEMPORARY  # it is all that there is to this one
    assert isinstance(sent, Sent)


@pytest.mark.parametrize("kind", ["m.room.join_rules", "m.room.history_visibility"])
def test_nothing_of_ours_goes_where_anybody_reads(matrix: MatrixPeer, kind: str) -> None:
    room = matrix.room()
    open_to_all = {"join_rule": "public", "history_visibility": "world_readable"}
    matrix.ask("PUT", f"client/v3/rooms/{room}/state/{kind}", "maria", open_to_all)
    ping = notice(room, id=f"ping-{room}", kind=NoticeKind.PING)
    refused, answered = send(matrix, ping, notice(room, id=f"answer-{room}"))
    assert refused.failure is Failure.PERMANENT
    assert isinstance(answered, Sent)


def test_who_left_the_room_of_the_two_is_asked_into_another(matrix: MatrixPeer) -> None:
    ping = notice("@pero:localhost", "request 1", kind=NoticeKind.PING, id="ping-left-1")
    (first,) = send(matrix, ping)
    room = first.reference.partition("/")[0]
    matrix.ask("POST", f"client/v3/join/{room}", "pero")
    matrix.ask("POST", f"client/v3/rooms/{room}/leave", "pero")
    (second,) = send(matrix, notice("@pero:localhost", id="ping-left-2", kind=NoticeKind.PING))
    assert second.reference.partition("/")[0] != room


def test_what_goes_to_a_room_that_was_upgraded_goes_into_the_new_one(matrix: MatrixPeer) -> None:
    room = matrix.room("maria", "ana")
    root = matrix.say(room, "orders fail")
    new = matrix.upgrade(room)
    matrix.ask("POST", f"client/v3/rooms/{new}/invite", "maria", {"user_id": SUPPORT})
    (sent,) = send(matrix, notice(f"{room}/{root}", id=f"moved-{room}"))
    (event,) = matrix.said(new)
    assert sent.reference == f"{new}/{event['event_id']}"
    assert "m.relates_to" not in event["content"]  # what began the thread is not in this room


def test_a_closed_room_that_leads_elsewhere_gets_nothing_and_it_is_said(matrix: MatrixPeer) -> None:
    room, strange = matrix.room(), matrix.room("pero", join=False)
    path = f"client/v3/rooms/{room}/state/m.room.tombstone"
    matrix.ask("PUT", path, "maria", {"body": "moved", "replacement_room": strange})
    (refused,) = send(matrix, notice(room, id=f"astray-{room}", kind=NoticeKind.PING))
    assert refused.failure is Failure.PERMANENT
    assert matrix.said(strange) == []
    assert not matrix.joined(strange)
