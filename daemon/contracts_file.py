"""A file of contracts: who our customers are, what they bought, and who may write."""

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import MAXYEAR, date, timedelta
from itertools import combinations

from pydantic import Field, ValidationError

from daemon.config.files import syntax_error
from daemon.config.problems import Place, did_you_mean, explain, written
from daemon.config.section import Section
from daemon.config.values import Address, Domain, Language, Line, quoted
from rules.model import Contract, Policy, RegisteredPerson

PUBLIC_MAIL = frozenset(
    {
        "aol.com",
        "gmail.com",
        "gmx.at",
        "gmx.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "mail.com",
        "mail.ru",
        "me.com",
        "msn.com",
        "net.hr",
        "outlook.com",
        "proton.me",
        "protonmail.com",
        "siol.net",
        "t-online.de",
        "web.de",
        "yahoo.com",
        "yahoo.de",
        "ymail.com",
    }
)
"""Domains where anybody has an address: not one of them tells a customer."""


class ContractsError(Exception):
    """The file is wrong: every problem, each one line with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the lines."""
        super().__init__("\n".join(problems))
        self.problems = list(problems)


class _Person(Section):
    name: Line = Field(examples=["Maria Kovač"])
    addresses: tuple[Address, ...] = Field(examples=[["maria@adria.example"]])


class _Contract(Section):
    customer: Line = Field(examples=["Adria d.o.o."])
    plan: str = Field(examples=["basic"])
    starts_on: date = Field(examples=[date(2026, 1, 1)])
    ends_on: date = Field(examples=[date(2026, 12, 31)])
    language: Language | None = None
    domains: tuple[Domain, ...] = ()
    addresses: tuple[Address, ...] = ()
    persons: tuple[_Person, ...] = ()


class _File(Section):
    contracts: tuple[_Contract, ...] = ()


Found = Iterator[tuple[Place, str]]


def read(text: str, policy: Policy) -> list[Contract]:
    """The contracts of a file, not stored yet; raises ContractsError with every problem."""
    table = _table(text)
    entries, found = _entries(table)
    if not entries and not found:
        raise ContractsError(["has no [[contracts]]"])
    found += _check_plans(table, policy)
    for number, entry in entries.items():
        found += [(("contracts", number, *at), words) for at, words in _check(entry, policy)]
    found += _check_shared(entries)
    if found:
        found.sort(key=lambda problem: [str(part).zfill(6) for part in problem[0][:2]])
        raise ContractsError([_line(place, words, table) for place, words in found])
    return [_contract(entry) for entry in entries.values()]


def _table(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ContractsError([syntax_error(error)]) from None
    except ValueError as error:  # a number of thousands of digits
        raise ContractsError([str(error)]) from None
    except RecursionError:
        raise ContractsError(["lists or tables are nested too deeply"]) from None


def _entries(table: dict[str, object]) -> tuple[dict[int, _Contract], list[tuple[Place, str]]]:
    """The well-formed contracts by position, and what is wrong with the others."""
    listed = table.get("contracts")
    try:
        return dict(enumerate(_File.model_validate(table).contracts)), []
    except ValidationError as error:
        found = explain(error, _File)
    broken = {place[1] for place, _ in found if len(place) > 1}
    if not isinstance(listed, list):
        return {}, found
    sound = {n: entry for n, entry in enumerate(listed) if n not in broken}
    return {n: _Contract.model_validate(entry) for n, entry in sound.items()}, found


def _check_plans(table: dict[str, object], policy: Policy) -> Found:
    """Every plan that is named, also where the rest of the contract is of another shape."""
    listed = table.get("contracts")
    for number, entry in enumerate(listed if isinstance(listed, list) else []):
        plan = entry.get("plan") if isinstance(entry, dict) else None
        if isinstance(plan, str) and plan not in policy.plans:
            known = did_you_mean(plan, list(policy.plans))
            place = ("contracts", number, "plan")
            yield place, f"{quoted(plan)} is no plan of the policy; {known}"


def _check(entry: _Contract, policy: Policy) -> Found:
    """One contract by itself, against the policy."""
    year = _first_year_ends_on(entry.starts_on)
    if entry.ends_on < year:
        yield (
            (),
            f"ends_on {entry.ends_on} is less than a year after starts_on {entry.starts_on}"
            f" (policy: at least one year, so {year} or later)",
        )
    plan = policy.plans.get(entry.plan)
    if plan and len(entry.persons) > plan.registered_persons:
        yield (
            ("persons",),
            f"{len(entry.persons)} are registered; plan {plan.name} has"
            f" {plan.registered_persons} (others go to addresses)",
        )
    if not entry.persons:
        yield ("persons",), "there is none; nobody could open a request under this contract"
    for number, person in enumerate(entry.persons):
        if not person.addresses:
            yield ("persons", number, "addresses"), "is empty; nobody would know this person"
    for number, domain in enumerate(entry.domains):
        if domain in PUBLIC_MAIL:
            yield (
                ("domains", number),
                f'anybody can have an address at "{domain}"; name the addresses one by one',
            )


def _first_year_ends_on(starts_on: date) -> date:
    year = min(starts_on.year + 1, MAXYEAR)
    if (starts_on.month, starts_on.day) == (2, 29):
        return date(year, 2, 28)
    return starts_on.replace(year=year) - timedelta(days=1)


def _check_shared(entries: dict[int, _Contract]) -> list[tuple[Place, str]]:
    """What only one contract at a time may have: a customer's term, an address, a domain."""
    return [*_shared_terms(entries), *_shared_names(entries)]


def _shared_terms(entries: dict[int, _Contract]) -> Found:
    by_customer = defaultdict(list)
    for number, entry in entries.items():
        by_customer[entry.customer.casefold()].append(number)
    for numbers in by_customer.values():
        for earlier, later in combinations(numbers, 2):
            if entries[earlier].starts_on == entries[later].starts_on:
                words = f"the same customer and starts_on as contracts[{earlier + 1}]"
                yield ("contracts", later), f"{words}; keep one of them"
            elif _overlap(entries[earlier], entries[later]):
                words = f"its term overlaps that of contracts[{earlier + 1}], the same customer"
                yield ("contracts", later), f"{words}; a customer has one contract at a time"


def _shared_names(entries: dict[int, _Contract]) -> Found:
    claims: dict[str, list[tuple[int, Place]]] = defaultdict(list)
    for number, entry in entries.items():
        for place, name in _claims(entry):
            before = (at for at in claims[name] if _clash(entries, at[0], number))
            if (other := next(before, None)) is not None:
                taken = written(("contracts", other[0], *other[1]))
                yield ("contracts", number, *place), f'"{name}" is taken by {taken} already'
            claims[name].append((number, place))


def _clash(entries: dict[int, _Contract], one: int, other: int) -> bool:
    return one == other or _overlap(entries[one], entries[other])


def _claims(entry: _Contract) -> Iterator[tuple[Place, str]]:
    for number, person in enumerate(entry.persons):
        for position, address in enumerate(person.addresses):
            yield ("persons", number, "addresses", position), address
    for position, address in enumerate(entry.addresses):
        yield ("addresses", position), address
    for position, domain in enumerate(entry.domains):
        yield ("domains", position), domain


def _overlap(one: _Contract, other: _Contract) -> bool:
    return one.starts_on <= other.ends_on and other.starts_on <= one.ends_on


def _line(place: Place, words: str, table: dict[str, object]) -> str:
    head, rest = written(place[:2]), written(place[2:])
    listed = table.get("contracts")
    if len(place) > 1 and isinstance(place[1], int) and isinstance(listed, list):
        entry = listed[place[1]]
        customer = entry.get("customer") if isinstance(entry, dict) else None
        head += f" {quoted(customer)}" if isinstance(customer, str) else ""
    return ": ".join(part for part in (head, rest, words) if part)


def _contract(entry: _Contract) -> Contract:
    return Contract(
        id=0,
        customer=entry.customer,
        plan=entry.plan,
        starts_on=entry.starts_on,
        ends_on=entry.ends_on,
        persons=tuple(
            RegisteredPerson(person.name, frozenset(person.addresses)) for person in entry.persons
        ),
        addresses=frozenset(entry.addresses),
        domains=frozenset(entry.domains),
        language=entry.language or "",
    )
