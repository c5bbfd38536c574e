import asyncio
import contextlib
import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from imapclient.exceptions import LoginError

from channels.imap import After, Login, Security
from channels.imap import progress as progresses
from tests.channels.imap_box import KEYWORD, LONG_AGO, Box, letter
from tests.channels.inbound_contract import InboundContract, Inbox
from tests.channels.mailbox_desk import Desk, follow
from tests.dovecot import Dovecot


class TestImapKeepsTheContract(InboundContract):
    """A mailbox hands over again when its place was not kept; it is told so by a keyword."""

    @pytest.fixture(autouse=True)
    def _box(self, box: Box) -> None:
        self.box = box

    def hand_over_all(self, inbox: Inbox, contents: Sequence[bytes]) -> list[bool]:
        acknowledged = []
        delivered: list[bytes] = []
        for content in contents:
            if content not in delivered:
                if not self.box.deliver(content):
                    acknowledged.append(False)
                    continue
                delivered.append(content)
            acknowledged.append(self._is_taken(inbox, len(delivered)))
        return acknowledged

    def _is_taken(self, inbox: Inbox, number: int) -> bool:
        with self.box.client() as client:
            client.remove_flags(f"{number}", [KEYWORD])
        forgetful = Desk()
        forgetful.receive = inbox.receive  # type: ignore[method-assign]
        # Opening an empty place stores nothing yet, and so must not meet the failure.
        with contextlib.suppress(OSError):
            self.box.follow(
                lambda: self.box.keywords() >= number,
                forgetful,
                after=After.KEYWORD,
                after_name=KEYWORD,
                start_at=LONG_AGO,
            )
        return self.box.keywords() >= number


def test_read_flagged_and_moved_back_mail_is_taken_all_the_same(box: Box) -> None:
    box.look_first()
    for subject in ("read", "flagged", "moved back"):
        box.deliver(letter(subject))
    with box.client() as client:
        client.add_flags("1", ["\\Seen"])
        client.add_flags("2", ["\\Flagged", "\\Answered", KEYWORD])
        client.create_folder("Elsewhere")
        client.move("3", "Elsewhere")
        client.select_folder("Elsewhere")
        client.move(client.search(), "INBOX")
    box.follow(lambda: len(box.desk.stored) == 3)
    assert box.desk.subjects() == ["read", "flagged", "moved back"]


def test_nothing_is_marked_unless_asked_for(box: Box) -> None:
    box.look_first()
    box.deliver(letter("one"))
    box.follow(lambda: len(box.desk.stored) == 1)
    assert box.flags() == [set()]


def test_what_is_taken_gets_the_keyword_and_history_does_not(box: Box) -> None:
    box.deliver(letter("old"))
    box.look_first()
    box.deliver(letter("new"))
    box.follow(lambda: box.keywords() == 1, after=After.KEYWORD, after_name=KEYWORD)
    assert box.flags() == [set(), {KEYWORD.encode()}]


def test_what_is_taken_is_moved_into_a_folder_made_for_it(box: Box) -> None:
    box.deliver(letter("old"))
    box.look_first()
    box.deliver(letter("new"))

    def is_moved() -> bool:
        with box.client() as client:
            if not client.folder_exists("Done"):
                return False
            return bool(client.folder_status("Done", ["MESSAGES"])[b"MESSAGES"])

    box.follow(is_moved, after=After.MOVE, after_name="Done")
    with box.client() as client:
        assert client.folder_status("INBOX", ["MESSAGES"])[b"MESSAGES"] == 1


def test_what_was_taken_before_a_crash_is_tidied_after_it(box: Box) -> None:
    box.look_first()
    box.deliver(letter("new"))
    box.follow(lambda: len(box.desk.stored) == 1)
    last = progresses.read(box.desk.cursors[-1].value)
    assert last.tidied < last.next_uid  # as if it had been killed before
    box.follow(lambda: box.keywords() == 1, after=After.KEYWORD, after_name=KEYWORD)
    assert len(box.desk.stored) == 1


def test_what_cannot_be_tidied_away_is_taken_all_the_same(box: Box) -> None:
    box.look_first()
    box.deliver(letter("one"))
    box.follow(lambda: len(box.desk.stored) == 1, after=After.MOVE, after_name="a/*/%/..")
    box.deliver(letter("two"))
    box.follow(lambda: len(box.desk.stored) == 2, after=After.MOVE, after_name="a/*/%/..")


def test_what_could_not_be_stored_is_not_marked_and_comes_again(box: Box) -> None:
    box.look_first()
    box.deliver(letter("one"))
    box.desk.failures = 1
    marking: dict[str, Any] = {"after": After.KEYWORD, "after_name": KEYWORD}
    with pytest.raises(OSError, match="disk full"):
        box.follow(lambda: False, **marking)
    assert box.desk.stored == []
    assert box.flags() == [set()]
    box.follow(lambda: box.keywords() == 1, **marking)
    assert box.desk.subjects() == ["one"]


def test_mail_that_comes_while_idling_is_taken_at_the_servers_word(box: Box) -> None:
    box.look_first()
    folder = box.folder(poll=1000.0)
    delivered = 0

    def one_after_another() -> bool:
        nonlocal delivered
        if folder.is_ready() and len(box.desk.stored) == delivered < 6:
            box.deliver(letter(f"{delivered}"))  # at once: between the last search and IDLE
            delivered += 1
        return len(box.desk.stored) == 6

    follow(box.desk, folder, until=one_after_another)


def test_memory_is_bounded_by_bytes_and_by_number(box: Box) -> None:
    box.server.deliver_all(box.user, [letter(f"{n}") for n in range(450)], LONG_AGO)
    box.follow(lambda: len(box.desk.stored) == 450)
    assert max(len(batch) for batch in box.desk.asked_for) == 200
    few = Desk()
    box.follow(lambda: len(few.stored) == 450, few, batch_bytes=1000)
    sizes = [sum(len(a.content) for a in batch) for batch in few.asked_for]
    assert 500 < max(sizes) <= 1000


def test_of_too_large_a_message_a_person_gets_the_headers_and_a_word(box: Box) -> None:
    large = letter("large", "Content-Type: multipart/mixed;\r\n boundary=x", "X-Kept: yes")
    box.deliver(large + b"x" * 5000, LONG_AGO)
    box.deliver(letter("small"), LONG_AGO)
    box.follow(lambda: len(box.desk.stored) == 2, largest=2000)
    content = box.desk.stored[0].content
    assert b"X-Kept: yes" in content
    assert b"multipart" not in content
    assert b"Subject: large\r\n" in content
    assert b"has 5" in content
    assert b"in folder INBOX of mailbox box (UID 1)" in content


ENVELOPES = [
    ((), "ana@customer.example", ("support@desk.example",)),
    (("Return-Path: <bounce-7@lists.example>",), "bounce-7@lists.example", None),
    (("Return-Path: <>",), "", None),
    (("Return-Path: <a@x.example>", "Return-Path: <>"), "a@x.example", None),
    (("To: Help <Help@desk.example>, b@x.example",), None, ("Help@desk.example",)),
    (
        ("Delivered-To: support@desk.example", "Cc: support+answer-1-abc@desk.example"),
        None,
        ("support@desk.example", "support+answer-1-abc@desk.example"),
    ),
    (("X-Original-To: support+ack-1-abc@desk.example",), None, ("support+ack-1-abc@desk.example",)),
    (("To: somebody@else.example",), None, ("support@desk.example",)),
]


@pytest.mark.parametrize(("headers", "sender", "recipients"), ENVELOPES)
def test_the_envelope_is_read_from_what_servers_wrote_on_top(
    box: Box, headers: tuple[str, ...], sender: str | None, recipients: tuple[str, ...] | None
) -> None:
    at = datetime(2025, 7, 1, 12, 30, 15, tzinfo=UTC)
    box.deliver(letter("x", *headers), at)
    box.follow(lambda: len(box.desk.stored) == 1)
    envelope = box.desk.stored[0].envelope
    assert sender is None or envelope.sender == sender
    assert recipients is None or envelope.recipients == recipients
    assert envelope.received_at == at
    assert (envelope.account, envelope.received_at.tzinfo) == ("support", UTC)


def test_a_wrong_password_is_raised_without_showing_it(box: Box) -> None:
    login = Login("127.0.0.1", box.server.port, Security.NONE, box.user, "hunter2-wrong")
    with pytest.raises(LoginError) as caught:
        box.follow(lambda: False, login=login)
    assert "hunter2" not in f"{caught.value} {login!r}"


def test_a_folder_that_is_not_there_is_raised(box: Box) -> None:
    with pytest.raises(Exception, match=r"doesn't exist"):
        box.follow(lambda: False, folder="Nowhere")


def test_two_dead_mailboxes_do_not_delay_a_third(box: Box) -> None:
    box.look_first()
    with socket.socket() as silent, socket.socket() as closed:
        silent.bind(("127.0.0.1", 0))
        silent.listen()  # takes the connection and never says a word
        closed.bind(("127.0.0.1", 0))  # refuses
        dead = [
            box.folder(login=Login("127.0.0.1", s.getsockname()[1], Security.NONE, "u", "p"))
            for s in (silent, closed)
        ]
        third = box.folder()

        async def story() -> None:
            running = [
                asyncio.create_task(f.run(box.desk.receive, box.desk)) for f in (*dead, third)
            ]
            box.deliver(letter("one"))
            async with asyncio.timeout(20):
                while not box.desk.stored:
                    await asyncio.sleep(0.01)
            assert [f.is_ready() for f in (*dead, third)] == [False, False, True]
            silent.close()
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

        asyncio.run(story())


def test_several_folders_of_a_mailbox_are_followed_side_by_side(box: Box) -> None:
    box.server.maildir(box.user, "Sales")
    folders = [box.folder(), box.folder(folder="Sales")]
    assert [f.name for f in folders] == ["imap:box/INBOX", "imap:box/Sales"]
    box.server.deliver(box.user, letter("in sales"), LONG_AGO, "Sales")
    box.deliver(letter("in the inbox"), LONG_AGO)
    follow(box.desk, *folders, until=lambda: len(box.desk.stored) == 2)
    assert sorted(box.desk.subjects(history=True)) == ["in sales", "in the inbox"]


@pytest.mark.parametrize("name", ["Pošta & narudžbe", 'Say "hello"', "Два %*"])
def test_folders_are_known_by_any_name(box: Box, name: str) -> None:
    done = f"{name} done"
    with box.client() as client:
        client.create_folder(name)
        client.append(name, letter("one"))

    def is_moved() -> bool:
        with box.client() as client:
            if not client.folder_exists(done):
                return False
            return bool(client.folder_status(done, ["MESSAGES"])[b"MESSAGES"])

    moving: dict[str, Any] = {"after": After.MOVE, "after_name": done}
    box.follow(is_moved, folder=name, start_at=LONG_AGO, **moving)
    assert box.desk.subjects() == ["one"]


def test_a_server_that_comes_back_is_looked_into_again(dovecot: Dovecot, box: Box) -> None:
    box.look_first()
    dovecot.stop()
    with pytest.raises(OSError, match="refused"):
        box.follow(lambda: False)
    dovecot.start()
    box.deliver(letter("one"))
    box.follow(lambda: len(box.desk.stored) == 1)
