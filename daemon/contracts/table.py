"""A file of contracts as a table, and the line on which each thing in it stands."""

import csv
import io
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from daemon.config.files import syntax_error
from daemon.config.problems import Place, did_you_mean
from daemon.config.values import quoted

COLUMNS = (
    "customer",
    "plan",
    "starts_on",
    "ends_on",
    "ended_on",
    "renewal_notice",
    "language",
    "timezone",
    "holidays",
    "number",
    "extras",
    "domains",
    "addresses",
    "chats",
    "persons",
)
_REQUIRED = ("customer", "plan", "starts_on", "ends_on", "persons")
_LISTS = ("domains", "addresses", "chats")
_SINGLE = tuple(name for name in COLUMNS if name not in (*_LISTS, "extras", "persons"))

_MIXED = re.compile(rb"[\xc4\xc5][\x80-\xbf]")
"""A letter of ours in UTF-8: in windows-1250 it would be two that no word has beside each other."""
_FORMULA = re.compile(r"=.*|#[A-Z/0]+[!?]|#N/A", re.DOTALL)
_APART = re.compile(r"[\s;,|]+")
_LINES_APART = re.compile(r"[;,|\n]+")
_PERSONS_APART = re.compile(r"[;|\n]+")
_PERSON = re.compile(r"([^<>]*)<([^<>]*)>")
_REACHED = re.compile(r"(?:\+|00)[\d ()/.-]*\d|[^\s,;|]+")
"""A number may have spaces within it."""
_LOCAL_DATE = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})\.?")


class ContractsError(Exception):
    """The file is wrong: every problem, each one line with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the lines."""
        super().__init__("\n".join(problems))
        self.problems = list(problems)


@dataclass
class Table:
    """As TOML would have it, whatever it was."""

    values: dict[str, Any]
    lines: dict[Place, int] = field(default_factory=dict)
    """From 1, of what begins there."""

    def line(self, place: Place) -> int:
        """Where something stands, or the nearest thing around it; 0 if nobody knows."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 0)


def read_table(content: bytes) -> Table:
    """TOML (UTF-8), or CSV as Excel writes it; raises ContractsError."""
    try:
        text, foreign = decoded(content), None
    except UnicodeDecodeError as error:
        text, foreign = content.decode("cp1250", "replace"), error  # as Excel does in our region
    text = unicodedata.normalize("NFC", text)
    first = next((line for line in text.splitlines() if line.strip()), "")
    is_csv = first.lower().startswith("sep=") or _is_header(first)
    if foreign is not None:
        _check_cp1250(content, is_csv, foreign)
    return _read_csv(text) if is_csv else _read_toml(text)


def decoded(content: bytes) -> str:
    """Its text, if it is UTF-8 or UTF-16; raises UnicodeDecodeError."""
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return content.decode("utf-16" if is_utf16 else "utf-8-sig")


def _check_cp1250(content: bytes, is_csv: bool, error: UnicodeDecodeError) -> None:
    """Refuse what would come out as other letters than were meant."""
    words = "is not UTF-8, as TOML has to be"
    if is_csv:
        if _MIXED.search(content):
            words = "is not UTF-8, though the rest seems to be; save it as UTF-8"
        else:
            try:
                content.decode("cp1250")
                return
            except UnicodeDecodeError as error_too:
                error, words = error_too, "is neither UTF-8 nor windows-1250 text"
    line = content[: error.start].count(b"\n") + 1
    raise ContractsError([f"line {line}: {words}"])


def _is_header(line: str) -> bool:
    names = [_name(cell) for cell in re.split("[;,\t]", line)]
    return "customer" in names and "=" not in line


def _name(cell: str) -> str:
    return re.sub(r"[\s-]+", "_", cell.strip().strip('"').lower())


# ---- TOML ----


def _read_toml(text: str) -> Table:
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ContractsError([syntax_error(error)]) from None
    except ValueError as error:  # a number of thousands of digits
        raise ContractsError([str(error)]) from None
    except RecursionError:
        raise ContractsError(["lists or tables are nested too deeply"]) from None
    return Table(values, dict(_toml_lines(text)))


def _toml_lines(text: str) -> Iterator[tuple[Place, int]]:
    """Where each statement begins. The library does not tell, but reads a statement by itself."""
    here: Place = ()
    counts: dict[Place, int] = {}
    for first, statement, value in _statements(text):
        keys = _path(value)
        if not statement.lstrip().startswith("["):
            yield (*here, *keys), first
            continue
        here = _place(keys, counts)
        if statement.lstrip().startswith("[["):
            counts[here] = counts.get(here, -1) + 1
            here = (*here, counts[here])
        yield here, first


def _statements(text: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    first, statement = 1, ""
    for number, line in enumerate(io.StringIO(text), 1):
        if not statement:
            first = number
        statement += line
        try:
            value = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue  # it goes on: the whole text is known to be sound
        if value:
            yield first, statement, value
        statement = ""


def _path(value: Any) -> tuple[str, ...]:  # noqa: ANN401 (any TOML value)
    """The keys that a single statement speaks of."""
    keys: list[str] = []
    while isinstance(value, dict) and len(value) == 1:
        key, value = next(iter(value.items()))
        keys.append(key)
        if isinstance(value, list) and value == [{}]:
            break
    return tuple(keys)


def _place(keys: Sequence[str], counts: Mapping[Place, int]) -> Place:
    """With the positions of the lists' entries that the keys go through."""
    place: Place = ()
    for position, key in enumerate(keys):
        place = (*place, key)
        if position < len(keys) - 1 and place in counts:
            place = (*place, counts[place])
    return place


# ---- CSV ----


def _read_csv(text: str) -> Table:
    listed = rows(text)
    line, header = next(listed, (1, []))
    names = [_name(cell) for cell in header]
    if problems := list(_header_problems(names, line)):
        raise ContractsError(problems)
    table = Table({"contracts": []})
    by_key: dict[tuple[str, str], int] = {}
    before: tuple[str, str] | None = None
    for line, cells in listed:
        pairs = zip(names, cells, strict=False)
        row = {name: said for name, cell in pairs if name and (said := cell.strip())}
        if formulas := [cell for cell in row.values() if _FORMULA.fullmatch(cell)]:
            problems += [f"line {line}: {quoted(cell)} is no value" for cell in formulas]
        elif any(cell.strip() for cell in cells[len(names) :]):
            problems.append(f"line {line}: has {len(cells)} cells, the first row {len(names)}")
        elif row and (before := _key(row, before)) is None:
            problems.append(f"line {line}: customer: is missing")
        elif row and before:
            number = by_key.setdefault(before, len(by_key))
            problems += _add(table, number, row, line)
    if problems:
        raise ContractsError(problems)
    return table


def rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line on which it begins; raises ContractsError."""
    lines = list(io.StringIO(text, newline=""))
    skipped = next((n for n, line in enumerate(lines) if line.strip()), 0)
    delimiter = max(";,\t", key=lines[skipped].count)
    if lines[skipped].lower().startswith("sep="):
        delimiter = lines[skipped][4:].strip("\r\n") or ";"
        skipped += 1
    if delimiter not in (";", ",", "\t", "|"):
        raise ContractsError([f"line {skipped}: {quoted(delimiter)} parts no columns (like ;)"])
    reader = csv.reader(lines[skipped:], delimiter=delimiter, strict=True)
    first = skipped + 1
    try:
        for row in reader:
            yield first, row
            first = skipped + reader.line_num + 1
    except csv.Error as error:
        raise ContractsError([f"line {first}: is no CSV: {error}"]) from None


def _header_problems(names: Sequence[str], line: int) -> Iterator[str]:
    for position, name in enumerate(names, 1):
        if name and name not in COLUMNS:
            near = did_you_mean(name, COLUMNS)
            yield f"line {line}: column {position} {quoted(name)} is unknown; {near}"
        elif name and name in names[: position - 1]:
            yield f"line {line}: column {quoted(name)} stands there twice"
    for name in _REQUIRED:
        if name not in names:
            yield f"line {line}: column {quoted(name)} is missing"


def _key(row: Mapping[str, str], before: tuple[str, str] | None) -> tuple[str, str] | None:
    """Customer and first day; a row without them goes on with the contract above it."""
    customer, starts_on = row.get("customer", ""), str(_value(row.get("starts_on", "")))
    if before and customer in ("", before[0]) and starts_on in ("", before[1]):
        return before
    customer = customer or (before[0] if before else "")
    return (customer, starts_on) if customer else None


def _add(table: Table, number: int, row: Mapping[str, str], line: int) -> Iterator[str]:
    """Put a row into its contract."""
    here: Place = ("contracts", number)
    if number == len(table.values["contracts"]):
        table.values["contracts"].append({})
        table.lines[here] = line
    contract = table.values["contracts"][number]
    for name, text in row.items():
        try:
            values = cell(name, text)
        except ValueError as error:
            yield f"line {line}: {name}: {error}"
            continue
        if name not in _SINGLE:
            for each in values:
                _append(table, here, name, each, line)
        elif contract.setdefault(name, values[0]) != values[0]:
            first = table.line((*here, name))
            yield f"line {line}: {name}: is not what line {first} says for the same contract"
        else:
            table.lines.setdefault((*here, name), line)


def cell(name: str, text: str) -> list[Any]:
    """The values that stand in a cell of a column: one, but where it is a list.

    Raises ValueError.
    """
    if name in _LISTS:
        return [each for each in _APART.split(text) if each]
    if name == "extras":
        return [each.strip() for each in _LINES_APART.split(text) if each.strip()]
    if name == "persons":
        return [_person(each.strip()) for each in _PERSONS_APART.split(text) if each.strip()]
    return [_value(text)]


def _person(text: str) -> dict[str, Any]:
    person = _PERSON.fullmatch(text)
    if not person:
        like = "Maria Kovač <maria@adria.example>"
        raise ValueError(f"{quoted(text)} is no person (like {like})")
    return {"name": person[1].strip(), **_reached(person[2])}


def _reached(within: str) -> dict[str, list[str]]:
    """What stands in a person's < >: addresses, numbers, and who they are in chats."""
    found: dict[str, list[str]] = {"addresses": []}
    for each in _REACHED.findall(within):
        kind = "phones" if each.startswith(("+", "00")) else "addresses"
        kind = "identities" if ":" in each and "@" not in each else kind
        found.setdefault(kind, []).append(each)
    return found


def _append(table: Table, here: Place, name: str, value: object, line: int) -> None:
    number = here[1]
    assert isinstance(number, int)
    listed = table.values["contracts"][number].setdefault(name, [])
    table.lines[(*here, name, len(listed))] = line
    listed.append(value)


def _value(cell: str) -> object:
    """A date where it is one, in either way of writing."""
    try:
        if local := _LOCAL_DATE.fullmatch(cell):
            return date(int(local[3]), int(local[2]), int(local[1]))
        return date.fromisoformat(cell) if re.fullmatch(r"\d{4}-\d\d-\d\d", cell) else cell
    except ValueError:
        return cell
