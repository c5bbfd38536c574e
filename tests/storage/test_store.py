import os
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from storage.lock import alone_in
from storage.store import Store, StoreError, Transaction
from tests.storage.nouns import NOW, a_request, a_timer, an_arrival


def add_one(tx: Transaction) -> None:
    tx.memory.save("sum", str(int(tx.memory.load("sum") or 0) + 1))


@pytest.mark.parametrize("shared", [True, False])
def test_eight_threads_that_load_add_and_save_lose_nothing(
    store: Store, url: str, shared: bool
) -> None:
    def forty_times(_: int) -> None:
        mine = store if shared else Store(url)
        for _ in range(40):
            mine.write(add_one)
        if not shared:
            mine.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(forty_times, range(8)))
    assert store.read(lambda tx: tx.memory.load("sum")) == "320"


def test_memory_keeps_the_last_value_of_each_name(store: Store) -> None:
    for name, value in (("a", "1"), ("b", "2"), ("a", "3")):
        store.write(lambda tx, name=name, value=value: tx.memory.save(name, value))
    names = ("a", "b", "c")
    assert store.read(lambda tx: [tx.memory.load(name) for name in names]) == ["3", "2", None]


def test_what_the_work_raises_undoes_all_of_it(store: Store) -> None:
    def work(tx: Transaction) -> None:
        tx.inbox.take([an_arrival()], NOW)
        tx.timers.arm(a_timer(tx.requests.add(a_request()).id))
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        store.write(work)
    assert store.read(lambda tx: (tx.inbox.counts(), tx.requests.find(), tx.timers.armed())) == (
        {},
        [],
        0,
    )
    store.write(add_one)  # and the next one is not hindered


def test_a_reader_may_not_write(store: Store) -> None:
    with pytest.raises(StoreError, match=r"read-?only"):
        store.read(add_one)
    store.write(add_one)


def test_a_reader_sees_one_state_while_others_write(store: Store) -> None:
    def look_twice(tx: Transaction) -> tuple[int, int]:
        before = tx.timers.armed()
        with ThreadPoolExecutor(1) as other:
            other.submit(store.write, arm).result()
        return before, tx.timers.armed()

    def arm(tx: Transaction) -> None:
        tx.timers.arm(a_timer(tx.requests.add(a_request()).id))

    assert store.read(look_twice) == (0, 0)
    assert store.read(lambda tx: tx.timers.armed()) == 1


def test_rows_must_belong_to_a_request_that_is_there(store: Store) -> None:
    with pytest.raises(StoreError, match=r"(?i)foreign key"):
        store.write(lambda tx: tx.timers.arm(a_timer(7)))


def test_an_error_does_not_repeat_what_customers_wrote(store: Store) -> None:
    request = a_request(subject="my password is 1234", contract_id=7)
    with pytest.raises(StoreError) as refused:
        store.write(lambda tx: tx.requests.add(request))
    assert "1234" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("sqlite://", "sqlite:///path"),
        ("sqlite:///:memory:", "sqlite:///path"),
        ("sqlite:///file:x?mode=memory&uri=true", "sqlite:///path"),
        ("mysql://localhost/x", "sqlite:///path"),
        ("mysql://localhost/x", "postgresql://user@host/database"),
        ("/var/lib/x.db", "sqlite:///path"),
        ("", "sqlite:///path"),
    ],
)
def test_a_url_we_cannot_open_is_refused_with_what_would_be_right(url: str, right: str) -> None:
    with pytest.raises(StoreError, match=right):
        Store(url)


def test_a_password_in_a_url_is_not_shown() -> None:
    with pytest.raises(StoreError) as refused:
        Store("mysql://eva:secret@localhost/x")
    assert "secret" not in str(refused.value)


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


def test_the_daemon_lock_is_free_once_released_or_closed(url: str) -> None:
    first, second = Store(url), Store(url)
    first.hold_daemon_lock()
    with pytest.raises(StoreError, match=r"supportd.*: another daemon"):
        second.hold_daemon_lock()
    first.release_daemon_lock()
    second.hold_daemon_lock()
    second.close()
    first.hold_daemon_lock()
    first.close()
