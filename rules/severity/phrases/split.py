"""How a table of phrases is written down."""

from collections.abc import Iterable, Mapping

from rules.severity.facts import Fact, Guard

Table = Mapping[Fact | Guard, Iterable[str]]


def split(phrases: str) -> tuple[str, ...]:
    """The phrases of a text that splits them by `|`, over as many lines as it likes."""
    return tuple(" ".join(phrase.split()) for phrase in phrases.split("|"))
