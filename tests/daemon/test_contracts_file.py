"""A file of contracts is taken as a whole, or told of line by line."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.config import build_policy, load
from daemon.contracts.file import ContractsError, read
from daemon.contracts.public import PUBLIC_MAIL, REGISTRIES
from rules.model import Contract, Policy, RegisteredPerson

REPOSITORY = Path(__file__).parents[2]

ADRIA = """
[[contracts]]
customer = "Adria d.o.o."
plan = "basic"
starts_on = 2026-01-01
ends_on = 2026-12-31
domains = ["adria.example"]
addresses = ["store@adria.example"]
[[contracts.persons]]
name = "Maja Perić"
addresses = ["Maja@adria.example"]
"""
DONAU = ADRIA.replace("Adria d.o.o.", "Donau GmbH").replace("adria.example", "donau.example")


@pytest.fixture(scope="module")
def policy() -> Policy:
    return build_policy(load(None, {}, demo=True), 2026, 2026)


def changed(*changes: tuple[str, str], text: str = ADRIA) -> str:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def problems(text: str, policy: Policy) -> list[str]:
    with pytest.raises(ContractsError) as caught:
        read(text, policy)
    return [re.sub(r"^line \d+: ", "", problem) for problem in caught.value.problems]


def test_a_contract_is_read_as_it_is_written(policy: Policy) -> None:
    assert read(ADRIA, policy) == [
        Contract(
            id=0,
            customer="Adria d.o.o.",
            plan="basic",
            starts_on=date(2026, 1, 1),
            ends_on=date(2026, 12, 31),
            persons=(RegisteredPerson("Maja Perić", frozenset({"maja@adria.example"})),),
            addresses=frozenset({"store@adria.example"}),
            domains=frozenset({"adria.example"}),
            language="",
        )
    ]


HERE = 'contracts[1] "Adria d.o.o."'


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("plan =", 'colour = "red"\nplan =', "colour: unknown key; known here: customer, plan, starts_on, ends_on, ended_on, renewal_notice, language, timezone, holidays, number, extras, domains, addresses, chats, persons"),  # noqa: E501 (one line told)
        ('plan = "basic"', "", 'plan: is missing (like plan = "basic")'),
        ('"basic"', '"basics"', 'plan: "basics" is no plan of the policy; did you mean basic?'),
        ("starts_on = 2026-01-01", "", "starts_on: is missing (like starts_on = 2026-01-01)"),
        ("2026-12-31", '"soon"', "ends_on: must be a date (like 2026-01-31)"),
        (
            "2026-12-31",
            "2026-12-30",
            "ends_on 2026-12-30 is less than a year after starts_on 2026-01-01"
            " (policy: at least one year, so 2026-12-31 or later)",
        ),
        (
            '["adria.example"]',
            '["adria.example", "GMail.com"]',
            'domains[2]: anybody can have an address at "gmail.com"; name the addresses one by one',
        ),
        (
            '["adria.example"]',
            '["com.hr"]',
            'domains[1]: anybody can have a domain below "com.hr"',
        ),
        (
            '["adria.example"]',
            '["@adria.example"]',
            'domains[1]: "@adria.example" is no domain (like "adria.example")',
        ),
        (
            '"store@adria.example"',
            '"store"',
            'addresses[1]: "store" is no e-mail address (like "ana@b2bee.example")',
        ),
        (
            '"store@adria.example"',
            '"maja@adria.example"',
            'addresses[1]: "maja@adria.example" is taken by'
            " contracts[1].persons[1].addresses[1] already",
        ),
        (
            '"Maja@adria.example"',
            "",
            "persons[1].addresses: is empty; nobody would know this person",
        ),
        (
            '\n[[contracts.persons]]\nname = "Maja Perić"\naddresses = ["Maja@adria.example"]\n',
            "",
            "persons: there is none; nobody could open a request under this contract",
        ),
        (
            "[[contracts.persons]]",
            '[[contracts.persons]]\nname = "Iva"\naddresses = ["iva@a.example"]\n'
            "[[contracts.persons]]",
            "persons: 2 are registered; plan basic has 1 (others go to addresses)",
        ),
        ("plan =", 'language = "hrvatski"\nplan =', 'language: "hrvatski" is no language (like "hr", "sl", "de", "en")'),  # noqa: E501 (one line told)
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_contract_and_customer(
    policy: Policy, old: str, new: str, line: str
) -> None:
    assert problems(changed((old, new)), policy) == [f"{HERE}: {line}"]


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [("2024-02-29", "2025-02-28"), ("2025-03-01", "2026-02-28"), ("2027-03-01", "2028-02-29")],
)
def test_a_year_is_a_calendar_year_to_the_day(policy: Policy, starts_on: str, ends_on: str) -> None:
    text = changed(("2026-01-01", starts_on), ("2026-12-31", ends_on))
    assert len(read(text, policy)) == 1
    day_less = str(date.fromisoformat(ends_on) - timedelta(days=1))
    (line,) = problems(changed((ends_on, day_less), text=text), policy)
    assert f"so {ends_on} or later" in line


@given(st.dates(), st.integers(0, 800))
def test_no_term_of_whatever_dates_makes_the_reader_fail(starts_on: date, days: int) -> None:
    policy = build_policy(load(None, {}, demo=True), 2026, 2026)
    ends_on = date.fromordinal(min(starts_on.toordinal() + days, date.max.toordinal()))
    text = changed(("2026-01-01", str(starts_on)), ("2026-12-31", str(ends_on)))
    if days >= 366 and ends_on < date.max:
        assert read(text, policy)[0].ends_on == ends_on
    elif days < 364:
        assert "less than a year" in problems(text, policy)[0]


def test_consecutive_terms_of_a_customer_may_share_everything(policy: Policy) -> None:
    later = changed(("2026-01-01", "2027-01-01"), ("2026-12-31", "2027-12-31"))
    assert len(read(ADRIA + later, policy)) == 2


def test_overlapping_terms_of_a_customer_are_told(policy: Policy) -> None:
    # The customer's name in other letters is the same customer.
    later = changed(
        ("Adria d.o.o.", "ADRIA D.O.O."),
        ("ends_on = 2026-12-31", "ends_on = 2027-12-31"),
        ("starts_on = 2026-01-01", "starts_on = 2026-12-31"),
    )
    assert problems(ADRIA + later, policy)[0] == (
        'contracts[2] "ADRIA D.O.O.": its term overlaps that of contracts[1], the same customer;'
        " a customer has one contract at a time"
    )


def test_a_contract_written_twice_is_told(policy: Policy) -> None:
    assert problems(ADRIA + ADRIA, policy) == [
        'contracts[2] "Adria d.o.o.": the same customer and starts_on as contracts[1];'
        " keep one of them",
        *(
            f'contracts[2] "Adria d.o.o.": {here}: "{name}" is taken by contracts[1].{here} already'
            for here, name in (
                ("domains[1]", "adria.example"),
                ("addresses[1]", "store@adria.example"),
                ("persons[1].addresses[1]", "maja@adria.example"),
            )
        ),
    ]


def test_an_address_under_two_running_contracts_is_told(policy: Policy) -> None:
    text = ADRIA + changed(("store@donau.example", "maja@adria.example"), text=DONAU)
    assert problems(text, policy) == [
        'contracts[2] "Donau GmbH": addresses[1]: "maja@adria.example" is taken by'
        " contracts[1].persons[1].addresses[1] already"
    ]


@pytest.mark.parametrize(("one", "other"), [("", "shop."), ("shop.", "")])
def test_a_domain_below_that_of_another_contract_is_told(
    policy: Policy, one: str, other: str
) -> None:
    domain = '["donau.example"]'
    text = changed(('["adria.example"]', f'["{one}adria.example"]')) + changed(
        (domain, f'["{other}adria.example"]'), text=DONAU
    )
    assert problems(text, policy) == [
        f'contracts[2] "Donau GmbH": domains[1]: "{other}adria.example" and'
        f' "{one}adria.example" of contracts[1].domains[1] lie within each other;'
        " name addresses instead"
    ]


def test_a_domain_below_another_of_the_same_contract_is_sound(policy: Policy) -> None:
    text = changed(('["adria.example"]', '["adria.example", "shop.adria.example"]'))
    assert len(read(text, policy)) == 1


def test_mistakes_of_several_contracts_are_all_told_in_their_order(policy: Policy) -> None:
    text = (
        changed(("2026-12-31", "2026-06-30"), ('"basic"', '"gold"'))
        + changed(("plan =", "plam ="), text=DONAU)
        + changed(
            ("Donau GmbH", "Sava d.o.o."), ('["donau.example"]', '["gmail.com"]'),
            ("store@donau.example", "store@adria.example"), text=DONAU,
        )
    )  # fmt: skip
    found = problems(text, policy)
    assert [line.split(":")[0] for line in found] == [
        'contracts[1] "Adria d.o.o."',
        'contracts[1] "Adria d.o.o."',
        'contracts[2] "Donau GmbH"',
        'contracts[2] "Donau GmbH"',
        'contracts[3] "Sava d.o.o."',
        'contracts[3] "Sava d.o.o."',
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[[contracts]", "line 1, column 12: Expected ']]' at the end of an array declaration"),
        ("contract = []", "contract: unknown key; did you mean contracts?"),
        ("contracts = 5", "contracts: must be a list, in [ ]"),
        ("contracts = [5]", "contracts[1]: must be a table"),
    ],
)
def test_a_file_of_another_shape_is_told(policy: Policy, text: str, line: str) -> None:
    assert problems(text, policy) == [line]


@pytest.mark.parametrize("text", ["", "# nothing yet", "contracts = []"])
def test_a_file_without_a_contract_is_refused(policy: Policy, text: str) -> None:
    assert problems(text, policy) == ["has no [[contracts]]"]


def test_an_entry_of_another_shape_still_has_its_plan_checked(policy: Policy) -> None:
    text = changed(('"basic"', '"basics"'), ("2026-12-31", '"soon"'))
    assert problems(text, policy) == [
        f'{HERE}: plan: "basics" is no plan of the policy; did you mean basic?',
        f"{HERE}: ends_on: must be a date (like 2026-01-31)",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("contracts = " + "[" * 100_000, "nested too deeply"),
        ("contracts = " + "9" * 5_000, "digits"),
    ],
    ids=["deep", "long"],
)
def test_a_file_that_no_parser_can_take_is_told(policy: Policy, text: str, says: str) -> None:
    (line,) = problems(text, policy)
    assert says in line


def test_public_mail_domains_are_written_as_they_are_compared() -> None:
    assert all(
        domain == domain.lower().strip() and "." in domain for domain in PUBLIC_MAIL | REGISTRIES
    )


SHIPPED = [
    REPOSITORY / "daemon" / "demo_contracts.toml",
    REPOSITORY / "examples" / "contracts.toml",
]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_the_files_we_ship_are_read_without_a_problem(policy: Policy, path: Path) -> None:
    assert read(path.read_text(encoding="utf-8"), policy)


def test_the_demonstration_has_a_customer_on_every_plan(policy: Policy) -> None:
    text = (REPOSITORY / "daemon" / "demo_contracts.toml").read_text(encoding="utf-8")
    contracts = read(text, policy)
    assert {contract.plan for contract in contracts} == set(policy.plans)
    assert {contract.language for contract in contracts} == {"hr", "sl", "de", "en"}
