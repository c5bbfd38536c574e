import asyncio
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.smtp.data import END, Refusal, read_data
from channels.smtp.reader import HangUp, Reader
from tests.channels.inbound_contract import Inbox
from tests.channels.smtp_client import (
    LETTER,
    SECOND,
    Client,
    letter_with,
    story,
    two_without_waiting,
)

NO_ENDS = [
    b"\n.\n",
    b"\n.\r",
    b"\n.\r\n",
    b"\r.\n",
    b"\r.\r",
    b"\r.\r\n",
    b"\r\n.\n",
    b"\r\n.\rx",
    b"\r\n\0.\r\n",
    b"\r\n.\0\r\n",
]


@pytest.mark.parametrize("sequence", NO_ENDS, ids=repr)
def test_only_a_dot_between_real_line_ends_ends_a_message(sequence: bytes) -> None:
    inbox = Inbox()
    begin = LETTER.removesuffix(b"\r\n") + sequence
    answers = story(lambda client: letter_with(client, begin, SECOND + b"\r\n"), inbox)
    assert answers == [Refusal.LONE_DOT, ""]
    assert inbox.stored == []


def test_a_second_message_that_does_not_wait_for_354_is_not_taken() -> None:
    inbox = Inbox()
    answers = story(two_without_waiting, inbox)
    assert [answer[:3] for answer in answers] == ["250", "250", "250", "554", ""]
    assert [arrival.content for arrival in inbox.stored] == [LETTER]


@pytest.mark.parametrize(
    "words", [b"one\ntwo", b"one\rtwo", b"one\n..\ntwo", b"one\0two", b"1\n.2"]
)
def test_other_line_ends_and_bytes_are_kept_as_they_came(words: bytes) -> None:
    async def told(client: Client) -> list[str]:
        await client.open_letter("support@desk.example")
        return [await client.hand_over(LETTER + words + b"\r\n")]

    inbox = Inbox()
    assert story(told, inbox)[0].startswith("250")
    assert inbox.stored[0].content == LETTER + words + b"\r\n"


def fed(pieces: list[bytes]) -> Reader:
    """A reader for whom these arrive, one at each look."""
    loop = asyncio.get_running_loop()
    reader = Reader(100, loop)

    def arrive() -> None:
        if pieces:
            reader.feed_data(pieces.pop(0))
            loop.call_soon(arrive)
        else:
            reader.feed_eof()

    loop.call_soon(arrive)
    return reader


def read(pieces: list[bytes], most: int = 10_000) -> tuple[bytes | Refusal, bytes]:
    """What is read, and what is left for the next command."""

    async def run() -> tuple[bytes | Refusal, bytes]:
        reader = fed(pieces)
        taken = await read_data(reader, most, lambda more: True, 5)
        return taken, await reader.read()

    return asyncio.run(run())


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted({min(place, len(data)) for place in places}), len(data)]
    return [data[a:b] for a, b in pairwise(edges) if a < b]


lines = st.lists(st.sampled_from([b"", b".", b"..", b".a", b"word", b"a.b\0"]), max_size=8)
places = st.lists(st.integers(0, 60), max_size=12)


@given(lines, places, st.sampled_from([b"", b"QUIT\r\n", b"\r\n.\r\n", b".\r\n"]))
@settings(deadline=None)
def test_a_message_is_the_same_however_the_network_cuts_it(
    said: list[bytes], places: list[int], after: bytes
) -> None:
    message = b"".join(line + b"\r\n" for line in said)
    wire = b"".join((b"." if line[:1] == b"." else b"") + line + b"\r\n" for line in said)
    assert read(cut(wire + b".\r\n" + after, places)) == (message, after)


@given(lines, st.sampled_from(NO_ENDS), places)
@settings(deadline=None)
def test_a_lone_dot_is_found_however_the_network_cuts_it(
    before: list[bytes], sequence: bytes, places: list[int]
) -> None:
    wire = b"".join(b"x" + line + b"\r\n" for line in before) + b"x" + sequence + b"x" + END
    assert read(cut(wire, places)) == (Refusal.LONE_DOT, b"")


@given(st.integers(0, 3), places)
@settings(deadline=None)
def test_the_last_byte_that_fits_is_taken_and_the_next_is_not(over: int, places: list[int]) -> None:
    message = b"x" * (98 + over) + b"\r\n"
    taken, rest = read(cut(message + b".\r\nNOOP\r\n", places), most=100)
    assert taken == (Refusal.TOO_LARGE if over else message)
    assert rest == b"NOOP\r\n"


def test_what_never_ends_is_not_read_for_ever() -> None:
    async def run() -> None:
        await read_data(fed([b"x" * 60_000] * 30), 1000, lambda more: True, 5)

    with pytest.raises(HangUp, match=r"^552"):
        asyncio.run(run())


def test_without_room_a_message_is_put_off_at_its_end() -> None:
    async def run() -> bytes | Refusal:
        room = iter([True, False])
        return await read_data(
            fed([b"one\r\n", b"two\r\n", b".\r\n"]), 100, lambda _: next(room), 5
        )

    assert asyncio.run(run()) is Refusal.NO_ROOM
