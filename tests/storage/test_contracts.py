from dataclasses import replace
from datetime import date

import pytest

from rules.model import Contract, Credit, RegisteredPerson
from storage.store import Store
from tests.storage.nouns import NOW, a_contract, a_request

ADRIA = a_contract(
    persons=(
        RegisteredPerson("Zora", frozenset({"zora@adria.example", "zora@home.example"})),
        RegisteredPerson("Ana", frozenset({"ana@adria.example"})),
    ),
    addresses=frozenset({"shop@else.example"}),
    domains=frozenset({"adria.example", "adria.test"}),
)


def put(store: Store, *contracts: Contract) -> list[Contract]:
    store.write(lambda tx: tx.contracts.put(contracts))
    return store.read(lambda tx: tx.contracts.all())


def test_a_contract_put_again_is_changed_and_keeps_its_id(store: Store) -> None:
    (first,) = put(store, ADRIA)
    changed = replace(
        ADRIA, plan="premium", language="hr", persons=ADRIA.persons[1:], domains=frozenset()
    )
    assert put(store, changed) == [replace(changed, id=first.id)]
    assert put(store, ADRIA) == [first]


def test_a_contract_is_known_by_customer_and_first_day(store: Store) -> None:
    next_term = replace(ADRIA, starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31))
    other = replace(ADRIA, customer="Sava")
    stored = put(store, ADRIA, next_term, other)
    assert [replace(c, id=0) for c in stored] == [ADRIA, next_term, other]
    assert store.read(lambda tx: tx.contracts.get(stored[1].id)) == stored[1]
    assert store.read(lambda tx: tx.contracts.get(99)) is None


def test_contracts_not_named_stay(store: Store) -> None:
    put(store, ADRIA)
    assert [c.customer for c in put(store, replace(ADRIA, customer="Sava"))] == ["Adria", "Sava"]


def test_addresses_and_domains_are_kept_in_lower_case(store: Store) -> None:
    (stored,) = put(
        store,
        a_contract(
            persons=(RegisteredPerson("Ana", frozenset({"Ana@X.example", "ana@x.example"})),),
            addresses=frozenset({"B@X.example"}),
            domains=frozenset({"X.Example"}),
        ),
    )
    assert stored.persons[0].addresses == {"ana@x.example"}
    assert (stored.addresses, stored.domains) == ({"b@x.example"}, {"x.example"})


@pytest.mark.parametrize(
    ("sender", "fits"),
    [
        ("zora@home.example", True),
        ("ZORA@Home.Example", True),
        ("shop@else.example", True),
        ("anybody@adria.example", True),
        ("anybody@mail.adria.example", True),
        ("anybody@a.b.adria.test", True),
        ("other@home.example", False),
        ("anybody@notadria.example", False),
        ("anybody@adria.example.evil.test", False),
        ("anybody@example", False),
        ("adria.example@evil.test", False),
        ("", False),
    ],
)
def test_a_contract_fits_who_writes_from_its_addresses_or_domains(
    store: Store, sender: str, fits: bool
) -> None:
    adria, _ = put(store, ADRIA, a_contract(customer="Sava", domains=frozenset({"sava.test"})))
    assert store.read(lambda tx: tx.contracts.fitting(sender)) == ([adria] if fits else [])


def test_every_contract_that_fits_is_named_once(store: Store) -> None:
    both = put(store, ADRIA, replace(ADRIA, customer="Sava"))
    assert store.read(lambda tx: tx.contracts.fitting("ana@adria.example")) == both


def test_credits_drawn_are_summed_over_inclusive_days_for_one_contract(store: Store) -> None:
    adria, sava = put(store, ADRIA, replace(ADRIA, customer="Sava"))
    request = store.write(lambda tx: tx.requests.add(a_request(contract_id=adria.id)))
    credits = [
        Credit(contract, request.id, date(2026, 3, day), amount, "why", NOW, "eva")
        for contract, day, amount in (
            (adria.id, 1, 1),
            (adria.id, 31, 1),
            (adria.id, 31, 1),
            (adria.id, 31, -1),
            (sava.id, 15, 1),
        )
    ]
    for credit in credits:
        store.write(lambda tx, credit=credit: tx.credits.add(credit))

    def drawn(first: date, last: date) -> int:
        return store.read(lambda tx: tx.credits.drawn(adria.id, first, last))

    assert drawn(date(2026, 3, 1), date(2026, 3, 31)) == 2
    assert drawn(date(2026, 3, 2), date(2026, 3, 30)) == 0
    assert drawn(date(2026, 3, 31), date(2026, 3, 31)) == 1
    assert store.read(lambda tx: tx.credits.of_request(request.id)) == credits

    first, last = date(2026, 3, 2), date(2026, 3, 31)
    assert store.read(lambda tx: tx.credits.of_contract(adria.id, first, last)) == credits[1:4]


@pytest.mark.parametrize("reached", ["+385912345678", "slack:U0123ABC"])
def test_a_registered_person_is_found_by_phone_and_by_identity(store: Store, reached: str) -> None:
    zora = replace(
        ADRIA.persons[0],
        phones=frozenset({"+385912345678"}),
        identities=frozenset({"slack:U0123ABC"}),
    )
    adria, _ = put(store, replace(ADRIA, persons=(zora,)), a_contract(customer="Sava"))
    assert store.read(lambda tx: tx.contracts.of_person(reached)) == [adria]
    assert store.read(lambda tx: tx.contracts.of_person(reached[:-1])) == []
