"""What was learned from the examples, as it is shipped: one file that numpy reads."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from daemon.triage.embedding import Vector, packed, unpacked
from daemon.triage.head import Head

SHIPPED = Path(__file__).with_name("weights.npz")
KINDS = ("request", "thanks", "spam", "newsletter", "out-of-office", "prospect")


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
        vectors=np.frombuffer(packed(weights.vectors), np.int8).reshape(weights.vectors.shape),
        examples=np.frombuffer(told, dtype=np.uint8),
    )


def load(path: Path = SHIPPED) -> Weights:
    """Read what `save` wrote."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with np.load(path) as stored:
        return Weights(
            severity=Head(stored["severity"]),
            kind=Head(stored["kind"]),
            examples=[Example(*each) for each in json.loads(stored["examples"].tobytes())],
            vectors=unpacked(stored["vectors"].tobytes()),
            name=f"shipped-{digest[:8]}",
        )
