"""From a sentence's vector and its facts to how likely each class is."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from daemon.triage.embedding import Vector
from rules.severity.facts import Fact

Matrix = NDArray[np.float64]

_STRETCH = 10
"""Brings the numbers of a vector of length 1 to the size of the facts beside them."""


def features(vector: Vector, facts: AbstractSet[Fact]) -> Matrix:
    """What the head looks at: the vector, each fact as 0 or 1, and 1 for the constant."""
    return np.concatenate([_STRETCH * vector, [fact in facts for fact in Fact], [1.0]])


def softmax(logits: Matrix) -> Matrix:
    """Shares that sum to 1 in each row."""
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    total: Matrix = shares / shares.sum(axis=-1, keepdims=True)
    return total


@dataclass(frozen=True)
class Head:
    """A softmax regression; its temperature is in the weights already."""

    weights: NDArray[np.float32]
    """A row a feature, a column a class."""

    def odds(self, looked_at: Matrix) -> Sequence[float]:
        """How likely each class is."""
        return [float(odd) for odd in softmax(looked_at @ self.weights)]
