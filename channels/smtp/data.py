"""The message after DATA, read as it comes: line by line it costs a core, and memory.

Only CRLF.CRLF ends a message (RFC 5321, 4.1.1.4). Other line ends are kept as they came, since
what reads mail afterwards knows them. A lone dot between line ends of which one is not CRLF
is somebody's attempt to end the message for one server and not for another: it is refused.
"""

import asyncio
import re
from collections.abc import Callable
from enum import StrEnum

from channels.smtp.reader import HangUp, Reader

END = b"\r\n.\r\n"
_LONE_DOT = re.compile(rb"[\r\n]\0?\.\0?[\r\n]")
"""Never in a message whose dots are doubled at each line's begin, where lines end in CRLF."""
_DOT_FIRST = (b"\n.", b"\r.", b"\n\0.", b"\r\0.")
"""Most messages have none of these, and looking for them costs a tenth of the pattern."""
_LONGEST_DOT = 5
_LONGEST_END = 1024 * 1024
"""Bytes beyond twice the most: who sends more of what is refused is hung up on."""


class Refusal(StrEnum):
    """Why what was sent is not taken."""

    TOO_LARGE = "552 5.3.4 The message is too large"
    NO_ROOM = "452 4.3.1 Too much at once, please try again later"
    LONE_DOT = "554 5.6.0 A lone dot between line ends that are not CRLF"


async def read_data(
    reader: Reader, most: int, reserve: Callable[[int], bool], patience: float
) -> bytes | Refusal:
    """The message without its transparency dots, or why it is refused; read to its end either way.

    `reserve` is asked for each piece of so many bytes whether there is room. Raises TimeoutError
    if nothing comes for `patience` seconds, EOFError if the peer hangs up, and HangUp.
    """
    data = bytearray(b"\r\n")  # of the command's own line: a message may begin with its end
    refusal: Refusal | None = None
    total = 0
    while True:
        async with asyncio.timeout(patience):
            piece = await reader.read_some()
        total += len(piece)
        begin = max(0, len(data) - len(END) + 1)
        data += piece
        end = data.find(END, begin)
        if end >= 0:
            reader.give_back(bytes(data[end + len(END) :]))
        refusal = refusal or _refusal(data, begin, end, most, reserve, len(piece))
        if end >= 0:
            del data[end + 2 :]
            return refusal or _without_dots(data)
        if refusal:
            del data[: -len(END)]
        if total > 2 * most + _LONGEST_END:
            raise HangUp(Refusal.TOO_LARGE)
        await asyncio.sleep(0)  # what has arrived already is read without ever waiting


def _refusal(
    data: bytearray, begin: int, end: int, most: int, reserve: Callable[[int], bool], more: int
) -> Refusal | None:
    known = end + 2 if end >= 0 else len(data) - len(END) + 1  # what follows may be the end
    if known > most + 2:
        return Refusal.TOO_LARGE
    if _has_lone_dot(data, max(0, begin - _LONGEST_DOT), max(0, known)):
        return Refusal.LONE_DOT
    return None if reserve(more) else Refusal.NO_ROOM


def _has_lone_dot(data: bytearray, begin: int, end: int) -> bool:
    if all(data.find(first, begin, end) < 0 for first in _DOT_FIRST):
        return False
    return _LONE_DOT.search(data, begin, end) is not None


def _without_dots(data: bytearray) -> bytes:
    data = data.replace(b"\r\n.", b"\r\n")
    return bytes(memoryview(data)[2:])
