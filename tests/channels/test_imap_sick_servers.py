"""Mailboxes on servers that are ill: what cannot be had keeps nothing else back."""

from collections.abc import Collection
from datetime import timedelta
from types import SimpleNamespace

import pytest

from channels.imap import folder as folders
from channels.imap import oauth
from channels.imap.tokens import Kept, Tokens
from tests.channels.mailbox_desk import Desk, follow
from tests.channels.scripted_imap import scripted
from tests.channels.test_imap_ledger import Ledger
from tests.channels.test_imap_odd_servers import LETTER, NOW, THREE, OddServer, folder


def test_a_last_message_of_which_the_server_tells_nothing_keeps_no_folder_shut() -> None:
    server = OddServer({3: LETTER % 3, 5: LETTER % 5})
    desk = Desk()
    with scripted(server) as listening:
        follow(desk, folder(listening), until=lambda: len(desk.stored) == 2)
        server.letters = {3: LETTER % 3, 5: LETTER % 5, 9: LETTER % 9}

        def call(tag: bytes, command: bytes) -> bytes:
            if command.startswith(b"UID FETCH 5 ") and b"INTERNALDATE" in command:
                return tag + b" NO [UNAVAILABLE] not now\r\n"
            return server(tag, command)

        with scripted(call) as sick:
            follow(desk, folder(sick), until=lambda: len(desk.stored) == 3)


def test_several_that_cannot_be_had_wait_together(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(folders, "time", SimpleNamespace(monotonic=lambda: now))
    server = OddServer(THREE)
    tried = 0

    def call(tag: bytes, command: bytes) -> bytes:
        nonlocal now, tried
        if b"BODY.PEEK[]" in command:
            named = command.split(b" ")[2]
            if b"," not in named and b":" not in named:
                tried += 1
            if named != b"9":
                return tag + b" NO [UNAVAILABLE] no\r\n"
        if b"BODY.PEEK[HEADER]" in command:
            return tag + b" NO no\r\n"
        return server(tag, command)

    desk = Desk()
    with scripted(call) as listening:
        box = folder(listening)
        with pytest.raises(folders.Refused):
            follow(desk, box, until=lambda: False)
        now += 301
        follow(desk, box, until=lambda: len(desk.stored) == 3)


def test_a_comparison_that_broke_off_is_made_again() -> None:
    server = OddServer({3: LETTER % 3, 9: LETTER % 9})

    def odd(command: bytes) -> bytes | None:
        if not command.startswith((b"SELECT", b"EXAMINE")):
            return None
        return server._told(command) + b"* OK [HIGHESTMODSEQ 7] x\r\n"

    desk = Ledger()
    broken = 0

    def ledger(prefix: str) -> Collection[str]:
        nonlocal broken
        if broken < 1:
            broken += 1
            raise OSError("the database is gone")
        return desk.ids(prefix)

    with scripted(server) as listening:
        follow(desk, folder(listening), until=lambda: len(desk.stored) == 2)
        server.letters = {uid: LETTER % uid for uid in (3, 5, 9)}
        server.odd = odd
        followed = folder(listening, ledger=ledger)
        with pytest.raises(OSError, match="gone"):
            follow(desk, followed, until=lambda: False)
        follow(desk, followed, until=lambda: len(desk.stored) == 3)


def test_a_message_at_which_the_server_hangs_up_keeps_no_other_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(folders, "_REFUSED_FOR", 0.0)
    server = OddServer(THREE)

    def call(tag: bytes, command: bytes) -> bytes | None:
        if b"BODY.PEEK[" in command and b"5" in command.split(b" ")[2]:
            return None
        if command.startswith(b"UID FETCH 3:") and b"BODY" in command:
            return None
        return server(tag, command)

    desk = Desk()
    with scripted(call) as listening:
        box = folder(listening)
        for _ in range(20):
            try:
                follow(desk, box, until=lambda: len(desk.stored) == 3)
                break
            except Exception as e:
                print(repr(e))
    assert len(desk.stored) == 3


def test_a_login_of_a_person_counts_before_what_could_not_be_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = Kept("a", NOW, "r").write()
    full = True

    def save(value: str) -> None:
        nonlocal text
        if full:
            raise OSError("disk full")
        text = value

    provider = oauth.Provider(oauth.Grant.DEVICE, "http://127.0.0.1/t", "c")
    monkeypatch.setattr(
        oauth, "refreshed", lambda p, r: oauth.Granted("b", timedelta(hours=1), "r2")
    )
    tokens = Tokens("box", provider, lambda: text, save, lambda: NOW)
    assert tokens.access() == "b"
    full = False
    text = Kept("person", NOW + timedelta(hours=1), "new").write()  # by `mailbox login`
    assert tokens.access() == "person"
    assert Kept.read(text).refresh == "new"
