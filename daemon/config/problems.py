"""What is wrong with a configuration, in lines an operator can act on."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

Place = tuple[str | int, ...]
"""Keys, and positions in lists counted from 0."""


class ConfigError(Exception):
    """The configuration is wrong: every problem, each one line with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the lines; none of them shows a secret."""
        super().__init__("\n".join(problems))
        self.problems = list(problems)


_BARE_KEY = re.compile(r"[\w-]+")


def written(place: Place) -> str:
    """A place as people write it: `on_call.overrides[1].from`, lists counted from 1."""
    path = ""
    for part in place:
        if isinstance(part, int):
            path += f"[{part + 1}]"
        else:
            key = part if _BARE_KEY.fullmatch(part) else json.dumps(part)
            path += f".{key}" if path else key
    return path


def explain(error: ValidationError, model: type[BaseModel]) -> list[tuple[Place, str]]:
    """Each problem's place, and its words; what was given is shown only by our own checks."""
    return [
        (place_of(details), _words(details, model))
        for details in error.errors(include_url=False, include_input=False)
    ]


def place_of(details: ErrorDetails) -> Place:
    """Without pydantic's marker for a table's own name."""
    return tuple(part for part in details["loc"] if part != "[key]")


def did_you_mean(given: str, known: Sequence[str]) -> str:
    """The nearest known word, or all of them."""
    near = get_close_matches(given, known, n=1)
    if near:
        return f"did you mean {written((near[0],))}?"
    return f"known here: {', '.join(written((k,)) for k in known)}" if known else "there is none"


_WANTED = {
    "string": "must be text, in quotes",
    "int": "must be a whole number",
    "bool": "must be true or false",
    "date": "must be a date (like 2026-01-31)",
    "dict": "must be a table",
    "model": "must be a table",
    "tuple": "must be a list, in [ ]",
    "too": 'has too many entries (a window has two, like ["09:00", "17:00"])',
}


def _words(details: ErrorDetails, model: type[BaseModel]) -> str:
    kind, context = details["type"], details.get("ctx", {})
    place = place_of(details)
    if kind == "missing":
        return f"is missing{_example(model, place)}"
    if kind == "extra_forbidden":
        return f"unknown key; {did_you_mean(str(place[-1]), keys_at(model, place[:-1]))}"
    if kind in ("enum", "literal_error"):
        return f"must be {context['expected']}".replace("'", '"')
    if kind in ("greater_than_equal", "less_than_equal"):
        sign, bound = next(iter(context.items()))
        return f"must be {bound} or {'more' if sign == 'ge' else 'less'}"
    if kind == "value_error":
        return str(context["error"])
    return _WANTED.get(kind.split("_")[0], details["msg"])


def keys_at(model: type[BaseModel], place: Place) -> list[str]:
    """The keys that the table at this place may have."""
    table = _table_at(model, place)
    return [field.alias or name for name, field in table.model_fields.items()] if table else []


def _example(model: type[BaseModel], place: Place) -> str:
    if isinstance(place[-1], int):  # only windows have a fixed number of entries
        return ' (like ["09:00", "17:00"])'
    table = _table_at(model, place[:-1])
    field = _field(table, place[-1]) if table else None
    if field is None or not field.examples:
        return ""
    return f" (like {place[-1]} = {_toml(field.examples[0])})"


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_toml(item)}' for key, item in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def _field(table: type[BaseModel], key: str | int) -> FieldInfo | None:
    return next((f for name, f in table.model_fields.items() if (f.alias or name) == key), None)


def _table_at(model: type[BaseModel], place: Place) -> type[BaseModel] | None:
    """Follow keys through tables, tables of tables and lists of tables."""
    table: type[BaseModel] = model
    rest = list(place)
    while rest:
        field = _field(table, rest.pop(0))
        below = _model_in(field.annotation) if field else None
        if below is None:
            return None
        direct, table = below
        if not direct and rest:
            rest.pop(0)  # the table's own name, or its position in the list
    return table


def _model_in(annotation: Any) -> tuple[bool, type[BaseModel]] | None:  # noqa: ANN401 (any type)
    """The model in `Model`, `Model | None`, `dict[Name, Model]`, `tuple[Model, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return True, annotation
    for argument in get_args(annotation):
        if (below := _model_in(argument)) is not None:
            optional = type(None) in get_args(annotation)
            return optional and below[0], below[1]
    return None
