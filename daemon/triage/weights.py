"""What was learned from the examples, as it is shipped: one file that numpy reads."""

import io
import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from daemon.triage import shipped
from daemon.triage.embedding import Vector, packed, unpacked
from daemon.triage.grams import Vocabulary
from daemon.triage.head import Head
from daemon.triage.shipped import SHIPPED as SHIPPED
from rules.severity.facts import Fact

KINDS = ("request", "thanks", "spam", "newsletter", "out-of-office", "prospect")
_HEADS = ("severity", "kind", "severity_by_words", "kind_by_words")


class Example(NamedTuple):
    """A labelled message: what is learned from, and named where a message is like it."""

    id: str
    group: str
    """One situation; its examples never stand on both sides of a measurement."""
    severity: str
    kind: str
    why: str
    heard: str
    """The text, as `rules.severity.spoken` leaves it."""
    facts: Sequence[str]
    """Names of the facts found in it."""
    counts: float = 1.0
    """How much it weighs in learning."""

    @property
    def told(self) -> AbstractSet[Fact]:
        """The facts."""
        return frozenset(Fact[name] for name in self.facts)


@dataclass(frozen=True)
class Weights:
    """The heads, and the examples they were learned from."""

    vocabulary: Vocabulary
    severity: Head
    kind: Head
    severity_by_words: Head
    """Where there is no language model."""
    kind_by_words: Head
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


def save(weights: Weights, to: Path | IO[bytes]) -> None:
    """Write it, the same bytes for the same values; vectors to a 127th."""
    told = json.dumps(weights.examples, ensure_ascii=False).encode()
    np.savez_compressed(
        to,
        grams=weights.vocabulary.grams,
        rarity=weights.vocabulary.rarity,
        **{name: getattr(weights, name).weights for name in _HEADS},
        vectors=np.frombuffer(packed(weights.vectors), np.int8).reshape(weights.vectors.shape),
        examples=np.frombuffer(told, dtype=np.uint8),
    )


def load(path: Path = SHIPPED) -> Weights:
    """Read what is shipped, or another file that `save` wrote."""
    return read(path.read_bytes(), shipped.name())


def read(content: bytes, name: str) -> Weights:
    """What `save` wrote. Raises what numpy does for what it did not."""
    with np.load(io.BytesIO(content)) as stored:
        return Weights(
            vocabulary=Vocabulary(stored["grams"], stored["rarity"]),
            **{name: Head(stored[name]) for name in _HEADS},
            examples=[Example(*each) for each in json.loads(stored["examples"].tobytes())],
            vectors=unpacked(stored["vectors"].tobytes()),
            name=name,
        )
