"""Mail made to stall its reader: each of these took a naive one more than ten seconds."""

import time

import pytest

from channels.mail.facts import facts

HEAD = b"From: mailer-daemon@b.example\r\nMIME-Version: 1.0\r\n"
BOUND = 3.0
"""Seconds of our own time, generous: the real figure is below one."""


def nested(depth: int, lines: int) -> bytes:
    levels = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(depth)
    )
    return HEAD + levels + b"\r\nx" * lines


def page(html: bytes) -> bytes:
    return HEAD + b"Content-Type: text/html\r\n\r\n" + html


HOSTILE = {
    "deep nesting": nested(90, 20_000),
    "deeper nesting": nested(5_000, 1),
    "messages in messages": HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 5_000,
    "many parts": HEAD
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\n\r\nx\r\n" * 100_000,
    "short lines": HEAD + b"\r\n" + b"a\n" * 5_000_000,
    "a header without end": HEAD + b"Content-Type: text/plain" + b';a="' * 2_000_000 + b"\r\n\r\nx",
    "a name without end": b"From: " + b"a" * 300_000 + b"\r\n\r\nx",
    "recipients": HEAD + (b"To: " + b"a@b.c," * 5_000 + b"\r\n") * 30 + b"\r\nx",
    "open elements": page(b"<blockquote>" * 170_000),
    "open formats": page(b"".join(b"<b id=%d>" % n for n in range(900)) + b"<p>x</p>" * 40_000),
    "attributes": page(b"<a " + b"".join(b"a%d=1 " % n for n in range(60_000)) + b">x"),
    "recipients of a bounce": HEAD + b"\r\n" + b"final-recipient: rfc822; a@b.c\n" * 20_000,
    "dashes": HEAD + b"\r\n" + b"- \n" * 60_000,
    "signatures": HEAD + b"\r\n" + b"--\nx\n" * 20_000,
    "white space": HEAD + b"\r\nto" + b" " * 200_000,
    "failed recipients": HEAD + b"\r\n" + b"<a@b.c>:\n" * 20_000,
    "attributions": HEAD + b"\r\n" + b"On 5/3/2024 12:00 a@b.c wrote x\n" * 20_000,
    "boundaries": HEAD + b"\r\n" + b"\n--b\n\n" * 200_000,
    "links": page(b"<a href='https://x.example'>" * 20_000),
    "lists": page(b"<ol><li>x" * 20_000),
    "stars": HEAD + b"\r\n" + (b"*" * 100_000 + b"\n") * 10,
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_mail_is_read_in_time(content: bytes) -> None:
    started = time.process_time()
    facts(content)
    assert time.process_time() - started < BOUND
