"""What was learned, applied to a message: how severe it is, with reasons."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log

from daemon.triage.embedding import Embed, Vector, packed
from daemon.triage.head import Head, dense
from daemon.triage.weights import KINDS, Weights
from rules.model import Assessment, Severity
from rules.severity import detect
from rules.severity.decision import COSTS, Costs, Decision, decide
from rules.severity.facts import ORDER, Fact
from rules.severity.findings import findings, read, shortened
from rules.severity.spoken import clauses, spoken

_FACTS = 6
_LIKE = 0.88
"""Cosine from which an example is worth naming; unrelated sentences have 0.8."""
_NO_REQUEST = 0.6
"""How likely it must be that nobody asks for anything."""
_WEIGHS = 0.2
"""Change of log-odds from which a clause is named."""
_WAKING = (Severity.CRITICAL, Severity.SIGNIFICANT)


@dataclass(frozen=True)
class Engine:
    """Model and weights, loaded; calls from several threads are safe."""

    embed: Embed | None
    """None where there is no language model: words alone serve."""
    weights: Weights

    def assess(
        self, subject: str, text: str, language: str = "", costs: Costs = COSTS
    ) -> Assessment:
        """As `rules.severity.assess`; 0.1 s of CPU for 45 words, 2 ms without a model."""
        heard = spoken(subject, text)
        found = findings(read(subject, text))
        vector = self.embed(heard) if self.embed else None
        severity, kind = self._heads()
        looked_at, grams = dense(vector, found.keys()), self.weights.vocabulary.row(heard)
        decided = decide(severity.odds(looked_at, grams), found.keys(), costs)
        likely = kind.odds(looked_at, grams)
        what = KINDS[likely.index(max(likely))]
        no_request = what != "request" and max(likely) >= _NO_REQUEST
        reasons = [
            *([f"no request: {what}"] if no_request else ()),
            *self._weightiest(subject, text, decided),
            *[str(found[fact]) for fact in found if fact is not Fact.TERSE][:_FACTS],
            *_conduct(decided),
            *self._like(vector),
        ]
        return Assessment(
            severity=decided.severity,
            confidence=round(decided.likelihood, 2),
            reasons=tuple(reasons) or ("nothing in the words tells how bad it is",),
            needs_review=decided.unsure or (Fact.TERSE in found and not no_request),
            language=language or detect(f"{subject}\n{text}"),
            model=self.weights.name,
            vector=b"" if vector is None else packed(vector),
        )

    def _heads(self) -> tuple[Head, Head]:
        if self.embed:
            return self.weights.severity, self.weights.kind
        return self.weights.severity_by_words, self.weights.kind_by_words

    def _weightiest(self, subject: str, text: str, decided: Decision) -> Iterator[str]:
        """The clause without which the words would least tell of it, where it wakes somebody."""
        told = clauses(subject, text) if decided.severity in _WAKING else []
        if not told:
            return
        at = ORDER.index(decided.severity)
        whole = self._by_words(" ".join(clause for clause, _ in told), at)
        least, clause = min((self._by_words(rest, at), clause) for clause, rest in told)
        if _log_odds(whole) - _log_odds(least) >= _WEIGHS:
            yield f"{shortened(clause)}: weighs most"

    def _by_words(self, heard: str, at: int) -> float:
        """How likely a severity is by words alone: they cost next to nothing, the model a look."""
        facts = findings(read("", heard)).keys()
        grams = self.weights.vocabulary.row(heard)
        return self.weights.severity_by_words.odds(dense(None, facts), grams)[at]

    def _like(self, vector: Vector | None) -> Iterator[str]:
        if vector is None:
            return
        example, likeness = self.weights.nearest(vector)
        if likeness >= _LIKE:
            yield f"like example {example.id} ({example.severity}): {example.why}"


def _log_odds(likelihood: float) -> float:
    kept = min(max(likelihood, 1e-9), 1 - 1e-9)
    return log(kept / (1 - kept))


def _conduct(decided: Decision) -> Iterator[str]:
    if decided.guard:
        yield decided.guard.why
    if decided.unsure:
        yield "unsure: the higher of the two likeliest severities is taken"
