"""A mailbox's tokens: renewed before they end, and kept before they are used."""

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from channels.base import Clock
from channels.imap import oauth
from channels.imap.oauth import Grant, Granted, Provider

_LOG = logging.getLogger(__name__)

_EARLY = timedelta(minutes=5)
"""Before its end a token is renewed: clocks differ, and logging in takes a while."""


class LoginNeeded(Exception):
    """There is no token any more, and only a person can get one."""


@dataclass(frozen=True)
class Kept:
    """As it is remembered."""

    access: str = field(repr=False)
    until: datetime
    refresh: str = field(repr=False)

    def write(self) -> str:
        """As text."""
        return json.dumps([self.access, self.until.isoformat(), self.refresh])

    @staticmethod
    def read(text: str) -> "Kept":
        """From text."""
        access, until, refresh = json.loads(text)
        return Kept(access, datetime.fromisoformat(until), refresh)


class Tokens:
    """One mailbox's, for all its folders: used from any thread, by one at a time.

    A server may take back all tokens of a login if a refresh token comes twice, so two never renew
    at once. What it is told by `load` counts, not what it remembers: another process may have
    renewed them, or a person logged in anew.
    """

    def __init__(
        self,
        mailbox: str,
        provider: Provider,
        load: Callable[[], str | None],
        save: Callable[[str], None],
        clock: Clock,
    ) -> None:
        """`save` returns once it is durable."""
        self._mailbox = mailbox
        self._provider = provider
        self._load = load
        self._save = save
        self._clock = clock
        self._lock = threading.Lock()
        self._unsaved: Kept | None = None
        self._seen: str | None = None
        """What was in the store when last we read it."""

    def access(self, refused: str = "") -> str:
        """A token that is good for a while, another than `refused`; LoginNeeded or OSError."""
        with self._lock:
            kept = self._kept()
            if kept is None or kept.access == refused or self._clock() >= kept.until - _EARLY:
                kept = self._renewed(kept)
            return kept.access

    def keep(self, granted: Granted) -> None:
        """What a person's login brought; raises what `save` raises."""
        with self._lock:
            self._save(self._as_kept(granted, "").write())
            self._unsaved = None

    def _kept(self) -> Kept | None:
        if self._unsaved:
            try:
                is_old = self._load() == self._seen
            except Exception:
                is_old = True
            if is_old:
                return self._saved(self._unsaved)
            self._unsaved = None  # a person logged in meanwhile, or it was stored all the same
        text = self._seen = self._load()
        return Kept.read(text) if text else None

    def _renewed(self, kept: Kept | None) -> Kept:
        if self._provider.grant is Grant.CLIENT_CREDENTIALS:
            return self._saved(self._as_kept(oauth.by_credentials(self._provider), ""))
        if kept is None or not kept.refresh:
            raise LoginNeeded(f"nobody has logged in yet; {self._remedy()}")
        try:
            granted = oauth.refreshed(self._provider, kept.refresh)
        except oauth.Refused as refused:
            newer = self._kept()
            if newer and newer != kept:
                return newer
            raise LoginNeeded(f"its token is dead ({refused}); {self._remedy()}") from None
        return self._saved(self._as_kept(granted, kept.refresh))

    def _as_kept(self, granted: Granted, refresh: str) -> Kept:
        """A refresh token that the server replaced is never taken again: the new one counts."""
        return Kept(granted.access, self._clock() + granted.life, granted.refresh or refresh)

    def _saved(self, kept: Kept) -> Kept:
        """The one before may be void already: what cannot be saved now is held until it can."""
        try:
            self._save(kept.write())
        except Exception as error:
            self._unsaved = kept
            _LOG.error("mailbox %s: its new token is not kept yet: %s", self._mailbox, error)
        else:
            self._unsaved = None
        return kept

    def _remedy(self) -> str:
        return f"`supportd mailbox login {self._mailbox}` gets a new one"
