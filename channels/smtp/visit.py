"""One client at the door: aiosmtpd's dialog is made, which costs much, for who may come in."""

import asyncio
from typing import TYPE_CHECKING

from channels.origins import origin_of, plain_address
from channels.smtp.connection import Connection, LmtpConnection
from channels.smtp.door import is_among

if TYPE_CHECKING:
    from channels.smtp.server import SmtpServer


class Visit(asyncio.Protocol):
    """From when a client comes until it leaves."""

    def __init__(self, server: "SmtpServer", handler: object) -> None:
        """Wait for a client."""
        self._server, self._handler = server, handler
        self._connection: Connection | None = None
        self.address = self.origin = ""
        """Of the client, plain, and whose it is; empty on a Unix socket."""
        self.trusted = self.busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Turn it away, or begin the dialog."""
        assert isinstance(transport, asyncio.Transport)
        name = transport.get_extra_info("peername")
        self.address = plain_address(str(name[0])) if isinstance(name, tuple) else ""
        proxied = is_among(self.address, self._server.proxies)  # then it says for whom: see Handler
        if not proxied and (refusal := self.enter(self.address)):
            transport.write(f"{refusal}\r\n".encode())
            transport.close()
            return
        kind = LmtpConnection if self._server.lmtp else Connection
        self._connection = kind(self._server, self._handler, self, proxied)
        self._server.connections.add(self._connection)
        transport.set_protocol(self._connection)
        self._connection.connection_made(transport)

    def enter(self, address: str) -> str:
        """Nothing if this client may come in, else what to tell it."""
        self.address, self.origin = address, origin_of(address)
        self.trusted = self._server.lmtp or is_among(address, self._server.trusted)
        return self._server.door.enter(self, asyncio.get_running_loop().time())

    def leave(self) -> None:
        """It has gone."""
        self._server.door.leave(self)

    @property
    def progressed_at(self) -> float:
        """When the client last said something of use, by the loop's clock."""
        return self._connection.reader.progressed_at if self._connection else 0.0

    def hang_up(self, last_word: str) -> None:
        """End it."""
        if self._connection is not None:
            self._connection.hang_up(last_word)
