"""SQLite, opened so that no update is lost."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext
from sqlmodel import Session

from storage.asking import Asking
from storage.errors import UNDONE, StoreError
from storage.lock import DaemonLock, alone_in

T = TypeVar("T")

_PRAGMAS = (
    "PRAGMA busy_timeout = 10000",  # ms; first, since the next may have to wait already
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # what was committed is there after a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA wal_autocheckpoint = 16000",  # pages: rare long pauses in place of many short ones
)


class Sqlite:
    """A file that one at a time may write (see `engine.Database`)."""

    def __init__(self, url: URL) -> None:
        """Raise StoreError for a URL we cannot open; nothing is connected yet."""
        if not url.database or url.database.startswith((":memory:", "file:")):
            raise StoreError("a database in memory forgets: write sqlite:///path/to/file")
        self._path = Path(url.database).absolute()
        self.name = str(self._path)
        _make_private(self._path)
        # Errors are logged: what customers wrote must not be in them.
        engine = create_engine(url.set(database=self.name), hide_parameters=True)
        event.listen(engine, "connect", self._prepare)
        event.listen(engine, "begin", _begin)
        event.listen(engine, "handle_error", _keep_from_writing)
        self._engine = engine
        self._writing = engine.execution_options(writer=True)
        self._asking = Asking(engine.execution_options(begins=False))
        # SQLite has one writer at a time and polls for its turn: within the process we queue.
        self._turn = threading.RLock()  # a writer within a writer is told so, by SQLite
        self._lock: DaemonLock | None = None

    def write(self, work: Callable[[Session], T]) -> T:
        """Work alone: nobody writes beside it."""
        with self._turn, Session(self._writing, expire_on_commit=False) as session, session.begin():
            connection = session.connection()
            done = work(session)
            if not _driver_of(connection).in_transaction:
                raise StoreError(UNDONE)
            return done

    claim = write
    migrate = write

    def read(self, work: Callable[[Session], T]) -> T:
        """Work on one state of the database."""
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            return work(session)

    def ask(self, query: Select[Any]) -> Sequence[Any]:
        """Ask a question of one statement: one state of the database by itself."""
        return self._asking.one(query)

    def hold_daemon_lock(self) -> bool:
        """Lock a file beside the database: SQLite has no rows that two could claim apart."""
        self._lock = DaemonLock(self._path.with_name(f"{self._path.name}.lock"))
        return True

    def release_daemon_lock(self) -> None:
        """Let another have it."""
        if self._lock:
            self._lock.release()
            self._lock = None

    def clock(self) -> datetime | None:
        """Tell nothing: a file has no clock."""
        return None

    def close(self) -> None:
        """Close every connection, then release the lock."""
        self._asking.close()
        self._engine.dispose()
        self.release_daemon_lock()

    def _prepare(self, connection: SqliteConnection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN, not the driver
        with alone_in(self._path.parent):  # two that turn WAL on at once do not wait: one fails
            for pragma in _PRAGMAS:
                connection.execute(pragma)


def _make_private(path: Path) -> None:
    """Customers' mail is nobody else's to read: not the folder, not the file beside others'."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise StoreError(f"{path}: cannot be opened: {error.strerror}") from error


def _begin(connection: Connection) -> None:
    if not connection.get_execution_options().get("begins", True):
        return
    # With SQLite's default, two that load, add and save lose one of the additions.
    writer = connection.get_execution_options().get("writer", False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writer else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")


def _keep_from_writing(context: ExceptionContext) -> None:
    """A full disk ends the transaction: what the work writes after that would be kept, alone."""
    if context.connection and not _driver_of(context.connection).in_transaction:
        _driver_of(context.connection).execute("PRAGMA query_only = ON")


def _driver_of(connection: Connection) -> SqliteConnection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, SqliteConnection)
    return driver
