"""Bytes to a Mail: everything readable of a message, whatever is wrong with it.

The standard library's parser with its old policy does the splitting: the new one refuses headers
that real mail has. It is kept from what makes it slow (see `_is_hostile`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message as Parsed
from email.parser import BytesHeaderParser, BytesParser
from email.policy import compat32
from itertools import islice

from channels.mail.charsets import clean, decode, decode_header
from channels.mail.html import to_text
from channels.mail.mailboxes import Mailbox, read_mailboxes
from channels.mail.parts import content_of, name_of, parameter, raw_headers
from rules.model import Attachment

_MOST_LINES = 400_000
"""As many as 25 MiB of base64 have."""
_MOST_STEPS = 800_000
"""Lines times boundaries: what the parser looks at."""
_MOST_HEADERS = 2_000
_LONGEST_HEADER = 65_536
_MOST_PARTS = 1_000
_MOST_NESTING = 100
_LONGEST_TYPE = 16_384
_LONGEST_HEADERS = 1024 * 1024
_LONGEST_TEXT = 1024 * 1024
"""Characters of one text part; the rest is in the kept original."""

_BOUNDARY = re.compile(rb'boundary\s*=\s*"?([^";\r\n]{1,200})', re.IGNORECASE)
_NESTED = re.compile(rb"^content-type:\s*message/", re.IGNORECASE | re.MULTILINE)
_TYPES = re.compile(
    rb"^content-[dt][^\n:]{0,40}:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE
)
_IDENTIFIER = re.compile(r"<\s*([^<>\s][^<>]*?)\s*>")


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


@dataclass(frozen=True)
class Mail:
    """A message as its sender meant it."""

    headers: Mapping[str, tuple[str, ...]]
    """By name in lower case, each value readable and in one line."""
    content_type: str
    report_type: str
    sender: Mailbox
    """The first of From; both fields empty if there is none."""
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    reply_to: tuple[Mailbox, ...]
    subject: str
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    date: str
    """As written."""
    text: str
    """All that is readable, quotes too."""
    parts: tuple[Part, ...] = ()
    problems: tuple[str, ...] = ()

    def header(self, name: str) -> str:
        """The first value of a header, by name in lower case; empty if it is not there."""
        return self.headers.get(name, ("",))[0]

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """Everything that is not the letter itself."""
        return tuple(
            Attachment(part.name, part.content_type, part.content)
            for part in self.parts
            if part.is_attachment
        )


@dataclass
class _Reader:
    """What was found on the way through the parts."""

    parts: list[Part] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read(content: bytes) -> Mail:
    """Everything that can be read; never raises, and says in `problems` what could not be."""
    content = content.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    reader = _Reader()
    if _is_hostile(content):
        reader.problems.append("too many parts, lines or headers: read as plain text")
        parsed = _read_flat(content, reader)
    else:
        try:
            parsed = BytesParser(policy=compat32).parsebytes(content)
            _read_part(parsed, reader)
        except Exception as error:  # whatever a hostile message finds in the parser
            reader = _Reader(problems=[f"structure not readable ({type(error).__name__})"])
            parsed = _read_flat(content, reader)
    return _mail(parsed, reader)


def _is_hostile(content: bytes) -> bool:
    """Whether the parser would stall on it: its time grows with depth times lines."""
    if content.count(b"\n") > _MOST_LINES or content.count(b"\r") > _MOST_LINES:
        return True
    head = re.search(rb"\r?\n\r?\n", content)
    if (head.start() if head else len(content)) > _LONGEST_HEADERS:
        return True
    boundaries = _BOUNDARY.findall(content)
    if len(boundaries) > 4 and len(boundaries) * content.count(b"\n") > _MOST_STEPS:
        return True
    if len(boundaries) > _MOST_NESTING or len(_NESTED.findall(content)) > _MOST_NESTING:
        return True
    if sum(content.count(b"\n--" + boundary) for boundary in set(boundaries)) > _MOST_PARTS:
        return True
    return any(match.end() - match.start() > _LONGEST_TYPE for match in _TYPES.finditer(content))


def _read_flat(content: bytes, reader: _Reader) -> Parsed:
    """The headers, and the rest as one text."""
    blank = re.search(rb"\r?\n\r?\n", content)
    end = blank.start() if blank else len(content)
    text = decode(content[blank.end() if blank else end :][: 4 * _LONGEST_TEXT])[:_LONGEST_TEXT]
    reader.parts = [Part("text/plain", "", text, b"", is_attachment=False)]
    reader.texts = [text]
    return BytesHeaderParser(policy=compat32).parsebytes(content[: min(end, 65_536)] + b"\n\n")


def _read_part(part: Parsed, reader: _Reader) -> None:
    content_type = part.get_content_type().split()[0]  # a semicolon may be missing
    children = _children(part)
    if content_type == "multipart/alternative" and children:
        _read_alternatives(children, reader)
    elif content_type.startswith("multipart/") and children:
        for child in children:
            _read_part(child, reader)
    else:
        _read_leaf(part, content_type, reader)


def _children(part: Parsed) -> list[Parsed]:
    payload = part.get_payload()
    return [p for p in payload if isinstance(p, Parsed)] if isinstance(payload, list) else []


def _read_alternatives(children: list[Parsed], reader: _Reader) -> None:
    """One text of them: the first that says anything, plain before HTML."""
    inner = []
    for child in children:
        found = _Reader(problems=reader.problems)
        _read_part(child, found)
        reader.parts += found.parts
        inner.append((any(p.content_type == "text/html" for p in found.parts), found.texts))
    speaking = [i for i in inner if any(text.strip() for text in i[1])]
    if speaking:
        reader.texts += min(speaking, key=lambda i: i[0])[1]


def _read_leaf(part: Parsed, content_type: str, reader: _Reader) -> None:
    disposition = str(part.get("content-disposition", "")).strip().lower()
    name = name_of(part)
    if content_type.startswith("multipart/"):
        reader.problems.append("a multipart without its parts")
        content_type = "text/plain"
    content = content_of(part, reader.problems)
    is_letter = content_type in ("text/plain", "text/html") and not (
        name or disposition.startswith("attachment")
    )
    text = ""
    if content_type.startswith("text/"):
        text = decode(content[: 4 * _LONGEST_TEXT], parameter(part, "charset"))
        if len(text) > _LONGEST_TEXT:
            reader.problems.append(f"text cut at {_LONGEST_TEXT} characters")
            text = text[:_LONGEST_TEXT]
    elif content_type.startswith("message/"):
        text = decode(content[:_LONGEST_TEXT])
    if is_letter:
        reader.texts.append(to_text(text) if content_type == "text/html" else text)
    fields = tuple(_report_fields(part)) if content_type.startswith("message/") else ()
    reader.parts.append(Part(content_type, name, text, content, not is_letter, fields))


def _report_fields(part: Parsed) -> Iterator[Mapping[str, str]]:
    for block in _children(part):
        yield {name.lower(): decode_header(value) for name, value in raw_headers(block)}


def _mail(parsed: Parsed, reader: _Reader) -> Mail:
    raw: dict[str, list[str]] = {}
    for name, value in raw_headers(parsed)[:_MOST_HEADERS]:
        raw.setdefault(name.strip().lower(), []).append(value)
    charset = _first_charset(parsed)
    headers = {
        name: tuple(decode_header(value[:_LONGEST_HEADER], charset) for value in values)
        for name, values in raw.items()
    }

    def mailboxes(name: str) -> tuple[Mailbox, ...]:
        return read_mailboxes(",".join(raw.get(name, [])), charset)

    senders = mailboxes("from")
    if not headers:
        reader.problems.append("no headers")
    subject = re.sub(r"\s+", " ", headers.get("subject", ("",))[0])
    in_reply_to = identifiers(headers.get("in-reply-to", ("",))[0])
    texts = [text.strip("\n") for text in reader.texts if text.strip()]
    return Mail(
        headers=headers,
        content_type=parsed.get_content_type(),
        report_type=parameter(parsed, "report-type").lower(),
        sender=next((m for m in senders if m.address), (*senders, Mailbox("", ""))[0]),
        to=mailboxes("to"),
        cc=mailboxes("cc"),
        reply_to=mailboxes("reply-to"),
        subject=subject,
        message_id=(identifiers(headers.get("message-id", ("",))[0]) or ("",))[0],
        in_reply_to=(in_reply_to or ("",))[0],
        references=identifiers(" ".join(headers.get("references", ()))),
        date=headers.get("date", ("",))[0],
        text=clean("\n\n".join(texts)),
        parts=tuple(reader.parts),
        problems=tuple(dict.fromkeys(reader.problems)),
    )


def _first_charset(parsed: Parsed) -> str:
    for part in islice(parsed.walk(), 20):
        if charset := parameter(part, "charset"):
            return charset
    return ""


def identifiers(value: str) -> tuple[str, ...]:
    """Message ids of a header's value, without brackets; a bare one counts as well."""
    value = value[:_LONGEST_HEADER]
    found = _IDENTIFIER.findall(value)
    if not found and "@" in value and "<" not in value:
        found = [word for word in value.split() if "@" in word]
    return tuple(dict.fromkeys(re.sub(r"\s+", "", word) for word in found))
