"""Questions of one statement, each by itself: one round trip on a connection kept open for them."""

import threading
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Select
from sqlalchemy.exc import DBAPIError


class Asking:
    """Asks on one connection, in no transaction: for what is asked often and nearly always in vain.

    From any thread, one question at a time.
    """

    def __init__(self, engine: Engine) -> None:
        """`engine` opens no transactions of its own; nothing is connected yet."""
        self._engine = engine
        self._turn = threading.Lock()
        self._kept: Connection | None = None

    def one(self, query: Select[Any]) -> Sequence[Any]:
        """Return the one row that answers."""
        with self._turn:
            try:
                return self._ask(query)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                return self._ask(query)  # the server was restarted since: on a new connection

    def close(self) -> None:
        """Let go of the connection."""
        with self._turn:
            if self._kept is not None:
                self._kept.close()
                self._kept = None

    def _ask(self, query: Select[Any]) -> Sequence[Any]:
        if self._kept is None:
            self._kept = self._engine.connect()
        try:
            return self._kept.execute(query).one()
        finally:
            self._kept.rollback()  # says nothing to the database, where nothing was begun
