"""What only a server does: collide, hang up, come back."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from storage.engine import open_database
from storage.store import Store, StoreError, Transaction
from tests.postgresql import Line
from tests.storage.nouns import MINUTE, NOW, a_notice, a_request, a_timer, an_arrival

LEASE = MINUTE


@pytest.fixture(params=["postgresql"])
def url(postgresql: Any) -> Iterator[str]:
    name = postgresql.create(postgresql.migrated())
    yield postgresql.url(name)
    postgresql.drop(name)


def hang_up(url: str) -> None:
    """End every other connection to this database, as a server that restarts does."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_each_kind_of_work_has_its_isolation(url: str) -> None:
    def asked(session: Session) -> tuple[object, object]:
        shown = session.connection().execute(
            text(
                "SELECT current_setting('transaction_isolation'),"
                " current_setting('transaction_read_only')"
            )
        )
        return tuple(shown.one())  # type: ignore[return-value]

    database = open_database(url)
    for _ in range(2):  # on a connection used before for something else, too
        assert database.write(asked) == ("serializable", "off")
        assert database.claim(asked) == ("read committed", "off")
        assert database.read(asked) == ("repeatable read", "on")
    database.close()


def test_two_that_decide_on_what_the_other_writes_are_not_both_right(store: Store) -> None:
    # Write skew: on snapshots alone both would see no request, and both open one.
    together = Barrier(2)
    calls: list[int] = []

    def open_the_only_one(_: int) -> bool:
        def work(tx: Transaction) -> bool:
            there = bool(tx.requests.find())
            calls.append(1)
            if len(calls) <= 2:
                together.wait(10)
            if not there:
                tx.requests.add(a_request())
            return not there

        return store.write(work)

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(open_the_only_one, range(2))) == [False, True]
    assert len(store.read(lambda tx: tx.requests.find())) == 1
    assert len(calls) == 3  # the one who came too late was called again


def test_who_locks_the_other_way_round_is_called_again(store: Store) -> None:
    store.write(lambda tx: tx.outbox.post([a_notice(id="a"), a_notice(id="b")], NOW))
    together = Barrier(2)
    calls: list[int] = []

    def both(first: str, second: str) -> None:
        def work(tx: Transaction) -> None:
            calls.append(1)
            lock(tx, first)
            if len(calls) <= 2:
                together.wait(10)
            lock(tx, second)

        store.claim(work)

    def lock(tx: Transaction, id: str) -> None:
        tx.outbox._session.connection().execute(
            text("SELECT id FROM outbox WHERE id = :id FOR UPDATE"), {"id": id}
        )

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(both, "a", "b"), threads.submit(both, "b", "a")]:
            done.result(30)
    assert len(calls) == 3


def test_who_collides_for_ever_is_told_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.postgresql._TRIES", 3)
    calls: list[int] = []

    def work(tx: Transaction) -> None:
        calls.append(1)
        tx.memory._session.connection().execute(
            text("DO $$ BEGIN RAISE EXCEPTION 'collided' USING ERRCODE = '40001'; END $$")
        )

    with pytest.raises(StoreError, match="collided"):
        store.write(work)
    assert len(calls) == 3


def test_a_collision_that_the_work_takes_for_its_own_trouble_is_one_all_the_same(
    store: Store,
) -> None:
    first_look, changed = Event(), Event()
    calls: list[str] = []

    def work(tx: Transaction) -> None:
        tx.memory.load("a")
        first_look.set()
        assert changed.wait(30)
        try:
            with tx.attempt():
                tx.memory.save("a", "mine")
            calls.append("saved")
        except DBAPIError:
            calls.append("collided")
        tx.memory.save("b", calls[-1])

    store.write(lambda tx: tx.memory.save("a", "old"))
    with ThreadPoolExecutor(1) as other:
        done = other.submit(store.write, work)
        assert first_look.wait(30)
        store.write(lambda tx: tx.memory.save("a", "theirs"))
        changed.set()
        done.result(30)
    assert calls == ["collided", "saved"]
    assert store.read(lambda tx: (tx.memory.load("a"), tx.memory.load("b"))) == ("mine", "saved")


def test_work_that_goes_on_after_an_error_is_not_taken_for_done(store: Store) -> None:
    def work(tx: Transaction) -> None:
        tx.memory.save("a", "1")
        with suppress(DBAPIError):
            tx.timers._session.connection().execute(text("SELECT 1 / 0"))

    with pytest.raises(StoreError, match="nothing was stored"):
        store.write(work)
    assert store.read(lambda tx: tx.memory.load("a")) is None


def test_a_claim_passes_by_what_another_holds(store: Store) -> None:
    store.write(lambda tx: tx.outbox.post([a_notice(id="a"), a_notice(id="b")], NOW))
    claimed, enough = Event(), Event()

    def hold(tx: Transaction) -> list[str]:
        mine = [c.notice.id for c in tx.outbox.claim(NOW, 1, LEASE, "mail")]
        claimed.set()
        assert enough.wait(30)
        return mine

    with ThreadPoolExecutor(1) as other:
        held: Future[list[str]] = other.submit(store.claim, hold)
        assert claimed.wait(30)
        mine = store.claim(lambda tx: [c.notice.id for c in tx.outbox.claim(NOW, 2, LEASE, "mail")])
        enough.set()
        assert (held.result(), mine) == (["a"], ["b"])


def test_two_that_look_at_what_is_due_see_different_timers(store: Store) -> None:
    requests = [store.write(lambda tx: tx.requests.add(a_request())).id for _ in range(3)]
    for id in requests:
        store.write(lambda tx, id=id: tx.timers.arm(a_timer(id, next_at=NOW)))
    looked, enough = Event(), Event()

    def due(tx: Transaction, limit: int) -> list[int]:
        return [timer.request_id for timer, _ in tx.timers.claim(NOW, limit)]

    def hold(tx: Transaction) -> list[int]:
        mine = due(tx, 2)
        looked.set()
        assert enough.wait(30)
        return mine

    with ThreadPoolExecutor(1) as other:
        held: Future[list[int]] = other.submit(store.claim, hold)
        assert looked.wait(30)
        mine = store.claim(lambda tx: due(tx, 3))
        enough.set()
        assert sorted([*held.result(), *mine]) == requests
    assert len(mine) == 1


def test_what_is_looked_at_nobody_changes_meanwhile(store: Store) -> None:
    request = store.write(lambda tx: tx.requests.add(a_request()))
    store.write(lambda tx: tx.timers.arm(a_timer(request.id, next_at=NOW)))
    looked, changed = Event(), Event()

    def look(tx: Transaction) -> None:
        [(timer, found)] = tx.timers.claim(NOW, 1)
        looked.set()
        assert not changed.wait(0.2)
        tx.requests.save(replace(found, breached_at=NOW))
        tx.timers.arm(replace(timer, told=7))

    def acknowledge(tx: Transaction) -> None:
        found = tx.requests.get(request.id)
        assert found is not None
        tx.requests.save(replace(found, owner="ana"))

    with ThreadPoolExecutor(1) as other:
        looking = other.submit(store.claim, look)
        assert looked.wait(30)
        store.write(acknowledge)
        changed.set()
        looking.result(30)
    found = store.read(lambda tx: tx.requests.get(request.id))
    assert found is not None
    assert (found.owner, found.breached_at) == ("ana", NOW)  # neither is lost


def test_the_server_has_a_clock(store: Store) -> None:
    at = store.clock()
    assert at is not None
    assert at.utcoffset() == timedelta()


def test_a_lost_connection_is_made_again(store: Store, url: str) -> None:
    store.read(lambda tx: tx.requests.find())
    hang_up(url)
    assert store.write(lambda tx: tx.inbox.take([an_arrival()], NOW)) == 1
    hang_up(url)
    assert len(store.read(lambda tx: tx.inbox.waiting(NOW, 9))) == 1
    assert not store.is_ripe(NOW, NOW)
    hang_up(url)
    assert store.is_ripe(NOW, NOW + MINUTE)


@pytest.mark.parametrize(("breaks", "stored"), [("before", 0), ("after", 1)])
def test_a_line_that_breaks_at_commit_is_told_and_never_tried_again(
    postgresql: Any, url: str, breaks: str, stored: int
) -> None:
    # Whether it was stored nobody can know: who asked knows how to ask again.
    broken = [breaks]
    line = Line(postgresql, lambda: broken.pop() if broken else "")
    store = Store(line.url(url.partition("?")[0].rpartition("/")[2]))
    calls: list[int] = []

    def work(tx: Transaction) -> int:
        calls.append(1)
        return tx.inbox.take([an_arrival(external_id="1")], NOW)

    with pytest.raises(StoreError, match="connection"):
        store.write(work)
    assert calls == [1]
    assert len(store.read(lambda tx: tx.inbox.waiting(NOW, 9))) == stored
    assert store.write(work) == 1 - stored  # asked again it is there once
    assert len(store.read(lambda tx: tx.inbox.waiting(NOW, 9))) == 1
    store.close()
    line.remove()


def test_an_error_shows_no_row(store: Store) -> None:
    request = a_request(subject="my password is 1234", plan=None)
    with pytest.raises(StoreError) as refused:
        store.write(lambda tx: tx.requests.add(request))
    assert "null value in column" in str(refused.value)
    assert "1234" not in str(refused.value) + str(refused.value.__cause__)


def test_text_with_nul_does_not_stop_us(store: Store) -> None:
    arrival = an_arrival(b"\0", sender="a\0b")
    assert store.write(lambda tx: tx.inbox.take([arrival], NOW)) == 1
    [waiting] = store.read(lambda tx: tx.inbox.waiting(NOW, 1))
    assert waiting.arrival.envelope.sender == "a\ufffdb"
    assert waiting.arrival.content == b"\0"


def test_a_database_that_has_not_all_letters_is_refused(postgresql: Any) -> None:
    postgresql.ask("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1'")
    store = Store(postgresql.url("latin"))
    with pytest.raises(StoreError, match=r"its encoding is LATIN1.*createdb --encoding=UTF8"):
        store.migrate()
    store.close()
    postgresql.drop("latin")


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    store = Store("postgresql://eva:secret@127.0.0.1:1/mail?connect_timeout=2")
    for ask in (store.migrate, store.clock):
        with pytest.raises(StoreError, match=r"postgresql://eva@127\.0\.0\.1:1/mail: ") as refused:
            ask()
        assert "secret" not in str(refused.value)
    store.close()


def test_the_driver_is_imported_only_where_it_is_configured(tmp_path: Path) -> None:
    code = (
        "import sys; from storage.store import Store; Store(sys.argv[1]).migrate();"
        "assert not [m for m in sys.modules if m.startswith('psycopg')]"
    )
    subprocess.run(
        [sys.executable, "-c", code, f"sqlite:///{tmp_path}/x.db"],
        cwd=Path(__file__).parents[2],
        check=True,
    )
