"""A contract changed field by field, as `plan=premium` or `domains+=adria.example`."""

import re
from collections.abc import Sequence
from typing import Any

from daemon.config.problems import did_you_mean
from daemon.config.values import quoted
from daemon.contracts.exporting import entry
from daemon.contracts.table import COLUMNS, cell
from rules.model import Contract
from rules.requests import Refused

_EDIT = re.compile(r"\s*(\w+)\s*([+-]?=)(.*)", re.DOTALL)
_LISTS = ("extras", "domains", "addresses", "chats", "persons")
_FIELDS = tuple(name for name in COLUMNS if name not in ("customer", "starts_on"))


def begun(customer: str, edits: Sequence[str]) -> dict[str, Any]:
    """A new contract as a table of a file; raises Refused."""
    values: dict[str, Any] = {"customer": customer}
    for edit in edits:
        _apply(values, edit, (*_FIELDS, "starts_on"))
    return values


def edited(contract: Contract, edits: Sequence[str]) -> dict[str, Any]:
    """A stored contract, changed, as a table of a file; raises Refused."""
    values = entry(contract)
    for edit in edits:
        _apply(values, edit, _FIELDS)
    return values


def _apply(values: dict[str, Any], edit: str, fields: Sequence[str]) -> None:
    parts = _EDIT.fullmatch(edit)
    if not parts:
        raise Refused(f"{quoted(edit)} is no change (like plan=premium or domains+=adria.example)")
    name, sign, text = parts[1], parts[2], parts[3].strip()
    if name not in fields:
        raise Refused(f"{quoted(name)} is no field to set; {did_you_mean(name, fields)}")
    if sign != "=" and name not in _LISTS:
        raise Refused(f"{name} is one value: set it with {name}=")
    try:
        given = [] if sign == "-=" and name == "persons" else cell(name, text)
    except ValueError as error:
        raise Refused(f"{name}: {error}") from None
    if sign == "-=":
        values[name] = _without(name, values.get(name, []), given or [text])
    elif name in _LISTS:
        values[name] = [*(values.get(name, []) if sign == "+=" else []), *given]
    elif text:
        values[name] = given[0]
    else:
        values.pop(name, None)


def _without(name: str, listed: Sequence[Any], given: Sequence[str]) -> list[Any]:
    """A list without these; persons go by their names."""

    def called(each: Any) -> str:  # noqa: ANN401 (a text, or a person's table)
        return str(each["name"] if name == "persons" else each).casefold()

    unknown = [text for text in given if text.casefold() not in map(called, listed)]
    if unknown:
        known = ", ".join(each["name"] if name == "persons" else each for each in listed) or "none"
        raise Refused(f"{name}: {quoted(unknown[0])} is not there; there are: {known}")
    gone = {text.casefold() for text in given}
    return [each for each in listed if called(each) not in gone]
