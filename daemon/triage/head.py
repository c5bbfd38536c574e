"""From a sentence's vector, its facts and its grams to how likely each class is."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from daemon.triage.embedding import Vector
from daemon.triage.grams import Row
from rules.severity.facts import Fact

Matrix = NDArray[np.float64]

_STRETCH = 10
"""Brings the numbers of a vector of length 1 to the size of the facts beside them."""


def dense(vector: Vector | None, facts: AbstractSet[Fact]) -> Matrix:
    """What the head looks at beside grams: the vector if there is one, each fact as 0 or 1."""
    told = [float(fact in facts) for fact in Fact]
    return np.array(told) if vector is None else np.concatenate([_STRETCH * vector, told])


def softmax(logits: Matrix) -> Matrix:
    """Shares that sum to 1 in each row."""
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    total: Matrix = shares / shares.sum(axis=-1, keepdims=True)
    return total


@dataclass(frozen=True)
class Head:
    """A softmax regression; its temperature is in the weights already."""

    weights: NDArray[np.float32]
    """A row a feature, a column a class: the dense ones, the constant, then each gram."""

    def odds(self, looked_at: Matrix, grams: Row) -> Sequence[float]:
        """How likely each class is."""
        at, counts = grams
        constant = len(looked_at)
        logits = looked_at @ self.weights[:constant] + self.weights[constant]
        logits = logits + counts @ self.weights[constant + 1 + at]
        return [float(odd) for odd in softmax(logits)]
