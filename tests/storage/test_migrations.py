import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.schema import CreateIndex

from storage import migrations
from storage.engine import Database
from storage.schema import Row
from storage.store import Store, StoreError


def test_the_migrated_schema_is_the_one_the_code_speaks(store: Store, url: str) -> None:
    database = Database(url)
    with database.reader() as session:
        context = MigrationContext.configure(session.connection())
        assert compare_metadata(context, Row.metadata) == []
    database.close()


def test_the_partial_indexes_are_the_ones_the_code_speaks(store: Store, url: str) -> None:
    # which the comparison above does not look into
    def bare(statement: str) -> str:
        return re.sub(r'["\s]+', " ", statement).strip()

    database = Database(url)
    with database.reader() as session:
        stored = session.connection().execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '%WHERE%'")
        )
        found = {name: bare(sql) for name, sql in stored}
    dialect = database.engine.dialect
    database.close()
    assert found == {
        index.name: bare(str(CreateIndex(index).compile(dialect=dialect)))
        for table in Row.metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }


def test_head_is_the_newest_version_there_is() -> None:
    scripts = ScriptDirectory(
        str(migrations.VERSIONS.parent), version_locations=[str(migrations.VERSIONS)]
    )
    assert scripts.get_heads() == [migrations.HEAD]
    assert all(re.fullmatch(r"\d{4}", s.revision) for s in scripts.walk_revisions())


def test_migrating_again_changes_nothing(store: Store) -> None:
    store.write(lambda tx: tx.memory.save("a", "1"))
    store.migrate()
    assert store.read(lambda tx: tx.memory.load("a")) == "1"


def test_a_database_of_a_newer_version_is_refused(store: Store, url: str) -> None:
    database = Database(url)
    with database.writer() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(StoreError, match=r"supportd\.db: its schema is version 9999.* up to 0001"):
        store.migrate()


def test_a_migration_that_fails_leaves_nothing_behind(url: str) -> None:
    database = Database(url)
    with database.writer() as session:  # somebody else's table in the way of the last of ours
        session.connection().execute(text("CREATE TABLE timer (x)"))
    store = Store(url)
    with pytest.raises(StoreError, match="already exists"):
        store.migrate()
    with database.reader() as session:
        names = session.connection().execute(text("SELECT name FROM sqlite_master")).scalars()
        assert list(names) == ["timer"]
    database.close()
    store.close()
