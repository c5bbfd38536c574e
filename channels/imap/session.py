"""A connection with one folder open; blocking, for one thread."""

import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC
from enum import StrEnum
from types import TracebackType
from typing import Self

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from channels.imap.progress import Fact

AT_ONCE = 200
"""Messages named in one command: longer lines are refused by servers."""
_SEARCHED = 50_000
"""Uids in one search: imaplib reads no longer answers than 1 MB."""
_TIMEOUT = SocketTimeout(connect=20, read=60)
_SLICE = 0.2
"""Seconds between looks whether to stop."""


class Security(StrEnum):
    """How the line is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class After(StrEnum):
    """What is done with a message once it is taken."""

    NOTHING = "nothing"
    KEYWORD = "keyword"
    MOVE = "move"


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


class Unsafe(Exception):
    """The line cannot be protected as asked; nothing secret was said on it."""


class Refused(Exception):
    """The server says it cannot hand a message over; the connection is sound."""


class Session:
    """A folder, open from `with` to its end."""

    def __init__(self, login: Login, folder: str, read_only: bool) -> None:
        """Connect, log in and open; raises OSError, IMAPClientError or Unsafe.

        `read_only` leaves no trace on the server.
        """
        self._client = _connected(login)
        try:
            self._client._imap.debug = 0  # 5 formats every literal, for nobody: 80 % of the time
            self._client.normalise_times = False  # else naive and local
            self._client.login(login.username, login.password)
            told = self._client.select_folder(folder, readonly=read_only)
        except BaseException:
            self._client.shutdown()
            raise
        self.validity = int(told[b"UIDVALIDITY"])
        self.uid_next = int(told.get(b"UIDNEXT") or max(self._search("1:*"), default=0) + 1)
        self._idles = self._client.has_capability("IDLE")

    def __enter__(self) -> Self:
        """It is open already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Say good-bye, if the line is sound."""
        with suppress(OSError, IMAPClientError):  # it ends all the same
            if error is None:
                self._client.logout()
            else:
                self._client.shutdown()

    def abort(self) -> None:
        """Hang up, from any thread: whoever waits for an answer gets an error."""
        with suppress(OSError):  # hung up already
            self._client.socket().shutdown(socket.SHUT_RDWR)

    def uids_from(self, uid: int) -> list[int]:
        """Uids of this number and more, in order: the first of them, where there are many."""
        while uid < self.uid_next:
            end = min(uid + _SEARCHED, self.uid_next)
            if found := self._search(f"{uid}:{end - 1}"):
                return found
            uid = end
        # "*" is the highest there is, even below `uid`.
        return [found for found in self._search(f"{uid}:*") if found >= uid]

    def _search(self, uids: str) -> list[int]:
        return sorted(self._client.search(["UID", uids]))

    def facts(self, uids: Sequence[int]) -> list[Fact]:
        """Of those (AT_ONCE at most) that are still there, in order."""
        told = self._client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
        return [
            Fact(uid, one[b"RFC822.SIZE"], one[b"INTERNALDATE"].astimezone(UTC))
            for uid, one in sorted(told.items())
            if b"RFC822.SIZE" in one and b"INTERNALDATE" in one
        ]

    def contents(self, uids: Sequence[int], section: str = "") -> dict[int, bytes]:
        """Of those that are still there, not marking them as read; raises Refused."""
        try:
            told = self._client.fetch(uids, [f"BODY.PEEK[{section}]"])
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            raise Refused(str(error)) from error
        key = f"BODY[{section}]".encode()
        return {uid: one[key] or b"" for uid, one in told.items() if key in one}

    def tidy(self, uids: Sequence[int], after: After, name: str) -> None:
        """Give them the keyword of this name, or move them to that folder."""
        for start in range(0, len(uids), AT_ONCE):
            some = uids[start : start + AT_ONCE]
            if after is After.KEYWORD:
                self._client.add_flags(some, [name], silent=True)
            elif after is After.MOVE:
                self._move(some, name)

    def _move(self, uids: Sequence[int], folder: str) -> None:
        if not self._client.folder_exists(folder):
            self._client.create_folder(folder)
        if self._client.has_capability("MOVE"):
            self._client.move(uids, folder)
            return
        self._client.copy(uids, folder)
        self._client.delete_messages(uids, silent=True)
        if self._client.has_capability("UIDPLUS"):  # else it would expunge others' messages, too
            self._client.uid_expunge(uids)

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Until the server says that something changed, so many seconds at most."""
        if not self._idles:
            stop.wait(seconds)
            self._client.noop()
            return
        self._client.idle()
        until = time.monotonic() + seconds
        while not self._was_told() and not stop.is_set() and (began := time.monotonic()) < until:
            told = self._client.idle_check(timeout=min(_SLICE, until - began))
            hung_up = not told and time.monotonic() - began < _SLICE / 2
            if told or hung_up:
                break
        self._client.idle_done()

    def _was_told(self) -> bool:
        """Whether something has been read already: `idle_check` looks at the line alone, and mail
        that came since the last search is told in one packet with the beginning of IDLE.
        """
        line = self._client.socket()
        line.settimeout(0)
        try:
            return bool(self._client._imap.file.peek(1))
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            line.settimeout(_TIMEOUT.read)


def _connected(login: Login) -> IMAPClient:
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
            timeout=_TIMEOUT,
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
