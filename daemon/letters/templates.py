"""Templates: text files of sections, each filled with values."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from string import Template


@cache
def sections(name: str) -> Mapping[str, Template]:
    """The sections of the template file `<name>.txt`, by their heading (`## heading`)."""
    source = files("daemon.letters").joinpath(f"{name}.txt").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in source.splitlines():
        if line.startswith("## "):
            lines = found[line[3:]] = []
        else:
            lines.append(line)
    return {heading: Template("\n".join(body)) for heading, body in found.items()}


def fill(name: str, heading: str, **values: object) -> str:
    """One section with its values; a value is never read as a template."""
    return sections(name)[heading].substitute(values)
