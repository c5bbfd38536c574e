"""Signed links to offers: whoever has one may decide, so no log and no other page may learn it."""

import hmac
import re

from channels.signing import signature
from rules.model import Offer

PATH = "/offer"
_TOKEN = re.compile(r"([1-9][0-9]{0,9})-[A-Za-z0-9_-]{32}", re.ASCII)


def link(public_url: str, offer: Offer, key: bytes) -> str:
    """Where the customer decides; `public_url` has no slash at its end."""
    return f"{public_url}{PATH}/{token(offer, key)}"


def token(offer: Offer, key: bytes) -> str:
    """The number of a stored offer, and a signature that only this offer has.

    It covers whom it was made to, at what price and until when: of another store, or another
    offer that got the same number there, it opens nothing.
    """
    terms = offer.terms
    words = (
        "offer",
        str(offer.id),
        str(offer.request_id),
        offer.address,
        offer.offered_at.isoformat(),
        offer.expires_at.isoformat(),
        terms.currency,
        str(terms.price),
    )
    return f"{offer.id}-{signature(key, *words)}"


def named(given: str) -> int | None:
    """The number of the offer that a token names, whether or not it is signed; None if none."""
    match = _TOKEN.fullmatch(given)
    return int(match[1]) if match else None


def opens(given: str, offer: Offer, key: bytes) -> bool:
    """Whether a token is this offer's."""
    return hmac.compare_digest(token(offer, key).encode(), given.encode("utf-8", "replace"))
