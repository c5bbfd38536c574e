"""Where the signature of a letter begins."""

import re

from channels.mail.phrases import one_of

_LONGEST = 60
"""Lines, blank ones too."""
_LONGEST_LINE = 500
_MOST_CARD_LINES = 12
_RULE = re.compile(r"^\s*(?:-{2,4}|_{2,}|={2,4}|\+{2,4}|—+|––|- -)\s*$")
_ORNAMENT = re.compile(r"^[\s\-–—_=*+~#.|]{2,}$")
_DASHED_NAME = re.compile(r"^\s?[-–—]{1,2} ?[^\W\d_][\w.'-]*(?: [^\W\d_][\w.'-]*){0,2}\s*$")
_LIST_ITEM = re.compile(r"^\s*(?:[-–—*•+]|\d+[.)])\s")
_DEVICE = re.compile(
    rf"^\W{{0,3}}{one_of('signatures', 'devices')}"
    r"[^,.!?<]{0,70}(?:<[^<>]*>|\[[^\]]*\])?[.!]?\s*$",
    re.IGNORECASE,
)
_FAREWELL = re.compile(
    rf"^\W*{one_of('signatures', 'farewells')}[\s,.!;]*[-–—]*\s*$", re.IGNORECASE
)
_DISCLAIMER = re.compile(rf"^\W*{one_of('signatures', 'disclaimers')}", re.IGNORECASE)


def without_signature(lines: list[str]) -> list[str]:
    """The lines above it; a greeting may stand above the dashes, and a phone's line below."""
    for _ in range(4):
        end = len(lines)
        while end and (not lines[end - 1].strip() or _ORNAMENT.match(lines[end - 1][:80])):
            end -= 1
        lines = lines[:end]
        start = _start(lines)
        if start is None:
            break
        lines = lines[:start]
    return lines


def _start(lines: list[str]) -> int | None:
    for at in range(max(0, len(lines) - _LONGEST), len(lines)):
        line = lines[at][:_LONGEST_LINE]
        rest = [following for following in lines[at + 1 :] if following.strip()]
        if _DEVICE.match(line) and len(rest) <= _MOST_CARD_LINES:
            return at
        if _DISCLAIMER.match(line) and len(rest) <= _MOST_CARD_LINES and _says_something(lines, at):
            return at
        if at and (
            (_RULE.match(line) and len(rest) <= _MOST_CARD_LINES)
            or (not rest and _is_a_dashed_name(lines, at))
            or (_FAREWELL.match(line) and _is_name_card(rest) and _says_something(lines, at))
        ):
            return at
    return None


def _is_a_dashed_name(lines: list[str], at: int) -> bool:
    """At the very end; in a list of such lines it is one more item."""
    if not _DASHED_NAME.match(lines[at][:_LONGEST_LINE]):
        return False
    above = next((line for line in reversed(lines[:at]) if line.strip()), "")
    return bool(above) and not _LIST_ITEM.match(above) and not above.rstrip().endswith(":")


def _says_something(lines: list[str], before: int) -> bool:
    return any(line.strip() for line in lines[:before])


def _is_name_card(rest: list[str]) -> bool:
    """A few short lines, and no question among them."""
    return 0 < len(rest) <= 8 and all(len(line) <= 80 and "?" not in line for line in rest)
