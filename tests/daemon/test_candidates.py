"""A stranger who names a customer is served by nobody's contract, and shown to a person."""

from dataclasses import replace
from typing import Any

import pytest

from rules.model import State
from tests.daemon.command import Command
from tests.daemon.house import contract

House = Any  # the fixture's class; conftest is no module to import
NUMBERED = replace(contract("Standard d.o.o.", "standard", "s@standard.example"), number="K-104")
TEXT = "Nitko u firmi ne može poslati narudžbu, sve stoji. Broj kupca K-104."


@pytest.fixture
def asked(house: House) -> House:
    house.store.write(lambda tx: tx.contracts.put([NUMBERED]))
    house.mail("marko@gmail.example", "Narudžbe", TEXT)
    return house


def test_weak_evidence_is_shown_in_the_ping_and_grants_nothing(asked: House) -> None:
    request = asked.request()
    assert (request.contract_id, request.plan, request.covered) == (None, "", None)
    assert request.state is State.HELD
    assert request.candidates == ("Standard d.o.o.",)
    text = asked.ping("ana").text
    assert "looks like Standard d.o.o. (perhaps) by the number K-104" in text
    assert "supportd assign 1 'Standard d.o.o.' --as ..." in text
    asked.ignore()


def test_it_is_shown_until_a_person_has_said(
    asked: House,
    supportd: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    asked.ignore()
    config = ("--config", str(asked.path))
    assert "Standard d.o.o.?" in " ".join(supportd("requests", *config).out.split())
    assert "perhaps" in supportd("show", "1", *config).out
    asked.store.write(
        lambda tx: asked.desk.assign(
            tx, 1, tx.contracts.of_customer("Standard d.o.o.")[0], "ana", asked.now
        )
    )
    assert asked.request().candidates == ()
    assert asked.request().customer == "Standard d.o.o."
    assert "perhaps  " not in supportd("show", "1", *config).out
    asked.work()
    asked.ignore()


def test_where_several_contracts_fit_the_others_are_shown(house: House) -> None:
    both = [
        replace(contract(name, plan, f"x@{name}.example"), domains=frozenset({"shared.example"}))
        for name, plan in (("Alfa", "basic"), ("Beta", "premium"))
    ]
    house.store.write(lambda tx: tx.contracts.put(both))
    house.mail("ana@shared.example", "Narudžbe", TEXT)
    request = house.request()
    assert {request.customer, *request.candidates} == {"Alfa", "Beta"}
    assert len(request.candidates) == 1
    house.ignore()
