"""What we answer; aiosmtpd finds these methods by their names."""

import asyncio
import logging
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address

from aiosmtpd.proxy_protocol import ProxyData
from aiosmtpd.smtp import MISSING, AuthResult, LoginPassword, Session
from aiosmtpd.smtp import Envelope as Mail

from channels.base import Receive
from channels.mail.addresses import accounts_of
from channels.mail.charsets import clean
from channels.origins import plain_address
from channels.smtp.arrivals import arrivals_of
from channels.smtp.connection import NO_DISK, TRY_AGAIN, Connection, declared_size, names
from channels.smtp.door import Rate
from channels.smtp.logins import Logins
from channels.smtp.premises import Premises
from channels.smtp.reader import HangUp
from rules.model import Arrival, Peer

_LOG = logging.getLogger(__name__)

_LOGINS = 3
"""That may fail in a session."""
_LONGEST_NAME = 255
_LOCAL = 0
"""The command of a proxy that speaks for itself."""


class Handler:
    """Takes mail for our accounts and for nobody else: we are no relay."""

    def __init__(self, premises: Premises, receive: Receive) -> None:
        """Hand to `receive` what is taken."""
        self._premises, self._receive = premises, receive
        self._messages = Rate(premises.limits.messages_per_minute)
        self._login_tries = Rate(premises.limits.logins_per_minute)
        self._logins = Logins(premises.logins) if premises.logins else None
        self.storing: set[asyncio.Future[None]] = set()
        """What is on its way into the store."""

    def __dir__(self) -> tuple[str, ...]:
        """As that of Connection."""
        return _HOOKS

    async def handle_PROXY(
        self, client: Connection, _: Session, mail: Mail, said: ProxyData
    ) -> bool:
        """Let in whom the proxy speaks for: itself, a client, or one that it does not know."""
        address = client.visit.address if said.command == _LOCAL else ""
        if said.command != _LOCAL and isinstance(said.src_addr, IPv4Address | IPv6Address):
            address = plain_address(str(said.src_addr))
        refusal = client.visit.enter(address)
        if refusal:
            await client.push(refusal)
        return not refusal

    async def handle_EHLO(
        self, _: Connection, session: Session, mail: Mail, name: str, offers: list[str]
    ) -> list[str]:
        """Offer what the library does not know that we do."""
        session.host_name = name
        *first, last = (offer for offer in offers if self._logins or "-AUTH" not in offer)
        return [*first, "250-PIPELINING", "250-ENHANCEDSTATUSCODES", last]

    async def handle_MAIL(
        self, client: Connection, _: Session, mail: Mail, address: str, options: list[str]
    ) -> str:
        """Begin a message, if there is room for it."""
        if not self._premises.has_disk(declared_size(options)):
            return NO_DISK
        if not self._allows(self._messages, client):
            return "452 4.7.1 Too many messages in a short time, please try again later"
        mail.mail_from = address
        mail.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, client: Connection, _: Session, mail: Mail, address: str, options: list[str]
    ) -> str:
        """Nobody's but ours."""
        if accounts_of(address, self._premises.accounts) is None:
            return "550 5.1.1 No such address here"
        if len(mail.rcpt_tos) >= self._premises.limits.recipients:
            return "452 4.5.3 Too many recipients"
        mail.rcpt_tos.append(address)
        client.reader.useless -= 1
        return "250 2.1.5 OK"

    async def handle_DATA(self, client: Connection, session: Session, mail: Mail) -> str:
        """Say 250 once it is stored."""
        helo, login = clean(session.host_name or "")[:_LONGEST_NAME], session.auth_data or ""
        peer = Peer(client.visit.address, helo, session.ssl is not None, login)
        try:
            await self._store(
                arrivals_of(mail, self._premises.accounts, self._premises.clock(), peer)
            )
        except Exception as error:  # whatever made storing fail: the peer keeps the mail
            _LOG.error(
                "a message was not stored, its sender was told to come again: %s",
                type(error).__name__,
            )
            return TRY_AGAIN
        client.reader.useless = 0
        return "250 2.0.0 OK"

    async def handle_AUTH(
        self, client: Connection, _: Session, mail: Mail, arguments: list[str]
    ) -> object:
        """Not too often; what is said is read by the library."""
        if mail.mail_from:
            return "503 5.5.1 Not now"
        if not self._allows(self._login_tries, client):
            return "454 4.7.0 Too many logins in a short time, please try again later"
        return MISSING

    async def auth_PLAIN(self, client: Connection, arguments: list[str]) -> AuthResult:
        """RFC 4616."""
        return await self._checked(client, await client.auth_PLAIN(None, arguments))

    async def auth_LOGIN(self, client: Connection, arguments: list[str]) -> AuthResult:
        """Name and password, each asked for."""
        return await self._checked(client, await client.auth_LOGIN(None, arguments))

    async def _checked(self, client: Connection, read: AuthResult) -> AuthResult:
        """The library would check in the loop, where a hash takes too long."""
        if self._logins is None or not isinstance(read.auth_data, LoginPassword):
            return read
        name = read.auth_data.login.decode("utf-8", "replace")
        if await self._logins.are_right(name, read.auth_data.password):
            return AuthResult(success=True, auth_data=name)
        client.failed_logins += 1
        _LOG.warning("a login from %s failed", client.visit.address)
        if client.failed_logins == _LOGINS:
            raise HangUp("421 4.7.0 Too many logins have failed, goodbye")
        return AuthResult(success=False, handled=False)

    def _allows(self, rate: Rate, client: Connection) -> bool:
        return client.visit.trusted or rate.allows(client.visit.origin, client.loop.time())

    async def _store(self, arrivals: Sequence[Arrival]) -> None:
        """Even if the peer hangs up meanwhile: it comes again, and that is harmless."""
        storing = asyncio.ensure_future(self._receive(arrivals))
        self.storing.add(storing)
        storing.add_done_callback(self._stored)
        await asyncio.shield(storing)

    def _stored(self, storing: "asyncio.Future[None]") -> None:
        self.storing.discard(storing)
        if not storing.cancelled():
            storing.exception()  # seen here if nobody waits for it any more


_HOOKS = names(Handler, "handle_", "auth_")
