"""Open a database so that no update is lost: everything that one database does otherwise."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import Connection, create_engine, event, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session, SQLModel

from storage.errors import StoreError
from storage.lock import alone_in

_PRAGMAS = (
    "PRAGMA busy_timeout = 10000",  # ms; first, since the next may have to wait already
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # what was committed is there after a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA wal_autocheckpoint = 16000",  # pages: rare long pauses in place of many short ones
)


class Database:
    """An open database: one engine for those who write, one for those who read."""

    def __init__(self, url: str) -> None:
        """Raise StoreError for a URL we cannot open; nothing is connected yet."""
        parsed = _parse(url)
        self.path = Path(parsed.database or "").absolute()
        _make_private(self.path)
        # Errors are logged: what customers wrote must not be in them.
        engine = create_engine(parsed.set(database=str(self.path)), hide_parameters=True)
        event.listen(engine, "connect", self._prepare)
        event.listen(engine, "begin", _begin)
        self.engine = engine
        self._writing = engine.execution_options(writer=True)
        # SQLite has one writer at a time and polls for its turn: within the process we queue.
        self._turn = threading.RLock()  # a writer within a writer is told so, by SQLite

    @contextmanager
    def writer(self) -> Iterator[Session]:
        """Open a transaction that sees nobody else's writes until it ends; commit at the end."""
        with self._turn, Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reader(self) -> Iterator[Session]:
        """Open a transaction that sees one state of the database, and may not write."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _prepare(self, connection: SqliteConnection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN, not the driver
        with alone_in(self.path.parent):  # two that turn WAL on at once do not wait: one fails
            for pragma in _PRAGMAS:
                connection.execute(pragma)


def insert_new(session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> int:
    """Insert the rows whose keys are not there yet; return how many those were."""
    if not rows:
        return 0
    session.flush()
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    result = session.connection().execute(
        insert(inspect(table).local_table).on_conflict_do_nothing(),
        rows,
        execution_options={"preserve_rowcount": True},
    )
    return result.rowcount


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    database = parsed.database if parsed else None
    if parsed is None or parsed.get_backend_name() != "sqlite":
        raise StoreError("the database URL is none we know: write sqlite:///path/to/file")
    if not database or database.startswith((":memory:", "file:")):
        raise StoreError("a database in memory forgets: write sqlite:///path/to/file")
    return parsed


def _make_private(path: Path) -> None:
    """Customers' mail is nobody else's to read: not the folder, not the file beside others'."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise StoreError(f"{path}: cannot be opened: {error.strerror}") from error


def _begin(connection: Connection) -> None:
    # With SQLite's default, two that load, add and save lose one of the additions.
    writer = connection.get_execution_options().get("writer", False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writer else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")
