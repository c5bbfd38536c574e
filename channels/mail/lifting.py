"""Large bodies out of a message before it is parsed.

The standard library's parser takes nine times the size of what it parses, line by line; of a file
it has to know no more than that it is there.
"""

import re
from dataclasses import dataclass, field

_LARGE = 65_536
"""Bytes from which on a body is lifted."""
_MOST_PARTS = 2_000
_BLANK = re.compile(rb"\n\r?\n")
_LONGEST_HEADERS = 32_768
_MOST_TRIES = 20


@dataclass(frozen=True)
class Lifted:
    """A message without its large bodies; a line stands for each."""

    rest: bytes
    bodies: list[memoryview] = field(default_factory=list)
    mark: bytes = b""

    def restore(self, data: bytes) -> bytes:
        """The bytes as they were, wherever in the message they stood."""
        if not self.mark or self.mark not in data:
            return data
        first, *others = data.split(self.mark)
        pieces: list[bytes | memoryview] = [first]
        for piece in others:
            number, _, following = piece.partition(b";")
            pieces += (self.bodies[int(number)], following)
        return b"".join(pieces)


def lift(content: bytes) -> Lifted:
    """Take out what stands between a blank line and the next that may be a boundary.

    Where that is no body, nothing is lost: what is taken out comes back as it was.
    """
    if len(content) < _LARGE or not (mark := _unused_mark(content)):
        return Lifted(content)
    view = memoryview(content)
    pieces: list[bytes | memoryview] = []
    bodies: list[memoryview] = []
    done = at = 0
    for _ in range(_MOST_PARTS):
        end = content.find(b"\n--", at)
        end = end if end >= 0 else len(content)
        if end - at >= _LARGE and (blank := _BLANK.search(content, at, at + _LONGEST_HEADERS)):
            pieces += (view[done : blank.end()], b"%s%d;" % (mark, len(bodies)))
            bodies.append(view[blank.end() : end])
            done = end
        if end == len(content):
            break
        at = end + 3
    return Lifted(b"".join((*pieces, view[done:])), bodies, mark) if bodies else Lifted(content)


def _unused_mark(content: bytes) -> bytes:
    """What stands nowhere in the message: else its writer could bring any body back anywhere."""
    marks = (b"lifted-%d:" % number for number in range(_MOST_TRIES))
    return next((mark for mark in marks if mark not in content), b"")
