"""The only door to what is remembered."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlmodel import Session

from storage import migrations
from storage.assessments import Assessments
from storage.audit import Findings, audit
from storage.canary import Canary
from storage.carried import LIVE, Carried, Claimed, NoticeState
from storage.contracts import Contracts
from storage.credits import Credits
from storage.engine import open_database
from storage.erasing import Erasing
from storage.errors import Outdated, StoreError
from storage.follow_ups import FollowUps
from storage.inbox import Inbox, Late, Waiting
from storage.keys import Keys
from storage.labels import Labels
from storage.leases import Lease, Leases
from storage.memory import Memory
from storage.messages import Filed, Messages
from storage.offers import Offers
from storage.on_call import OnCall
from storage.outbox import Outbox
from storage.posts import Posts
from storage.refits import Refits
from storage.requests import Requests
from storage.timers import OLDEST, Timers
from storage.tokens import Tokens

__all__ = [
    "LIVE",
    "Carried",
    "Claimed",
    "Filed",
    "Findings",
    "Late",
    "Lease",
    "NoticeState",
    "Outdated",
    "Store",
    "StoreError",
    "Transaction",
    "Waiting",
]

T = TypeVar("T")


class Transaction:
    """Everything remembered, as of one instant; what is written is written as a whole."""

    def __init__(self, session: Session) -> None:
        """Work in this session's transaction."""
        self.attempt = session.begin_nested
        """Opens a part that is undone alone where it raises; the rest stays."""
        self.inbox = Inbox(session)
        self.messages = Messages(session)
        self.requests = Requests(session)
        self.assessments = Assessments(session)
        self.labels = Labels(session)
        self.refits = Refits(session)
        self.erasing = Erasing(session)
        self.timers = Timers(session)
        self.outbox = Outbox(session)
        self.posts = Posts(session)
        self.canary = Canary(session)
        self.contracts = Contracts(session)
        self.keys = Keys(session)
        self.credits = Credits(session)
        self.follow_ups = FollowUps(session)
        self.offers = Offers(session)
        self.on_call = OnCall(session)
        self.memory = Memory(session)
        self.tokens = Tokens(session)
        self.leases = Leases(session)
        self._session = session

    def audit(self, now: datetime, late: timedelta, after: int) -> Findings:
        """Look for what must never be so (`storage.audit`)."""
        return audit(self._session, now, late, after)


class Store:
    """A database, used from any thread; synchronous."""

    def __init__(self, url: str) -> None:
        """Name the database by its URL.

        `sqlite:///relative/path`, `sqlite:////absolute/path`, or `postgresql://user@host/database`.
        A missing folder is made, for its owner alone. Raise StoreError for any other URL.
        """
        self._database = open_database(url)

    def migrate(self) -> None:
        """Bring the schema to what this version knows; call it before anything else.

        Several processes may do it at once. Raise StoreError if the database cannot be opened, or
        is of a newer version.
        """
        with self._refusing():
            migrations.migrate(self._database)

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Do the work in one transaction that nobody writes beside; durable once this returns.

        What the work raises undoes all of it. The work must do nothing but read and write what it
        is handed: where writers are not queued but checked (PostgreSQL), it may be called again.
        Raise StoreError for what the database refuses.
        """
        with self._refusing():
            return self._database.write(lambda session: work(Transaction(session)))

    def claim(self, work: Callable[[Transaction], T]) -> T:
        """Do the work, which claims what waits or is due; durable once this returns.

        Like `write`, but those who claim at once do not wait for each other: each gets its own.
        Raise Outdated once the schema is newer than this program: what waits is for newer ones.
        """

        def fenced(session: Session) -> T:
            migrations.check(session, self._database.name)
            return work(Transaction(session))

        with self._refusing():
            return self._database.claim(fenced)

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Do the work on one state of the database; it may not write.

        Raise StoreError for what the database refuses.
        """
        with self._refusing():
            return self._database.read(lambda session: work(Transaction(session)))

    def is_ripe(self, now: datetime, stored_before: datetime) -> bool:
        """Whether any timer is due, or an arrival stored before an instant undecided.

        Nearly always not, so it is asked in one statement, for far less than claiming nothing
        costs. Raise StoreError for what the database refuses.
        """
        with self._refusing():
            next_at, stored_at = self._database.ask(OLDEST)
        return bool((next_at and next_at <= now) or (stored_at and stored_at < stored_before))

    def hold_daemon_lock(self) -> bool:
        """Be a daemon on this database until released, closed, or dead.

        True if there can be no other beside us: that is so on SQLite, where StoreError is raised,
        naming the lock's file, if one is there already. Commands may open it beside us.
        """
        return self._database.hold_daemon_lock()

    def release_daemon_lock(self) -> None:
        """Let another daemon have the database."""
        self._database.release_daemon_lock()

    def schema(self) -> tuple[str, str]:
        """Return the schema's version, empty where there is none yet, and what this program knows.

        Raise StoreError for what the database refuses.
        """
        with self._refusing():
            return migrations.version(self._database), migrations.HEAD

    def clock(self) -> datetime | None:
        """Return the database server's present instant; None if it has no clock of its own."""
        with self._refusing():
            return self._database.clock()

    def close(self) -> None:
        """Let go of everything."""
        self._database.close()

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Say in one line which database refused, and why; never what customers wrote."""
        try:
            yield
        except DBAPIError as error:  # the engine hides the parameters
            raise StoreError(f"{self._database.name}: {error.orig}") from error
        except SQLAlchemyError as error:
            raise StoreError(f"{self._database.name}: {type(error).__name__}") from None
