"""Mail out through a relay (RFC 6409)."""

import asyncio
import contextlib
from dataclasses import dataclass
from enum import StrEnum

import aiosmtplib

from channels.base import CannotTell, Clock, DeliveryError, Failure, Sent
from channels.mail.charsets import clean
from channels.mail.compose import Composed, compose
from rules.model import Notice

_LONGEST_WAIT = 18.0
_FAREWELL = 2.0
"""Seconds: 20 for the whole conversation."""


class Security(StrEnum):
    """How the connection to the relay is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    """Required: a relay that does not offer it gets no mail."""
    TLS = "tls"


@dataclass
class Relay:
    """An outbound that hands mail to one relay; its answer to DATA is the verdict."""

    host: str
    port: int
    clock: Clock
    """Dates the mails."""
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = ""
    name: str = "mail"

    async def send(self, notice: Notice) -> Sent:
        """Hand it over; 4xx and no connection are temporary, 5xx permanent.

        If the answer to DATA is lost it is unknown whether the relay has it. A refused login is
        temporary: the fault is in our settings, not in the mail.
        """
        try:
            composed = compose(notice, self.clock())
        except ValueError as error:
            raise DeliveryError(Failure.PERMANENT, str(error)) from None
        client = self._client()
        lost = Failure.TEMPORARY
        try:
            async with asyncio.timeout(_LONGEST_WAIT):
                await self._open(client)
                await self._address(client, composed)
                lost = Failure.UNKNOWN
                response = await client.data(composed.content)
        except aiosmtplib.SMTPResponseException as error:
            raise self._refused(error.code, error.message) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise DeliveryError(lost, f"{self._peer}: {_why(error)}") from None
        finally:
            await self._leave(client)
        return Sent(clean(response.message)[:200])

    async def reach(self) -> None:
        """Say hello, log in and leave; raises DeliveryError."""
        client = self._client()
        try:
            await self._open(client)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise DeliveryError(Failure.TEMPORARY, f"{self._peer}: {_why(error)}") from None
        finally:
            await self._leave(client)

    async def find(self, notice: Notice) -> CannotTell:
        """A relay cannot be asked what it took."""
        return CannotTell()

    @property
    def _peer(self) -> str:
        return f"{self.host}:{self.port}"

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.security is Security.TLS,
            start_tls=self.security is Security.STARTTLS,
            timeout=_LONGEST_WAIT,
        )

    async def _open(self, client: aiosmtplib.SMTP) -> None:
        what = "it does not let us speak"
        try:
            await client.connect()
            if self.username:
                what = f"username {self.username} or its password is refused"
                await client.login(self.username, self.password)
        except aiosmtplib.SMTPResponseException as error:
            reason = f"{self._peer}: {what} ({error.code})"
            raise DeliveryError(Failure.TEMPORARY, reason) from None

    async def _address(self, client: aiosmtplib.SMTP, composed: Composed) -> None:
        await client.mail(composed.sender)
        await client.rcpt(composed.recipient)

    def _refused(self, code: int, said: str) -> DeliveryError:
        failure = Failure.PERMANENT if code >= 500 else Failure.TEMPORARY
        line = " ".join(clean(said).split())[:200]
        return DeliveryError(failure, f"{self._peer}: {code} {line}")

    async def _leave(self, client: aiosmtplib.SMTP) -> None:
        """The verdict is in: what happens to the good-bye changes nothing."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_FAREWELL):
                await client.quit()
        client.close()


def _why(error: Exception) -> str:
    """In the library's words, on one line; they hold what a server said, but no secret."""
    return " ".join(clean(str(error)).split())[:200] or type(error).__name__
