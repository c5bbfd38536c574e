"""The parts of a message: which of them is the letter, and what comes with it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.message import Message as Parsed

from channels.mail import calendar, tnef
from channels.mail.charsets import decode, decode_header
from channels.mail.flowed import unflow
from channels.mail.html import to_text
from channels.mail.lifting import Lifted
from channels.mail.parts import content_of, name_of, parameter, raw_header, raw_headers

LONGEST_TEXT = 1024 * 1024
"""Characters of one text part; the rest is in the kept original."""

_SEALED = {
    "application/pkcs7-mime": "S/MIME",
    "application/x-pkcs7-mime": "S/MIME",
    "application/pgp-encrypted": "PGP",
}
_PICTURE_OF = re.compile(r"cid:([^\"'<>\s)]{1,200})", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """A leaf of the message."""

    content_type: str
    name: str
    text: str
    """Decoded, for text and for what is about messages; else empty."""
    content: bytes
    is_attachment: bool
    fields: tuple[Mapping[str, str], ...] = ()
    """Of a report (`message/delivery-status` and its like): a block of headers each."""
    content_id: str = ""
    is_inline: bool = False
    """A picture that stands within the letter."""


@dataclass
class Body:
    """What was found on the way through the parts."""

    parts: list[Part] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    lifted: Lifted = field(default_factory=lambda: Lifted(b""))


def read_body(parsed: Parsed, body: Body) -> None:
    """Fill the body with every leaf of the message."""
    _read_part(parsed, body)
    if not any(text.strip() for text in body.texts):
        body.texts += (calendar.in_words(p.text) for p in body.parts if _is_calendar(p))
    shown = {
        name.lower()
        for part in body.parts
        if part.content_type == "text/html"
        for name in _PICTURE_OF.findall(part.text)
    }
    body.parts = [
        replace(part, is_inline=True) if part.content_id.lower() in shown else part
        for part in body.parts
    ]


def _is_calendar(part: Part) -> bool:
    return part.content_type == "text/calendar"


def _read_part(part: Parsed, body: Body) -> None:
    content_type = part.get_content_type().split()[0]  # a semicolon may be missing
    children = _children(part)
    if content_type == "multipart/alternative" and children:
        _read_alternatives(children, body)
    elif content_type.startswith("multipart/") and children:
        for child in children:
            _read_part(child, body)
    else:
        _read_leaf(part, content_type, body)


def _children(part: Parsed) -> list[Parsed]:
    payload = part.get_payload()
    return [p for p in payload if isinstance(p, Parsed)] if isinstance(payload, list) else []


def _read_alternatives(children: list[Parsed], body: Body) -> None:
    """One text of them: the first that says anything, plain before HTML."""
    inner = []
    for child in children:
        found = Body(problems=body.problems, lifted=body.lifted)
        _read_part(child, found)
        body.parts += found.parts
        inner.append((any(p.content_type == "text/html" for p in found.parts), found.texts))
    speaking = [i for i in inner if any(text.strip() for text in i[1])]
    if speaking:
        body.texts += min(speaking, key=lambda i: i[0])[1]


def _read_leaf(part: Parsed, content_type: str, body: Body) -> None:
    disposition = raw_header(part, "content-disposition").strip().lower()
    name = name_of(part)
    if content_type.startswith("multipart/"):
        body.problems.append("a multipart without its parts")
        content_type = "text/plain"
    content = content_of(part, body.problems, body.lifted.restore)
    if "ms-tnef" in content_type and _unpacked(content, body):
        return
    if content_type in _SEALED:
        body.problems.append(f"a part signed or encrypted with {_SEALED[content_type]}: not opened")
    is_letter = content_type in ("text/plain", "text/html") and not (
        name or disposition.startswith("attachment")
    )
    text = _text(part, content_type, content, body)
    if is_letter:
        body.texts.append(to_text(text) if content_type == "text/html" else text)
    body.parts.append(
        Part(
            content_type,
            name,
            text,
            content,
            is_attachment=not is_letter,
            fields=tuple(_report_fields(part)) if content_type.startswith("message/") else (),
            content_id=raw_header(part, "content-id").strip(" <>"),
            is_inline=disposition.startswith("inline") and content_type.startswith("image/"),
        )
    )


def _text(part: Parsed, content_type: str, content: bytes, body: Body) -> str:
    if content_type.startswith("message/"):
        return decode(content[:LONGEST_TEXT])
    if not content_type.startswith("text/"):
        return ""
    text = decode(content[: 4 * LONGEST_TEXT], parameter(part, "charset"))
    if len(text) > LONGEST_TEXT:
        body.problems.append(f"text cut at {LONGEST_TEXT} characters")
        text = text[:LONGEST_TEXT]
    if parameter(part, "format").lower() == "flowed":
        return unflow(text, delete_space=parameter(part, "delsp").lower() == "yes")
    return text


def _unpacked(content: bytes, body: Body) -> bool:
    """Whether Outlook's parcel could be opened."""
    parcel = tnef.unpack(content)
    if parcel is None:
        body.problems.append("a winmail.dat that cannot be opened")
        return False
    for file in parcel.files:
        kind = file.content_type or "application/octet-stream"
        body.parts.append(Part(kind, file.name, "", file.content, is_attachment=True))
    if not any(text.strip() for text in body.texts):
        body.texts.append(to_text(decode(parcel.html)) if parcel.html else parcel.text)
    return True


def _report_fields(part: Parsed) -> Iterator[Mapping[str, str]]:
    for block in _children(part):
        yield {name.lower(): decode_header(value) for name, value in raw_headers(block)}
