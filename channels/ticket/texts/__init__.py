"""What the page says, a file for each language."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "hr", "bs", "sr", "sl", "de")
"""The first is for everybody else."""

_PREFERENCE = re.compile(r"\s*([A-Za-z]{2,3})[\w-]*\s*(?:;\s*q\s*=\s*([01](?:\.\d{1,3})?))?\s*")


@cache
def texts(language: str) -> Mapping[str, Any]:
    """The page's texts in one of LANGUAGES."""
    source = files(__name__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)


def language_for(accepted: str) -> str:
    """The language of ours that a reader likes best (RFC 9110, Accept-Language)."""
    matches = filter(None, map(_PREFERENCE.fullmatch, accepted[:500].split(",")))
    found = [(float(match[2] or 1), match[1].lower()) for match in matches]
    liked = [(weight, code) for weight, code in found if weight and code in LANGUAGES]
    return max(liked, key=lambda each: each[0], default=(0, LANGUAGES[0]))[1]
