"""What other servers answer: in part, or nothing that makes sense. Nothing of it loses mail."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.imap import After, Login, MailboxFolder, Security
from channels.imap.session import Session
from rules.model import Account, Arrival
from tests.channels.mailbox_desk import Desk, follow
from tests.channels.scripted_imap import ScriptedImap, scripted

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
ACCOUNT = Account("support", "Support", "support@desk.example")
DATE = b'"01-Mar-2026 09:00:00 +0000"'
LETTER = b"Subject: %d\r\n\r\nHelp.\r\n"


class OddServer:
    """A folder with these letters; `odd` answers in its place where it has something to say."""

    def __init__(
        self, letters: Mapping[int, bytes], odd: Callable[[bytes], bytes | None] = lambda _: None
    ) -> None:
        self.letters = letters
        self.odd = odd
        self.capabilities = b"IMAP4rev1"
        self._going_on = b""

    def __call__(self, tag: bytes, command: bytes) -> bytes:
        if not command:  # what we went ahead with: DONE, or a response to a challenge
            return self._going_on + b" OK done\r\n"
        told = self.odd(command)
        if told is None:
            told = self._told(command)
        if b"+ " in told[:16]:
            self._going_on = tag
            return told
        return told + tag + b" OK done\r\n"

    def _told(self, command: bytes) -> bytes:
        if command == b"CAPABILITY":
            return b"* CAPABILITY " + self.capabilities + b"\r\n"
        if command.startswith((b"SELECT", b"EXAMINE")):
            return b"* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT %d] x\r\n" % (max(self.letters) + 1)
        if command.startswith(b"UID SEARCH"):
            named = command.rpartition(b" ")[2]
            if b":" not in named:
                there = [uid for uid in map(int, named.split(b",")) if uid in self.letters]
                return b"* SEARCH" + b"".join(b" %d" % uid for uid in there) + b"\r\n"
            low, _, high = named.partition(b":")
            top = int(high) if high.isdigit() else max(self.letters)
            found = [uid for uid in self.letters if int(low) <= uid <= max(top, int(low))]
            return b"* SEARCH" + b"".join(b" %d" % uid for uid in found) + b"\r\n"
        if command.startswith(b"UID FETCH"):
            uids = [int(uid) for uid in re.findall(rb"\d+", command.split(b" ")[2])]
            content = b"BODY" in command
            tell = self.content if content else self.fact
            return b"".join(tell(uid) for uid in uids if uid in self.letters)
        return b""

    def fact(self, uid: int, date: bytes = DATE) -> bytes:
        size = len(self.letters[uid])
        return b"* %d FETCH (UID %d RFC822.SIZE %d INTERNALDATE %b)\r\n" % (uid, uid, size, date)

    def content(self, uid: int) -> bytes:
        text = self.letters[uid]
        return b"* %d FETCH (UID %d BODY[] {%d}\r\n%b)\r\n" % (uid, uid, len(text), text)


THREE = {uid: LETTER % uid for uid in (3, 5, 9)}


def folder(server: ScriptedImap, **changed: Any) -> MailboxFolder:
    usual = {
        "mailbox": "box",
        "folder": "INBOX",
        "login": Login("127.0.0.1", server.port, Security.NONE, "ana", "x"),
        "account": ACCOUNT,
        "clock": lambda: NOW,
        "start_at": NOW - timedelta(days=30),
        "poll": 0.05,
    }
    return MailboxFolder(**(usual | changed))


def taken(answer: OddServer, count: int = 3, **changed: Any) -> list[Arrival]:
    desk = Desk()
    with scripted(answer) as server:
        follow(desk, folder(server, **changed), until=lambda: len(desk.stored) == count)
    return desk.stored


@pytest.mark.parametrize(
    "date",
    [b"NIL", b'"never"', b'"31-Dec-9999 23:59:59 -0800"', b'"30-Feb-2026 09:00:00 +0000"'],
)
def test_a_message_without_a_sensible_date_came_when_we_saw_it(date: bytes) -> None:
    server = OddServer(THREE)

    def odd(command: bytes) -> bytes | None:
        if b"INTERNALDATE" not in command:
            return None
        uids = [int(uid) for uid in re.findall(rb"\d+", command.split(b" ")[2])]
        return b"".join(server.fact(uid, date if uid == 5 else DATE) for uid in uids)

    server.odd = odd
    dates = {a.content[9:10]: a.envelope.received_at for a in taken(server)}
    assert dates == {b"3": NOW - timedelta(days=3), b"5": NOW, b"9": NOW - timedelta(days=3)}


def test_a_message_that_the_server_leaves_out_though_it_is_there_is_taken() -> None:
    server = OddServer(THREE)
    server.odd = lambda command: (
        server.fact(3) + server.fact(9)
        if b"INTERNALDATE" in command and b"," in command
        else server.content(9)
        if b"BODY" in command and b"," in command
        else None
    )
    assert sorted(a.content[9:10] for a in taken(server)) == [b"3", b"5", b"9"]


def test_a_message_that_is_gone_before_it_is_fetched_keeps_no_other_back() -> None:
    server = OddServer(THREE)
    there = dict(THREE)

    def odd(command: bytes) -> bytes | None:
        if b"BODY" in command:
            there.pop(5, None)
            server.letters = there
        return None

    server.odd = odd
    assert [a.content[9:10] for a in taken(server, 2)] == [b"3", b"9"]


@pytest.mark.parametrize(
    "first",
    [b"* 9 EXISTS\r\n+ idling\r\n", b"+ idling\r\n"],
    ids=["news before the go-ahead", "go-ahead at once"],
)
def test_mail_told_of_before_idle_begins_is_taken(first: bytes) -> None:
    server = OddServer({1: LETTER % 1})
    server.capabilities += b" IDLE"

    def odd(command: bytes) -> bytes | None:
        if command == b"IDLE":
            server.letters = {1: LETTER % 1, 2: LETTER % 2}
            return first
        return None

    server.odd = odd
    poll = 1000.0 if b"EXISTS" in first else 0.05
    assert len(taken(server, 2, poll=poll)) == 2


def test_a_server_that_says_it_idles_and_does_not_is_asked_now_and_then() -> None:
    server = OddServer({1: LETTER % 1})
    server.capabilities += b" IDLE"

    def odd(command: bytes) -> bytes | None:
        if command == b"NOOP":
            server.letters = {1: LETTER % 1, 2: LETTER % 2}
        return None  # IDLE is answered by OK, without having begun

    server.odd = odd
    assert len(taken(server, 2)) == 2


def test_a_folder_that_may_only_be_read_is_taken_though_nothing_can_be_marked() -> None:
    server = OddServer(THREE)

    def odd(command: bytes) -> bytes | None:
        if command.startswith(b"SELECT"):
            return b"* OK [READ-ONLY] x\r\n" + OddServer(THREE)._told(command)
        asked.append(command)
        return None

    asked: list[bytes] = []
    server.odd = odd
    assert len(taken(server, after=After.KEYWORD, after_name="$Seen")) == 3
    assert not any(b"STORE" in command for command in asked)


def test_a_server_that_does_not_tell_its_next_uid_is_not_asked_for_a_list_of_all() -> None:
    server = OddServer(THREE)

    def odd(command: bytes) -> bytes | None:
        if command.startswith((b"SELECT", b"EXAMINE")):
            return b"* OK [UIDVALIDITY 7] x\r\n"
        asked.append(command)
        return b"* SEARCH 9\r\n" if command.endswith(b" *") else None

    asked: list[bytes] = []
    server.odd = odd
    assert len(taken(server)) == 3
    assert not any(command.endswith(b" 1:*") for command in asked)


def test_of_a_large_message_that_is_all_header_no_more_is_taken_than_a_header_has() -> None:
    endless = b"Subject: 1\r\nX-Endless: " + b"x" * 3_000_000
    server = OddServer({1: endless})

    def odd(command: bytes) -> bytes | None:
        if b"BODY.PEEK[HEADER]" not in command:
            return None
        asked = re.search(rb"<0\.(\d+)>", command)
        text = endless[: int(asked[1])] if asked else endless
        key = b"BODY[HEADER]<0>" if asked else b"BODY[HEADER]"
        return b"* 1 FETCH (UID 1 %b {%d}\r\n%b)\r\n" % (key, len(text), text)

    server.odd = odd
    [arrival] = taken(server, 1, largest=1_000_000)
    assert arrival.content.startswith(b"Subject: 1\r\n")
    assert b"has 3000023 bytes" in arrival.content
    assert len(arrival.content) < 1_000_000


def test_a_password_that_is_no_ascii_logs_in() -> None:
    password = "lozinka-čšž"
    server = OddServer(THREE)
    server.odd = lambda command: b"+ \r\n" if command.startswith(b"AUTHENTICATE") else None
    with scripted(server) as listening:
        ours = Login("127.0.0.1", listening.port, Security.NONE, "ana", password)
        with Session(ours, "INBOX", read_only=True) as session:
            assert session.uids_from(1) == [3, 5, 9]
        assert b64encode(f"\0ana\0{password}".encode()) + b"\r\n" in listening.heard
