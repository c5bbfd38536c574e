"""Triage learned anew: from the shipped examples and people's labels, and taken if no worse."""

import io
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from daemon.triage import fitting
from daemon.triage.embedding import Embed, Vector, unpacked
from daemon.triage.grams import Vocabulary
from daemon.triage.head import dense, softmax
from daemon.triage.scores import Pair, Scores
from daemon.triage.teaching import Learned, Taught
from daemon.triage.weights import KINDS, Example, Weights, read, save
from rules.model import Severity
from rules.severity.decision import COSTS, Costs, decide
from rules.severity.findings import findings
from rules.severity.findings import read as sentences
from rules.severity.spoken import spoken

_COUNTS = 3.0
"""A label's weight beside one of our own examples: it is of real mail."""
_LEEWAY = 0.01
"""Of macro-F1 and of missed critical: less is within the noise of our examples."""


def learn(
    told: Sequence[Taught],
    shipped: Weights,
    serving: Weights,
    embed: Embed | None,
    costs: Costs = COSTS,
) -> Learned:
    """Learn from all of it. Some minutes of one core for thousands of labels.

    It is taken if it is no worse on our own examples, each judged by a head that saw nothing of
    its group, than they are without labels; and no worse on the labels that the serving model has
    not seen, each judged by a head that saw nothing of that customer. Both decide by `costs`.
    """
    shown = [(each, vector) for each in told if (vector := _vector(each, embed)) is not None]
    if not shown:
        return Learned(b"", ("there is no label to learn from",), 0)
    labelled = [_example(each, vector, shipped) for each, vector in shown]
    examples = [*shipped.examples, *labelled]
    vectors = np.vstack([shipped.vectors, *(vector for _, vector in shown)])
    given = _judged(examples, vectors, costs)
    ours = len(shipped.examples)
    before = Scores.of(_judged(shipped.examples, shipped.vectors, costs))
    after = Scores.of(given[:ours])
    report = [f"our examples: {before}", f"with labels: {after}"]
    no_worse = _no_worse(before, after)
    new = [at for at, (each, _) in enumerate(shown) if each.is_new]
    if new:
        was = Scores.of([_served(serving, labelled[at], vectors[ours + at], costs) for at in new])
        now = Scores.of([given[ours + at] for at in new])
        report += [f"new labels: {was}", f"learned: {now}"]
        no_worse = no_worse and _no_worse(was, now)
    if not no_worse:
        return Learned(b"", (*report, "worse: not taken"), len(shown))
    fitted = fitting.fit(examples, vectors)
    return Learned(_content(fitted, ours), tuple(report), len(shown))


def served(shipped: Weights, content: bytes, name: str) -> Weights:
    """The weights that serve, of what was learned and what was shipped. Raises ValueError."""
    learned = read(content, name)
    return replace(
        learned,
        examples=[*shipped.examples, *learned.examples],
        vectors=np.vstack([shipped.vectors, learned.vectors]),
    )


def _content(fitted: Weights, ours: int) -> bytes:
    """What differs from the shipped, without any text of a customer's."""
    labelled = [each._replace(heard="", facts=()) for each in fitted.examples[ours:]]
    kept = io.BytesIO()
    save(replace(fitted, examples=labelled, vectors=fitted.vectors[ours:]), kept)
    return kept.getvalue()


def _no_worse(before: Scores, after: Scores) -> bool:
    return (
        after.macro_f1 >= before.macro_f1 - _LEEWAY
        and after.missed_critical <= before.missed_critical + _LEEWAY
    )


def _judged(examples: Sequence[Example], vectors: NDArray[np.float32], costs: Costs) -> list[Pair]:
    """What each is given by a head that saw nothing of its group."""
    vocabulary = Vocabulary.of([example.heard for example in examples])
    rows = fitting.Rows.of(examples, vectors, vocabulary)
    severity, _ = fitting.lessons(examples, rows)
    logits, _ = fitting.out_of_fold(severity)
    return [
        (Severity(each.severity), decide(odds, each.told, costs).severity)
        for each, odds in zip(examples, softmax(logits).tolist(), strict=True)
    ]


def _served(serving: Weights, example: Example, vector: Vector, costs: Costs) -> Pair:
    """What the serving model gives."""
    grams = serving.vocabulary.row(example.heard)
    odds = serving.severity.odds(dense(vector, example.told), grams)
    return Severity(example.severity), decide(odds, example.told, costs).severity


def _vector(each: Taught, embed: Embed | None) -> Vector | None:
    if each.vector:
        kept: Vector = unpacked(each.vector)[0]
        return kept
    return embed(spoken(each.subject, each.text)) if embed else None


def _example(each: Taught, vector: Vector, shipped: Weights) -> Example:
    heard = spoken(each.subject, each.text)
    found = findings(sentences(each.subject, each.text))
    kind = "request"
    if not each.is_request:
        # People say that it is none, not what it is: the likeliest of the others is believed.
        odds = shipped.kind.odds(dense(vector, found.keys()), shipped.vocabulary.row(heard))
        kind = max(zip(odds[1:], KINDS[1:], strict=True))[1]
    return Example(
        id=f"request {each.request_id}",
        group=each.group,
        severity=each.severity,
        kind=kind,
        why=f"so said {each.who}",
        heard=heard,
        facts=[fact.name for fact in found],
        counts=_COUNTS,
    )
