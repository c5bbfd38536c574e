"""The language model's word on how severe a message is, with its reasons."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log

from daemon.triage.embedding import Embed, Vector, packed
from daemon.triage.head import features
from daemon.triage.weights import KINDS, Weights
from rules.model import Assessment, Severity
from rules.severity import detect
from rules.severity.decision import Decision, decide
from rules.severity.facts import ORDER, Fact
from rules.severity.findings import Finding, findings, read, shortened
from rules.severity.spoken import clauses, spoken

_SHORT = 6
"""A message of fewer words says too little to be sure of."""
_FACTS = 5
_LIKE = 0.88
"""Cosine from which an example is worth naming; unrelated sentences have 0.8."""
_NO_REQUEST = 0.6
"""How likely it must be that nobody asks for anything."""
_WEIGHS = 0.2
"""Change of log-odds from which a clause is named."""
_CHEAP = 50
"""Words up to which each clause is left out in turn, which costs a look a clause."""
_WAKING = (Severity.CRITICAL, Severity.SIGNIFICANT)


@dataclass(frozen=True)
class Engine:
    """Model and weights, loaded; calls from several threads are safe."""

    embed: Embed
    weights: Weights

    def assess(self, subject: str, text: str, language: str = "") -> Assessment:
        """As `rules.severity.assess`; 0.25 s of CPU, up to 1 s for what wakes somebody."""
        said = read(subject, text)
        found = findings(said)
        vector = self.embed(spoken(subject, text))
        looked_at = features(vector, found.keys())
        decided = decide(self.weights.severity.odds(looked_at), found.keys())
        likely = self.weights.kind.odds(looked_at)
        kind = KINDS[likely.index(max(likely))]
        no_request = kind != "request" and max(likely) >= _NO_REQUEST
        thin = sum(len(s.words) for s in said) < _SHORT
        reasons = [
            *([f"no request: {kind}"] if no_request else ()),
            *self._weightiest(subject, text, decided, found),
            *(str(finding) for finding in list(found.values())[:_FACTS]),
            *_conduct(decided),
            *self._like(vector),
        ]
        return Assessment(
            severity=decided.severity,
            confidence=round(decided.likelihood, 2),
            reasons=tuple(reasons) or ("nothing in the words tells how bad it is",),
            needs_review=decided.unsure or (thin and not no_request),
            language=language or detect(f"{subject}\n{text}"),
            model=self.weights.name,
            vector=packed(vector),
        )

    def _weightiest(
        self, subject: str, text: str, decided: Decision, found: Mapping[Fact, Finding]
    ) -> Iterator[str]:
        """The clause without which the severity would be least likely, of what wakes somebody."""
        dear = len(spoken(subject, text).split()) > _CHEAP
        if dear or decided.severity not in _WAKING:
            return
        at = ORDER.index(decided.severity)

        def without(heard: str) -> float:
            return self._odds(heard, found)[at]

        told = [(without(heard), clause) for clause, heard in clauses(subject, text)]
        if not told:
            return
        least, clause = min(told)
        if _log_odds(decided.likelihood) - _log_odds(least) >= _WEIGHS:
            yield f"{shortened(clause)}: weighs most"

    def _odds(self, heard: str, found: Mapping[Fact, Finding]) -> Sequence[float]:
        return self.weights.severity.odds(features(self.embed(heard), found.keys()))

    def _like(self, vector: Vector) -> Iterator[str]:
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
