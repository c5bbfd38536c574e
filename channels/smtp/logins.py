"""Who may log in, known by the scrypt hash of a password (RFC 7914)."""

import asyncio
import base64
import hashlib
import hmac
import os
import re
from collections.abc import Mapping

_COST, _BLOCK, _LANES = 2**15, 8, 1
_HASH = re.compile(r"scrypt\$([A-Za-z0-9+/=]{24})\$([A-Za-z0-9+/=]{44})")


def hash_password(password: str) -> str:
    """What stands in the configuration for a password: `scrypt$salt$hash`."""
    salt = os.urandom(16)
    return f"scrypt${_text(salt)}${_text(_scrypt(password.encode(), salt))}"


def is_password_hash(text: str) -> bool:
    """Whether `hash_password` could have made it."""
    return _HASH.fullmatch(text) is not None


class Logins:
    """Checks names and passwords, off the loop."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        """Know these, by name."""
        self._hashes = hashes
        self._nobody = hash_password("")
        self._turn = asyncio.Lock()  # a hash takes 32 MB and a tenth of a second of a core

    async def are_right(self, name: str, password: bytes) -> bool:
        """Whether they belong together; it takes as long for a name that nobody has."""
        known = self._hashes.get(name)
        async with self._turn:
            right = await asyncio.to_thread(_matches, password, known or self._nobody)
        return right and known is not None


def _matches(password: bytes, known: str) -> bool:
    match = _HASH.fullmatch(known)
    if match is None:
        return False
    salt, wanted = (base64.b64decode(part) for part in match.groups())
    return hmac.compare_digest(_scrypt(password, salt), wanted)


def _scrypt(password: bytes, salt: bytes) -> bytes:
    memory = 2 * 128 * _COST * _BLOCK
    return hashlib.scrypt(password, salt=salt, n=_COST, r=_BLOCK, p=_LANES, maxmem=memory, dklen=32)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
