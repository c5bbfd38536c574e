"""From phrases to a severity.

Each sentence gives hits; guards take the force from some; what is left are facts, each with a
weight for each severity. The sums, as probabilities, are the severity and its confidence. Up wins
over down: a trouble that no guard stands next to keeps its full weight.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import exp

from rules.model import Assessment
from rules.severity.facts import ORDER, PRIOR, SCOPES, TROUBLES, WEIGHTS, Fact, Guard
from rules.severity.language import detect
from rules.severity.matching import Hit, Phrases
from rules.severity.phrases import FUNCTIONS, PHRASES
from rules.severity.words import LONGEST_SUBJECT, LONGEST_TEXT, Sentence, sentences

_PHRASES = Phrases(PHRASES)
_FUNCTIONS = Phrases({Fact.FUNCTION_LOST: FUNCTIONS})
_REPLY = re.compile(r"\s{0,9}(re|odg|aw|antw|sv|одг)\s?(\[\d+\]\s?)?:", re.IGNORECASE)
_NEGATION_WINDOW = 3
_NEAR = 8
"""Words between which a failure and a function make one quote."""
_TEMPERATURE = 1.5
"""Above 1 it takes confidence back: phrases are surer of themselves than they are right."""
_SUREST = 0.8
"""Phrases alone are right no more often than this."""
_SURE = 0.5
"""Below it the higher of the two likeliest severities is taken, for a person to review."""
_SHORT = 6
"""A message of fewer words says too little to be sure of."""
_LONGEST_QUOTE = 80
_REASONS = 6


@dataclass(frozen=True)
class _Finding:
    """A fact, and the words that say it."""

    fact: Fact
    quote: str

    def __str__(self) -> str:
        quote = self.quote
        if len(quote) > _LONGEST_QUOTE:
            quote = quote[: _LONGEST_QUOTE - 1] + "…"
        return f'"{quote}": {self.fact.value}'


def assess(subject: str, text: str, language: str = "") -> Assessment:
    """A provisional severity of a message's newest text, with confidence and quoted reasons.

    `text` is the new text alone, without quoted history and signature. `language` is detected
    where it is not given. Only the first 300 characters of the subject and 10,000 of the text
    count; the time is linear in them. The subject of a reply is the thread's, and does not count.
    """
    read = sentences(text, LONGEST_TEXT)
    if not (read and _REPLY.match(subject)):
        read = [*sentences(subject, LONGEST_SUBJECT), *read]
    facts = _weighed(_findings(read))
    points = [sum(column) for column in zip(PRIOR, *(WEIGHTS[f] for f in facts), strict=True)]
    shares = [exp((p - max(points)) / _TEMPERATURE) for p in points]
    odds = [share / sum(shares) for share in shares]
    likeliest, second = sorted(range(len(odds)), key=lambda i: -odds[i])[:2]
    thin = not facts or sum(len(s.words) for s in read) < _SHORT
    unsure = odds[likeliest] < _SURE
    chosen = min(likeliest, second) if unsure or not facts else likeliest
    return Assessment(
        severity=ORDER[chosen],
        confidence=round(min(odds[chosen], _SUREST), 2),
        reasons=_reasons(facts, chosen, unsure),
        needs_review=unsure or thin,
        language=language or detect(f"{subject}\n{text}"),
    )


def _reasons(facts: dict[Fact, _Finding], chosen: int, unsure: bool) -> tuple[str, ...]:
    """What speaks for the severity chosen first, then what speaks against it."""
    if not facts:
        return ("nothing in the words tells how bad it is",)
    ordered = sorted(facts, key=lambda f: -WEIGHTS[f][chosen])
    reasons = [str(facts[fact]) for fact in ordered[:_REASONS]]
    if unsure:
        reasons.append("unsure: the higher of the two likeliest severities is taken")
    return tuple(reasons)


def _weighed(findings: Iterable[_Finding]) -> dict[Fact, _Finding]:
    """The first finding of each fact, without those that say nothing beside the others."""
    facts: dict[Fact, _Finding] = {}
    for finding in findings:
        facts.setdefault(finding.fact, finding)
    if not TROUBLES & facts.keys():
        for scope in SCOPES:
            facts.pop(scope, None)
    if facts.keys() & {Fact.OUTAGE, Fact.LEAK, Fact.STOPPED}:
        facts.pop(Fact.WISH, None)
        facts.pop(Fact.QUESTION, None)
    if facts.keys() & {Fact.FUNCTION_LOST, Fact.OUTAGE}:
        facts.pop(Fact.BROKEN, None)
        facts.pop(Fact.PARTIAL, None)
    if Fact.NO_WORKAROUND in facts:
        facts.pop(Fact.WORKAROUND, None)
    return facts


def _findings(read: Iterable[Sentence]) -> list[_Finding]:
    """Facts in order; word that it is resolved takes back the troubles told before it."""
    told = [list(_in_sentence(sentence)) for sentence in read]
    resolved = max(
        (i for i, here in enumerate(told) if any(f.fact is Fact.RESOLVED for f in here)), default=-1
    )
    return [
        finding
        for i, here in enumerate(told)
        for finding in here
        if i > resolved or finding.fact not in TROUBLES
    ]


def _in_sentence(sentence: Sentence) -> Iterator[_Finding]:
    hits = list(_PHRASES.hits(sentence))
    guards = _Guards(hits, sentence)
    functions = list(_FUNCTIONS.hits(sentence))
    asks_how = sentence.asks and any(h.fact is Fact.QUESTION for h in hits)
    for hit in hits:
        fact = hit.fact
        if isinstance(fact, Guard) or guards.hold(hit) or (asks_how and fact is Fact.BROKEN):
            continue
        if fact is Fact.BROKEN and functions:
            yield _function_lost(hit, functions, sentence)
        else:
            yield _Finding(fact, sentence.quote(hit.first, hit.last))
    if sentence.asks:
        yield _Finding(Fact.QUESTION, sentence.quote(0, len(sentence.words) - 1))


def _function_lost(
    hit: Hit[Fact | Guard], functions: list[Hit[Fact]], sentence: Sentence
) -> _Finding:
    """Quoted with the nearest function's name, if that is near."""
    after = bisect_left(functions, hit.first, key=lambda f: f.first)
    around = functions[max(0, after - 1) : after + 1]
    nearest = min(around, key=lambda f: abs(f.first - hit.first))
    first, last = min(hit.first, nearest.first), max(hit.last, nearest.last)
    if last - first > _NEAR:
        first, last = hit.first, hit.last
    return _Finding(Fact.FUNCTION_LOST, sentence.quote(first, last))


class _Guards:
    """Which words of a sentence stand behind a negation close by, or an "if" in their clause."""

    def __init__(self, hits: Iterable[Hit[Fact | Guard]], sentence: Sentence) -> None:
        self._words = sentence.words
        self._negated: set[int] = set()
        self._supposed: dict[int, int] = {}
        for hit in hits:
            if hit.fact is Guard.NEGATED:
                self._negated.update(range(hit.last + 1, hit.last + 1 + _NEGATION_WINDOW))
            elif hit.fact is Guard.HYPOTHETICAL:
                self._supposed.setdefault(self._words[hit.first].clause, hit.last)

    def hold(self, hit: Hit[Fact | Guard]) -> bool:
        """Whether a hit is without force."""
        negated = hit.first in self._negated
        if hit.fact is Fact.RESOLVED:
            return negated
        clause = self._words[hit.first].clause
        supposed = self._supposed.get(clause, hit.first) < hit.first
        return hit.fact in TROUBLES and (negated or supposed)
