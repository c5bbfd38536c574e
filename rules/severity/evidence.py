"""From phrases to a severity: what serves where there is no language model.

Facts have a weight for each severity. The sums, as probabilities, are the severity and its
confidence. Up wins over down: a trouble that no guard stands next to keeps its full weight.
"""

from collections.abc import Iterable, Mapping
from math import exp

from rules.model import Assessment
from rules.severity.facts import ORDER, PRIOR, WEIGHTS, Fact
from rules.severity.findings import Finding, findings, read
from rules.severity.language import detect

MODEL = "phrases"
"""What assigns where only phrases do."""
_TEMPERATURE = 1.5
"""Above 1 it takes confidence back: phrases are surer of themselves than they are right."""
_SUREST = 0.8
"""Phrases alone are right no more often than this."""
_SURE = 0.5
"""Below it the higher of the two likeliest severities is taken, for a person to review."""
_REASONS = 6


def assess(subject: str, text: str, language: str = "") -> Assessment:
    """A provisional severity of a message's newest text, with confidence and quoted reasons.

    `text` is the new text alone, without quoted history and signature. `language` is detected
    where it is not given. Only the first 300 characters of the subject and 10,000 of the text
    count; the time is linear in them. The subject of a reply is the thread's, and does not count.
    """
    said = read(subject, text)
    facts = findings(said)
    odds = odds_of(facts)
    likeliest, second = sorted(range(len(odds)), key=lambda i: -odds[i])[:2]
    thin = not facts or Fact.TERSE in facts
    unsure = odds[likeliest] < _SURE
    chosen = min(likeliest, second) if unsure or not facts.keys() - {Fact.TERSE} else likeliest
    return Assessment(
        severity=ORDER[chosen],
        confidence=round(min(odds[chosen], _SUREST), 2),
        reasons=_reasons(facts, chosen, unsure),
        needs_review=unsure or thin,
        language=language or detect(f"{subject}\n{text}"),
        model=MODEL,
    )


def odds_of(facts: Iterable[Fact]) -> list[float]:
    """How likely each severity is by facts alone, worst first."""
    points = [sum(column) for column in zip(PRIOR, *(WEIGHTS[f] for f in facts), strict=True)]
    shares = [exp((p - max(points)) / _TEMPERATURE) for p in points]
    return [share / sum(shares) for share in shares]


def _reasons(facts: Mapping[Fact, Finding], chosen: int, unsure: bool) -> tuple[str, ...]:
    """What speaks for the severity chosen first, then what speaks against it."""
    if not facts.keys() - {Fact.TERSE}:
        return ("nothing in the words tells how bad it is",)
    ordered = sorted(facts.keys() - {Fact.TERSE}, key=lambda f: -WEIGHTS[f][chosen])
    reasons = [str(facts[fact]) for fact in ordered[:_REASONS]]
    if unsure:
        reasons.append("unsure: the higher of the two likeliest severities is taken")
    return tuple(reasons)
