"""Files of contracts as spreadsheets write them, and the lines on which mistakes stand."""

import unicodedata
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.config import build_policy, load
from daemon.contracts.change import compare
from daemon.contracts.file import ContractsError, read, read_file
from daemon.contracts.table import read_table
from rules.model import Contract, RegisteredPerson
from storage.store import Store

HEADER = "customer;plan;starts_on;ends_on;language;domains;addresses;chats;persons"
POLICY = build_policy(load(None, {}, demo=True), 2026, 2026)
REPOSITORY = Path(__file__).parents[2]


def problems(content: str | bytes, *stored: Contract) -> list[str]:
    raw = content if isinstance(content, bytes) else content.encode()
    with pytest.raises(ContractsError) as caught:
        read_file(raw, POLICY, stored)
    return caught.value.problems


ADRIA = Contract(
    id=0,
    customer="Adria Veleprodaja d.o.o.",
    plan="standard",
    starts_on=date(2026, 1, 1),
    ends_on=date(2026, 12, 31),
    persons=(
        RegisteredPerson("Žana Perić", frozenset({"zana@adria.example", "z@adria.example"})),
        RegisteredPerson("Ivan Horvat", frozenset({"ivan@adria.example"})),
    ),
    addresses=frozenset({"store@else.example"}),
    domains=frozenset({"adria.example", "adria.test"}),
    language="hr",
    chats=frozenset({"slack:C0123ABC"}),
)
IN_ONE_ROW = (
    f"{HEADER}\r\nAdria Veleprodaja d.o.o.;standard;1.1.2026.;31. 12. 2026;hr;"
    "adria.example, adria.test;store@else.example;slack:C0123ABC;"
    '"Žana Perić <zana@adria.example, z@adria.example>; Ivan Horvat <ivan@adria.example>"\r\n'
)
IN_ROWS = (
    f"{HEADER}\nAdria Veleprodaja d.o.o.;standard;2026-01-01;2026-12-31;hr;adria.example;;;"
    "Žana Perić <zana@adria.example z@adria.example>\n"
    "Adria Veleprodaja d.o.o.;;01.01.2026;;;adria.test;store@else.example;;\n"
    ";;;;;;;slack:C0123ABC;Ivan Horvat <ivan@adria.example>\n;;;;;;;;\n"
)
WITH_COMMAS = (
    "Customer,Plan,Starts On,Ends on,Language,Domains,Addresses,Chats,Persons\n"
    "Adria Veleprodaja d.o.o.,standard,2026-01-01,2026-12-31,hr,adria.example|adria.test,"
    'store@else.example,slack:C0123ABC,"Žana Perić <zana@adria.example z@adria.example>\n'
    'Ivan Horvat <ivan@adria.example>"\n'
)
AS_TOML = """
[[contracts]]
customer = "Adria Veleprodaja d.o.o."
plan = "standard"
starts_on = 2026-01-01
ends_on = 2026-12-31
language = "hr"
domains = [
  "adria.example",
  "adria.test",
]
addresses = ["store@else.example"]
chats = ["slack:C0123ABC"]
persons = [
  { name = "Žana Perić", addresses = ["zana@adria.example", "z@adria.example"] },
  { name = "Ivan Horvat", addresses = ["ivan@adria.example"] },
]
"""


@pytest.mark.parametrize(
    "content",
    [
        IN_ONE_ROW.encode(),
        IN_ONE_ROW.encode("utf-8-sig"),
        IN_ONE_ROW.encode("cp1250"),
        IN_ONE_ROW.replace(";", "\t").replace("<ivan", "<ivan").encode("utf-16"),
        ("sep=;\r\n" + IN_ONE_ROW).encode(),
        IN_ROWS.encode(),
        ("\n" + IN_ROWS).encode("utf-8-sig"),
        WITH_COMMAS.encode(),
        AS_TOML.encode(),
        AS_TOML.encode("utf-8-sig"),
    ],
    ids=[
        "utf-8", "bom", "cp1250", "utf-16 tabs", "sep", "rows", "blank line first", "commas",
        "toml", "toml bom",
    ],
)  # fmt: skip
def test_the_same_contract_is_read_however_it_is_written(content: bytes) -> None:
    if content.startswith(b"\xff\xfe"):  # tabs part persons' cells no more
        content = content.decode("utf-16").replace(">\t Ivan", ">; Ivan").encode("utf-16")
    assert read_file(content, POLICY) == [ADRIA]


def test_letters_written_in_two_pieces_are_the_same_letters() -> None:
    assert read_file(unicodedata.normalize("NFD", IN_ROWS).encode(), POLICY) == [ADRIA]


def test_two_terms_of_a_customer_are_two_contracts() -> None:
    later = "Adria Veleprodaja d.o.o.;premium;2027-01-01;2027-12-31;;;;;Žana <zana@adria.example>"
    found = read_file((IN_ROWS + later).encode(), POLICY)
    assert [(c.plan, c.starts_on.year) for c in found] == [("standard", 2026), ("premium", 2027)]


ROW = "Sava d.o.o.;basic;2026-01-01;2026-12-31;sl;sava.example;;;Nina Kos <nina@sava.example>"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (f"{HEADER};colour\n", 'line 1: column 10 "colour" is unknown; known here: customer,'),
        (f"{HEADER};plan\n", 'line 1: column "plan" stands there twice'),
        ("customer;plan\n", 'line 1: column "starts_on" is missing'),
        (f"{HEADER}\n\n;basic;;;;;;;\n", "line 3: customer: is missing"),
        (f"{HEADER}\n{ROW};;x\n", "line 2: has 11 cells, the first row 9"),
        (f"{HEADER}\n{ROW}\nSava d.o.o.;premium;;;;;;;\n", "line 3: plan: is not what line 2 says"),
        (f"{HEADER}\n{ROW}\n;;;;;;;;Nobody\n", 'line 3: persons: "Nobody" is no person (like Mar'),
        (f"{HEADER}\n{ROW}\n;;;;;;;;A <a@sava.example>", 'line 2: contracts[1] "Sava d.o.o.": per'),
        (f"{HEADER}\n{ROW}\n;;;;;nonsense;;;", 'line 3: contracts[1] "Sava d.o.o.": domains[2]: "'),
        (f"{HEADER}\n{ROW}\n;;;;;;;slack;", 'line 3: contracts[1] "Sava d.o.o.": chats[1]: "slack'),
        (f"{HEADER}\n{ROW}\n;;;;;;nina@sava.example;;", 'line 3: contracts[1] "Sava d.o.o.": addr'),
        (f'{HEADER}\n{ROW}\n"Drava', "line 3: is no CSV"),
        (f"{HEADER}\n{ROW.replace('2026-12-31', '31/12/2026')}", 'line 2: contracts[1] "Sava d.o.'),
        ("sep=x\ncustomer", 'line 1: "x" parts no columns'),
        ("sep=;\n", 'line 1: column "customer" is missing'),
        (AS_TOML.replace('"adria.test"', '"adria"'), 'line 8: contracts[1] "Adria Veleprodaja d.o'),
        (AS_TOML.replace("z@adria.example", "z"), 'line 14: contracts[1] "Adria Veleprodaja d.o.o'),
        (AS_TOML.replace("hr", "x"), 'line 7: contracts[1] "Adria Veleprodaja d.o.o.": language'),
        (AS_TOML.replace("plan", "plam"), 'line 2: contracts[1] "Adria Veleprodaja d.o.o.": plan:'),
        (f"{HEADER}\n{ROW}\n".encode() + b"\x81", "line 3: is neither UTF-8 nor windows-1250"),
        (AS_TOML.encode("cp1250"), "line 15: is not UTF-8, as TOML has to be"),
        (IN_ROWS.encode().replace(b"Ivan", b"Iv\xe1n"), "line 4: is not UTF-8, though the rest"),
        (f"{HEADER}\n{ROW.replace('Sava d.o.o.', '=A2')}\n;#N/A;", 'line 2: "=A2" is no value'),
        (f"{HEADER}\n{ROW.replace('basic', '#REF!')}\n", 'line 2: "#REF!" is no value'),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(content: str | bytes, line: str) -> None:
    assert problems(content)[0].startswith(line)


def test_lines_are_right_among_tables_comments_and_texts_of_many_lines() -> None:
    text = '''# contracts
[[contracts]]
customer = "A"   # [[contracts]]
plan = "basic"
starts_on = 2026-01-01
ends_on = 2026-12-31
[[contracts.persons]]
name = """A
[[contracts]]
"""
addresses = ["a@a.example"]

[[contracts]]
customer = "B"
plan = "basic"
starts_on = 2026-01-01
ends_on = 2026-12-31
[[contracts.persons]]
name = "B"
addresses = ["b@b.example"]
[[contracts.persons]]
name = "C"
addresses = ["b"]
'''
    table = read_table(text.encode())
    assert table.line(("contracts", 0)) == 2
    assert table.line(("contracts", 0, "persons", 0, "name")) == 8
    assert table.line(("contracts", 1)) == 13
    assert table.line(("contracts", 1, "persons", 1, "addresses", 0)) == 23
    assert [p.split(":")[0] for p in problems(text)] == ["line 8", "line 23"]


def test_what_the_file_has_may_not_clash_with_what_stays() -> None:
    sava = read(f"{HEADER}\n{ROW}", POLICY)[0]
    thief = f"{HEADER}\n{ROW.replace('Sava', 'Drava')}"
    assert problems(thief, sava) == [
        f'line 2: contracts[1] "Drava d.o.o.": {place}: "{name}" is taken by the stored contract'
        ' of "Sava d.o.o." from 2026-01-01 already'
        for place, name in (
            ("persons[1].addresses[1]", "nina@sava.example"),
            ("domains[1]", "sava.example"),
        )
    ]
    overlapping = ROW.replace("2026-01-01", "2026-07-01").replace("2026-12-31", "2027-06-30")
    assert "overlaps that of the stored contract" in problems(f"{HEADER}\n{overlapping}", sava)[0]
    assert read_file(f"{HEADER}\n{ROW}".encode(), POLICY, [sava]) == [sava]  # replaced, no clash


def test_what_clashes_among_the_stored_is_not_this_files_fault() -> None:
    sava = read(f"{HEADER}\n{ROW}", POLICY)[0]
    stored = [replace(sava, customer="One"), replace(sava, customer="Two")]
    assert read_file(IN_ONE_ROW.encode(), POLICY, stored) == [ADRIA]


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_the_file_is_it_is_read_or_told_of(noise: bytes) -> None:
    for content in (noise, HEADER.encode() + b"\n" + noise, AS_TOML.encode() + noise):
        with suppress(ContractsError):
            read_file(content, POLICY)


def test_a_difference_is_told_field_by_field() -> None:
    changed = replace(
        ADRIA,
        id=7,
        plan="premium",
        language="",
        persons=ADRIA.persons[1:],
        domains=frozenset({"adria.example", "new.example"}),
    )
    other = replace(ADRIA, customer="Other", id=8)
    new = Contract(0, "New", "standard", ADRIA.starts_on, ADRIA.ends_on, persons=ADRIA.persons[1:])
    change = compare([ADRIA, new], [changed, other])
    assert list(change.lines()) == [
        "+ New, from 2026-01-01: standard, until 2026-12-31",
        "    persons: + Ivan Horvat <ivan@adria.example>",
        "~ Adria Veleprodaja d.o.o., from 2026-01-01",
        "    plan: premium -> standard",
        "    language: none -> hr",
        "    persons: + Žana Perić <z@adria.example, zana@adria.example>",
        "    domains: + adria.test, - new.example",
        "  Other, from 2026-01-01: not in the file, left alone",
    ]
    assert compare([ADRIA], [replace(ADRIA, id=3)]).summary() == (
        "0 added, 0 changed, 1 unchanged; 0 not in the file, left alone"
    )


NAMES = st.frozensets(st.sampled_from(["a", "b", "c"]), max_size=2)
CONTRACTS = st.lists(
    st.builds(
        Contract,
        id=st.just(0),
        customer=st.sampled_from(["A", "a", "B"]),
        plan=st.sampled_from(["basic", "premium"]),
        starts_on=st.sampled_from([date(2026, 1, 1), date(2027, 1, 1)]),
        ends_on=st.sampled_from([date(2027, 12, 31), date(2028, 12, 31)]),
        persons=st.lists(
            st.builds(RegisteredPerson, st.sampled_from(["Ana", "Ivo"]), NAMES),
            max_size=2,
            unique_by=lambda person: person.name,
        ).map(tuple),
        addresses=NAMES,
        domains=NAMES,
        language=st.sampled_from(["", "hr"]),
        chats=NAMES,
    ),
    max_size=4,
    unique_by=lambda contract: (contract.customer, contract.starts_on),
)


def test_the_difference_that_is_shown_is_the_one_that_is_made(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/store.db")
    store.migrate()

    @settings(deadline=None, max_examples=60)
    @given(CONTRACTS)
    def imported(found: list[Contract]) -> None:
        before = store.read(lambda tx: tx.contracts.all())
        shown = compare(found, before)
        store.write(lambda tx: tx.contracts.put(found))
        after = store.read(lambda tx: tx.contracts.all())
        touched = [*shown.added, *(each.contract for each in shown.changed)]
        assert {_key(c) for c in after if c not in before} == {_key(c) for c in touched}
        assert {_key(c) for c in before if c in after} == {
            _key(c) for c in (*shown.unchanged, *shown.left_alone)
        }
        assert compare(found, after).unchanged == tuple(found)

    imported()
    store.close()


def _key(contract: Contract) -> tuple[str, date]:
    return contract.customer, contract.starts_on


def test_the_shipped_spreadsheet_is_read_without_a_problem() -> None:
    content = (REPOSITORY / "examples" / "contracts.csv").read_bytes()
    toml: Any = (REPOSITORY / "examples" / "contracts.toml").read_bytes()
    assert read_file(content, POLICY) == read_file(toml, POLICY)
