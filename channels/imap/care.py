"""Looking after a folder while the line to it holds: what would otherwise go wrong unseen."""

import logging
from datetime import datetime, timedelta

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from channels.base import Clock, Trouble
from channels.imap.line import AccessTokens
from channels.imap.progress import Progress
from channels.imap.rhythm import TIMES
from channels.imap.session import Session

_LOG = logging.getLogger(__name__)

FULL = 0.95
"""Of what the mailbox may hold: what comes beyond it bounces, and we never see it."""


class Care:
    """Of one folder; `troubles` is read from other threads."""

    def __init__(
        self, name: str, mailbox: str, tokens: AccessTokens | None, fills: bool, clock: Clock
    ) -> None:
        """`fills` if mail is expected to come into it."""
        self.troubles: tuple[Trouble, ...] = ()
        self.untidied = ""
        """Why what was taken could not be marked or moved; empty once it could."""
        self._name = name
        self._mailbox = mailbox
        self._tokens = tokens
        self._fills = fills
        self._clock = clock

    def look(self, session: Session, progress: Progress) -> None:
        """Raises what breaks the line, as that the folder is gone."""
        session.reopen()
        now = self._clock()
        found = (
            self._dead_token(now),
            self._full(session, now),
            self._silent(progress, now),
            self._untidied(now),
        )
        self.troubles = tuple(trouble for trouble in found if trouble)

    def _dead_token(self, now: datetime) -> Trouble | None:
        """Renewed while the line holds, so that it is not only noticed when the line breaks."""
        try:
            if self._tokens:
                self._tokens.access()
        except Exception as error:
            _LOG.warning("mailbox %s: %s", self._mailbox, error)
            id = f"imap:{self._mailbox}-token-{now:%Y%m%d%H}"
            words = f"{error}. Mail comes in until the server breaks the line, and then no more."
            return Trouble(id, f"mailbox {self._mailbox} cannot renew its login", words)
        return None

    def _full(self, session: Session, now: datetime) -> Trouble | None:
        try:
            most = max(session.quotas(), key=lambda quota: quota.share, default=None)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            _LOG.warning("%s: its quota cannot be had: %s", self._name, error)
            return None
        if most is None or most.share < FULL:
            return None
        return Trouble(
            f"imap:{self._mailbox}-full-{now:%Y%m%d}",
            f"mailbox {self._mailbox} is {'full' if most.share >= 1 else 'nearly full'}",
            f"{most.used} of {most.limit} ({most.resource}) are used; what comes beyond it goes"
            " back to its sender, and never reaches us",
        )

    def _silent(self, progress: Progress, now: datetime) -> Trouble | None:
        last, usual = progress.rhythm.last_at, progress.rhythm.longest_usual()
        if not (self._fills and last and usual and progress.rhythm.is_silent(now)):
            return None
        days, hours = divmod(int((now - last).total_seconds()) // 3600, 24)
        return Trouble(
            f"{self._name}-silent-{last:%Y%m%d%H%M%S}",
            f"{self._name} has been silent for unusually long",
            f"nothing has come since {last:%Y-%m-%d %H:%M} UTC ({days} days {hours} hours), and in"
            f" the 30 days before there was no silence of more than {_hours(usual / TIMES)} hours;"
            " the folder can be opened, so look whether mail is delivered elsewhere or filtered",
        )

    def _untidied(self, now: datetime) -> Trouble | None:
        if not self.untidied:
            return None
        return Trouble(
            f"{self._name}-untidied-{now:%Y%m%d}",
            f"{self._name}: what is taken cannot be marked or moved",
            f"{self.untidied}; nothing is lost by it, but it looks as if nobody had taken it",
        )


def _hours(span: timedelta) -> int:
    return int(span.total_seconds()) // 3600 + 1
