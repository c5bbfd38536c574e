"""A file of contracts: who our customers are, what they bought, and who may write."""

from collections.abc import Iterator, Sequence
from datetime import MAXYEAR, date, timedelta

from pydantic import ValidationError

from daemon.config.problems import Place, did_you_mean, explain, written
from daemon.config.section import Section
from daemon.config.values import quoted
from daemon.contracts.public import PUBLIC_MAIL, REGISTRIES
from daemon.contracts.shared import ContractEntry, check_shared
from daemon.contracts.table import ContractsError, Table, read_table
from rules.model import Contract, Plan, Policy, RegisteredPerson

__all__ = ["ContractsError", "read", "read_file"]


class _File(Section):
    contracts: tuple[ContractEntry, ...] = ()


Found = Iterator[tuple[Place, str]]


def read(text: str, policy: Policy, stored: Sequence[Contract] = ()) -> list[Contract]:
    """The contracts of a TOML or CSV text; see `read_file`."""
    return read_file(text.encode("utf-8", "surrogatepass"), policy, stored)


def read_file(content: bytes, policy: Policy, stored: Sequence[Contract] = ()) -> list[Contract]:
    """The contracts of a file, not stored yet; raises ContractsError with every problem.

    Beside those `stored` that the file does not replace they must be sound, too.
    """
    return checked(read_table(content), policy, stored)


def checked(table: Table, policy: Policy, stored: Sequence[Contract]) -> list[Contract]:
    """The contracts of a table; see `read_file`."""
    entries, found = _entries(table.values)
    if not entries and not found:
        raise ContractsError(["has no [[contracts]]"])
    found += _check_plans(table.values, policy)
    for number, entry in entries.items():
        found += [(("contracts", number, *at), words) for at, words in _check(entry, policy)]
    found += check_shared(entries, stored)
    if found:
        found.sort(key=lambda problem: (table.line(problem[0]), written(problem[0][:2])))
        raise ContractsError([_line(place, words, table) for place, words in found])
    return [_contract(entry) for entry in entries.values()]


def _entries(table: dict[str, object]) -> tuple[dict[int, ContractEntry], list[tuple[Place, str]]]:
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
    return {n: ContractEntry.model_validate(entry) for n, entry in sound.items()}, found


def _check_plans(table: dict[str, object], policy: Policy) -> Found:
    """Every plan that is named, also where the rest of the contract is of another shape."""
    listed = table.get("contracts")
    for number, entry in enumerate(listed if isinstance(listed, list) else []):
        plan = entry.get("plan") if isinstance(entry, dict) else None
        if isinstance(plan, str) and plan not in policy.plans:
            known = did_you_mean(plan, list(policy.plans))
            place = ("contracts", number, "plan")
            yield place, f"{quoted(plan)} is no plan of the policy; {known}"


def _check(entry: ContractEntry, policy: Policy) -> Found:
    """One contract by itself, against the policy."""
    year = _first_year_ends_on(entry.starts_on)
    if entry.ends_on < year:
        yield (
            (),
            f"ends_on {entry.ends_on} is less than a year after starts_on {entry.starts_on}"
            f" (policy: at least one year, so {year} or later)",
        )
    if entry.ended_on and not entry.starts_on <= entry.ended_on <= entry.ends_on:
        yield (
            ("ended_on",),
            f"{entry.ended_on} is not within the term, {entry.starts_on} to {entry.ends_on}",
        )
    plan = policy.plans.get(entry.plan)
    yield from _check_extras(entry, plan)
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
        elif domain in REGISTRIES:
            yield ("domains", number), f'anybody can have a domain below "{domain}"'


def _check_extras(entry: ContractEntry, plan: Plan | None) -> Found:
    for number, extra in enumerate(entry.extras):
        if plan and extra.channel not in plan.targets[extra.severity].by_arrangement:
            words = f"plan {plan.name} has no {extra} by arrangement"
            yield ("extras", number), words


def _first_year_ends_on(starts_on: date) -> date:
    year = min(starts_on.year + 1, MAXYEAR)
    if (starts_on.month, starts_on.day) == (2, 29):
        return date(year, 2, 28)
    return starts_on.replace(year=year) - timedelta(days=1)


def _line(place: Place, words: str, table: Table) -> str:
    head, rest = written(place[:2]), written(place[2:])
    listed = table.values.get("contracts")
    if len(place) > 1 and isinstance(place[1], int) and isinstance(listed, list):
        entry = listed[place[1]]
        customer = entry.get("customer") if isinstance(entry, dict) else None
        head += f" {quoted(customer)}" if isinstance(customer, str) else ""
    line = table.line(place)
    return ": ".join(part for part in (f"line {line}" if line else "", head, rest, words) if part)


def _contract(entry: ContractEntry) -> Contract:
    return Contract(
        id=0,
        customer=entry.customer,
        plan=entry.plan,
        starts_on=entry.starts_on,
        ends_on=entry.ends_on,
        persons=tuple(
            RegisteredPerson(
                person.name,
                frozenset(person.addresses),
                frozenset(person.phones),
                frozenset(person.identities),
            )
            for person in entry.persons
        ),
        addresses=frozenset(entry.addresses),
        domains=frozenset(entry.domains),
        language=entry.language or "",
        chats=frozenset(entry.chats),
        timezone=entry.timezone.key if entry.timezone else "",
        holidays=entry.holidays or "",
        extras=frozenset(entry.extras),
        renewal_notice=entry.renewal_notice or 0,
        ended_on=entry.ended_on,
        number=entry.number or "",
    )
