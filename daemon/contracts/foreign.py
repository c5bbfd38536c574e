"""Another system's export, with its columns called ours: a spreadsheet for `table`."""

import csv
import io
from collections.abc import Mapping, Sequence

from daemon.config.problems import did_you_mean
from daemon.config.values import quoted
from daemon.contracts.table import COLUMNS, ContractsError, decoded, rows
from rules.requests import Refused

PERSON = ("person", "person_email", "person_phone")
"""Columns that together are a person, where ours has them in one cell."""


def mapping(pairs: Sequence[str]) -> dict[str, str]:
    """`THEIRS=OURS`, parted at the last =; raises Refused."""
    found: dict[str, str] = {}
    for pair in pairs:
        theirs, _, ours = (part.strip() for part in pair.rpartition("="))
        if not (theirs and ours):
            raise Refused(f"{quoted(pair)} maps nothing (like Company=customer)")
        found[theirs] = ours
    return found


def translated(content: bytes, columns: Mapping[str, str], plans: Mapping[str, str]) -> bytes:
    """A CSV in our columns, row for row; what `columns` does not name is left out.

    `plans` says of their plans which of ours they are. Raises Refused, ContractsError.
    """
    ours = {*COLUMNS, *PERSON}
    if wrong := next((name for name in columns.values() if name not in ours), ""):
        raise Refused(f"{quoted(wrong)} is no column of ours; {did_you_mean(wrong, sorted(ours))}")
    text = _text(content)
    if not text.strip():
        raise ContractsError(["is empty"])
    header, *found = (cells for _, cells in rows(text))
    named = [name.strip() for name in header]
    if wrong := next((name for name in columns if name not in named), ""):
        raise Refused(f"{quoted(wrong)} is no column of the file; {did_you_mean(wrong, named)}")
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, COLUMNS, delimiter=";")
    writer.writeheader()
    for cells in found:
        row = {columns[n]: c for n, c in zip(named, cells, strict=False) if n in columns}
        writer.writerow(_ours(row, plans))
    return written.getvalue().encode()


def _ours(row: dict[str, str], plans: Mapping[str, str]) -> dict[str, str]:
    name, *reached = (row.pop(column, "").strip() for column in PERSON)
    if any(reached):
        row["persons"] = f"{name} <{', '.join(filter(None, reached))}>"
    if "plan" in row:
        row["plan"] = plans.get(row["plan"].strip(), row["plan"])
    return row


def _text(content: bytes) -> str:
    try:
        return decoded(content)
    except UnicodeDecodeError:
        return content.decode("cp1250", "replace")
