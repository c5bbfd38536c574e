"""Who sent a mail and for whom it came, where no SMTP transaction of ours says so.

What delivering servers wrote on top stands in for the envelope. Anybody could have written it: it
says where the mail goes, and no more is believed of it than of MAIL FROM and RCPT TO.
"""

from contextlib import suppress
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import parsedate_to_datetime

from channels.mail.addresses import accounts_of
from channels.mail.charsets import clean
from channels.mail.mailboxes import read_mailboxes
from rules.model import Account

_LONGEST_HEADERS = 256 * 1024
_MOST = 100
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")

Headers = dict[str, list[str]]


def headers(content: bytes) -> Headers:
    """By name in lower case, from the top down; raw values."""
    top = content[:_LONGEST_HEADERS]
    ends = [end for end in (top.find(b"\n\n"), top.find(b"\n\r\n")) if end >= 0]
    parsed = BytesHeaderParser(policy=compat32).parsebytes(top[: min(ends) + 1] if ends else top)
    found: Headers = {}
    for name, value in parsed.raw_items():
        found.setdefault(name.lower(), []).append(str(value))
    return found


def without(head: bytes, *beginnings: str) -> bytes:
    """A header block without the fields whose names begin so; lines end with CRLF."""
    kept: list[bytes] = []
    keep = True
    for line in head.splitlines():
        if line[:1] not in (b" ", b"\t"):
            keep = bool(line) and not line.lower().startswith(tuple(b.encode() for b in beginnings))
        if keep:
            kept.append(line + b"\r\n")
    return b"".join(kept)


def sender(found: Headers) -> str:
    """Return-Path's; the empty one is the null sender. Without any, From's."""
    for path in found.get("return-path", [])[:1]:
        if path.strip() == "<>":
            return ""
        if named := _addresses([path]):
            return named[0]
    return next(iter(_addresses(found.get("from", []))), "")


def received_at(found: Headers) -> datetime | None:
    """When the last server took it, else what its writer says; aware UTC, None if nobody tells."""
    for value in [*found.get("received", [])[:1], *found.get("date", [])[:1]]:
        date = value.rpartition(";")[2]
        with suppress(ValueError, TypeError, OverflowError):
            at = parsedate_to_datetime(" ".join(date.split()))
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    return None


def recipients(found: Headers, account: Account) -> tuple[str, ...]:
    """Those of the account's addresses that it came for; the account's own if it names none."""
    accounts = {account.name: account}
    named = _addresses([value for name in _DELIVERED for value in found.get(name, [])])
    ours = [address for address in named if accounts_of(address, accounts)]
    return tuple(dict.fromkeys(ours))[:_MOST] or (account.address,)


def _addresses(values: list[str]) -> list[str]:
    found = (box.address for value in values[:_MOST] for box in read_mailboxes(clean(value)))
    return [address for address in found if address]
