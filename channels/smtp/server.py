"""The server: listens, lets clients in, and stops without losing what is in hand."""

import asyncio
import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from channels import base
from channels.base import Clock, Receive
from channels.smtp.certificate import Certificate
from channels.smtp.connection import Connection
from channels.smtp.door import Door, Limits, Memory, Network
from channels.smtp.handler import Handler
from channels.smtp.visit import Visit
from rules.model import Account

_LOG = logging.getLogger(__name__)

_FAREWELL = 5.0
"""Seconds that messages in hand get when we stop."""
_LOOK_EVERY = 30.0
"""Seconds, at the certificate's files and at who was turned away."""
_SOCKET_MODE = 0o660


@dataclass
class SmtpServer:
    """An inbound that takes mail for our accounts and for nobody else; never a relay."""

    host: str
    port: int
    """0 for any free one; the one bound while it runs."""
    hostname: str
    """What we call ourselves."""
    accounts: Mapping[str, Account]
    clock: Clock
    socket: Path | None = None
    """A Unix socket in place of host and port."""
    max_size: int = 25_000_000
    """Bytes of a message."""
    limits: Limits = field(default_factory=Limits)
    certificate: Certificate | None = None
    """Offers STARTTLS."""
    logins: Mapping[str, str] = field(default_factory=dict)
    """Password hashes by name: offers AUTH, over TLS only."""
    trusted: tuple[Network, ...] = ()
    """Our own relays: no limits for one of them alone."""
    proxies: tuple[Network, ...] = ()
    """They begin with a PROXY header, and are believed."""
    free_disk: Callable[[], int] | None = None
    """Bytes; None where the store is on another machine."""
    lmtp: bool = False
    """Speaks LMTP (RFC 2033), to our own relays only."""
    name: str = field(init=False)
    local: bool = True
    _serving: bool = False
    door: Door = field(init=False)
    memory: Memory = field(init=False)
    connections: set[Connection] = field(default_factory=set)
    storing: set["asyncio.Future[None]"] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Be called as what it speaks."""
        self.name = "lmtp" if self.lmtp else "smtp"
        self.door = Door(self.limits)
        self.memory = Memory(max(self.limits.memory, 2 * self.max_size))

    async def run(self, receive: Receive, memory: base.Memory) -> None:
        """Serve; on cancellation no more connections, and what is in hand is finished (5 s)."""
        server = await self._listen(Handler(self, receive))
        self._serving = True
        try:
            while True:
                await asyncio.sleep(_LOOK_EVERY)
                await self._look()
        finally:
            self._serving = False
            server.close()
            if self.socket is not None:
                self.socket.unlink(missing_ok=True)
            await self._finish()

    def is_ready(self) -> bool:
        """Whether it listens."""
        return self._serving

    async def _listen(self, handler: Handler) -> asyncio.Server:
        loop = asyncio.get_running_loop()

        def visit() -> Visit:
            return Visit(self, handler)

        if self.socket is not None:
            server = await loop.create_unix_server(visit, self.socket)
            self.socket.chmod(_SOCKET_MODE)
            return server
        server = await loop.create_server(visit, self.host, self.port)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def has_disk(self, size: int) -> bool:
        """Whether so many bytes may still be written."""
        if self.free_disk is None:
            return True
        return self.free_disk() >= self.limits.free_disk + size

    async def _look(self) -> None:
        if self.door.refused:
            most = ", ".join(f"{who} {count}" for who, count in self.door.refused.most_common(3))
            _LOG.warning("%s: connections turned away: %s", self.name, most)
            self.door.refused.clear()
        try:
            if self.certificate is not None:
                await self.certificate.look()
        except Exception:  # nobody could be told; to stop serving would help nobody
            _LOG.exception("%s: the certificate was not looked at", self.name)

    async def _finish(self) -> None:
        for connection in list(self.connections):
            connection.leave_if_idle()
        in_hand = {connection.ended for connection in self.connections} | self.storing
        if in_hand:
            await asyncio.wait(in_hand, timeout=_FAREWELL)
        for connection in list(self.connections):
            connection.abort()


def free_bytes(folder: Path) -> int:
    """What the disk still has for us; as much as one likes if it cannot be asked."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 2**63
