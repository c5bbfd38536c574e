"""What a message says, fact by fact, with the customer's own words.

Each sentence gives hits; guards take the force from some; what is left are the facts.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rules.severity.facts import GRAVITY, SCOPES, TROUBLES, Fact, Guard
from rules.severity.matching import Hit, Phrases
from rules.severity.phrases import FUNCTIONS, PHRASES
from rules.severity.words import LONGEST_SUBJECT, LONGEST_TEXT, Sentence, Word, sentences

_PHRASES = Phrases(PHRASES)
_FUNCTIONS = Phrases({Fact.FUNCTION_LOST: FUNCTIONS})
_REPLY = re.compile(r"\s{0,9}(re|odg|aw|antw|sv|одг)\s?(\[\d+\]\s?)?:", re.IGNORECASE)
_NEGATION_WINDOW = 3
_NEAR = 8
"""Words between which a failure and a function make one quote."""
_DENIES = frozenset(
    ("ne", "nije", "nista", "nic", "ni", "nicht", "nichts", "nix", "not", "nothing")
)
"""Between the words that would tell of an end: "opet ništa ne radi"."""
_LONGEST_QUOTE = 80
_TERSE = 6
"""A message of fewer words says too little to be sure of."""


@dataclass(frozen=True)
class Finding:
    """A fact, and the words that say it."""

    fact: Fact
    quote: str

    def __str__(self) -> str:
        return f"{shortened(self.quote)}: {self.fact.value}"


def shortened(quote: str) -> str:
    """A customer's words in quotation marks, no longer than a reason bears."""
    if len(quote) > _LONGEST_QUOTE:
        quote = quote[: _LONGEST_QUOTE - 1] + "…"
    return f'"{quote}"'


def counts(subject: str, text: str) -> bool:
    """Whether a subject is new text: that of a reply is the thread's, unless it is all there is."""
    return not (text.strip() and _REPLY.match(subject))


def read(subject: str, text: str) -> list[Sentence]:
    """A message's sentences, subject first if it counts; 300 and 10,000 characters count."""
    said = sentences(text, LONGEST_TEXT)
    if said and not counts(subject, text):
        return said
    return [*sentences(subject, LONGEST_SUBJECT), *said]


def findings(said: Sequence[Sentence]) -> Mapping[Fact, Finding]:
    """The facts of a message's sentences, each with where it is said first."""
    facts = _weighed(_told(said))
    if said and sum(len(sentence.words) for sentence in said) < _TERSE:
        first = said[0]
        facts[Fact.TERSE] = Finding(Fact.TERSE, first.quote(0, len(first.words) - 1))
    return facts


def gravity(sentence: Sentence) -> int:
    """How much one sentence tells of how bad it is, 0 for nothing: which to hear of many."""
    return max((GRAVITY.get(finding.fact, 0) for finding in _in_sentence(sentence)), default=0)


def _weighed(told: Iterable[Finding]) -> dict[Fact, Finding]:
    """The first finding of each fact, without those that say nothing beside the others."""
    facts: dict[Fact, Finding] = {}
    for finding in told:
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


def _told(read: Iterable[Sentence]) -> list[Finding]:
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


def _in_sentence(sentence: Sentence) -> Iterator[Finding]:
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
            yield Finding(fact, sentence.quote(hit.first, hit.last))
    if sentence.asks:
        yield Finding(Fact.QUESTION, sentence.quote(0, len(sentence.words) - 1))


def _function_lost(
    hit: Hit[Fact | Guard], functions: list[Hit[Fact]], sentence: Sentence
) -> Finding:
    """Quoted with the nearest function's name, if that is near."""
    after = bisect_left(functions, hit.first, key=lambda f: f.first)
    around = functions[max(0, after - 1) : after + 1]
    nearest = min(around, key=lambda f: abs(f.first - hit.first))
    first, last = min(hit.first, nearest.first), max(hit.last, nearest.last)
    if last - first > _NEAR:
        first, last = hit.first, hit.last
    return Finding(Fact.FUNCTION_LOST, sentence.quote(first, last))


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

    def _inside(self, hit: Hit[Fact | Guard]) -> Sequence[Word]:
        return self._words[hit.first : hit.last + 1]

    def hold(self, hit: Hit[Fact | Guard]) -> bool:
        """Whether a hit is without force."""
        negated = hit.first in self._negated
        if hit.fact in (Fact.RESOLVED, Fact.TEST_SYSTEM):
            return negated or any(word.folded in _DENIES for word in self._inside(hit))
        clause = self._words[hit.first].clause
        supposed = self._supposed.get(clause, hit.first) < hit.first
        return hit.fact in TROUBLES and (negated or supposed)
