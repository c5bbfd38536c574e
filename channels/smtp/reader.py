"""What arrives, before aiosmtpd sees it: strict and bounded, one command at a time."""

import asyncio

LONGEST_COMMAND = 2048
"""Bytes: addresses of 64 and 255 characters in UTF-8, and parameters."""
_MOST_UNREAD = 32 * 1024
"""Bytes: past twice as many the peer is read no further."""
_STEP = 1024
"""Bytes of a message that count as progress."""
_LAST_OF_ITS_PACKET = {b"HELO", b"EHLO", b"LHLO", b"DATA", b"STARTTLS", b"AUTH"}
"""After these a client waits for the answer (RFC 2920, 3.1); else it speaks through another."""
_OF_THE_WEB = {b"GET", b"POST", b"PUT", b"HEAD", b"OPTIONS", b"CONNECT"}
_TOO_LONG = f"500 5.5.6 Longer than {LONGEST_COMMAND} bytes"


class HangUp(Exception):
    """The session ends here; the text is our last word."""


class Reader(asyncio.StreamReader):
    """Commands that every server reads alike, and messages in pieces."""

    def __init__(self, most_useless: int, loop: asyncio.AbstractEventLoop) -> None:
        """Hang up after so many commands that brought no message."""
        super().__init__(limit=_MOST_UNREAD, loop=loop)
        self._clock = loop.time
        self._most_useless = most_useless
        self._come = 0
        self.useless = 0
        """Commands since the last message."""
        self.progressed_at = loop.time()

    async def readuntil(self, separator: object = b"\n") -> bytes:
        """The next command with its end, whatever else is asked for; raises HangUp."""
        await asyncio.sleep(0)  # who sends a flood takes turns with the others
        try:
            line = await super().readuntil(b"\n")
        except asyncio.LimitOverrunError:
            raise HangUp(_TOO_LONG) from None
        self.progressed_at = self._clock()
        self.useless += 1
        if objection := self._objection(line):
            raise HangUp(objection)
        return line

    def _objection(self, line: bytes) -> str:
        verb = line.split(maxsplit=1)[0].upper() if line.strip() else b""
        if len(line) > LONGEST_COMMAND:
            return _TOO_LONG
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            return "500 5.5.2 A line ends in <CR><LF>, goodbye"
        if self.useless > self._most_useless:
            return "421 4.7.0 Too many commands, goodbye"
        if verb in _OF_THE_WEB:
            return "554 5.5.1 This is no web server"
        if verb in _LAST_OF_ITS_PACKET and self._buffer:  # type: ignore[attr-defined]
            return "554 5.5.0 Wait for the answer first"
        return ""

    async def read_some(self) -> bytes:
        """A piece of a message; raises EOFError if the peer says no more."""
        piece = await self.read(2 * _MOST_UNREAD)
        if not piece:
            raise EOFError
        self._come += len(piece)
        if self._come >= _STEP:
            self._come = 0
            self.progressed_at = self._clock()
        return piece

    def give_back(self, data: bytes) -> None:
        """Read too far: it comes first at the next reading."""
        self._buffer[:0] = data  # type: ignore[attr-defined]
