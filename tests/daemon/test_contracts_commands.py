"""Contracts added, changed and ended by hand: shown, checked, on record, and nothing silent."""

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rules.model import Channel, Extra, Severity
from tests.daemon.command import Run
from tests.daemon.house import House

QUESTION = "How do I export the price list to Excel? It is not urgent, just a question."


def stored(house: House, customer: str) -> Any:
    found = house.store.read(lambda tx: tx.contracts.of_customer(customer))
    return found[-1]


def changes(house: House, customer: str) -> list[tuple[str, str]]:
    id = stored(house, customer).id
    return [(c.who, c.what) for c in house.store.read(lambda tx: tx.contracts.changes([id]))]


def test_a_contract_is_added_changed_and_ended_and_all_of_it_is_on_record(
    house: House, run: Run
) -> None:
    terms = ["plan=premium", "starts_on=2026-01-01", "ends_on=2026-12-31", "renewal_notice=60d"]
    person = "persons=Iva Ivić <iva@nova.example, +385 91 234 5678, slack:U0123ABC>"
    done = run("contracts", "add", "Nova d.o.o.", *terms, person, "--as", "eva")
    assert (done.code, done.said) == (0, "")
    added = stored(house, "Nova d.o.o.")
    [iva] = added.persons
    assert (iva.phones, iva.identities) == ({"+385912345678"}, {"slack:U0123ABC"})
    assert added.notice_by == date(2026, 11, 1)

    edits = ["extras+=phone for significant", "domains+=nova.example", "timezone=Europe/Ljubljana"]
    assert run("contracts", "change", "nova", *edits, "--as", "eva").code == 0
    changed = stored(house, "Nova d.o.o.")
    assert changed.extras == {Extra(Channel.PHONE, Severity.SIGNIFICANT)}
    assert (changed.domains, changed.timezone) == ({"nova.example"}, "Europe/Ljubljana")

    done = run("contracts", "end", "nova", "--on", "2026-06-30", "--why", "sold", "--as", "eva")
    assert done.code == 0
    assert not stored(house, "Nova d.o.o.").runs_on(date(2026, 7, 1))
    assert changes(house, "Nova d.o.o.") == [
        ("eva", "added"),
        (
            "eva",
            "timezone: none -> Europe/Ljubljana; domains: + nova.example;"
            " extras: + phone for significant",
        ),
        ("eva", "ended_on: none -> 2026-06-30 (sold)"),
    ]
    shown = run("contracts", "show", "nova").out
    assert "eva: ended_on: none -> 2026-06-30 (sold)" in shown
    assert "Iva Ivić <iva@nova.example, +385912345678, slack:U0123ABC>" in shown


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["change", "premium", "plan=gold"], 'plan: "gold" is no plan'),
        (["change", "premium", "colour=red"], '"colour" is no field to set'),
        (["change", "premium", "plan+=basic"], "plan is one value: set it with plan="),
        (["change", "premium", "plan"], '"plan" is no change (like plan=premium'),
        (["change", "premium", "domains-=x.example"], 'domains: "x.example" is not there'),
        (["change", "premium", "persons-=Nobody"], 'persons: "Nobody" is not there'),
        (["change", "premium", "persons+=Iva"], 'persons: "Iva" is no person'),
        (["change", "premium", "persons+=Iva <+385 12>"], "is no number with its country"),
        (["change", "basic", "extras=phone for minor"], "plan basic has no phone for minor"),
        (["change", "premium", "holidays=Mars"], "is no country"),
        (["change", "premium", "plan=basic", "--from", "2020-01-01"], "begins on 2020-01-01"),
        (["change", "nobody", "plan=basic"], "no customer is called 'nobody'"),
        (["end", "premium", "--on", "2027-06-30", "--why", "x"], "is not within the term"),
        (["end", "premium", "--on", "2026-06-30", "--why", " "], "--why is empty"),
        (
            ["add", "Premium d.o.o.", "plan=basic", "starts_on=2026-01-01", "ends_on=2026-12-31"],
            "has a contract from 2026-01-01 already",
        ),
        (["add", "Nova", "plan=basic", "starts_on=2026-01-01"], "ends_on: is missing"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    house: House, run: Run, command: list[str], told: str
) -> None:
    before = house.store.read(lambda tx: tx.contracts.all())
    done = run("contracts", *command)
    assert done.code == 1
    assert told in done.said
    assert house.store.read(lambda tx: tx.contracts.all()) == before


def test_a_changed_plan_shows_which_deadlines_it_would_move_and_moves_them_on_a_word(
    house: House, run: Run
) -> None:
    house.mail("b@basic.example", "Export", QUESTION)
    before = house.request().first_response_due_at
    change = ["contracts", "change", "basic", "plan=standard"]
    moved = "request 1 Export: due Thu 2026-03-12 10:00 -> Mon 2026-03-09 10:00"
    for more in (["--dry-run"], []):
        done = run(*change, *more)
        assert moved in done.out
        assert "--recompute moves these" in done.out
        assert house.request().first_response_due_at == before
    assert house.request().plan == "basic"

    assert run(*change[:3], "plan=basic").code == 0
    done = run(*change, "--recompute", "--as", "ana")
    assert moved in done.out
    assert "--recompute" not in done.out
    request = house.request()
    due = datetime(2026, 3, 9, 10, tzinfo=ZoneInfo("Europe/Zagreb"))
    assert (request.plan, request.first_response_due_at) == ("standard", due)
    [timer] = house.store.read(lambda tx: tx.timers.of(1))
    assert (timer.plan, timer.due_at) == ("standard", due)
    assert house.history()[-1] == "recomputed"
    house.ignore()


def test_a_changed_plan_is_the_requests_too_where_its_deadline_is_the_same(
    house: House, run: Run
) -> None:
    house.mail("b@basic.example", "Orders", "Nothing works: nobody can send orders, all stand.")
    assert house.request().severity is Severity.CRITICAL
    before = house.request().first_response_due_at
    done = run("contracts", "change", "basic", "plan=standard", "--recompute", "--as", "ana")
    assert "request 1 Orders: due Wed 2026-03-04 11:00 as before" in done.out
    request = house.request()
    assert (request.plan, request.first_response_due_at) == ("standard", before)
    house.work()
    house.ignore()


def test_a_contract_of_another_country_moves_open_deadlines_on_a_word_only(
    house: House, run: Run
) -> None:
    # Monday the 22nd of June is a holiday in Croatia, and none in Slovenia.
    house.at("2026-06-19T16:00")
    house.mail("s@standard.example", "Export", QUESTION)
    house.ignore()
    done = run("contracts", "change", "standard", "holidays=SI", "timezone=Europe/London")
    assert "request 1 Export: due Thu 2026-06-25 16:00 -> Wed 2026-06-24 16:00" in done.out
    assert house.request().timezone == ""
    run("contracts", "change", "standard", "holidays=", "timezone=")
    run("contracts", "change", "standard", "holidays=SI", "--recompute")
    request = house.request()
    due = datetime(2026, 6, 24, 16, tzinfo=ZoneInfo("Europe/Zagreb"))
    assert (request.holidays, request.first_response_due_at) == ("SI", due)
    house.ignore()


def test_what_is_exported_is_imported_without_a_change(
    house: House, run: Run, tmp_path: Path
) -> None:
    for more in ([], ["--csv"]):
        file = tmp_path / "contracts"
        file.write_text(run("contracts", "export", *more).out, encoding="utf-8", newline="")
        done = run("contracts", "import", str(file))
        assert "0 added, 0 changed, 4 unchanged" in done.out


def test_a_request_that_two_contracts_fit_is_assigned_by_an_engineer(
    house: House, run: Run
) -> None:
    def share(tx: Any) -> None:
        shared = frozenset({"shared.example"})
        found = [c for c in tx.contracts.all() if c.plan in ("basic", "standard")]
        tx.contracts.put([type(c)(**(vars(c) | {"domains": shared})) for c in found])

    house.store.write(share)
    house.mail("who@shared.example", "Export", QUESTION)
    request = house.request()
    assert request.customer == "Standard d.o.o."
    assert any("2 contracts fit" in reason for reason in request.reasons)
    done = run("assign", "1", "basic", "--as", "ana")
    assert done.out == "request 1 is Basic d.o.o.'s (basic); due Thu 2026-03-12 10:00\n"
    assert house.request().customer == "Basic d.o.o."
    house.ignore()


def test_a_credit_goes_with_the_request_to_whom_it_is_assigned(house: House, run: Run) -> None:
    house.mail("s@standard.example", "Export", QUESTION)
    assert run("assign", "1", "premium", "--as", "ana").code == 0
    assert run("assign", "1", "premium", "--as", "ana").code == 0  # again: nothing more is drawn
    names = {c.id: c.customer for c in house.store.read(lambda tx: tx.contracts.all())}
    lines = house.store.read(lambda tx: tx.credits.of_request(1))
    assert [(names[c.contract_id], c.amount, c.who) for c in lines] == [
        ("Standard d.o.o.", 1, "supportd"),
        ("Standard d.o.o.", -1, "ana"),
        ("Premium d.o.o.", 1, "ana"),
    ]
    house.ignore()


def test_a_held_request_is_released_by_assigning_it(house: House, run: Run) -> None:
    house.mail("new@nowhere.example", "Export", QUESTION)
    assert run("assign", "1", "standard", "--as", "ana").code == 0
    request = house.request()
    assert (request.state, request.plan, request.covered) == ("open", "standard", True)
    assert request.uncovered == ()
    house.ignore()


FOREIGN = """Id,Company,SLA,Start,End,Contact,E-mail,Phone,Notes
7,Nova d.o.o.,Gold,2026-01-01,31.12.2026.,Iva Ivić,Iva@nova.example,+385 91 234 5678,"a, b"
8,Nova d.o.o.,Gold,2026-01-01,31.12.2026.,Ante Antić,ante@nova.example,,
"""
COLUMNS = [
    "Company=customer",
    "SLA=plan",
    "Start=starts_on",
    "End=ends_on",
    "Contact=person",
    "E-mail=person_email",
    "Phone=person_phone",
]


def foreign(*columns: str) -> list[str]:
    given = [word for column in columns for word in ("--column", column)]
    return ["contracts", "import", "-", *given, "--plan", "Gold=premium"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1250"])
def test_another_systems_export_is_taken_with_its_columns_mapped(
    house: House, run: Run, encoding: str
) -> None:
    done = run(*foreign(*COLUMNS), stdin=FOREIGN.encode(encoding))
    assert done.code == 0, done.said
    nova = stored(house, "Nova d.o.o.")
    assert (nova.plan, nova.ends_on) == ("premium", date(2026, 12, 31))
    assert [(p.name, p.addresses, p.phones) for p in nova.persons] == [
        ("Iva Ivić", {"iva@nova.example"}, {"+385912345678"}),
        ("Ante Antić", {"ante@nova.example"}, set()),
    ]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (["Company=client"], '"client" is no column of ours'),
        (["Firm=customer"], '"Firm" is no column of the file'),
        (["Company"], '"Company" maps nothing (like Company=customer)'),
        (COLUMNS[:1], 'line 2: contracts[1] "Nova d.o.o.": plan: is missing'),
    ],
)
def test_columns_that_map_nothing_are_refused(
    house: House, run: Run, columns: list[str], told: str
) -> None:
    done = run(*foreign(*columns), stdin=FOREIGN.encode())
    assert done.code == 1
    assert told in done.said


def test_an_empty_export_is_refused(house: House, run: Run) -> None:
    assert "-: nothing was imported\n  is empty" in run(*foreign(*COLUMNS), stdin=b"").said
