import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.store import Store


@pytest.fixture(params=["sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database of each kind."""
    return {"sqlite": f"sqlite:///{tmp_path}/data/supportd.db"}[request.param]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database brought up to date once, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "supportd.db"
    store = Store(f"sqlite:///{path}")
    store.migrate()
    store.close()
    return path


@pytest.fixture
def store(url: str, migrated: Path) -> Iterator[Store]:
    """On an up-to-date database with nothing in it."""
    store = Store(url)
    shutil.copyfile(migrated, url.removeprefix("sqlite:///"))
    store.migrate()
    yield store
    store.close()
