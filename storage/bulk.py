"""Many rows in one go: what a herd of timers that fall due at once has to write."""

from collections.abc import Sequence
from typing import Any

from pydantic_core import to_json
from sqlalchemy import inspect, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

Rows = Sequence[dict[str, Any]]
"""All with the same columns."""

_NUL = rb"\u0000"


def insert_new(session: Session, table: type[SQLModel], rows: Rows) -> int:
    """Insert the rows whose keys are not there yet; return how many those were."""
    if not rows:
        return 0
    session.flush()
    connection = session.connection()
    if packed := _packed(session, rows):
        columns = ", ".join(f'"{column}"' for column in rows[0])
        statement = (
            f"INSERT INTO {table.__tablename__} ({columns})"
            f" SELECT {columns} FROM {_unpacked(table)} ON CONFLICT DO NOTHING"
        )
        return connection.execute(text(statement), {"rows": packed}).rowcount
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    result = connection.execute(
        insert(inspect(table).local_table).on_conflict_do_nothing(),
        rows,
        execution_options={"preserve_rowcount": True},
    )
    return result.rowcount


def update_all(session: Session, table: type[SQLModel], rows: Rows) -> None:
    """Change the rows with these primary keys, which are there."""
    if not rows:
        return
    session.flush()
    if packed := _packed(session, rows):
        keys = [column.name for column in inspect(table).primary_key]
        changes = ", ".join(f'"{c}" = new."{c}"' for c in rows[0] if c not in keys)
        same = " AND ".join(f'old."{key}" = new."{key}"' for key in keys)
        statement = (
            f"UPDATE {table.__tablename__} AS old SET {changes} FROM {_unpacked(table)} AS new"
            f" WHERE {same}"
        )
        session.connection().execute(text(statement), {"rows": packed})
        return
    session.exec(update(table), params=rows)


def _packed(session: Session, rows: Rows) -> str | None:
    """As JSON, where a server takes them out in one statement for less than so many cost it.

    None where they go one by one: a single one, bytes, a NUL that JSON may say and no text hold.
    """
    if session.get_bind().dialect.name != "postgresql" or len(rows) == 1:
        return None
    if any(isinstance(value, bytes) for value in rows[0].values()):
        return None
    packed = to_json(rows)
    return None if _NUL in packed else packed.decode()


def _unpacked(table: type[SQLModel]) -> str:
    name = table.__tablename__
    return f"json_populate_recordset(NULL::{name}, CAST(:rows AS json))"
