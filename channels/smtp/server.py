"""The server: listens, lets clients in, and stops without losing what is in hand."""

import asyncio
import logging
from dataclasses import dataclass, field
from pathlib import Path

from channels import base
from channels.base import Receive
from channels.origins import plain_address
from channels.smtp.connection import Connection, LmtpConnection
from channels.smtp.door import is_among
from channels.smtp.handler import Handler
from channels.smtp.premises import Premises
from channels.smtp.visit import Visit

_LOG = logging.getLogger(__name__)

_FAREWELL = 5.0
"""Seconds that messages in hand get when we stop."""
_LOOK_EVERY = 30.0
"""Seconds, at the certificate's files and at who was turned away."""
_SOCKET_MODE = 0o660


@dataclass
class SmtpServer(Premises):
    """An inbound that takes mail for our accounts and for nobody else; never a relay."""

    host: str
    port: int
    """0 for any free one; the one bound while it runs."""
    socket: Path | None = None
    """A Unix socket in place of host and port."""
    name: str = field(init=False)
    local: bool = field(default=True, init=False)
    connections: set[Connection] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        """Be called as what it speaks."""
        super().__post_init__()
        self.name = "lmtp" if self.lmtp else "smtp"

    async def run(self, receive: Receive, memory: base.Memory) -> None:
        """Serve; on cancellation no more connections, and what is in hand is finished (5 s)."""
        handler = Handler(self, receive)
        server = await self._listen(handler)
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
            await self._finish(handler)

    async def _listen(self, handler: Handler) -> asyncio.Server:
        loop = asyncio.get_running_loop()

        def threshold() -> _Threshold:
            return _Threshold(self, handler)

        if self.socket is not None:
            server = await loop.create_unix_server(threshold, self.socket)
            self.socket.chmod(_SOCKET_MODE)
            return server
        server = await loop.create_server(threshold, self.host, self.port)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def welcome(self, connection: Connection) -> None:
        """Know of a connection until it ends."""
        self.connections.add(connection)
        connection.ended.add_done_callback(lambda _: self.connections.discard(connection))

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

    async def _finish(self, handler: Handler) -> None:
        for connection in list(self.connections):
            connection.leave_if_idle()
        in_hand = {connection.ended for connection in self.connections} | handler.storing
        if in_hand:
            await asyncio.wait(in_hand, timeout=_FAREWELL)
        for connection in list(self.connections):
            connection.abort()


class _Threshold(asyncio.Protocol):
    """Where a client is turned away, or its dialog made, which costs much: aiosmtpd's."""

    def __init__(self, server: SmtpServer, handler: Handler) -> None:
        """Wait for a client."""
        self._server, self._handler = server, handler

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Turn it away, or begin the dialog."""
        assert isinstance(transport, asyncio.Transport)
        name = transport.get_extra_info("peername")
        address = plain_address(str(name[0])) if isinstance(name, tuple) else ""
        visit = Visit(self._server, address)
        proxied = is_among(address, self._server.proxies)  # then it says for whom: see Handler
        if not proxied and (refusal := visit.enter(address)):
            transport.write(f"{refusal}\r\n".encode())
            transport.close()
            return
        kind = LmtpConnection if self._server.lmtp else Connection
        connection = kind(self._server, self._handler, visit, proxied)
        self._server.welcome(connection)
        transport.set_protocol(connection)
        connection.connection_made(transport)
