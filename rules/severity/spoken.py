"""A message as the language model hears it.

Letters, script and urgency are the writer's manner, not the matter: what differs in them alone is
one text here, and gets one severity.
"""

import re

from rules.severity.findings import counts
from rules.severity.words import LONGEST_SUBJECT, sentences
from rules.subjects import bare

MOST_WORDS = 100
"""Time grows with the words; the matter stands at the front."""
_MOST_CHARACTERS = 1_000
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
    return _heard(whole[: _MOST_CHARACTERS * 2])


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
