"""Rules for all tests."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

SOAK = os.environ.get("SUPPORTD_SOAK") == "1"
"""Whether the long forms run; who asks is what `make soak` runs."""

_MEMORY, _ROOM = Path("/dev/shm"), 256 * 1024 * 1024


def need(there: bool, what: str) -> None:
    """Skip, with a reason, where a server is not installed; fail where skipping is forbidden."""
    if there:
        return
    if os.environ.get("SUPPORTD_NO_SKIP"):
        pytest.fail(f"{what}, and SUPPORTD_NO_SKIP forbids to skip")
    pytest.skip(what)


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, since much of the time is waiting for other processes."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts whole daemons first: the longest stories must not be the last ones."""
    items.sort(key=lambda item: "tests/smoke" not in str(item.path))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where skipping is forbidden, a skipped test has failed; real mail may still be absent."""
    report = yield
    forbidden = os.environ.get("SUPPORTD_NO_SKIP") and "tests/corpus" not in str(item.path)
    if report.skipped and forbidden:
        report.outcome = "failed"
    return report


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where the machine has room for one: syncing it waits for no disk."""
    if not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free < _ROOM:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=_MEMORY) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database brought up to date once, to be copied."""
    from storage.store import Store

    path = tmp_path_factory.mktemp("migrated") / "supportd.db"
    store = Store(f"sqlite:///{path}")
    store.migrate()
    store.close()
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Any]:
    """A `tests.postgresql.Cluster` for all tests that kill nothing: fast, and forgetful."""
    from tests.postgresql import FAST, Cluster

    cluster = Cluster(*FAST)
    yield cluster
    cluster.remove()


@pytest.fixture(scope="session")
def slack_peer() -> Iterator[Any]:
    """One Slack for all tests."""
    from tests.slack_peer import SlackPeer, installed

    try:
        installed()
    except (ImportError, OSError, subprocess.SubprocessError) as error:
        need(False, f"the Slack to test against could not be fetched by npm: {error}")
    peer = SlackPeer()
    yield peer
    peer.stop()


@pytest.fixture
def slack(slack_peer: Any) -> Iterator[Any]:
    """The Slack, which nobody listens to yet, and where nothing fails."""
    slack_peer.forget()
    yield slack_peer
    slack_peer.forget()


@pytest.fixture(scope="session")
def matrix() -> Iterator[Any]:
    """One Synapse for all tests; each makes rooms of its own."""
    from tests.matrix_peer import MatrixPeer, installed

    try:
        installed()
    except (OSError, subprocess.SubprocessError):
        need(False, "Synapse cannot be installed here")
    peer = MatrixPeer()
    yield peer
    peer.remove()
