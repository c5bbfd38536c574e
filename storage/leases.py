"""Leases: which daemons live, and which mailbox each of them reads."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from storage.schema import LeaseRow


@dataclass(frozen=True)
class Lease:
    """What one holds until another may have it."""

    name: str
    """A daemon's own lease is called as the daemon is."""
    holder: str
    until_at: datetime
    about: str
    """Of a daemon, in words: its machine and its versions."""

    @property
    def is_daemons(self) -> bool:
        """Whether it says that a daemon lives."""
        return self.name == self.holder


class Leases:
    """What is held, by whom, for how long."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def take(
        self, name: str, holder: str, now: datetime, until_at: datetime, about: str = ""
    ) -> bool:
        """Take it if it is free, or keep it if it is the holder's; False if another holds it."""
        dialect = self._session.get_bind().dialect.name
        insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
        values = {"holder": holder, "until_at": until_at, "about": about}
        statement = insert(LeaseRow).values(name=name, **values)
        taken = self._session.connection().execute(
            statement.on_conflict_do_update(
                index_elements=["name"],
                set_=values,
                where=(col(LeaseRow.holder) == holder) | (col(LeaseRow.until_at) <= now),
            ).returning(col(LeaseRow.name))
        )
        return taken.first() is not None

    def release(self, holder: str) -> None:
        """Let others have all that a holder has."""
        self._session.exec(delete(LeaseRow).where(col(LeaseRow.holder) == holder))

    def clear(self) -> None:
        """Free all of them: whoever held them is dead."""
        self._session.exec(delete(LeaseRow))

    def all(self) -> list[Lease]:
        """Return them by name, those that have ended as well."""
        rows = self._session.exec(select(LeaseRow).order_by(col(LeaseRow.name)))
        return [Lease(row.name, row.holder, row.until_at, row.about) for row in rows]

    def count(self, now: datetime) -> int:
        """Return how many daemons live."""
        query = select(func.count()).select_from(LeaseRow).where(_lives(now))
        return self._session.exec(query).one()


def is_dead(holder: Mapped[str | None], now: datetime) -> ColumnElement[bool]:
    """Whether the daemon that a column names does not live any more."""
    return holder.not_in(select(LeaseRow.name).where(_lives(now)))


def _lives(now: datetime) -> ColumnElement[bool]:
    return (col(LeaseRow.name) == col(LeaseRow.holder)) & (col(LeaseRow.until_at) > now)
