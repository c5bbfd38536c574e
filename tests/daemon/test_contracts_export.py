"""What is written out is what would be read in."""

import unicodedata
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.config import build_policy, load
from daemon.contracts.exporting import as_csv, as_toml
from daemon.contracts.file import read
from rules.model import Channel, Contract, Extra, Policy, RegisteredPerson, Severity

FIRST = date(2026, 1, 1)
PHONE = Extra(Channel.PHONE, Severity.SIGNIFICANT)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return build_policy(load(None, {}, demo=True), 2026, 2026)


def some(prefix: str, ending: str = "") -> st.SearchStrategy[frozenset[str]]:
    numbers = st.frozensets(st.integers(0, 999), max_size=3)
    return numbers.map(lambda each: frozenset(f"{prefix}{n:07}{ending}" for n in each))


# What a spreadsheet's cell cannot hold beside the other persons, or takes for a formula.
NAMES = st.text(
    st.characters(categories=["L", "Nd", "Zs", "Po"], exclude_characters="<>;|#=,\"'"), min_size=1
).map(lambda name: unicodedata.normalize("NFC", " ".join(f"A {name}".split())))


@st.composite
def contracts(draw: st.DrawFn) -> list[Contract]:
    return [_contract(draw, number) for number in range(draw(st.integers(1, 3)))]


def _contract(draw: st.DrawFn, number: int) -> Contract:
    at = f"@c{number}.example"
    persons = tuple(
        RegisteredPerson(
            draw(NAMES),
            frozenset({f"p{each}{at}"}) | draw(some(f"p{each}-", at)),
            draw(some(f"+38{number}{each}")),
            draw(some(f"slack:U{number}{each}")),
        )
        for each in range(draw(st.integers(1, 3)))
    )
    ends_on = FIRST + timedelta(days=draw(st.integers(364, 900)))
    return Contract(
        id=0,
        customer=f"{draw(NAMES)} {number}",
        plan="premium",
        starts_on=FIRST,
        ends_on=ends_on,
        persons=persons,
        addresses=draw(some("a", at)),
        domains=draw(some("d", f".c{number}.test")),
        language=draw(st.sampled_from(["", "hr", "sl"])),
        chats=draw(some(f"slack:C{number}")),
        timezone=draw(st.sampled_from(["", "Europe/Ljubljana"])),
        holidays=draw(st.sampled_from(["", "SI", "DE-BY"])),
        number=draw(st.sampled_from(["", "K-104", "DE/22 07"])),
        extras=draw(st.sampled_from([frozenset(), frozenset({PHONE})])),
        renewal_notice=draw(st.sampled_from([0, 30])),
        ended_on=draw(st.sampled_from([None, FIRST, ends_on])),
    )


@pytest.mark.parametrize("write", [as_toml, as_csv])
@settings(max_examples=50, deadline=None)
@given(contracts())
def test_contracts_written_out_and_read_in_are_the_same(
    policy: Policy, write: object, found: list[Contract]
) -> None:
    assert callable(write)
    assert read(write(found), policy) == found
