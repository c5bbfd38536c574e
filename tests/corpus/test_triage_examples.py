"""Labelled messages as a floor: phrases must not get worse than they are."""

import json
from pathlib import Path

import pytest

from rules.model import Severity
from rules.severity import assess

EXAMPLES = Path(__file__).parents[2].parent / "shared" / "triage" / "examples.jsonl"

pytestmark = pytest.mark.skipif(not EXAMPLES.exists(), reason="the labelled examples are not here")


@pytest.fixture(scope="module")
def outcomes() -> list[tuple[Severity, Severity, bool]]:
    """What each example is, what was assessed, and whether a person is asked."""
    found = []
    for line in EXAMPLES.read_text(encoding="utf-8").splitlines():
        example = json.loads(line)
        new_text = example["body"].split("\n>")[0]
        given = assess(example["subject"], new_text)
        found.append((Severity(example["severity"]), given.severity, given.needs_review))
    return found


def test_more_than_half_are_right(outcomes: list[tuple[Severity, Severity, bool]]) -> None:
    assert sum(is_ == given for is_, given, _ in outcomes) / len(outcomes) >= 0.55


def test_most_are_within_one_level(outcomes: list[tuple[Severity, Severity, bool]]) -> None:
    near = sum(abs(is_.rank - given.rank) <= 1 for is_, given, _ in outcomes)

    assert near / len(outcomes) >= 0.85


def test_few_critical_ones_pass_as_harmless_and_unseen(
    outcomes: list[tuple[Severity, Severity, bool]],
) -> None:
    critical = [o for o in outcomes if o[0] is Severity.CRITICAL]
    unseen = [o for o in critical if o[1].rank >= Severity.MINOR.rank and not o[2]]

    assert len(unseen) / len(critical) <= 0.2
