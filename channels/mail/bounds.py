"""Mail that would stall or drown its reader, told from its bytes alone."""

import re

_MOST_LINES = 400_000
"""As many as 25 MiB of base64 have."""
_MOST_STEPS = 800_000
"""Lines times boundaries: what the parser looks at."""
_MOST_PARTS = 1_000
_MOST_NESTING = 100
_LONGEST_TYPE = 16_384
_LONGEST_HEADERS = 1024 * 1024

_BOUNDARY = re.compile(rb'boundary\s*=\s*"?([^";\r\n]{1,200})', re.IGNORECASE)
_NESTED = re.compile(rb"^content-type:\s*message/", re.IGNORECASE | re.MULTILINE)
_TYPES = re.compile(
    rb"^content-[dt][^\n:]{0,40}:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE
)


def excess(content: bytes) -> str:
    """Of what there is too much to take it apart; empty if all is well.

    The parser's time grows with depth times lines.
    """
    if content.count(b"\n") > _MOST_LINES or content.count(b"\r") > _MOST_LINES:
        return "lines"
    head = re.search(rb"\r?\n\r?\n", content)
    if (head.start() if head else len(content)) > _LONGEST_HEADERS:
        return "headers"
    boundaries = _BOUNDARY.findall(content)
    if len(boundaries) > 4 and len(boundaries) * content.count(b"\n") > _MOST_STEPS:
        return "nesting"
    if len(boundaries) > _MOST_NESTING or len(_NESTED.findall(content)) > _MOST_NESTING:
        return "nesting"
    if sum(content.count(b"\n--" + boundary) for boundary in set(boundaries)) > _MOST_PARTS:
        return "parts"
    if any(match.end() - match.start() > _LONGEST_TYPE for match in _TYPES.finditer(content)):
        return "headers"
    return ""
