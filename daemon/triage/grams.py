"""Pieces of words: what tells how bad it is where a sentence's vector holds only its gist.

A message's grams are the stems of its words, pairs of neighbouring stems, and runs of letters
within words, each by its CRC-32. The heads look at those that several examples have.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from rules.severity.words import fold

Row = tuple[NDArray[np.int64], NDArray[np.float32]]
"""Which grams of the vocabulary, in ascending order, and how much each counts."""

_WORD = re.compile(r"\w+|\?")
_STEM = 6
_RUNS = (3, 4)
_LEAST_WORDS = 3
_LEAST_RUNS = 5
"""Messages that a gram must be in to be learned from."""
_LENGTH = 7.0
"""Brings a message's grams to the size of its vector beside them; found by cross-validation."""


def _words(folded: Sequence[str]) -> set[int]:
    stems = [word[:_STEM] for word in folded]
    pairs = (f"{a} {b}" for a, b in pairwise(stems))
    return {_number(gram) for gram in (*stems, *pairs)}


def _runs(folded: Iterable[str]) -> set[int]:
    found = set()
    for word in set(folded):
        edged = f"<{word}>"
        for length in _RUNS:
            found |= {edged[i : i + length] for i in range(len(edged) - length + 1)}
    return {_number(f"#{gram}") for gram in found}


def _number(gram: str) -> int:
    return crc32(gram.encode("utf-8", "replace"))


def _families(heard: str) -> tuple[set[int], set[int]]:
    folded = _WORD.findall(fold(heard))
    return _words(folded), _runs(word for word in folded if word != "?")


@dataclass(frozen=True)
class Vocabulary:
    """The grams that are looked at, and how rare each is."""

    grams: NDArray[np.uint32]
    """In ascending order."""
    rarity: NDArray[np.float32]

    @classmethod
    def of(cls, messages: Sequence[str]) -> "Vocabulary":
        """What several of these messages, as `spoken` leaves them, have in common."""
        words: Counter[int] = Counter()
        runs: Counter[int] = Counter()
        for heard in messages:
            some_words, some_runs = _families(heard)
            words.update(some_words)
            runs.update(some_runs)
        kept = {gram: n for gram, n in runs.items() if n >= _LEAST_RUNS}
        kept |= {gram: n for gram, n in words.items() if n >= _LEAST_WORDS}
        grams = np.array(sorted(kept), dtype=np.uint32)
        counts = np.array([kept[gram] for gram in grams.tolist()], dtype=np.float32)
        return cls(grams, np.log(len(messages) / np.maximum(counts, 1)).astype(np.float32))

    def row(self, heard: str) -> Row:
        """A message's grams: each family of the same length whatever its number of words."""
        places, counts = [], []
        for family in _families(heard):
            at = self._places(family)
            rare = self.rarity[at]
            places.append(at)
            counts.append(rare * (_LENGTH / max(float(np.linalg.norm(rare)), 1e-9)))
        at = np.concatenate(places)
        order = np.argsort(at, kind="stable")
        return at[order], np.concatenate(counts)[order]

    def _places(self, family: set[int]) -> NDArray[np.int64]:
        wanted = np.array(sorted(family), dtype=np.uint32)
        at = np.searchsorted(self.grams, wanted)
        at = np.minimum(at, max(len(self.grams) - 1, 0))
        known = self.grams[at] == wanted if len(self.grams) else np.zeros(len(wanted), bool)
        kept: NDArray[np.int64] = at[known]
        return kept
