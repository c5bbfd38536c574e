"""Customers' text made harmless: no control characters, no line where none belongs."""

import unicodedata

from rules import subjects

_HIDDEN = {"Cc", "Cf", "Cs"}
_JOINER = "\N{ZERO WIDTH JOINER}"
"""Hidden, but emoji are made of it."""


def plain(text: str) -> str:
    """Lines without control and direction characters; every kind of line end is one newline."""
    lines = (
        line if line.isprintable() else "".join(map(_shown, line)) for line in text.splitlines()
    )
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def one_line(text: str, longest: int) -> str:
    """On a single line, spaces collapsed, cut with an ellipsis after `longest` characters."""
    if text.isprintable() and "  " not in text and text == text.strip():
        return shortened(text, longest)  # as nearly all are
    return shortened(" ".join(plain(text[: 10 * longest]).split()), longest)


def shortened(text: str, longest: int) -> str:
    """As it is, or cut with an ellipsis to `longest` characters."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def bare_subject(subject: str, longest: int) -> str:
    """A subject on one line without reply prefixes and request numbers."""
    return one_line(subjects.bare(one_line(subject, 3 * longest)), longest)


def quoted(text: str, longest: int) -> str:
    """The first `longest` characters, each line behind `| `, saying what was cut."""
    cleaned = plain(text)
    lines = [f"| {line}".rstrip() for line in cleaned[:longest].splitlines()]
    if len(cleaned) > longest:
        lines.append(f"[{len(cleaned) - longest} more characters]")
    return "\n".join(lines) or "| (no text)"


def _shown(character: str) -> str:
    if character == "\t":
        return " "
    hidden = unicodedata.category(character) in _HIDDEN and character != _JOINER
    return "" if hidden else character
