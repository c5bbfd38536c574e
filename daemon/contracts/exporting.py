"""Contracts written as `contracts import` reads them: TOML, or CSV."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from daemon.contracts.change import person_line
from daemon.contracts.table import COLUMNS
from rules.model import Contract, RegisteredPerson


def as_toml(contracts: Sequence[Contract]) -> str:
    """A `[[contracts]]` each."""
    return "\n".join("".join(f"{line}\n" for line in _toml(contract)) for contract in contracts)


def as_csv(contracts: Sequence[Contract]) -> str:
    """A row each, parted by semicolons, as spreadsheets of our region expect."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=";")
    writer.writerow(COLUMNS)
    writer.writerows([_csv(contract, name) for name in COLUMNS] for contract in contracts)
    return written.getvalue()


def entry(contract: Contract) -> dict[str, Any]:
    """A contract as a table of the file, without what it does not say."""
    found: dict[str, Any] = {
        "customer": contract.customer,
        "plan": contract.plan,
        "starts_on": contract.starts_on,
        "ends_on": contract.ends_on,
        "ended_on": contract.ended_on,
        "renewal_notice": f"{contract.renewal_notice}d" if contract.renewal_notice else "",
        "language": contract.language,
        "timezone": contract.timezone,
        "holidays": contract.holidays,
        "number": contract.number,
        "extras": sorted(map(str, contract.extras)),
        "domains": sorted(contract.domains),
        "addresses": sorted(contract.addresses),
        "chats": sorted(contract.chats),
        "persons": [_person(person) for person in contract.persons],
    }
    return {name: value for name, value in found.items() if value}


def _person(person: RegisteredPerson) -> dict[str, Any]:
    found = {"name": person.name, "addresses": sorted(person.addresses)}
    for name in ("phones", "identities"):
        if values := sorted(getattr(person, name)):
            found[name] = values
    return found


def _toml(contract: Contract) -> Iterator[str]:
    values = entry(contract)
    persons = values.pop("persons", ())
    yield "[[contracts]]"
    yield from (f"{name} = {_value(value)}" for name, value in values.items())
    for person in persons:
        yield "[[contracts.persons]]"
        yield from (f"{name} = {_value(value)}" for name, value in person.items())


def _value(value: object) -> str:
    """TOML's basic strings and lists of them are JSON's; its dates stand bare."""
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def _csv(contract: Contract, name: str) -> object:
    if name == "persons":
        return "\n".join(map(person_line, contract.persons))
    value = entry(contract).get(name, "")
    return "\n".join(value) if isinstance(value, list) else value
