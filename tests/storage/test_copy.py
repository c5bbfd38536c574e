"""SQLite moves to PostgreSQL: all of it, or nothing."""

import os
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from rules.model import (
    Assessment,
    Attachment,
    CalendarCopy,
    ContractChange,
    Credit,
    Fate,
    FollowUpBreach,
    HistoryEntry,
    Label,
    LabelSource,
    NoticeKind,
    OnCallChangeKind,
    Post,
    Refit,
    RegisteredPerson,
    Severity,
    Shift,
)
from storage.copy import TABLES, Compared, copy
from storage.engine import open_database
from storage.store import Store, StoreError, Transaction
from tests.storage.nouns import (
    MINUTE,
    NOW,
    a_change,
    a_contract,
    a_message,
    a_notice,
    a_request,
    a_timer,
    an_arrival,
    an_offer,
)


@pytest.fixture
def target(postgresql: Any) -> Iterator[str]:
    name = postgresql.create()
    yield postgresql.url(name)
    postgresql.drop(name)


@pytest.fixture
def source(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/supportd.db"
    store = Store(url)
    store.migrate()
    store.write(fill)
    store.close()
    return url


def fill(tx: Transaction) -> None:
    """Something in every table."""
    anas = RegisteredPerson(
        "Ana",
        frozenset({"ana@adria.example"}),
        phones=frozenset({"+385912345678"}),
        identities=frozenset({"slack:U0123ABC"}),
    )
    at = {"domains": frozenset({"adria.example"}), "chats": frozenset({"slack:C0123ABC"})}
    tx.contracts.put([a_contract(persons=(anas,), **at)])
    tx.contracts.note(ContractChange(1, NOW, "eva", "added"))
    content = bytes(range(256)) * 100
    tx.inbox.take([an_arrival(content), *(an_arrival(b"%d" % n) for n in range(40))], NOW)
    request = tx.requests.add(a_request(contract_id=1, subject="ščž \U0001f600 \0 'quoted'"))
    message = a_message(references=("1@x", "2@x"), attachments=(Attachment("a", "b/c", b"d"),))
    row = tx.messages.add(message, "customer", request.id, 1)
    tx.inbox.settle(1, Fate.OPENED, "", request.id, row)
    tx.inbox.postpone(2, NOW + MINUTE, NOW, "KeyError")
    tx.requests.note(HistoryEntry(request.id, NOW, "customer", "opened", ""))
    tx.timers.arm(a_timer(request.id))
    seen = Assessment(Severity.MINOR, 0.5, (), model="phrases", vector=bytes(range(256)))
    tx.assessments.add(request.id, seen)
    none, changed = Severity.NONE, LabelSource.CHANGED
    tx.refits.add(Refit(NOW, "eva", "shipped", 1, 1, ("good",), accepted=True), content)
    tx.labels.add(Label(request.id, NOW, "eva", "phrases", seen.severity, 0.5, none, changed))
    tx.outbox.post([a_notice(request_id=request.id, kind=NoticeKind.PING)], NOW)
    tx.posts.add(Post("slack:C0/1.2", request.id, "slack", "C0", 0))
    tx.credits.add(Credit(1, request.id, date(2026, 3, 2), 1, "opened", NOW, "supportd"))
    tx.follow_ups.add(FollowUpBreach(request.id, Severity.CRITICAL, NOW, NOW, NOW))
    tx.offers.add(an_offer(request_id=request.id, contract_id=1, replaced_by=2))
    change = tx.on_call.add(a_change())
    tx.on_call.add(replace(change, kind=OnCallChangeKind.UNDO, undoes=change.id))
    tx.on_call.keep(CalendarCopy("c", b"BEGIN", (Shift("ana", NOW, NOW + MINUTE),), NOW))
    tx.keys.add("ab" * 32, 1, NOW)
    tx.memory.save("signing key", "00ff")
    tx.tokens.save("support", "kept")
    tx.leases.take("mailbox:support", "it", NOW, NOW + MINUTE)


def move(source: str, target: str) -> list[Compared]:
    return copy(source, target, lambda _: None, lambda _: None)


def rows(url: str, table: str) -> int:
    database = open_database(url)
    found = database.read(
        lambda s: s.connection().execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()
    )
    database.close()
    return int(found)


def test_every_table_is_copied_and_compared(source: str, target: str) -> None:
    steps: list[int] = []
    done: list[str] = []
    compared = copy(source, target, steps.append, done.append)
    assert {each.table for each in compared} == {table.name for table in TABLES}
    assert all(each.same and each.rows > 0 for each in compared), compared
    assert {each.table: rows(target, each.table) for each in compared} == {
        each.table: rows(source, each.table) for each in compared
    }
    assert steps == [len(done)] == [2 * sum(each.rows for each in compared)]


def test_the_copy_goes_on_where_the_original_ended(source: str, target: str) -> None:
    move(source, target)
    old, new = Store(source), Store(target)

    def everything(tx: Transaction) -> list[object]:
        return [
            tx.inbox.waiting(NOW, 100),
            tx.inbox.content(1),
            [f.message for f in tx.messages.of_request(1)],
            tx.requests.history(1),
            tx.timers.of(1),
            tx.outbox.of_request(1),
            tx.contracts.all(),
            tx.credits.of_request(1),
            tx.memory.load("signing key"),
        ]

    assert new.read(everything) == old.read(everything)
    assert new.write(lambda tx: tx.requests.add(a_request())).id == 2
    assert new.write(lambda tx: tx.inbox.take([an_arrival()], NOW)) == 1
    assert new.read(lambda tx: tx.inbox.waiting(NOW, 100))[-1].id == 42
    old.close()
    new.close()


@pytest.mark.parametrize("side", ["source", "target"])
def test_where_a_daemon_runs_nothing_is_copied(source: str, target: str, side: str) -> None:
    daemon = Store({"source": source, "target": target}[side])
    daemon.migrate()
    daemon.hold_daemon_lock()
    daemon.write(lambda tx: tx.leases.take("it", "it", NOW, NOW + MINUTE))
    with pytest.raises(StoreError, match="another daemon works on this database"):
        move(source, target)
    daemon.write(lambda tx: tx.leases.release("it"))
    daemon.close()
    assert all(each.same for each in move(source, target))


def test_a_target_that_is_not_empty_is_refused_and_left_as_it_was(source: str, target: str) -> None:
    move(source, target)
    store = Store(target)
    store.write(lambda tx: tx.memory.save("a", "1"))
    with pytest.raises(StoreError, match=r"supportd.*is not empty \(\w+ has \d+ rows?"):
        move(source, target)
    assert store.read(lambda tx: tx.memory.load("a")) == "1"
    store.close()


def test_a_copy_that_is_not_the_same_is_not_kept(source: str, target: str) -> None:
    store = Store(target)
    store.migrate()
    store.close()
    database = open_database(target)
    for statement in (
        "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.why = 'forgotten'; RETURN NEW; END $$",
        "CREATE TRIGGER forgets BEFORE INSERT ON history FOR EACH ROW EXECUTE FUNCTION forget()",
    ):
        database.write(lambda s, it=statement: s.connection().execute(text(it)))
    database.close()
    with pytest.raises(StoreError, match="the copy of history is not the same: nothing was kept"):
        move(source, target)
    assert [rows(target, table.name) for table in TABLES] == [0] * len(TABLES)


def test_large_rows_are_never_in_memory_together(source: str, target: str) -> None:
    size = 1_000_000

    def work(tx: Transaction) -> None:
        for _ in range(10):
            tx.inbox.take([an_arrival(os.urandom(size))], NOW)
            tx.messages.add(a_message(text="x" * size), "customer", None, 1)
            tx.outbox.post([a_notice(text="x" * size)], NOW)

    store = Store(source)
    store.write(work)
    store.close()
    tracemalloc.start()
    move(source, target)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * size


def test_a_copy_that_breaks_off_leaves_nothing(source: str, target: str) -> None:
    def interrupted(table: str) -> None:
        if table == "message":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy(source, target, lambda _: None, interrupted)
    assert all(each.same for each in move(source, target))


def test_an_original_that_cannot_be_read_is_named(tmp_path: Path, target: str) -> None:
    (tmp_path / "x.db").write_text("dear diary, " * 100)
    with pytest.raises(StoreError, match=r"x\.db: file is not a database: nothing was kept"):
        move(f"sqlite:///{tmp_path}/x.db", target)


@pytest.mark.parametrize(
    ("from_url", "to_url", "says"),
    [
        ("postgresql://x/y", "postgresql://x/y", "sqlite:///path/to/file"),
        ("sqlite:///nowhere/x.db", "postgresql://x/y", "nowhere/x.db: there is no such file"),
        ("sqlite:///{here}", "sqlite:///other.db", "postgresql://user@host/database"),
    ],
)
def test_what_cannot_be_copied_is_told(from_url: str, to_url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says):
        move(from_url.format(here=__file__), to_url)
