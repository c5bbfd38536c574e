"""Signed links that let a registered person be somebody in a chat: no other page may learn one."""

import base64
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from channels.signing import signature

PATH = "/link"
_TOKEN = re.compile(r"([A-Za-z0-9_-]{1,1000})\.[A-Za-z0-9_-]{32}", re.ASCII)


@dataclass(frozen=True)
class Link:
    """Who is to be whom."""

    identity: str
    """In a chat: `slack:U0123ABC`."""
    address: str
    """Of the registered person to whom alone it is mailed, in lower case."""
    contract_id: int
    changes: int
    """Of that customer's contracts that named the identity when the link was made: one more, and
    the link is spent.
    """
    expires_at: datetime
    """To the second."""


def url(public_url: str, link: Link, key: bytes) -> str:
    """Where its person confirms; `public_url` has no slash at its end."""
    return f"{public_url}{PATH}/{token(link, key)}"


def token(link: Link, key: bytes) -> str:
    """What the link says, and a signature over all of it."""
    seconds = str(int(link.expires_at.timestamp()))
    fields = (str(link.contract_id), str(link.changes), seconds, link.identity, link.address)
    said = base64.urlsafe_b64encode("\0".join(fields).encode()).decode().rstrip("=")
    return f"{said}.{signature(key, 'link', said)}"


def opened(given: str, key: bytes) -> Link | None:
    """What a token says, whether or not its time is over; None if it is not ours."""
    match = _TOKEN.fullmatch(given)
    if match is None:
        return None
    said = match[1]
    if not hmac.compare_digest(f"{said}.{signature(key, 'link', said)}", given):
        return None
    padded = said + "=" * (-len(said) % 4)
    fields = base64.urlsafe_b64decode(padded).decode().split("\0")
    contract_id, changes, seconds, identity, address = fields
    expires_at = datetime.fromtimestamp(int(seconds), UTC)
    return Link(identity, address, int(contract_id), int(changes), expires_at)
