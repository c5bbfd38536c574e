"""Templates: text files of sections, each filled with values."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from string import Template
from typing import NamedTuple


class Section(NamedTuple):
    """A part of a template file, under its heading (`## heading`)."""

    heading: str
    """Empty for what stands before the first."""
    line: int
    """Where the heading stands, counted from 1."""
    body: tuple[str, ...]


def split(source: str) -> Iterator[Section]:
    """The sections of a template file, in order."""
    heading, line, body = "", 0, list[str]()
    for number, text in enumerate(source.splitlines(), start=1):
        if text.startswith("## "):
            yield Section(heading, line, tuple(body))
            heading, line, body = text[3:].strip(), number, []
        else:
            body.append(text)
    yield Section(heading, line, tuple(body))


def by_heading(source: str) -> dict[str, Template]:
    """The sections of a template file that have a heading."""
    return {each.heading: Template("\n".join(each.body)) for each in split(source) if each.heading}


@cache
def sections(name: str) -> Mapping[str, Template]:
    """The sections of our own template file `<name>.txt`, by heading."""
    source = files("daemon.letters").joinpath(f"{name}.txt").read_text(encoding="utf-8")
    return by_heading(source)


def fill(name: str, heading: str, **values: object) -> str:
    """One section with its values; a value is never read as a template."""
    return sections(name)[heading].substitute(values)
