"""One client's connection: aiosmtpd's dialog, with bounds on what a client may ask of it."""

import asyncio
import logging
from collections import defaultdict

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, AuthResult, TLSSetupException

from channels.smtp.data import Refusal, read_data
from channels.smtp.door import Share
from channels.smtp.path import read_path
from channels.smtp.premises import Premises
from channels.smtp.reader import LONGEST_COMMAND, HangUp, Reader
from channels.smtp.visit import Visit

_LOG = logging.getLogger(__name__)

CLOSING = "421 4.3.2 Closing, please come again"
TRY_AGAIN = "451 4.3.0 Not taken, please try again later"
NO_DISK = "452 4.3.1 No room at present, please try again later"
_TOO_SLOW = "421 4.4.2 Too slow, goodbye"
_TOO_MANY_ERRORS = "421 4.7.0 Too many errors, goodbye"
_PROXY_SECONDS = 5.0
_FAREWELL = 1.0
"""Seconds for a last word to reach a peer that may not listen."""


class Connection(SMTP):
    """Speaks SMTP."""

    command_size_limit = LONGEST_COMMAND
    command_size_limits = defaultdict(lambda: LONGEST_COMMAND)  # noqa: RUF012  # as the library's
    kind = "ESMTP"

    def __init__(self, premises: Premises, handler: object, visit: Visit, proxied: bool) -> None:
        """Talk with a client; `handler` answers what aiosmtpd asks it."""
        loop = asyncio.get_running_loop()
        super().__init__(
            handler,
            data_size_limit=premises.max_size,
            enable_SMTPUTF8=True,
            hostname=premises.hostname,
            ident=self.kind,  # not which software, nor its version
            tls_context=premises.certificate.context if premises.certificate else None,
            timeout=premises.limits.command_seconds,
            authenticator=_not_yet,
            auth_exclude_mechanism=() if premises.logins else ("LOGIN", "PLAIN"),
            proxy_protocol_timeout=_PROXY_SECONDS if proxied else None,
            loop=loop,
        )
        self.reader = Reader(premises.limits.useless_commands, loop)
        asyncio.StreamReaderProtocol.__init__(  # again: the library's own reader is not strict
            self, self.reader, client_connected_cb=self._cb_client_connected, loop=loop
        )
        self._premises, self._limits = premises, premises.limits
        self.visit = visit
        visit.dialog = self
        self._errors = self.failed_logins = 0
        self.ended: asyncio.Future[None] = loop.create_future()

    def connection_lost(self, error: Exception | None) -> None:
        """End; who waits for it is told."""
        self.visit.leave()
        if not self.ended.done():
            self.ended.set_result(None)
        super().connection_lost(error)

    def hang_up(self, last_word: str = "") -> None:
        """End it, with a last word if the peer still listens."""
        if not isinstance(self.transport, asyncio.WriteTransport) or self.transport.is_closing():
            return
        if last_word:
            self.transport.write(f"{last_word}\r\n".encode())
        self.transport.close()
        self.loop.call_later(_FAREWELL, self.abort)
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()

    def leave_if_idle(self) -> None:
        """Hang up unless a message is on its way."""
        if self.envelope is None or self.envelope.mail_from is None:
            self.hang_up(CLOSING)

    def abort(self) -> None:
        """End it now."""
        for transport in (self.transport, self._original_transport):
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()

    def __dir__(self) -> tuple[str, ...]:
        """What aiosmtpd looks for, each time: among all names that takes it a millisecond."""
        return _COMMANDS[type(self)]

    async def push(self, status: str | bytes) -> None:
        """Answer; raises HangUp after too many errors."""
        said = status.encode("ascii", "replace") if isinstance(status, str) else status
        if said.startswith(b"5"):
            self._errors += 1
            if self._errors == self._limits.errors:
                raise HangUp(_TOO_MANY_ERRORS)
        await super().push(said)

    async def handle_exception(self, error: Exception) -> str:
        """Else the library tells the peer, for good (500), what went wrong inside us."""
        if isinstance(error, HangUp):
            self.loop.call_soon(self.hang_up)  # after the library has said why
            self._errors = self._limits.errors
            return str(error)
        if not isinstance(error, TLSSetupException):
            _LOG.error("a command failed: %s", type(error).__name__)
        return TRY_AGAIN

    async def smtp_STARTTLS(self, arg: str) -> None:
        """Once only: the library would do it again inside TLS."""
        if self.session is not None and self.session.ssl is not None:
            await self.push("503 5.5.1 Not now")
        else:
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        """A mechanism's case does not matter (RFC 4954)."""
        mechanism, space, rest = (arg or "").partition(" ")
        await super().smtp_AUTH(mechanism.upper() + space + rest)

    async def smtp_DATA(self, arg: str) -> None:
        """Take a message: by the library line by line, which costs a core, and memory."""
        if await self.check_helo_needed():
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
        elif self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 RCPT first")
        elif not self._premises.has_disk(declared_size(self.envelope.mail_options)):
            await self.push(NO_DISK)
        else:
            await self._take_message()

    async def _take_message(self) -> None:
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        self._reset_timeout(self._limits.data_seconds)
        answer = await self._answer_to_message()
        said = self._for_each_recipient(answer)
        self.envelope = self._create_envelope()
        if answer is Refusal.LONE_DOT:
            raise HangUp(said)
        await self.push(said)
        self._reset_timeout()
        if not self._premises.is_ready():
            raise HangUp(CLOSING)

    async def _answer_to_message(self) -> str:
        share = Share(self._premises.memory)
        most, patience = self._premises.max_size, self._limits.block_seconds
        try:
            content = await read_data(self.reader, most, share.grow, patience)
            if isinstance(content, Refusal):
                return content
            assert self.envelope is not None
            self.envelope.content = self.envelope.original_content = content
            self.visit.busy = True
            answer: str = await self._call_handler_hook("DATA")
            return answer
        except TimeoutError:
            raise HangUp(_TOO_SLOW) from None
        finally:
            self.visit.busy = False
            share.give_back()

    def _for_each_recipient(self, answer: str) -> str:
        return answer

    def _timeout_cb(self) -> None:
        self.hang_up(_TOO_SLOW)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """As in RFC 5321: the library's parser is that for headers, slow and made to fail."""
        return read_path(arg) or (None, None)


class LmtpConnection(Connection, LMTP):
    """Speaks LMTP (RFC 2033), with our own relays only."""

    kind = "LMTP"

    def _for_each_recipient(self, answer: str) -> str:
        assert self.envelope is not None
        return "\r\n".join([answer] * len(self.envelope.rcpt_tos))


def names(kind: type, *prefixes: str) -> tuple[str, ...]:
    """Of a class's members, those that begin so."""
    return tuple(name for name in dir(kind) if name.startswith(prefixes))


_COMMANDS = {kind: names(kind, "smtp_", "auth_") for kind in (Connection, LmtpConnection)}


def declared_size(options: list[str]) -> int:
    """What `SIZE=` says (RFC 1870); 0 if it is not there."""
    sizes = (option[5:] for option in options if option.startswith("SIZE="))
    return int(next(sizes, "0"))


def _not_yet(*asked: object) -> AuthResult:
    """Read, and not checked: a hash takes too long for the loop; see Handler."""
    return AuthResult(success=False, handled=True, auth_data=asked[-1])
