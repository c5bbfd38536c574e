"""Keys for customers' systems: made here, shown once, known afterwards by their SHA-256 alone."""

import hashlib
import secrets

PREFIX = "sdk_"
"""So that who finds one knows what it is."""


def make() -> str:
    """A new key: 256 random bits, so that a plain hash of it is enough."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(key: str) -> str:
    """What is stored of a key."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
