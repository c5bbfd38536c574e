"""The certificate for STARTTLS, read again when its files change."""

import logging
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

_LOG = logging.getLogger(__name__)

Alarm = Callable[[str, str], Awaitable[None]]
"""Tells a person: what is wrong, in a few words, and the detail."""
_Stamp = tuple[tuple[int, int, int], ...]


class Certificate:
    """Certificate and key in PEM files that somebody else renews; no restart is needed for it."""

    def __init__(self, certificate: Path, key: Path, alarm: Alarm) -> None:
        """Raise OSError (ssl.SSLError is one) where the files are not fit."""
        self._files = (certificate, key)
        self._alarm = alarm
        self._seen = self._stamp()
        self.context = self._load()
        """For new connections: the newest that was fit."""

    async def look(self) -> None:
        """Take what has changed; what is not fit is alarmed, once, and the old one kept."""
        stamp = self._stamp()
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            self.context = self._load()
        except OSError as error:
            why = f"{self._files[0]}: {error.strerror or error}; the one of before is kept"
            await self._alarm("certificate not usable", why)
        else:
            _LOG.info("the certificate was read again")

    def _load(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*self._files, password="")  # else it would ask at the terminal
        return context

    def _stamp(self) -> _Stamp:
        """What changes when a file does; nothing where one is missing."""
        try:
            stats = [path.stat() for path in self._files]
        except OSError:
            return ()
        return tuple((stat.st_ino, stat.st_mtime_ns, stat.st_size) for stat in stats)
