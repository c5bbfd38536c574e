"""What every way in owes the daemon: a channel's test class inherits these stories."""

import asyncio
from collections.abc import Sequence

from channels.base import Cursor
from rules.model import Arrival


class Inbox:
    """Takes arrivals as the daemon does: a repeated external id changes nothing."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.stored: list[Arrival] = []
        self.cursors: list[Cursor] = []
        self.asked = asyncio.Event()
        self.gate: asyncio.Event | None = None

    async def receive(self, arrivals: Sequence[Arrival], cursor: Cursor | None = None) -> None:
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise OSError("disk full: /secret/path")
        known = {
            (a.envelope.channel, a.envelope.account, a.envelope.external_id) for a in self.stored
        }
        self.stored += [
            a
            for a in arrivals
            if (a.envelope.channel, a.envelope.account, a.envelope.external_id) not in known
        ]
        if cursor is not None:
            self.cursors.append(cursor)


def _unique_key(arrival: Arrival) -> tuple[str, str, str]:
    envelope = arrival.envelope
    return envelope.channel, envelope.account, envelope.external_id


class InboundContract:
    """Inherit, and say how contents are handed over to the channel."""

    def hand_over_all(self, inbox: Inbox, contents: Sequence[bytes]) -> list[bool]:
        """Hand each over in turn, as the channel's peer would: whether it was acknowledged."""
        raise NotImplementedError

    def letter(self, words: bytes) -> bytes:
        """Something a peer could hand over."""
        return b"From: ana@customer.example\r\nSubject: Help\r\n\r\n" + words + b"\r\n"

    def test_what_is_acknowledged_is_stored(self) -> None:
        inbox = Inbox()
        assert self.hand_over_all(inbox, [self.letter(b"one"), self.letter(b"two")]) == [True, True]
        assert len(inbox.stored) == 2

    def test_what_was_not_stored_is_not_acknowledged_and_may_come_again(self) -> None:
        inbox = Inbox(failures=1)
        letter = self.letter(b"one")
        assert self.hand_over_all(inbox, [letter, letter]) == [False, True]
        assert len(inbox.stored) == 1

    def test_what_is_handed_over_twice_is_stored_once(self) -> None:
        inbox = Inbox()
        letter = self.letter(b"one")
        assert self.hand_over_all(inbox, [letter, letter]) == [True, True]
        assert len(inbox.stored) == 1

    def test_hostile_content_does_not_stop_the_next(self) -> None:
        inbox = Inbox()
        hostile = [b"\x00\xff\xfe\r\n", b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n"]
        assert self.hand_over_all(inbox, [*hostile, self.letter(b"next")])[-1]
        assert inbox.stored[-1].content == self.letter(b"next")
