"""Bytes to a Mail: everything readable of a message, whatever is wrong with it.

The standard library's parser with its old policy does the splitting: the new one refuses headers
that real mail has. It is kept from what makes it slow (`bounds.py`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message as Parsed
from email.parser import BytesHeaderParser, BytesParser
from email.policy import compat32
from itertools import islice

from channels.mail.body import LONGEST_TEXT, Body, Part, read_body
from channels.mail.bounds import excess
from channels.mail.charsets import clean, decode, decode_header
from channels.mail.heads import mended
from channels.mail.lifting import lift
from channels.mail.mailboxes import Mailbox, read_mailboxes
from channels.mail.parts import parameter, raw_headers
from rules.model import Attachment

_MOST_HEADERS = 2_000
_LONGEST_HEADER = 65_536
_IDENTIFIER = re.compile(r"<\s*([^<>\s][^<>]*?)\s*>")


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
        """Everything that is not the letter itself; pictures within it say so."""
        return tuple(
            Attachment(part.name, part.content_type, part.content, inline=part.is_inline)
            for part in self.parts
            if part.is_attachment
        )


def read(content: bytes) -> Mail:
    """Everything that can be read; never raises, and says in `problems` what could not be."""
    content = mended(content)
    lifted = lift(content)
    if too_many := excess(lifted.rest):
        body = Body(problems=[f"too many {too_many}: read as plain text, the rest in the original"])
        return _mail(_read_flat(content, body), body)
    body = Body(lifted=lifted)
    try:
        parsed = BytesParser(policy=compat32).parsebytes(lifted.rest)
        read_body(parsed, body)
    except Exception as error:  # whatever a hostile message finds in the parser
        body = Body(problems=[f"structure not readable ({type(error).__name__})"])
        parsed = _read_flat(content, body)
    return _mail(parsed, body)


def _read_flat(content: bytes, body: Body) -> Parsed:
    """The headers, and the rest as one text."""
    blank = re.search(rb"\r?\n\r?\n", content)
    end = blank.start() if blank else len(content)
    text = decode(content[blank.end() if blank else end :][: 4 * LONGEST_TEXT])[:LONGEST_TEXT]
    body.parts = [Part("text/plain", "", text, b"", is_attachment=False)]
    body.texts = [text]
    return BytesHeaderParser(policy=compat32).parsebytes(content[: min(end, 65_536)] + b"\n\n")


def _mail(parsed: Parsed, body: Body) -> Mail:
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
        body.problems.append("no headers")
    subject = re.sub(r"\s+", " ", headers.get("subject", ("",))[0])
    in_reply_to = identifiers(headers.get("in-reply-to", ("",))[0])
    texts = [text.strip("\n") for text in body.texts if text.strip()]
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
        parts=tuple(body.parts),
        problems=tuple(dict.fromkeys(body.problems)),
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
