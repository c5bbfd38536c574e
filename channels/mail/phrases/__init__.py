"""What mail programs write around letters: tables of regular expressions, a file for each matter.

Every entry is tried without case. None may hold a group of its own that counts (`(?:` only).
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(matter: str) -> Mapping[str, Any]:
    """One file's lists, by name."""
    source = files(__name__).joinpath(f"{matter}.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)


def one_of(matter: str, *names: str) -> str:
    """An expression for any entry of the named lists."""
    return "(?:" + "|".join(entry for name in names for entry in table(matter)[name]) + ")"
