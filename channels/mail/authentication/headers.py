"""A message's header block, as everybody must read it who vouches for it."""

import re

_LONGEST = 128 * 1024
_MOST = 1_000
_FIELD = re.compile(rb"([!-9;-~]+):(.*)", re.DOTALL)

Field = tuple[str, str]
"""Name in lower case, and the value in one line."""


def read_fields(content: bytes) -> list[Field] | None:
    """The fields from the top down; None if readers may differ about them, or it is too large.

    A bare CR, or a line that is no field, ends the headers for one reader and not for another: what
    one has proven of a message, another would show with another author.
    """
    blank = re.search(rb"\r?\n\r?\n", content[: _LONGEST + 4])
    if blank is None:
        return None
    fields: list[tuple[bytes, list[bytes]]] = []
    for line in re.split(rb"\r?\n", content[: blank.start()]):
        if b"\r" in line or b"\0" in line:
            return None
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1][1].append(line)
        elif found := _FIELD.fullmatch(line):
            fields.append((found[1].lower(), [found[2]]))
        else:
            return None
    if len(fields) > _MOST:
        return None
    return [(name.decode(), b"".join(v).decode("utf-8", "replace").strip()) for name, v in fields]
