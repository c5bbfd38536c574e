"""A connection with one folder open; blocking, for one thread."""

import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

from imapclient.exceptions import (
    IMAPClientAbortError,
    IMAPClientError,
    IMAPClientReadOnlyError,
)

from channels.imap.line import TIMEOUT, Login, connected
from channels.imap.log_in import log_in
from channels.imap.progress import Fact

AT_ONCE = 200
"""Messages named in one command: longer lines are refused by servers."""
_SEARCHED = 50_000
"""Uids in one search: imaplib reads no longer answers than 1 MB."""
_LONGEST_HEAD = 256 * 1024
"""Bytes of headers: a message may be all header."""
_SLICE = 0.2
"""Seconds between looks whether to stop."""


class After(StrEnum):
    """What is done with a message once it is taken."""

    NOTHING = "nothing"
    KEYWORD = "keyword"
    MOVE = "move"


class Refused(Exception):
    """The server says it cannot hand a message over; the connection is sound."""


class Gone(Exception):
    """The folder that we have open is no longer the one of this name."""


@dataclass(frozen=True)
class Quota:
    """How much of a mailbox is used."""

    resource: str
    used: int
    limit: int

    @property
    def share(self) -> float:
        """Used of what may be: 1 is full."""
        return self.used / self.limit if self.limit else 0.0


class Session:
    """A folder, open from `with` to its end."""

    def __init__(self, login: Login, folder: str, read_only: bool) -> None:
        """Connect, log in and open; raises OSError, IMAPClientError or Unsafe.

        `read_only` leaves no trace on the server.
        """
        self._folder = folder
        self._client = connected(login)
        try:
            self._client._imap.debug = 0  # 5 formats every literal, for nobody: 80 % of the time
            self._client.normalise_times = False  # else naive and local
            log_in(self._client, login)
            self.changes: int | None = None
            """Rises with every change (HIGHESTMODSEQ), as of the last opening; None: not told."""
            told = self._selected(folder, read_only)
        except BaseException:
            self._client.shutdown()
            raise
        self.validity = int(told[b"UIDVALIDITY"])
        self.uid_next = int(told.get(b"UIDNEXT") or max(self._search("*"), default=0) + 1)
        self._idles = self._client.has_capability("IDLE")

    def _selected(self, folder: str, read_only: bool) -> Mapping[bytes, Any]:
        self._read_only = read_only
        try:
            told: Mapping[bytes, Any] = self._client.select_folder(folder, readonly=read_only)
        except IMAPClientReadOnlyError:
            return self._selected(folder, read_only=True)
        self.changes = int(told.get(b"HIGHESTMODSEQ") or 0) or None
        return told

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

    def uids_below(self, uid: int) -> Iterator[list[int]]:
        """Uids of smaller numbers, in order, some at a time."""
        for start in range(1, uid, _SEARCHED):
            yield self._search(f"{start}:{min(start + _SEARCHED, uid) - 1}")

    def reopen(self) -> None:
        """Raise Gone if the folder was deleted or renamed.

        Servers may leave it open to us as it was, and even answer STATUS from that.
        """
        try:
            told = self._selected(self._folder, self._read_only)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            raise Gone(f"{self._folder} is gone: {error}") from error
        if int(told[b"UIDVALIDITY"]) != self.validity:
            raise Gone(f"{self._folder} is another folder now")

    def quotas(self) -> list[Quota]:
        """Of the mailbox; none where the server does not tell (RFC 9208)."""
        if not self._client.has_capability("QUOTA"):
            return []
        folder = self._client._normalise_folder(self._folder)
        try:
            _, told = self._client.get_quota_root(folder)
        except (IndexError, TypeError, ValueError):  # it said OK, and nothing that makes sense
            return []
        return [Quota(str(q.resource), int(q.usage), int(q.limit)) for q in told]

    def _search(self, uids: str) -> list[int]:
        return sorted(self._client.search(["UID", uids]))

    def there(self, uids: Iterable[int]) -> list[int]:
        """Those of them (AT_ONCE at most) that are in the folder, in order."""
        asked = ",".join(map(str, uids))
        return self._search(asked) if asked else []

    def facts(self, uids: Sequence[int]) -> list[Fact]:
        """Of those (AT_ONCE at most) of which the server tells them, in order; raises Refused."""
        told = self._fetch(uids, "RFC822.SIZE", "INTERNALDATE")
        facts = ((uid, told[uid].get(b"RFC822.SIZE"), _received_at(told[uid])) for uid in told)
        return [Fact(uid, size, at) for uid, size, at in sorted(facts) if size is not None and at]

    def contents(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Of those that the server hands over, not marking them as read; raises Refused."""
        told = self._fetch(uids, "BODY.PEEK[]")
        return {uid: one[b"BODY[]"] or b"" for uid, one in told.items() if b"BODY[]" in one}

    def head(self, uid: int) -> bytes:
        """The beginning of its headers, none if it is gone; raises Refused."""
        told = self._fetch([uid], f"BODY.PEEK[HEADER]<0.{_LONGEST_HEAD}>")
        return told.get(uid, {}).get(b"BODY[HEADER]<0>") or b""

    def _fetch(self, uids: Sequence[int], *items: str) -> Mapping[int, Any]:
        try:
            told: Mapping[int, Any] = self._client.fetch(uids, items)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            raise Refused(str(error)) from error
        return told

    def tidy(self, uids: Sequence[int], after: After, name: str) -> None:
        """Give them the keyword of this name, or move them to that folder."""
        if uids and self._read_only and after is not After.NOTHING:
            raise IMAPClientError("the folder may only be read")
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
        told = self._idles and self._begin_idle()
        if not self._idles:
            stop.wait(seconds)
            self._client.noop()
            return
        until = time.monotonic() + seconds
        while not (told or self._was_told() or stop.is_set()):
            if (began := time.monotonic()) >= until:
                break
            told = bool(self._client.idle_check(timeout=min(_SLICE, until - began)))
            if not told and time.monotonic() - began < _SLICE / 2:
                break  # it hung up
        self._client.idle_done()

    def _begin_idle(self) -> bool:
        """Whether news came before the go-ahead, which imapclient's own `idle` takes for an error.

        A server that refuses is not asked again.
        """
        imap = self._client._imap
        tag = self._client._idle_tag = imap._command("IDLE")
        told = False
        while imap._get_response() is not None:
            if imap.tagged_commands[tag]:
                self._idles = False
                break
            told = True
        return told

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
            line.settimeout(TIMEOUT.read)


def _received_at(told: Mapping[bytes, Any]) -> datetime | None:
    """None where the server tells no date that there can be."""
    at = told.get(b"INTERNALDATE")
    try:
        return at.astimezone(UTC) if at else None
    except OverflowError:
        return None
