"""Heads from labelled examples: softmax regression, with its temperature taken out of fold.

There are many more features than examples, so each head is found as a weight for each example
(the dual of the regression): its time grows with the square of the examples alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from daemon.triage.embedding import Vector
from daemon.triage.grams import Row, Vocabulary
from daemon.triage.head import Head, Matrix, dense, softmax
from daemon.triage.weights import KINDS, Example, Weights
from rules.model import Severity
from rules.severity.facts import ORDER

_L2 = 0.003
_STEPS = 200
_FOLDS = 5
_BLOCK = 2048
"""Grams held as numbers at once, so that memory stays small."""
_TEMPERATURES = np.geomspace(0.3, 3, 80)

Labels = NDArray[np.int64]


def fit(examples: Sequence[Example], vectors: NDArray[np.float32]) -> Weights:
    """All heads of labelled messages; `vectors` has a row for each. Some 30 s for 2,000.

    What was shipped and what was corrected since, learned together:
    `fit([*shipped.examples, *labels], np.vstack([shipped.vectors, *vectors]))`.
    """
    vocabulary = Vocabulary.of([example.heard for example in examples])
    heads = {}
    for name, seen in (("heard", vectors), ("read", None)):
        rows = Rows.of(examples, seen, vocabulary)
        severity, kind = lessons(examples, rows)
        heads["severity", name] = rows.head(*_learned(severity))
        heads["kind", name] = rows.head(*_learned(kind))
    return Weights(
        vocabulary=vocabulary,
        severity=heads["severity", "heard"],
        kind=heads["kind", "heard"],
        severity_by_words=heads["severity", "read"],
        kind_by_words=heads["kind", "read"],
        examples=examples,
        vectors=vectors,
    )


@dataclass(frozen=True)
class Rows:
    """What the heads look at, an example a row."""

    dense: Matrix
    grams: Sequence[Row]
    width: int
    """Grams in the vocabulary."""

    @classmethod
    def of(
        cls, examples: Sequence[Example], vectors: NDArray[np.float32] | None, words: Vocabulary
    ) -> "Rows":
        """The examples with or without their sentences' vectors."""
        seen: Sequence[Vector | None] = [None] * len(examples) if vectors is None else list(vectors)
        return cls(
            np.array([dense(v, e.told) for v, e in zip(seen, examples, strict=True)]),
            [words.row(example.heard) for example in examples],
            len(words.grams),
        )

    def alike(self) -> Matrix:
        """How alike any two examples are: inner products, from the middle of all."""
        alike = self.dense @ self.dense.T
        for block in self._blocks():
            alike += block @ block.T
        middle = alike.mean(axis=0)
        centred: Matrix = alike - middle - middle[:, None] + middle.mean()
        return centred

    def head(self, shares: Matrix, constant: Matrix) -> Head:
        """The weights of features for weights of examples."""
        shares = shares - shares.mean(axis=0)
        below = [self.dense.T @ shares, *(block.T @ shares for block in self._blocks())]
        middle = [self.dense.mean(axis=0), *(block.mean(axis=0) for block in self._blocks())]
        weights = np.concatenate(below)
        constant = constant - np.concatenate(middle) @ weights
        wide = self.dense.shape[1]
        return Head(np.concatenate([weights[:wide], [constant], weights[wide:]]).astype("f4"))

    def _blocks(self) -> Iterator[NDArray[np.float32]]:
        for first in range(0, self.width, _BLOCK):
            size = min(_BLOCK, self.width - first)
            block = np.zeros((len(self.grams), size), dtype=np.float32)
            for row, (at, counts) in zip(block, self.grams, strict=True):
                low, high = np.searchsorted(at, (first, first + size))
                row[at[low:high] - first] = counts[low:high]
            yield block


@dataclass(frozen=True)
class Lesson:
    """What one head has to learn."""

    alike: Matrix
    wanted: Labels
    classes: int
    groups: Sequence[str]
    counts: Matrix
    """How much each example counts."""


def lessons(examples: Sequence[Example], rows: Rows) -> tuple[Lesson, Lesson]:
    """For the severity and for the kind."""
    alike = rows.alike()
    groups = [example.group for example in examples]
    counts = np.array([example.counts for example in examples])
    severities = np.array([ORDER.index(Severity(example.severity)) for example in examples])
    kinds = np.array([KINDS.index(example.kind) for example in examples])
    return (
        Lesson(alike, severities, len(ORDER), groups, counts),
        Lesson(alike, kinds, len(KINDS), groups, counts),
    )


def out_of_fold(lesson: Lesson) -> tuple[Matrix, float]:
    """Each example's logits by a head that saw nothing of its group, and their temperature."""
    logits = np.zeros((len(lesson.wanted), lesson.classes))
    for held in _folds(lesson.groups):
        shares, constant = _solve(lesson, ~held)
        logits[held] = lesson.alike[np.ix_(held, ~held)] @ shares + constant
    temperature = _temperature(logits, lesson.wanted)
    return logits / temperature, temperature


def _learned(lesson: Lesson) -> tuple[Matrix, Matrix]:
    """The weights of all examples, and the constant."""
    _, temperature = out_of_fold(lesson)
    shares, constant = _solve(lesson, np.ones(len(lesson.wanted), dtype=np.bool_))
    return shares / temperature, constant / temperature


def _folds(groups: Sequence[str]) -> Iterator[NDArray[np.bool_]]:
    """Which rows are held out in turn: groups whole, every fifth in the order of their names."""
    number = {group: at % _FOLDS for at, group in enumerate(sorted(set(groups)))}
    fold_of = np.array([number[group] for group in groups])
    for fold in range(_FOLDS):
        yield fold_of == fold


def _temperature(logits: Matrix, labels: Labels) -> float:
    """What the logits are divided by for their shares to be as likely as they say."""

    def surprise(by: float) -> float:
        odds = softmax(logits / by)[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(odds, 1e-12)).mean())

    return float(min(_TEMPERATURES, key=surprise))


def _solve(lesson: Lesson, seen: NDArray[np.bool_]) -> tuple[Matrix, Matrix]:
    """Nesterov's method: steps enough for the weights to come to rest, the same on every run.

    Gives a row for each example seen, and the constant, which is not held down.
    """
    alike = lesson.alike[np.ix_(seen, seen)].astype(np.float32)
    wanted = np.eye(lesson.classes)[lesson.wanted[seen]]
    share = lesson.counts[seen] / lesson.counts[seen].sum()
    steepest = (_largest(alike) + len(alike)) * float(share.max())
    step = 1 / (0.5 * steepest + _L2)
    here = ahead = np.zeros((len(alike) + 1, lesson.classes))
    pace = 1.0
    for _ in range(_STEPS):
        logits = alike @ ahead[:-1].astype(np.float32) + ahead[-1]
        off = share[:, None] * (softmax(logits) - wanted)
        ahead[:-1] *= 1 - step * _L2
        ahead[:-1] -= step * off
        ahead[-1] -= step * off.sum(axis=0)
        next_pace = (1 + np.sqrt(1 + 4 * pace * pace)) / 2
        ahead, here = ahead + (pace - 1) / next_pace * (ahead - here), ahead
        pace = next_pace
    return here[:-1], here[-1]


def _largest(alike: NDArray[np.float32]) -> float:
    """The largest eigenvalue, closely enough, by the power method."""
    along = np.ones(len(alike), dtype=np.float32)
    along[::2] += 1
    for _ in range(20):
        along = alike @ (along / np.linalg.norm(along))
    return float(np.linalg.norm(along))
