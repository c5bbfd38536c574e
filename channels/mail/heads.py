"""Header blocks that programs on the way have broken, made whole before they are parsed."""

import re
from itertools import pairwise

_HEADER = re.compile(rb"[!-9;-~]{1,100}:|From ")
_FOLDED = re.compile(rb"[ \t]")
_KNOWN = re.compile(
    rb"^(?:from|to|subject|date|message-id|mime-version|content-type|received)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_MOST_JUNK_LINES = 5
_LONGEST = 65_536


def mended(content: bytes) -> bytes:
    """The message as it may have been: its headers begin it, and what was torn off is folded."""
    content = _from_first_header(content.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n"))
    blank = re.search(rb"\r?\n\r?\n", content[:_LONGEST])
    end = blank.start() if blank else 0
    head = content[:end]
    folded = _folded(head)
    return content if folded is head else folded + content[end:]


def _from_first_header(content: bytes) -> bytes:
    lines = content[:4_096].splitlines(keepends=True)[: _MOST_JUNK_LINES + 2]
    for at, (line, following) in enumerate(pairwise(lines)):
        if not line.strip():
            break
        if _HEADER.match(line) and (not at or _HEADER.match(following) or _FOLDED.match(following)):
            return content[sum(map(len, lines[:at])) :]
    return content


def _folded(head: bytes) -> bytes:
    """Lines that are no header belong to the one above, if known headers still follow."""
    lines = head.splitlines(keepends=True)
    torn = [n for n, line in enumerate(lines) if not (_HEADER.match(line) or _FOLDED.match(line))]
    last = max((n for n, line in enumerate(lines) if _KNOWN.match(line)), default=0)
    torn = [n for n in torn if 0 < n < last]
    if not torn:
        return head
    for n in torn:
        lines[n] = b" " + lines[n]
    return b"".join(lines)
