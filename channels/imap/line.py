"""The way to a server: protected as asked, or not at all."""

import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError

TIMEOUT = SocketTimeout(connect=20, read=60)
"""Seconds."""


class Security(StrEnum):
    """How the line is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class AccessTokens(Protocol):
    """Where tokens come from that are given in place of a password."""

    def access(self, refused: str = "") -> str:
        """One that is good for a while, and not the one just refused; it may take seconds."""


@dataclass(frozen=True)
class Login:
    """Where and as whom."""

    host: str
    port: int
    security: Security
    username: str
    password: str = field(repr=False)
    tls_context: ssl.SSLContext | None = None
    """None is the machine's own trust."""
    tokens: AccessTokens | None = field(default=None, repr=False)
    """In place of a password."""


class Unsafe(Exception):
    """The line cannot be protected as asked; nothing secret was said on it."""


def connected(login: Login) -> IMAPClient:
    """Protected as asked, or not at all; raises OSError, IMAPClientError or Unsafe."""
    secure = login.tls_context or ssl.create_default_context()
    direct = login.security is Security.TLS
    client = None
    try:
        client = IMAPClient(
            login.host,
            login.port,
            ssl=direct,
            ssl_context=secure if direct else None,
            timeout=TIMEOUT,
        )
        if login.security is Security.STARTTLS:
            _upgrade(client, login, secure)
    except ssl.SSLCertVerificationError as error:
        _hang_up(client)
        why = f"its certificate is not trusted ({error.verify_message})"
        raise Unsafe(f"{login.host}:{login.port}: {why}; ca_file names who signed it") from error
    except BaseException:
        _hang_up(client)
        raise
    return client


def _upgrade(client: IMAPClient, login: Login, secure: ssl.SSLContext) -> None:
    """Somebody between us may have taken the offer away: without TLS there is no login."""
    try:
        client.starttls(secure)
    except IMAPClientError as error:
        why = f"no STARTTLS ({error}), so we do not log in"
        raise Unsafe(f"{login.host}:{login.port}: {why}") from error


def _hang_up(client: IMAPClient | None) -> None:
    if client:
        with suppress(OSError):  # it is down already
            client.shutdown()
