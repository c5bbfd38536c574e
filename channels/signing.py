"""Signatures by the store's key: each proves that we gave something out, not who uses it."""

import base64
import hashlib
import hmac


def digest(key: bytes, *words: str) -> bytes:
    """Of words without NUL; the first says what is signed, so that nothing passes for another."""
    return hmac.digest(key, "\0".join(words).encode("utf-8", "replace"), hashlib.sha256)


def signature(key: bytes, *words: str) -> str:
    """32 characters that stand in a URL as they are."""
    return base64.urlsafe_b64encode(digest(key, *words)[:24]).decode()
