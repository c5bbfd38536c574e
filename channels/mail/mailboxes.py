"""Addresses out of From, To and the like, however badly they are written (RFC 5322, 3.4)."""

import re
from dataclasses import dataclass

from channels.mail.charsets import ENCODED_WORD, decode, decode_header

_LONGEST = 32_768
"""Characters of a header that are looked at."""
_LONGEST_ITEM = 1_000
_ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:\"@]+@[^\s<>()\\,;:\"@]+")


@dataclass(frozen=True)
class Mailbox:
    """Somebody's name and address, as written; each may be empty."""

    name: str
    address: str


def read_mailboxes(raw: str, charset: str = "") -> tuple[Mailbox, ...]:
    """Every mailbox of a header's raw value; never fails, leaves out what names nobody.

    `charset` is that of names written against the book, in bytes beyond ASCII.
    """
    line = raw[:_LONGEST].replace("\r", "").replace("\n", "")
    if charset and not line.isascii():
        line = decode(line.encode("utf-8", "surrogateescape"), charset)
    found = (_read_one(item) for item in _split(line))
    return tuple(mailbox for mailbox in found if mailbox.address or mailbox.name)


def _split(raw: str) -> list[str]:
    """At the commas and semicolons that are outside of quotes, comments and brackets."""
    items, start, quoted, comments, bracket = [], 0, False, 0, False
    position = 0
    while position < len(raw):
        char = raw[position]
        if char == "=" and (word := ENCODED_WORD.match(raw, position)):
            position = word.end() - 1  # some mailers leave commas in them
        elif char == "\\":
            position += 1
        elif char == '"':
            quoted = not quoted
        elif quoted:
            pass
        elif char in "()":
            comments = max(0, comments + (1 if char == "(" else -1))
        elif char in "<>":
            bracket = char == "<"
        elif char in ",;" and not comments and not bracket:
            items.append(raw[start:position])
            start = position + 1
        position += 1
    items.append(raw[start:])
    if (quoted or comments or bracket) and len(items) == 1 and raw.count("@") > 1:
        return re.split("[,;]", raw)  # never closed: quotes and brackets mean nothing
    return items


def _read_one(item: str) -> Mailbox:
    item = item.strip()[:_LONGEST_ITEM]
    if ":" in item and (group := re.match(r'^[^"<@:(]*:', item)):
        item = item[group.end() :].strip()  # "Group: a@b, c@d;"
    open_at, close_at = item.rfind("<"), item.rfind(">")
    if open_at >= 0:
        inner = item[open_at + 1 : close_at] if close_at > open_at else item[open_at + 1 :]
        name = _name(item[:open_at])
        address = _address(inner) or _address(inner.replace('"', "")) or _address(item[:open_at])
        return Mailbox("" if name == address else name, address)
    address = _address(item)
    comment = re.search(r"\(([^()]*)\)", item)
    if not address:
        return Mailbox(_name(item), "")
    return Mailbox(_name(comment[1]) if comment else _name(item.replace(address, "", 1)), address)


def _address(text: str) -> str:
    text = re.sub(r"\([^()]*\)", "", text).strip().strip("'<>,; ")
    if "=?" in text:
        text = decode_header(text)
    text = text.removeprefix("mailto:")
    if quoted := re.search(r'"((?:[^"\\]|\\.){1,64})"\s*@\s*([^\s<>()",;:@]+)', text):
        return f'"{quoted[1]}"@{quoted[2]}'
    if match := _ADDRESS.search(re.sub(r"\s*([@.])\s*", r"\1", text)):
        return decode_header(match[0]).strip(".'")
    return ""


def _name(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    name = decode_header(re.sub(r"\\(.)", r"\1", text).replace('"', ""))
    return re.sub(r"\s+", " ", name).strip(" '\"")
