"""Finding phrases among words, in time linear in the words.

A phrase is words as `fold` spells them. `narudz*` stands for every word that begins so; `_` between
two words lets up to three others stand there, and `#` is a number, as are `7:30` and `1.200`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from rules.severity.words import Sentence, Word

FactT = TypeVar("FactT")

_GAP = 3
_NUMBER = "#"
_LONGEST_NUMBER = 3
_SHORTEST_STEM = 2
_LONGEST_STEM = 14


@dataclass(frozen=True)
class Hit(Generic[FactT]):
    """A phrase found: which fact it speaks for, from which word to which."""

    fact: FactT
    first: int
    last: int


class Phrases(Generic[FactT]):
    """Phrases of several facts, indexed by their first word."""

    def __init__(self, tables: Mapping[FactT, Iterable[str]]) -> None:
        """Read the tables; a stem too short or too long for the index is a ValueError."""
        self._whole: dict[str, list[tuple[FactT, tuple[str, ...]]]] = {}
        self._stems: dict[str, list[tuple[FactT, tuple[str, ...]]]] = {}
        for fact, phrases in tables.items():
            for phrase in phrases:
                first, *rest = phrase.split()
                stem = first.removesuffix("*")
                if first != stem and not _SHORTEST_STEM <= len(stem) <= _LONGEST_STEM:
                    raise ValueError(
                        f"phrase {phrase!r}: a stem has {_SHORTEST_STEM} to {_LONGEST_STEM} letters"
                    )
                index = self._whole if first == stem else self._stems
                index.setdefault(stem, []).append((fact, tuple(rest)))

    def hits(self, sentence: Sentence) -> Iterator[Hit[FactT]]:
        """Every phrase found, in the order of its first word."""
        for first, word in enumerate(sentence.words):
            for fact, rest in self._starting(word.folded):
                last = _match(sentence.words, first, rest)
                if last is not None:
                    yield Hit(fact, first, last)

    def _starting(self, word: str) -> Iterator[tuple[FactT, tuple[str, ...]]]:
        yield from self._whole.get(word, ())
        if word[0].isdigit():
            yield from self._whole.get(_NUMBER, ())
        for length in range(_SHORTEST_STEM, min(len(word), _LONGEST_STEM) + 1):
            yield from self._stems.get(word[:length], ())


def _match(words: tuple[Word, ...], at: int, rest: tuple[str, ...]) -> int | None:
    """Index of the last word of the phrase, the nearest one where there is a gap."""
    gap = 0
    if words[at].folded[0].isdigit():
        at = _number_end(words, at)
    for part in rest:
        if part == "_":
            gap = _GAP
            continue
        end = min(at + 2 + gap, len(words))
        at += 1
        while at < end and not _fits(words[at].folded, part):
            at += 1
        if at == end:
            return None
        gap = 0
        if part == _NUMBER:
            at = _number_end(words, at)
    return at


def _number_end(words: tuple[Word, ...], at: int) -> int:
    """Index of the last word of a number that is written with points or colons."""
    end = min(at + _LONGEST_NUMBER, len(words))
    while at + 1 < end and words[at + 1].folded.isdecimal() and _touch(words[at], words[at + 1]):
        at += 1
    return at


def _touch(word: Word, after: Word) -> bool:
    return after.start - word.end == 1


def _fits(word: str, part: str) -> bool:
    if part == _NUMBER:
        return word[0].isdigit()
    return word.startswith(part[:-1]) if part[-1] == "*" else word == part
