"""What both databases do, each in its own way: `sqlite` and `postgresql`."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import Select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from storage.errors import StoreError
from storage.sqlite import Sqlite

T = TypeVar("T")


class Database(Protocol):
    """A database. Work is done in a transaction, which is committed if it does not raise."""

    name: str
    """For messages: no password in it."""

    def write(self, work: Callable[[Session], T]) -> T:
        """Work as if nobody else wrote meanwhile; it may be called again."""

    def claim(self, work: Callable[[Session], T]) -> T:
        """Work that takes rows nobody else has (FOR UPDATE SKIP LOCKED); it may be called again."""

    def read(self, work: Callable[[Session], T]) -> T:
        """Work on one state of the database; it may not write."""

    def ask(self, query: Select[Any]) -> Sequence[Any]:
        """Ask a question of one statement, in no transaction; return the one row that answers."""

    def migrate(self, work: Callable[[Session], T]) -> T:
        """Work that changes the schema, and that nobody else does meanwhile."""

    def hold_daemon_lock(self) -> bool:
        """Be a daemon here, until released, closed or dead; True if no other can be.

        StoreError if another is there, and no second one may be.
        """

    def release_daemon_lock(self) -> None:
        """Let another be the daemon."""

    def clock(self) -> datetime | None:
        """Tell the server's present instant; None if there is no server."""

    def close(self) -> None:
        """Let go of everything."""


def open_database(url: str) -> Database:
    """Raise StoreError for a URL we cannot open; nothing is connected yet."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    kind = parsed.get_backend_name() if parsed else ""
    if parsed and kind == "sqlite":
        return Sqlite(parsed)
    if parsed and kind == "postgresql":
        from storage.postgresql import Postgresql  # its driver is slow to import

        return Postgresql(parsed)
    raise StoreError(
        "the database URL is none we know: write sqlite:///path/to/file"
        " or postgresql://user@host/database"
    )
