"""What was learned from the examples, as it is shipped: one file that numpy reads."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from daemon.triage.embedding import Vector
from daemon.triage.head import Head

SHIPPED = Path(__file__).with_name("weights.npz")
KINDS = ("request", "thanks", "spam", "newsletter", "out-of-office", "prospect")
_SCALE = 127


class Example(NamedTuple):
    """A labelled message of our own, as far as a reason names it."""

    id: str
    severity: str
    why: str


@dataclass(frozen=True)
class Weights:
    """The heads, and the examples they were learned from."""

    severity: Head
    kind: Head
    examples: Sequence[Example]
    vectors: NDArray[np.float32]
    """A row an example."""
    name: str = ""
    """By which requests remember what assigned their severity."""

    def nearest(self, vector: Vector) -> tuple[Example, float]:
        """The example most like a message, and its cosine."""
        likeness = self.vectors @ vector
        at = int(likeness.argmax())
        return self.examples[at], float(likeness[at])


def save(weights: Weights, path: Path) -> None:
    """Write it, the same bytes for the same values; vectors to a 127th."""
    told = json.dumps(weights.examples, ensure_ascii=False).encode()
    np.savez_compressed(
        path,
        severity=weights.severity.weights,
        kind=weights.kind.weights,
        vectors=np.rint(weights.vectors * _SCALE * _spread(weights.vectors)).astype(np.int8),
        examples=np.frombuffer(told, dtype=np.uint8),
    )


def load(path: Path = SHIPPED) -> Weights:
    """Read what `save` wrote."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with np.load(path) as stored:
        vectors = stored["vectors"].astype(np.float32)
        return Weights(
            severity=Head(stored["severity"]),
            kind=Head(stored["kind"]),
            examples=[Example(*each) for each in json.loads(stored["examples"].tobytes())],
            vectors=vectors / np.linalg.norm(vectors, axis=1, keepdims=True),
            name=f"shipped-{digest[:8]}",
        )


def _spread(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """What makes the largest number of each row 1."""
    largest: NDArray[np.float32] = 1 / np.abs(vectors).max(axis=1, keepdims=True)
    return largest
