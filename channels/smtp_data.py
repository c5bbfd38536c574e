"""The message after DATA, read in large pieces: line by line it costs a core, and memory."""

import asyncio

END = b"\r\n.\r\n"
"""Nothing else ends a message (RFC 5321, 4.1.1.4): a bare LF or CR is part of it."""


async def read_data(reader: asyncio.StreamReader, most: int) -> bytes | None:
    """The message without its transparency dots; None if it has more bytes than `most`.

    It is read to its end in any case, so that the next command is found. Memory is bounded by
    `most` and twice the reader's limit. Raises IncompleteReadError if the peer hangs up.
    """
    data = bytearray(b"\r\n")  # of the command's own line: a message may begin with its end
    while _may_become_end(data):
        data += await reader.readexactly(1)
    too_much = False
    while not data.endswith(END):
        data += await _piece(reader)
        if len(data) > most + len(END):
            too_much = True
            del data[: -len(END)]
        await asyncio.sleep(0)  # what has arrived already is read without ever waiting
    if too_much:
        return None
    return bytes(data[: -len(END) + 2].replace(b"\r\n.", b"\r\n")[2:])


async def _piece(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(END)
    except asyncio.LimitOverrunError as more:
        return await reader.readexactly(more.consumed)


def _may_become_end(data: bytearray) -> bool:
    """Whether the end may have begun, so that a search in what follows would miss it."""
    return any(data.endswith(END[:length]) for length in range(1, len(END)))
