"""A message as the language model hears it.

Letters, script and urgency are the writer's manner, not the matter: what differs in them alone is
one text here, and gets one severity.
"""

import re
from collections.abc import Sequence

from rules.severity.findings import counts, gravity
from rules.severity.words import LONGEST_SUBJECT, Sentence, sentences
from rules.subjects import bare

MOST_WORDS = 60
"""Time grows with the words: of a longer message its gravest sentences are heard."""
_MOST_CHARACTERS = 1_000
_LONGEST = 5_000
"""Characters of a long message that are looked through for its gravest sentences."""
_LEAST_CLAUSES = 2
_MOST_CLAUSES = 6

_LATIN = str.maketrans(
    {
        **dict(zip("абвгдђежзијклмнопрстћуфхцчш", "abvgdđežzijklmnoprstćufhcčš", strict=True)),
        "љ": "lj",
        "њ": "nj",
        "џ": "dž",
        "\x00": " ",
        "\u200b": None,
        "\ufeff": None,
    }
)
_CLAIM = re.compile(
    r"\[[^\]]{0,30}\]|(?:(?:severity|priority|prioritet|prioriteta|priorität|p)\s?[:=]\s?\w+)"
    r"|(?<!\w)(?<!nije )(?<!ni )(?<!not )(?<!nicht )(?<!nichts )"
    r"(?:urgent|urgentno|hitno|hitno je|nujno|dringend|asap|sos|eilt)(?!\w)[\s!:,-]*"
    r"|!+"
)
"""Claims of urgency, as they stand in the text once it is in lower case; denials are left."""


def spoken(subject: str, text: str) -> str:
    """What the model is asked about: lower case, Latin letters, no claims, so many words."""
    head = bare(subject[:LONGEST_SUBJECT]) if counts(subject, text) else ""
    whole = f"{head}.\n{text}" if head else text
    if len(whole.split()) <= MOST_WORDS:
        return _heard(whole)
    return _heard(_gravest(sentences(whole, _LONGEST)))


def _gravest(said: Sequence[Sentence]) -> str:
    """The sentences that say most of how bad it is, until there are words enough."""
    kept: dict[int, int] = {}
    left = MOST_WORDS
    for at in sorted(range(len(said)), key=lambda at: -gravity(said[at])):
        kept[at] = min(left, len(said[at].words))
        left -= kept[at]
    return " ".join(_told(said[at], words) for at, words in sorted(kept.items()) if words)


def _told(sentence: Sentence, words: int) -> str:
    return sentence.quote(0, words - 1) + ("?" if sentence.asks else ".")


def clauses(subject: str, text: str) -> list[tuple[str, str]]:
    """The first sentences, each as written and with what would be heard without it.

    Empty if there are too few of them for one to weigh more than another.
    """
    head = bare(subject[:LONGEST_SUBJECT]) if counts(subject, text) else ""
    said = [s.quote(0, len(s.words) - 1) for s in sentences(f"{head}.\n{text}", _MOST_CHARACTERS)]
    if len(said) < _LEAST_CLAUSES:
        return []
    return [
        (clause, _heard(". ".join([*said[:at], *said[at + 1 :]])))
        for at, clause in enumerate(said[:_MOST_CLAUSES])
    ]


def _heard(text: str) -> str:
    lower = text.lower().translate(_LATIN)
    return " ".join(_CLAIM.sub(" ", lower).split()[:MOST_WORDS])[:_MOST_CHARACTERS]
