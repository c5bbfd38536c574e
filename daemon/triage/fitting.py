"""A head from labelled examples: softmax regression, with its temperature taken out of fold."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from daemon.triage.head import Head, Matrix, softmax

_STEPS = 250
_FOLDS = 5
_TEMPERATURES = np.geomspace(0.4, 2.5, 60)

Labels = NDArray[np.int64]


def fit(rows: Matrix, labels: Labels, classes: int, groups: Sequence[str], l2: float) -> Head:
    """The head of all rows; no group stands on both sides when the temperature is found."""
    logits = out_of_fold(rows, labels, classes, groups, l2)
    return Head((_solve(rows, labels, classes, l2) / temperature(logits, labels)).astype("f4"))


def out_of_fold(
    rows: Matrix, labels: Labels, classes: int, groups: Sequence[str], l2: float
) -> Matrix:
    """Each row's logits by a head that saw nothing of its group."""
    logits = np.zeros((len(rows), classes))
    for held in folds(groups):
        logits[held] = rows[held] @ _solve(rows[~held], labels[~held], classes, l2)
    return logits


def folds(groups: Sequence[str]) -> Iterator[NDArray[np.bool_]]:
    """Which rows are held out in turn: groups whole, every fifth in the order of their names."""
    number = {group: at % _FOLDS for at, group in enumerate(sorted(set(groups)))}
    fold_of = np.array([number[group] for group in groups])
    for fold in range(_FOLDS):
        yield fold_of == fold


def temperature(logits: Matrix, labels: Labels) -> float:
    """What the logits are divided by for their shares to be as likely as they say."""

    def surprise(by: float) -> float:
        odds = softmax(logits / by)[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(odds, 1e-12)).mean())

    return float(min(_TEMPERATURES, key=surprise))


def _solve(rows: Matrix, labels: Labels, classes: int, l2: float) -> Matrix:
    """Nesterov's method: steps enough for the weights to come to rest, the same on every run.

    The last feature is the constant, and is not held down.
    """
    count, width = rows.shape
    middle = rows.mean(axis=0)
    middle[-1] = 0.0
    centred = rows - middle
    wanted = np.eye(classes)[labels]
    hold = np.full((width, 1), l2)
    hold[-1] = 0.0
    step = 1 / (0.5 * np.linalg.norm(centred, 2) ** 2 / count + l2)
    weights = np.zeros((width, classes))
    ahead, pace = weights, 1.0
    for _ in range(_STEPS):
        off = softmax(centred @ ahead) - wanted
        next_weights = ahead - step * (centred.T @ off / count + hold * ahead)
        next_pace = (1 + np.sqrt(1 + 4 * pace * pace)) / 2
        ahead = next_weights + (pace - 1) / next_pace * (next_weights - weights)
        weights, pace = next_weights, next_pace
    weights[-1] -= middle @ weights
    return weights
