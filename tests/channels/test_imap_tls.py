"""Mailboxes over protected lines: the right server, or no login at all."""

import ssl
from collections.abc import Iterator

import pytest

from channels.imap import Login, Security
from channels.imap.line import Unsafe
from channels.imap.session import Session
from tests import dovecot as dovecots
from tests.channels.scripted_imap import Answer, scripted
from tests.dovecot import PASSWORD, Dovecot

SECRET = "s3cret-of-ours"
PROTECTED = [Security.TLS, Security.STARTTLS]


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with dovecots.running(encrypted=True) as server:
        yield server


def login(server: Dovecot, security: Security, host: str = "localhost") -> Login:
    port = server.tls_port if security is Security.TLS else server.port
    trusted = ssl.create_default_context(cafile=server.certificate)
    return Login(host, port, security, "ana", PASSWORD, trusted)


@pytest.mark.parametrize("security", PROTECTED)
def test_a_server_whose_authority_is_named_is_trusted(dovecot: Dovecot, security: Security) -> None:
    dovecot.deliver("ana", b"Subject: one\r\n\r\nHelp.\r\n")
    with Session(login(dovecot, security), "INBOX", read_only=True) as session:
        assert isinstance(session._client.socket(), ssl.SSLSocket)
        uids = session.uids_from(1)
        assert b"Subject: one" in session.contents(uids)[uids[0]]


@pytest.mark.parametrize("security", PROTECTED)
def test_a_server_that_nobody_vouches_for_is_refused(dovecot: Dovecot, security: Security) -> None:
    trusting = login(dovecot, security)
    stranger = Login("localhost", trusting.port, security, "ana", PASSWORD)
    words = rf"localhost:{trusting.port}: its certificate is not trusted \(self-signed certificate"
    with pytest.raises(Unsafe, match=words):
        Session(stranger, "INBOX", read_only=True)


@pytest.mark.parametrize("security", PROTECTED)
def test_a_trusted_certificate_for_another_name_is_refused(
    dovecot: Dovecot, security: Security
) -> None:
    with pytest.raises(Unsafe, match=r"127\.0\.0\.1"):
        Session(login(dovecot, security, "127.0.0.1"), "INBOX", read_only=True)


def stripped(tag: bytes, command: bytes) -> bytes:
    """As somebody between us, who wants to hear the password."""
    told = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" if command == b"CAPABILITY" else b""
    return told + tag + b" OK done\r\n"


def refused(tag: bytes, command: bytes) -> bytes:
    if command == b"STARTTLS":
        return tag + b" NO not today\r\n"
    return b"* CAPABILITY IMAP4rev1 STARTTLS\r\n" + tag + b" OK done\r\n"


def foreseen(tag: bytes, command: bytes) -> bytes | None:
    """Says yes, and answers in the clear what we have not asked yet."""
    if command == b"STARTTLS":
        return tag + b" OK begin\r\n* CAPABILITY IMAP4rev1\r\n"
    return refused(tag, command) if command == b"CAPABILITY" else None


@pytest.mark.parametrize(
    ("answer", "greeting"),
    [
        (stripped, b"* OK hello\r\n"),
        (stripped, b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello\r\n"),
        (refused, b"* OK hello\r\n"),
        (refused, b"* PREAUTH you are in already\r\n"),
        (foreseen, b"* OK hello\r\n"),
    ],
    ids=["not offered", "not offered at once", "refused", "logged in already", "answered too soon"],
)
def test_without_starttls_nobody_hears_the_password(answer: Answer, greeting: bytes) -> None:
    with scripted(answer, greeting) as server:
        ours = Login("127.0.0.1", server.port, Security.STARTTLS, "ana", SECRET)
        with pytest.raises((Unsafe, OSError)) as caught:
            Session(ours, "INBOX", read_only=True)
        assert not any(SECRET.encode() in line or b"LOGIN" in line for line in server.heard)
    if answer is not foreseen:
        assert "no STARTTLS" in str(caught.value)
