"""The schema's versions, brought up to date from code."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlmodel import Session

from storage.engine import Database
from storage.errors import Outdated

HEAD = "0019"
"""The newest version; versions are numbers of four digits."""
VERSIONS = Path(__file__).parent / "versions"

_FOUND = text("SELECT version_num FROM alembic_version")


def migrate(database: Database) -> None:
    """Bring the database to HEAD; Outdated if it is beyond that."""
    found = version(database)
    if found == HEAD:
        return  # by far the most starts: they need no alembic, which is slow to import
    if found > HEAD:
        raise _outdated(database.name, found)
    database.migrate(lambda session: _upgrade(session.connection()))


def version(database: Database) -> str:
    """Return the schema's version; empty for an empty database."""
    return database.read(lambda session: _version(session.connection()))


def check(session: Session, name: str) -> None:
    """Raise Outdated if another program has brought the schema beyond HEAD."""
    found = session.connection().execute(_FOUND).scalar_one()
    if found > HEAD:
        raise _outdated(name, found)


def _outdated(name: str, found: str) -> Outdated:
    return Outdated(
        f"{name}: its schema is version {found}, this program knows up to {HEAD}: "
        "start the newer program, or restore the backup from before it"
    )


def _version(connection: Connection) -> str:
    """The schema's version; empty for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(_FOUND).scalar() or ""


def _upgrade(connection: Connection) -> None:
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext, RevisionStep
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(VERSIONS.parent), version_locations=[str(VERSIONS)])

    def steps(found: str, _context: MigrationContext) -> list[RevisionStep]:
        return scripts._upgrade_revs(HEAD, found)  # as alembic.command.upgrade does

    # It looks for itself how far the schema is: another may have been here before us.
    context = MigrationContext.configure(connection, opts={"fn": steps})
    with Operations.context(context):
        context.run_migrations()
