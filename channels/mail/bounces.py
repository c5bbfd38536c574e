"""Delivery reports: which address failed or waits, why, and which message it was about.

By the book (RFC 3464) where a report is, else by what mail servers have written since 1980.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from channels.mail import delivery_status, failed_addresses, ses
from channels.mail.delivery_status import ADDRESS, SCANNED, STATUS, unique
from channels.mail.mime import Mail, identifiers
from channels.mail.phrases import one_of


def _any(*names: str) -> re.Pattern[str]:
    return re.compile(one_of("bounces", *names), re.IGNORECASE | re.MULTILINE)


_DAEMON, _POSTMASTER = _any("daemons"), _any("postmasters")
_SUBJECT, _OPENING, _FAILURE = _any("subjects"), _any("openings"), _any("failures")
_DELAY, _GIVEN_UP = _any("delays"), _any("given_up")
_RETURNED = re.compile(
    rf"^[-=*_ \t#|<>]*+{one_of('bounces', 'returned')}[^\n]{{0,80}}$", re.IGNORECASE | re.MULTILINE
)
_TOLD, _OPENS_WITHIN = 16_384, 4_096
"""Characters."""
_REFUSAL = re.compile(r"(?<![\d.])[45]\d\d[ -]|(?<![\d.])[45]\.\d\.\d")
_NO_REPLY = re.compile(r"(?:no|do[-_.]?not)[-_.]?reply", re.IGNORECASE)
_ANSWER = re.compile(r"^\s*(?:re|aw|odg|fwd?|wg|proslije\w+|sv|vs|tr|rv|r)\s*:", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"^message-id:\s*(<[^<>\n]+>)", re.IGNORECASE | re.MULTILINE)
_TO = re.compile(r"^to:(.*(?:\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)
_RETURNED_TYPES = ("message/rfc822", "text/rfc822-headers", "message/global-headers")


@dataclass(frozen=True)
class Report:
    """What a delivery report says; addresses as written."""

    failed: tuple[str, ...]
    delayed: tuple[str, ...]
    statuses: tuple[str, ...]
    """Enhanced status codes (RFC 3463)."""
    bounced_message_id: str


def read_report(mail: Mail, *, null_sender: bool) -> Report | None:
    """The delivery report a message is; None if it is none, or tells of success alone."""
    if (notification := ses.read(mail.text)) and notification.kind == "bounce":
        told_by = notification
        return Report(told_by.recipients, (), told_by.statuses, told_by.message_id)
    blocks = delivery_status.blocks(mail)
    if not blocks and _is_from_a_machine(mail, null_sender):
        blocks = delivery_status.blocks_in_text(mail)
    stated = delivery_status.read(blocks)
    if stated.failed or stated.delayed:
        return Report(stated.failed, stated.delayed, _statuses(stated, mail), _bounced(mail))
    if blocks and all(map(delivery_status.tells_of_success, blocks)):
        return None
    if mail.report_type == "delivery-status" or _looks_like_one(mail, null_sender):
        return _in_its_own_words(mail)
    return None


def _statuses(stated: delivery_status.Statement, mail: Mail) -> tuple[str, ...]:
    """The transcript may know what the report does not say."""
    if not all(status.endswith(".0.0") for status in stated.statuses):
        return stated.statuses
    told = (s for s in STATUS.findall(_told_text(mail)) if not s.endswith(".0.0"))
    return unique(told)[:1] or stated.statuses


def _in_its_own_words(mail: Mail) -> Report:
    told = _told_text(mail)
    failed, delayed = failed_addresses.by_library(mail)
    if not failed and not delayed:
        failed = failed_addresses.listed(mail) or failed_addresses.named(told, mail)
    if _DELAY.search(told) and not _GIVEN_UP.search(told):
        failed, delayed = (), delayed or failed
    elif not delayed:
        failed = failed or _returned_to(mail)
    return Report(failed, delayed, unique(STATUS.findall(told)), _bounced(mail))


def _looks_like_one(mail: Mail, null_sender: bool) -> bool:
    if mail.header("x-failed-recipients"):
        return True
    if _is_a_daemon(mail):
        return _fails(mail) or _says(mail) or _opens(mail) or _gives_back(mail)
    if _is_a_postmaster(mail) and not null_sender:  # may be a person
        words = (_opens(mail), _says(mail))
        told = all(words) if mail.in_reply_to else any(words)
        return told and (_fails(mail) or _gives_back(mail))
    if null_sender or not mail.sender.address:
        return (_opens(mail) and _fails(mail)) or (
            _says(mail) and (_fails(mail) or _gives_back(mail))
        )
    if not _says(mail):
        return False
    if mail.header("auto-submitted")[:4].lower() == "auto" or _NO_REPLY.match(mail.sender.address):
        return _fails(mail) and (_opens(mail) or _refuses(mail))
    if _is_from_a_person(mail):
        return False
    return _opens(mail) and _refuses(mail) and _gives_back(mail)


def _says(mail: Mail) -> bool:
    return bool(_SUBJECT.search(mail.subject))


def _opens(mail: Mail) -> bool:
    return bool(_OPENING.search(_told_text(mail)[:_OPENS_WITHIN]))


def _fails(mail: Mail) -> bool:
    return bool(_FAILURE.search(_told_text(mail)))


def _refuses(mail: Mail) -> bool:
    return bool(_REFUSAL.search(_told_text(mail)))


def _is_from_a_machine(mail: Mail, null_sender: bool) -> bool:
    """Else it may be a customer who asks about a bounce, and quotes it."""
    if null_sender or not mail.sender.address or mail.header("auto-submitted")[:2].lower() == "au":
        return True
    return from_daemon(mail) and not mail.in_reply_to


def from_daemon(mail: Mail) -> bool:
    """Whether a mail server stands in From; behind a postmaster's address a person may."""
    return _is_a_daemon(mail) or _is_a_postmaster(mail)


def _is_a_daemon(mail: Mail) -> bool:
    return bool(_DAEMON.search(mail.sender.address) or _DAEMON.search(mail.sender.name))


def _is_a_postmaster(mail: Mail) -> bool:
    return bool(_POSTMASTER.search(mail.sender.address) or _POSTMASTER.search(mail.sender.name))


def _is_from_a_person(mail: Mail) -> bool:
    answers = mail.in_reply_to or mail.references or _ANSWER.match(mail.subject)
    return bool(answers) or any(line.startswith(">") for line in mail.text.split("\n", 200)[:200])


def _gives_back(mail: Mail) -> bool:
    """Whether the message it speaks of, or its headers, come with it."""
    returned = any(part.content_type in _RETURNED_TYPES for part in mail.parts)
    return returned or bool(_told_and_returned(mail)[1])


def _told_text(mail: Mail) -> str:
    """What the server says, without the message it gives back."""
    return _told_and_returned(mail)[0]


def _told_and_returned(mail: Mail) -> tuple[str, str]:
    told = mail.text[:_TOLD]
    match = next((m for m in _RETURNED.finditer(told) if m.start() > 40), None)
    return (told[: match.start()], mail.text[match.start() : SCANNED]) if match else (told, "")


def _returned_texts(mail: Mail) -> Iterator[str]:
    for part in mail.parts:
        if part.content_type in _RETURNED_TYPES:
            yield part.text[:SCANNED]
    yield _told_and_returned(mail)[1]


def _bounced(mail: Mail) -> str:
    for text in _returned_texts(mail):
        if match := _MESSAGE_ID.search(text):
            return identifiers(match[1])[0]
    return ""


def _returned_to(mail: Mail) -> tuple[str, ...]:
    """Where the returned message was for, if nothing else says who failed."""
    for text in _returned_texts(mail):
        if match := _TO.search(text):
            return unique(ADDRESS.findall(match[1]))
    return ()
