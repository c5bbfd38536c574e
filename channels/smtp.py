"""Mail in: our own SMTP server, so that a sender's server keeps the mail until we have it."""

import asyncio
import hashlib
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as Transaction

from channels.base import Clock, Memory, Receive
from channels.mail.addresses import accounts_of
from channels.mail.charsets import clean
from channels.smtp_data import read_data
from rules.model import Account, Arrival, Channel, Envelope, Peer

_LOG = logging.getLogger(__name__)

_TRY_AGAIN = "451 4.3.0 Not taken, please try again later"
_MOST_RECIPIENTS = 100
_FAREWELL = 5.0
"""Seconds that transactions in hand get when we stop."""


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
    max_size: int = 25 * 1024 * 1024
    """Bytes of a message."""
    tls_context: ssl.SSLContext | None = None
    """Offers STARTTLS."""
    max_connections: int = 100
    timeout: float = 300.0
    """Seconds for a command, or for a whole message."""
    name: str = "smtp"
    local: bool = True
    _sessions: set["_Protocol"] = field(default_factory=set)
    _storing: set["asyncio.Future[None]"] = field(default_factory=set)
    _serving: bool = False

    async def run(self, receive: Receive, memory: Memory) -> None:
        """Serve; on cancellation no more connections, and what is in hand is finished (5 s)."""
        loop = asyncio.get_running_loop()
        handler = _Handler(self, receive)
        server = await loop.create_server(lambda: _Protocol(self, handler), self.host, self.port)
        self.port = server.sockets[0].getsockname()[1]
        self._serving = True
        try:
            await loop.create_future()
        finally:
            self._serving = False
            server.close()
            await self._finish()

    def is_ready(self) -> bool:
        """Whether it listens."""
        return self._serving

    async def _finish(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + _FAREWELL
        for session in list(self._sessions):
            session.leave_if_idle()
        while (waiting := self._in_hand()) and loop.time() < until:
            await asyncio.wait(
                waiting, timeout=until - loop.time(), return_when=asyncio.FIRST_COMPLETED
            )
        for session in list(self._sessions):
            session.abort()

    def _in_hand(self) -> set["asyncio.Future[None]"]:
        ends = {session.ended for session in self._sessions}
        return {waiting for waiting in ends | self._storing if not waiting.done()}

    async def store(self, receive: Receive, arrivals: list[Arrival]) -> None:
        """Store even if the peer hangs up meanwhile: it comes again, and that is harmless."""
        storing = asyncio.ensure_future(receive(arrivals))
        self._storing.add(storing)
        storing.add_done_callback(self._stored)
        await asyncio.shield(storing)

    def _stored(self, storing: "asyncio.Future[None]") -> None:
        self._storing.discard(storing)
        if not storing.cancelled():
            storing.exception()  # seen here if nobody waits for it any more


class _Protocol(SMTP):
    """One connection."""

    line_length_limit = 64 * 1024
    """Bytes of a command, and of what is read at once; lines of a message may be of any length."""

    def __init__(self, server: SmtpServer, handler: "_Handler") -> None:
        loop = asyncio.get_running_loop()
        self._server = server
        self.ended: asyncio.Future[None] = loop.create_future()
        super().__init__(
            handler,
            data_size_limit=server.max_size,
            enable_SMTPUTF8=True,
            hostname=server.hostname,
            ident="ESMTP",  # not which software, nor its version
            tls_context=server.tls_context,
            timeout=server.timeout,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            loop=loop,
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._server._sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._server._sessions.discard(self)
        if not self.ended.done():
            self.ended.set_result(None)
        super().connection_lost(error)

    async def _handle_client(self) -> None:
        if len(self._server._sessions) > self._server.max_connections:
            await self._part("421 4.7.0 Too many connections, please try again later")
        else:
            await super()._handle_client()

    async def smtp_DATA(self, arg: str) -> None:
        if await self.check_helo_needed():
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
        elif self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 RCPT first")
        else:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            content = await read_data(self._reader, self._server.max_size)
            if content is None:
                await self._refuse_size()
            else:
                self.envelope.content = self.envelope.original_content = content
                answer = await self._call_handler_hook("DATA")
                self._forget()
                await self.push(answer)
        if not self._server.is_ready():
            await self._part("421 4.3.2 Closing, please come again")

    def _forget(self) -> None:
        """Be ready for the next message of this connection."""
        self._set_post_data_state()  # type: ignore[no-untyped-call]  # the library's

    async def _refuse_size(self) -> None:
        self._forget()
        await self.push(f"552 5.3.4 Larger than {self._server.max_size} bytes")

    async def _part(self, word: str) -> None:
        await self.push(word)
        if self.transport is not None:
            self.transport.close()

    def leave_if_idle(self) -> None:
        """Hang up unless a message is on its way."""
        in_transaction = self.envelope is not None and self.envelope.mail_from is not None
        if not in_transaction and isinstance(self.transport, asyncio.WriteTransport):
            self.transport.write(b"421 4.3.2 Closing, please come again\r\n")
            self.transport.close()

    def abort(self) -> None:
        """Hang up now."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


class _Handler:
    """What we answer; the library finds these methods by their names."""

    def __init__(self, server: SmtpServer, receive: Receive) -> None:
        self._server = server
        self._receive = receive

    async def handle_EHLO(
        self,
        protocol: SMTP,
        session: Session,
        transaction: Transaction,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        offers = [line for line in responses if not line.startswith("250-AUTH")]  # nobody logs in
        return [*offers[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", offers[-1]]

    async def handle_MAIL(
        self,
        protocol: SMTP,
        session: Session,
        transaction: Transaction,
        address: str,
        options: list[str],
    ) -> str:
        if not _is_text(address):
            return "553 5.1.7 Malformed address"
        transaction.mail_from = address
        transaction.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self,
        protocol: SMTP,
        session: Session,
        transaction: Transaction,
        address: str,
        options: list[str],
    ) -> str:
        if not _is_text(address) or accounts_of(address, self._server.accounts) is None:
            return "550 5.1.1 No such address here"
        if len(transaction.rcpt_tos) >= _MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        transaction.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, protocol: SMTP, session: Session, transaction: Transaction) -> str:
        try:
            await self._server.store(self._receive, self._arrivals(session, transaction))
        except Exception as error:  # whatever made storing fail: the peer keeps the mail
            _LOG.error(
                "a message was not stored, its sender was told to come again: %s",
                type(error).__name__,
            )
            return _TRY_AGAIN
        return "250 2.0.0 OK"

    async def handle_exception(self, error: Exception) -> str:
        """Else the library tells the peer, for good (500), what went wrong inside us."""
        _LOG.error("a command failed: %s", type(error).__name__)
        return _TRY_AGAIN

    def _arrivals(self, session: Session, transaction: Transaction) -> list[Arrival]:
        """One for each account that it came for."""
        content = transaction.original_content or b""
        received_at = self._server.clock()
        recipients: dict[str, list[str]] = {}
        for recipient in transaction.rcpt_tos:
            account = accounts_of(recipient, self._server.accounts)
            if account is not None:
                recipients.setdefault(account.name, []).append(recipient)
        return [
            Arrival(
                Envelope(
                    channel=Channel.EMAIL,
                    account=account,
                    external_id=_identity(content, addresses, received_at.date()),
                    sender=(transaction.mail_from or "").removeprefix("<").removesuffix(">"),
                    recipients=tuple(addresses),
                    received_at=received_at,
                    peer=_peer(session),
                ),
                content,
            )
            for account, addresses in recipients.items()
        ]


def _peer(session: Session) -> Peer:
    address: Any = session.peer
    return Peer(
        address=str(address[0]) if isinstance(address, tuple) else "",
        helo=clean(session.host_name or "")[:255],
        tls=session.ssl is not None,
    )


def _is_text(address: str) -> bool:
    """Whether it can be written down: bytes that are no UTF-8 cannot."""
    return clean(address) == address


def _identity(content: bytes, recipients: list[str], day: date) -> str:
    """The same when a peer that missed our 250 comes again; another for another address of ours.

    And for another day: the same words a week later are another message.
    """
    digest = hashlib.sha256(content + day.isoformat().encode())
    for address in sorted(recipients):
        digest.update(f"\0{address.lower()}".encode())
    return digest.hexdigest()
