import re
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlmodel import Session

from rules.model import Authentication
from storage import migrations
from storage.engine import open_database
from storage.schema import Row
from storage.store import Outdated, Store, StoreError
from tests.storage.nouns import NOW, a_contract, a_message, a_request, an_arrival


def test_the_migrated_schema_is_the_one_the_code_speaks(store: Store, url: str) -> None:
    def differences(session: Session) -> list[object]:
        context = MigrationContext.configure(session.connection())
        return compare_metadata(context, Row.metadata)

    database = open_database(url)
    assert database.read(differences) == []
    database.close()


INDEXES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '%WHERE%'",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    " AND indexdef LIKE '%WHERE%'",
}


def test_the_partial_indexes_are_the_ones_the_code_speaks(store: Store, url: str) -> None:
    # which the comparison above does not look into
    def both(session: Session) -> tuple[dict[str, str], dict[str, str]]:
        connection = session.connection()
        query = text(INDEXES[connection.dialect.name])
        before = {name: bare(sql) for name, sql in connection.execute(query)}
        for table in Row.metadata.tables.values():
            for index in table.indexes:
                if index.name in before:
                    index.drop(connection)
                if index.dialect_options["sqlite"]["where"] is not None:
                    index.create(connection)
        return before, {name: bare(sql) for name, sql in connection.execute(query)}

    def bare(statement: str) -> str:
        return re.sub(r'["\s]+', " ", statement).strip()

    database = open_database(url)
    migrated, spoken = database.write(both)
    database.close()
    assert migrated
    assert migrated == spoken


def test_what_was_stored_before_has_what_came_later_at_its_default(store: Store, url: str) -> None:
    # the columns as they are on a database of before, which has rows
    store.write(lambda tx: tx.inbox.take([an_arrival()], NOW))
    store.write(lambda tx: tx.messages.add(a_message(), "customer", None, 1))
    store.write(lambda tx: tx.contracts.put([a_contract()]))
    request = store.write(lambda tx: tx.requests.add(a_request()))
    for table in ("phone", "identity", "contractchange"):
        run(url, f"DROP TABLE {table}")
    for index in ("request_customer_id", "request_sender", "outbox_reference"):
        run(url, f"DROP INDEX ix_{index}")
    for table, columns in SINCE_0002.items():
        for column in columns:
            if column == "look_again_at":
                run(url, "DROP INDEX ix_message_look_again_at")
            if column == "gathering":
                run(url, "DROP INDEX ix_outbox_gathering")
            if column == "room":
                run(url, "DROP INDEX ix_message_room")
            run(url, f"ALTER TABLE {table} DROP COLUMN {column}")
    run(url, "DROP TABLE token")
    run(url, "DROP TABLE offer")
    run(url, "DROP TABLE oncallchange")
    run(url, "DROP TABLE calendarcopy")
    run(url, "DROP TABLE followupbreach")
    run(url, "DROP TABLE label")
    run(url, "DROP TABLE refit")
    run(url, "DROP TABLE assessment")
    run(url, "DROP TABLE lease")
    run(url, "DROP TABLE escalationpolicy")
    run(url, "DROP TABLE post")
    run(url, "UPDATE alembic_version SET version_num = '0002'")
    store.migrate()
    store.write(lambda tx: tx.tokens.save("box", "kept"))
    filed = store.read(lambda tx: tx.messages.get(1))
    assert filed is not None
    assert filed.message.authentication == Authentication()
    assert filed.message.envelope.peer.mailbox == ""
    assert store.read(lambda tx: tx.messages.unanswered(NOW, 1)) == []
    assert store.read(lambda tx: tx.requests.get(request.id)) == request
    (contract,) = store.read(lambda tx: tx.contracts.all())
    assert contract == a_contract(id=contract.id)


SINCE_0002 = {
    "inbox": ["peer_mailbox", "claimed_by"],
    "message": [
        *("authenticity", "evidence", "unanswered", "looks", "look_again_at"),
        *("failed_recipients", "delayed_recipients", "room"),
    ],
    "contract": ["timezone", "holidays", "extras", "renewal_notice", "ended_on", "number"],
    "request": [
        *("timezone", "holidays", "merged_into", "uncovered", "provisional_severity"),
        *("candidates", "answer_to"),
    ],
    "credit": ["at", "who"],
    "timer": ["policy"],
    "outbox": ["card", "gathering"],
}


def test_migrating_again_changes_nothing(store: Store) -> None:
    store.write(lambda tx: tx.memory.save("a", "1"))
    store.migrate()
    assert store.read(lambda tx: tx.memory.load("a")) == "1"


def test_a_database_of_a_newer_version_is_refused(store: Store, url: str) -> None:
    run(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(
        StoreError, match=rf"supportd.*: its schema is version 9999.* up to {migrations.HEAD}"
    ):
        store.migrate()


def test_what_waits_is_for_newer_programs_once_the_schema_is_theirs(store: Store, url: str) -> None:
    run(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Outdated, match="its schema is version 9999"):
        store.claim(lambda tx: tx.timers.claim(NOW, 1))
    store.write(lambda tx: tx.memory.save("a", "what was in hand"))  # may be finished


def test_a_migration_that_fails_leaves_nothing_behind(url: str) -> None:
    run(url, "CREATE TABLE timer (x INTEGER)")  # somebody else's, in the way of the last of ours
    store = Store(url)
    with pytest.raises(StoreError, match="already exists"):
        store.migrate()
    store.close()
    database = open_database(url)
    tables = database.read(lambda session: inspect(session.connection()).get_table_names())
    database.close()
    assert tables == ["timer"]


def run(url: str, statement: str) -> None:
    database = open_database(url)
    database.write(lambda session: session.connection().execute(text(statement)))
    database.close()


def test_what_was_stored_before_there_was_a_ledger_with_dates_is_there_after(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(url)
    with monkeypatch.context() as before:
        before.setattr(migrations, "HEAD", "0002")
        store.migrate()
    run(url, "INSERT INTO contract VALUES (1, 'Adria', 'basic', '2026-01-01', '2026-12-31', 'hr')")
    texts = ("account", "sender", "sender_name", "subject", "customer", "plan", "policy")
    texts += ("severity_by", "language", "first_response_by", "owner", "last_message_id")
    request = dict.fromkeys(texts, "''") | {
        "id": "1",
        "state": "'open'",
        "channel": "'email'",
        "severity": "'minor'",
        "received_at": "'2026-03-02 09:00:00'",
        "clock_starts_at": "'2026-03-02 09:00:00'",
        "confidence": "0.5",
        "needs_review": "false",
        "quiet": "false",
        "reasons": "'[]'",
        "epoch": "0",
    }
    run(url, f"INSERT INTO request ({', '.join(request)}) VALUES ({', '.join(request.values())})")
    run(
        url,
        "INSERT INTO credit (contract_id, request_id, day, amount, why)"
        " VALUES (1, 1, '2026-03-02', 1, 'opened')",
    )
    store.migrate()
    [contract] = store.read(lambda tx: tx.contracts.all())
    assert (contract.customer, contract.timezone, contract.extras) == ("Adria", "", frozenset())
    [credit] = store.read(lambda tx: tx.credits.of_request(1))
    assert (credit.at, credit.who) == (datetime(2026, 3, 2, 9, tzinfo=UTC), "supportd")
    found = store.read(lambda tx: tx.requests.get(1))
    assert found is not None
    assert (found.uncovered, found.provisional_severity) == ((), None)
    store.close()
