"""Signed links in pings: whoever has one may say "I have it" as the person it names."""

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from channels.signing import signature

PATH = "/ping"
_TOKEN = re.compile(
    r"([1-9][0-9]{0,9})\.([0-9]{1,9})\.([0-9]{10})\.([a-z0-9_-]{1,64})\.[A-Za-z0-9_-]{32}", re.ASCII
)


@dataclass(frozen=True)
class Link:
    """For whom a link is, and to what."""

    request_id: int
    epoch: int
    """In which its ping was sent."""
    person: str
    expires_at: datetime
    """To the second."""


def url(public_url: str, link: Link, key: bytes) -> str:
    """Where its person acknowledges; `public_url` has no slash at its end."""
    return f"{public_url}{PATH}/{token(link, key)}"


def token(link: Link, key: bytes) -> str:
    """What the link says, and a signature over all of it."""
    seconds = int(link.expires_at.timestamp())
    said = f"{link.request_id}.{link.epoch}.{seconds}.{link.person}"
    return f"{said}.{signature(key, 'ping', said)}"


def opened(given: str, key: bytes, now: datetime) -> Link | None:
    """What a token says; None if it is not ours, or its time is over."""
    match = _TOKEN.fullmatch(given)
    if match is None:
        return None
    request_id, epoch, seconds = int(match[1]), int(match[2]), int(match[3])
    link = Link(request_id, epoch, match[4], datetime.fromtimestamp(seconds, UTC))
    if not hmac.compare_digest(token(link, key).encode(), given.encode()):
        return None
    return link if now < link.expires_at else None
