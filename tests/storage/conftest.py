import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.store import Store

NOT_ON_BOTH = {
    "test_sqlite.py",
    "test_postgresql.py",
    "test_copy.py",
    "test_without_database.py",
}


@pytest.fixture(autouse=True)
def on_both_databases(request: pytest.FixtureRequest) -> None:
    """A test that opens a database of its own tells nothing of the other."""
    if request.path.name not in NOT_ON_BOTH and "url" not in request.fixturenames:
        pytest.fail("a test of the store runs on both databases: take `store` or `url`")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, scratch: Path) -> Iterator[str]:
    """Of a database of each kind: empty, but up to date if the test asks for `store`, too."""
    up_to_date = "store" in request.fixturenames
    if request.param == "sqlite":
        path = scratch / "data" / "supportd.db"
        if up_to_date:
            path.parent.mkdir()
            shutil.copyfile(request.getfixturevalue("migrated"), path)
        yield f"sqlite:///{path}"
        return
    cluster = request.getfixturevalue("postgresql")
    name = cluster.create(cluster.migrated() if up_to_date else "template0")
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """On an up-to-date database with nothing in it."""
    store = Store(url)
    store.migrate()
    yield store
    store.close()
