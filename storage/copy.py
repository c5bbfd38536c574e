"""Everything remembered, copied from SQLite into an empty PostgreSQL, and the copy proven."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from storage.engine import Database, open_database
from storage.errors import StoreError
from storage.migrations import migrate
from storage.schema import Row

_AT_ONCE = 100
"""Rows in memory."""
_LARGE = {"inbox", "message", "outbox"}
"""Each of their rows may hold as much as a channel lets in: one at a time."""

TABLES = Row.metadata.sorted_tables
"""Those that others refer to come first."""


@dataclass(frozen=True)
class Compared:
    """What is in a table on both sides."""

    table: str
    rows: int
    copied: int
    hash: str
    """Over all rows, whatever their order, in a form that does not depend on the database."""
    copied_hash: str

    @property
    def same(self) -> bool:
        """Whether the copy is one."""
        return (self.rows, self.hash) == (self.copied, self.copied_hash)


def copy(
    from_url: str, to_url: str, begin: Callable[[int], None], advance: Callable[[str], None]
) -> list[Compared]:
    """Copy all rows in one transaction, which is committed only if what it reads back is the same.

    Nobody else writes to either meanwhile. `begin` is told how many steps there will be, `advance`
    is called with the table's name for each. Raise StoreError if a daemon runs on either, if the
    target is not empty, or if the copy is not the same.
    """
    source, target = _source(from_url), _target(to_url)
    try:
        for database in (source, target):
            database.hold_daemon_lock()
            migrate(database)

        def with_both(there: Session) -> list[Compared]:
            _have_alone(there.connection(), target.name)
            # A writer on SQLite keeps others from writing.
            return source.write(
                lambda here: _copy(here.connection(), there.connection(), begin, advance)
            )

        return target.migrate(with_both)
    except DBAPIError as error:
        where = source if isinstance(error.orig, sqlite3.Error) else target
        raise StoreError(f"{where.name}: {error.orig}: nothing was kept") from error
    finally:
        source.close()
        target.close()


def _source(url: str) -> Database:
    path = url.removeprefix("sqlite:///")
    if path == url:
        raise StoreError("what is copied must be SQLite: give sqlite:///path/to/file")
    if not Path(path).is_file():
        raise StoreError(f"{path}: there is no such file to copy")
    return open_database(url)


def _target(url: str) -> Database:
    if not url.startswith(("postgresql:", "postgresql+")):
        raise StoreError("a copy must be PostgreSQL: give postgresql://user@host/database")
    return open_database(url)


def _have_alone(connection: Connection, name: str) -> None:
    """Keep others from writing; raise StoreError if somebody has written already."""
    names = ", ".join(f'"{table.name}"' for table in TABLES)
    connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))
    for table in TABLES:
        if rows := _count(connection, table):
            if table.name == "lease":
                raise StoreError(f"{name}: another daemon works on this database; stop it first")
            raise StoreError(
                f"{name}: is not empty ({table.name} has {rows} rows); give a new database"
            )


def _copy(
    here: Connection,
    there: Connection,
    begin: Callable[[int], None],
    advance: Callable[[str], None],
) -> list[Compared]:
    begin(2 * sum(_count(here, table) for table in TABLES))
    seen = {table.name: _copy_table(here, there, table, advance) for table in TABLES}
    compared = []
    for table in TABLES:
        copied = _Seen()
        for some in _rows(there, table):
            for row in some:
                copied.add(row)
                advance(table.name)
        first = seen[table.name]
        compared.append(Compared(table.name, first.rows, copied.rows, first.hash(), copied.hash()))
    if wrong := [each.table for each in compared if not each.same]:
        raise StoreError(f"the copy of {', '.join(wrong)} is not the same: nothing was kept")
    return compared


def _copy_table(
    here: Connection, there: Connection, table: Table, advance: Callable[[str], None]
) -> "_Seen":
    seen = _Seen()
    for some in _rows(here, table):
        values = [dict(zip(table.columns.keys(), row, strict=True)) for row in some]
        there.execute(insert(table), values)
        for row in some:
            seen.add(row)
            advance(table.name)
    id = table.autoincrement_column
    if id is not None:  # or the first new row would get the number of an old one
        last = there.execute(select(func.max(id))).scalar()
        there.execute(
            text("SELECT setval(pg_get_serial_sequence(:table, :id), :next, false)"),
            {"table": f'"{table.name}"', "id": id.name, "next": (last or 0) + 1},
        )
    return seen


class _Seen:
    """How many rows, and what is in them."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, row: Sequence[Any]) -> None:
        digest = sha256()
        for value in row:
            form = _form(value)
            digest.update(b"%d:" % len(form))
            digest.update(form)
        self.rows += 1
        # A sum does not ask for an order, in which databases differ.
        self._sum = (self._sum + int.from_bytes(digest.digest())) % 2**256

    def hash(self) -> str:
        return f"{self._sum:064x}"


def _form(value: object) -> bytes:
    """A value's bytes; instants are in UTC on either side, and a NUL is what PostgreSQL keeps."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        value = value.replace("\0", "\ufffd")
    return repr(value).encode()


def _rows(connection: Connection, table: Table) -> Iterator[Sequence[Sequence[Any]]]:
    """All rows, a few at a time."""
    some = 1 if table.name in _LARGE else _AT_ONCE
    yield from connection.execute(select(table), execution_options={"yield_per": some}).partitions()


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
