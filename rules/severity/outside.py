"""What a model of somebody else's may say of a message, and how little follows from it.

It is asked for facts with the customer's own words, never for a severity: that is computed by our
table. What it says may be a lie, its own or the customer's, so it bounds itself: a quote must stand
in the text, a critical message stays critical, others fall by one level at most.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from rules.model import Assessment, Severity
from rules.severity.decision import COSTS, Costs, decide
from rules.severity.evidence import odds_of
from rules.severity.facts import Fact
from rules.severity.findings import findings, read, shortened

FACTS: Mapping[str, Fact] = {f.name.lower(): f for f in Fact if f is not Fact.TERSE}
"""That may be told, by the names under which they are."""
MOST = 12
_SHORTEST, _LONGEST = 3, 300
"""Characters of a quote."""
_UNSURE = 0.5

_PERSONAL = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[address]"),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}\b"), "[account]"),
    (re.compile(r"\+?\d(?:[ ()/.-]{0,2}\d){5,}"), "[number]"),
)


def redacted(text: str, names: Iterable[str]) -> str:
    """Without addresses, bank accounts, numbers of six digits or more, and these names."""
    for pattern, instead in _PERSONAL:
        text = pattern.sub(instead, text)
    words = {word for name in names for word in re.findall(r"\w{3,}", name)}
    if not words:
        return text
    any_name = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.sub(rf"(?i)\b(?:{any_name})\w{{0,3}}\b", "[name]", text)  # with its ending


def is_unsure(assessment: Assessment) -> bool:
    """Whether another look is worth its price."""
    return bool(assessment.model) and (assessment.needs_review or assessment.confidence < _UNSURE)


def believed(answer: object, sent: str) -> dict[Fact, str]:
    """Of what was answered, the facts whose quotes stand in what was sent; the rest is dropped."""
    told = answer.get("facts") if isinstance(answer, dict) else None
    text = " ".join(sent.split())
    found: dict[Fact, str] = {}
    for each in told[:MOST] if isinstance(told, list) else ():
        name, quote = (each.get("fact"), each.get("quote")) if isinstance(each, dict) else ("", "")
        if not isinstance(name, str) or not isinstance(quote, str) or name not in FACTS:
            continue
        words = " ".join(quote[: 2 * _LONGEST].split())
        if _SHORTEST <= len(words) <= _LONGEST and words in text:
            found.setdefault(FACTS[name], words)
    return found


def combined(
    local: Assessment,
    subject: str,
    text: str,
    told: Mapping[Fact, str],
    by: str,
    costs: Costs = COSTS,
) -> Assessment:
    """The local assessment with what is believed; a person is to look at it all the same."""
    if not told:
        return local
    facts = findings(read(subject, text)).keys() | told.keys()
    decided = decide(odds_of(facts), facts, costs)
    severity = _bounded(local.severity, decided.severity)
    reasons = [f"{by} reads {shortened(quote)}: {fact}" for fact, quote in told.items()]
    if severity is not local.severity:
        reasons.append(f"by what {by} reads: {local.severity} -> {severity}")
    return replace(local, severity=severity, reasons=(*local.reasons, *reasons), needs_review=True)


def _bounded(local: Severity, other: Severity) -> Severity:
    if local is Severity.CRITICAL:
        return local
    return list(Severity)[min(other.rank, local.rank + 1)]
