"""A person is erased: no word, name or address of theirs is left; numbers and promises are."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from daemon.erasing import erase
from rules.model import CloseReason, Refit, Severity
from rules.requests import Refused
from storage.engine import open_database
from storage.schema import Row
from tests.daemon.command import Command

House = Any  # the fixture's class; conftest is no module to import
pytestmark = pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)

WHO = "zdenka.zubak@stranger.example"
WORDS = "Krokodil ne radi u cijeloj firmi, javite se na 091 555 1234."


@pytest.fixture
def asked(house: House) -> House:
    """Zdenka asked, another passed on what she wrote, and both were answered by phone."""
    house.mail(f"Zdenka Zubak <{WHO}>", "Krokodil", WORDS)
    house.mail("p@premium.example", "Drugo", "Pisač ne ispisuje.", Cc=WHO)
    house.ignore()
    return house


def answered(house: House) -> None:
    contract = house.store.read(lambda tx: tx.contracts.of_customer("Basic d.o.o."))[0]
    house.store.write(lambda tx: house.desk.assign(tx, 1, contract, "ana", house.now))
    house.store.write(
        lambda tx: house.desk.set_severity(tx, 1, Severity.MINOR, "Krokodil", "ana", house.now)
    )
    house.now += timedelta(minutes=1)
    for id in (1, 2):
        house.store.write(
            lambda tx, id=id: house.desk.answered_by_phone(tx, id, "ana", "done", house.now)
        )
    house.work()
    house.ignore()


def remove(house: House, address: str = WHO) -> None:
    house.store.write(lambda tx: erase(tx, house.desk, address, "ana", house.now))


def everything(url: str) -> str:
    """All rows of all tables, with the letters that arrived."""

    def read(session: Session) -> str:
        found = []
        for table in Row.metadata.sorted_tables:
            found += [repr(tuple(row)) for row in session.connection().execute(table.select())]
        return "\n".join(found)

    database = open_database(url)
    try:
        return database.read(read)
    finally:
        database.close()


def test_nothing_of_theirs_is_left_anywhere_and_the_rest_is(asked: House, store_url: str) -> None:
    answered(asked)
    assert "Krokodil" in everything(store_url)
    before = asked.request(1)
    ledger = asked.store.read(lambda tx: tx.credits.of_request(1))
    remove(asked)
    left = everything(store_url)
    for trace in ("krokodil", "zdenka", "zubak", "555 1234"):
        assert trace not in left.lower()
    after = asked.request(1)
    kept = ("state", "received_at", "first_response_at", "severity", "customer", "channel")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert asked.store.read(lambda tx: tx.credits.of_request(1)) == ledger
    assert asked.history(1)[-1] == "erased"
    assert asked.request(2).subject == "Drugo"
    assert "Pisač ne ispisuje." in left


def test_their_labels_go_and_what_was_learned_from_them(asked: House) -> None:
    answered(asked)
    refit = Refit(asked.now, "ana", "shipped", 1, 1, (), accepted=True)
    asked.store.write(lambda tx: tx.refits.add(refit, b"content"))
    remove(asked, "p@premium.example")
    assert asked.store.read(lambda tx: tx.refits.serving("shipped")) == 1  # it taught nothing
    remove(asked)
    assert asked.store.read(lambda tx: tx.labels.newest(9)) == []
    assert asked.store.read(lambda tx: tx.refits.serving("shipped")) is None


def test_who_is_owed_an_answer_is_not_erased(asked: House, store_url: str) -> None:
    before = everything(store_url)
    with pytest.raises(Refused, match="request 1 is not answered yet"):
        remove(asked)
    assert everything(store_url) == before


def test_who_is_unknown_is_told(asked: House) -> None:
    with pytest.raises(Refused, match=r"nothing is known of .x@y\.example"):
        remove(asked, "x@y.example")
    asked.store.write(
        lambda tx: asked.desk.close(tx, 1, CloseReason.NOT_A_REQUEST, "ana", asked.now)
    )
    remove(asked)
    with pytest.raises(Refused, match="nothing is known"):
        remove(asked)


def test_the_daemon_goes_on_with_what_is_left(asked: House) -> None:
    answered(asked)
    remove(asked)
    asked.pass_(hours=2)
    asked.mail(f"Zdenka Zubak <{WHO}>", "Re: Krokodil [#1]", "Opet ne radi prijava nikome.")
    assert asked.request(1).sender == ""
    assert max(request.id for request in asked.requests()) == 3
    asked.ignore()


def test_the_command_asks_before_it_erases(
    asked: House,
    supportd: Command,
) -> None:
    answered(asked)
    config = ("--config", str(asked.path))
    done = supportd("erase", WHO.upper(), "--as", "ana", *config, stdin=b"n\n")
    assert (done.code, "nothing was erased" in done.said) == (1, True)
    done = supportd("erase", WHO.upper(), "--as", "ana", "--yes", *config)
    assert done.out.startswith("erased: 1 messages, 1 arrivals, ")
    assert supportd("show", "1", *config).code == 0
