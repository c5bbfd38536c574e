"""Text as folded words: what phrases are matched against."""

import re
import unicodedata
from dataclasses import dataclass

LONGEST_SUBJECT = 300
LONGEST_TEXT = 10_000
"""Characters looked at; more than a person writes about one trouble."""

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_ENDS = re.compile(r"[!?;…]|\.(?:\s|$)|\n\s*\n|\n\s*[-*•–]")
_CYRILLIC = {
    **dict(zip("абвгдежзијклмнопрстћуфхцчш", "abvgdezzijklmnoprstcufhccs", strict=True)),
    "ђ": "d",
    "љ": "lj",
    "њ": "nj",
    "џ": "dz",
}
_LETTERS = str.maketrans({**_CYRILLIC, "đ": "d", "ß": "ss", "ı": "i", "'": "", "’": ""})


@dataclass(frozen=True)
class Word:
    """One word of a text, with where it stands."""

    folded: str
    """In lower case, without diacritics, in Latin letters."""
    start: int
    end: int
    clause: int
    """Counts commas and sentence ends: words of one clause stand together."""


@dataclass(frozen=True)
class Sentence:
    """Words that belong together."""

    source: str
    """The text that `start` and `end` of the words count in."""
    words: tuple[Word, ...]
    asks: bool
    """It ends in a question mark."""

    def quote(self, first: int, last: int) -> str:
        """The writer's own letters from one word to another, on one line."""
        return " ".join(self.source[self.words[first].start : self.words[last].end].split())


def fold(word: str) -> str:
    """A word as phrases spell it: lower case, no diacritics, Latin letters."""
    lower = word.lower().translate(_LETTERS)
    if lower.isascii():
        return lower
    decomposed = unicodedata.normalize("NFKD", lower)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _in_number(source: str, end: int, start: int) -> bool:
    """Whether nothing but a point stands between two digits, as in 7.30 and 1.200."""
    return start - end == 1 and source[end - 1].isdecimal() and source[start].isdecimal()


def sentences(text: str, longest: int = LONGEST_TEXT) -> list[Sentence]:
    """A text's sentences, of its first `longest` characters; linear in what is looked at."""
    source = unicodedata.normalize("NFC", text[:longest])
    found: list[Sentence] = []
    words: list[Word] = []
    clause = 0
    end = 0
    for match in _WORD.finditer(source):
        between = source[end : match.start()]
        if words and _ENDS.search(between) and not _in_number(source, end, match.start()):
            found.append(Sentence(source, tuple(words), "?" in between))
            words = []
        if "," in between or ":" in between or not words:
            clause += 1
        end = match.end()
        words.append(Word(fold(match.group()), match.start(), end, clause))
    if words:
        found.append(Sentence(source, tuple(words), "?" in source[end:]))
    return found
