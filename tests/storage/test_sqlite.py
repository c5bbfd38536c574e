"""What only a file does: lie in a folder, fill the disk."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from storage.lock import alone_in
from storage.store import Store, StoreError, Transaction
from tests.storage.nouns import NOW, an_arrival

ROOT = Path(__file__).parents[2]


def test_a_relative_path_lies_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store("sqlite:///data/x.db")
    monkeypatch.chdir("/")
    store.migrate()
    store.close()
    assert (tmp_path / "data" / "x.db").stat().st_size > 0


def test_folder_and_file_are_their_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = Store(f"sqlite:///{tmp_path}/data/x.db")
        store.migrate()
        store.hold_daemon_lock()
    finally:
        os.umask(before)
    folder = tmp_path / "data"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {p.name: p.stat().st_mode & 0o077 for p in folder.iterdir()} == {
        "x.db": 0,
        "x.db-wal": 0,
        "x.db-shm": 0,
        "x.db.lock": 0,
    }
    store.close()


def test_a_path_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"file/x\.db: cannot be opened"):
        Store(f"sqlite:///{tmp_path}/file/x.db")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_text("dear diary, " * 100)
    with pytest.raises(StoreError, match=r"x\.db: file is not a database"):
        Store(f"sqlite:///{path}").migrate()


def test_connections_to_a_folder_are_opened_one_at_a_time(tmp_path: Path) -> None:
    # else one of two that turn WAL on at once is told "database is locked", now and then
    store = Store(f"sqlite:///{tmp_path}/x.db")
    with ThreadPoolExecutor(1) as other:
        with alone_in(tmp_path):
            migrating = other.submit(store.migrate)
            wait([migrating], timeout=0.5)
            assert not migrating.done()
        migrating.result(timeout=30)
    store.close()


def test_the_daemon_lock_is_free_once_released_or_closed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/supportd.db"
    first, second = Store(url), Store(url)
    first.hold_daemon_lock()
    with pytest.raises(StoreError, match=r"supportd.*: another daemon"):
        second.hold_daemon_lock()
    first.release_daemon_lock()
    second.hold_daemon_lock()
    second.close()
    first.hold_daemon_lock()
    first.close()


def test_a_second_daemon_is_refused_until_the_first_is_dead(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/supportd.db"
    holds = (
        "import sys; from storage.store import Store; store = Store(sys.argv[1]);"
        " store.hold_daemon_lock(); print('held', flush=True); sys.stdin.readline()"
    )
    command = [sys.executable, "-c", holds, url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        second = Store(url)
        with pytest.raises(StoreError, match=r"supportd.*: another daemon"):
            second.hold_daemon_lock()
        second.migrate()  # other commands work beside it
        first.kill()
    assert second.hold_daemon_lock()
    second.close()


def test_a_lock_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.db.lock").mkdir()
    store = Store(f"sqlite:///{tmp_path}/x.db")
    with pytest.raises(StoreError, match=r"x\.db\.lock: cannot be locked: Is a directory"):
        store.hold_daemon_lock()
    store.close()


def fill_the_disk(tx: Transaction) -> None:
    """Let there be room for a little, not for a mail."""
    connection = tx.memory._session.connection()
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 3}")


def test_a_full_disk_takes_all_of_the_work_or_nothing(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/x.db")
    store.migrate()

    def work(tx: Transaction) -> None:
        fill_the_disk(tx)
        tx.memory.save("before", "1")
        tx.inbox.take([an_arrival(os.urandom(100_000))], NOW)

    with pytest.raises(StoreError, match=r"x\.db: database or disk is full"):
        store.write(work)
    assert store.read(lambda tx: (tx.memory.load("before"), tx.inbox.counts())) == (None, {})
    store.write(lambda tx: tx.memory.save("small", "1"))
    assert store.read(lambda tx: tx.memory.load("small")) == "1"
    store.close()


def test_work_that_goes_on_over_a_full_disk_is_not_taken_for_done(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/x.db")
    store.migrate()

    def work(tx: Transaction) -> None:
        fill_the_disk(tx)
        tx.memory.save("before", "1")
        with suppress(DBAPIError), tx.attempt():
            tx.memory.save("big", "x" * 100_000)
        with suppress(DBAPIError):
            tx.memory.save("after", "1")

    with pytest.raises(StoreError, match="nothing was stored"):
        store.write(work)
    names = ("before", "big", "after")
    assert store.read(lambda tx: [tx.memory.load(name) for name in names]) == [None] * 3
    store.write(lambda tx: tx.memory.save("after", "2"))
    assert store.read(lambda tx: tx.memory.load("after")) == "2"
    store.close()
