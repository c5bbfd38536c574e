"""PostgreSQL, opened so that no update is lost."""

import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from psycopg import Connection as PsycopgConnection
from psycopg.pq import TransactionStatus
from psycopg.types.string import StrDumper
from sqlalchemy import Connection, Engine, Select, create_engine, event, func, text
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from storage.asking import Asking
from storage.errors import UNDONE, StoreError

T = TypeVar("T")

_COLLISIONS = {"40001", "40P01"}
"""Could not serialize; deadlock: nothing was done, and it is to be tried again."""
_COLLIDED = "collided"
_TRIES = 30
_PAUSE, _LONGEST_PAUSE = 0.002, 0.2
"""Seconds."""

_FOR_THE_SERVER = (
    "-c synchronous_commit=on"  # what was committed is there after a power cut
    " -c TimeZone=UTC"
    # A dead machine's locks are free after a minute, not after two hours.
    " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
)
_FOR_THE_DRIVER = {  # and a dead server is noticed as soon; seconds, but the last
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
    "application_name": "supportd",
}

# Two numbers, so as not to meet anybody else's advisory locks in this database.
_MIGRATION = "1937076336, 2"


class Postgresql:
    """A server that lets many write and checks what they did (see `engine.Database`)."""

    def __init__(self, url: URL) -> None:
        """Nothing is connected yet."""
        self.name = str(
            URL.create("postgresql", url.username, None, url.host, url.port, url.database)
        )
        query = dict(url.query)
        if query.pop("pgbouncer", "") == "true":
            # It hands a session on after each transaction, with what was prepared or set in it.
            session: dict[str, Any] = {"prepare_threshold": None}
        else:
            session = {"options": f"{query.pop('options', '')} {_FOR_THE_SERVER}"}
        engine = create_engine(
            url.set(drivername="postgresql+psycopg", query=query),
            connect_args={k: v for k, v in _FOR_THE_DRIVER.items() if k not in query} | session,
            hide_parameters=True,  # errors are logged: what customers wrote must not be in them
            pool_pre_ping=True,  # the server may have been restarted since
        )
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "handle_error", _note_collision)
        event.listen(engine, "handle_error", _tell_less)
        self._engine = engine
        self._deciding = engine.execution_options(isolation_level="SERIALIZABLE")
        self._claiming = engine.execution_options(isolation_level="READ COMMITTED")
        self._reading = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._asking = Asking(engine.execution_options(isolation_level="AUTOCOMMIT"))

    def write(self, work: Callable[[Session], T]) -> T:
        """Work as if alone: whoever collides with another is called again."""
        return _until_no_collision(self._deciding, work)

    def claim(self, work: Callable[[Session], T]) -> T:
        """Work on what is committed at each statement, so that locked rows can be skipped."""
        return _until_no_collision(self._claiming, work)

    def read(self, work: Callable[[Session], T]) -> T:
        """Work on one state of the database."""
        return _once(self._reading, work)

    def ask(self, query: Select[Any]) -> Sequence[Any]:
        """Ask a question of one statement: one state of the database by itself."""
        return self._asking.one(query)

    def migrate(self, work: Callable[[Session], T]) -> T:
        """Work alone among those who migrate; raise StoreError if not all texts can be stored."""

        def alone(session: Session) -> T:
            connection = session.connection()
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION})"))
            encoding = connection.execute(text("SHOW server_encoding")).scalar()
            if encoding != "UTF8":
                raise StoreError(
                    f"{self.name}: its encoding is {encoding}, which has not all letters: "
                    "make it by createdb --encoding=UTF8 --template=template0"
                )
            return work(session)

        return _once(self._claiming, alone)  # who waited for the lock sees what was done meanwhile

    def hold_daemon_lock(self) -> bool:
        """Any number may work here."""
        return False

    def release_daemon_lock(self) -> None:
        """Nothing is held."""

    def clock(self) -> datetime | None:
        """Ask the server."""

        def ask(session: Session) -> datetime | None:
            return session.exec(select(func.clock_timestamp())).first()

        return self.read(ask)

    def close(self) -> None:
        """Close every connection."""
        self._asking.close()
        self._engine.dispose()


class _Text(StrDumper):
    """Text without NUL, which PostgreSQL refuses: one in a hostile mail must not stop it."""

    def dump(self, obj: str) -> Any:  # noqa: ANN401 - what the driver calls a buffer
        return super().dump(obj.replace("\0", "\ufffd"))


def _prepare(connection: PsycopgConnection, _record: object) -> None:
    connection.adapters.register_dumper(str, _Text)


def _tell_less(context: ExceptionContext) -> None:
    """Keep what the server says is wrong, but not the row it shows: customers wrote it."""
    if _state(context.original_exception) is None:
        return  # not the server's word
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args:
            error.args = (str(error.args[0]).partition("\n")[0], *error.args[1:])


def _until_no_collision(engine: Engine, work: Callable[[Session], T]) -> T:
    for tried in range(1, _TRIES):
        try:
            return _once(engine, work)
        except DBAPIError as error:
            if _state(error.orig) not in _COLLISIONS:
                raise
        # Not all at once again.
        time.sleep(random.uniform(0, min(_LONGEST_PAUSE, _PAUSE * 2**tried)))
    return _once(engine, work)


def _once(engine: Engine, work: Callable[[Session], T]) -> T:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        connection = session.connection()
        connection.info.pop(_COLLIDED, None)
        done = work(session)
        if collision := connection.info.pop(_COLLIDED, None):
            raise collision  # work that went on after it decided on nothing that holds
        if _driver_of(connection).info.transaction_status == TransactionStatus.INERROR:
            raise StoreError(UNDONE)
        return done


def _note_collision(context: ExceptionContext) -> None:
    """Remember it on the connection: the work may catch what it takes for its own trouble."""
    if context.connection and _state(context.original_exception) in _COLLISIONS:
        context.connection.info[_COLLIDED] = context.sqlalchemy_exception


def _driver_of(connection: Connection) -> PsycopgConnection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, PsycopgConnection)
    return driver


def _state(error: BaseException | None) -> str | None:
    """The SQLSTATE, if the server has said one."""
    return getattr(error, "sqlstate", None)
