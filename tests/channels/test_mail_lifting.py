"""Large bodies are taken out before a message is parsed, and come back as they were."""

import base64
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.lifting import lift
from channels.mail.mime import read

HEAD = b"From: ana@customer.example\nSubject: Help\n"
FILE = bytes(range(256)) * 4_000
ENCODED = base64.encodebytes(FILE)


def with_file(encoding: str, body: bytes, newline: bytes = b"\n") -> bytes:
    part = b"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: "
    part += encoding.encode() + b"\n\n" + body
    head = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsee\n--b\n"
    return (head + part + b"\n--b--\n").replace(b"\n", newline)


@given(
    st.lists(
        st.sampled_from(
            [b"\n--b\n", b"\n\n", b"x" * 70_000, b"lifted-0:", b"lifted-1:0;", b"y", b"\r\n\r\n"]
        ),
        max_size=12,
    ).map(b"".join)
)
def test_what_was_lifted_comes_back(content: bytes) -> None:
    lifted = lift(content)
    assert lifted.restore(lifted.rest) == content
    assert len(lifted.rest) <= len(content)


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_a_large_file_is_read_whole(newline: bytes) -> None:
    content = with_file("base64", ENCODED, newline)
    assert len(lift(content).rest) < 1_000
    mail = read(content)
    assert mail.text.strip() == "see"
    assert [(a.name, a.content == FILE) for a in mail.attachments] == [("a.pdf", True)]
    assert mail.problems == ()


def test_a_large_file_in_an_enclosed_message_is_kept_with_it() -> None:
    inner = with_file("base64", ENCODED).replace(b"=b\n", b"=c\n").replace(b"--b", b"--c")
    outer = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"
    content = outer + b"Content-Type: message/rfc822\n\n" + inner + b"\n--b--\n"
    assert ENCODED.strip() in read(content).attachments[0].content


def test_a_letter_cannot_bring_back_a_body_by_its_mark() -> None:
    content = with_file("base64", ENCODED).replace(b"see", b"lifted-0:0;lifted-1:0;")
    assert read(content).text == "lifted-0:0;lifted-1:0;"


@pytest.mark.parametrize(
    "content",
    [with_file("base64", base64.encodebytes(FILE * 8)), HEAD + b"\n" + b"one two\n" * 1_000_000],
)
def test_reading_takes_less_than_five_times_the_size(content: bytes) -> None:
    tracemalloc.start()
    try:
        read(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak + len(content) < 5 * len(content)
