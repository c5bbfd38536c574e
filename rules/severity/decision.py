"""From how likely each severity is, and the facts, to the one that is given."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from rules.model import Severity
from rules.severity.facts import NO_REQUEST, ORDER, Fact
from rules.severity.guards import Guarded, guard

Row = tuple[float, float, float, float]
Costs = Sequence[Sequence[float]]

COSTS: tuple[Row, Row, Row, Row] = (
    # given: critical significant minor none    # it is
    (0, 1, 4, 5),  # critical
    (1.5, 0, 1.1, 2),  # significant
    (2, 1, 0, 1),  # minor
    (2, 2, 1, 0),  # none
)
"""What a wrong severity costs: to miss a critical one is worst."""

UNSURE = 0.45
"""Below it the higher of the two likeliest severities is taken, for a person to review."""


DOUBT = 0.15
"""How likely critical must be for nothing under significant to be given, for a person to review."""

_MAYBE_NOTHING = 0.3
"""How likely `none` must be for words of a newsletter, say, to make it so: outages quote them."""

HIGH, MEDIUM = 0.8, 0.55
"""How likely a severity must be to be called so."""


def level_of(confidence: float) -> str:
    """A confidence in words: no share is shown before enough severities were corrected."""
    if confidence >= HIGH:
        return "high"
    return "medium" if confidence >= MEDIUM else "low"


@dataclass(frozen=True)
class Decision:
    """The severity given, and what made it so."""

    severity: Severity
    likelihood: float
    """Of this severity, 0 to 1."""
    unsure: bool
    guard: Guarded | None
    """The one that fired and changed something."""


def decide(odds: Sequence[float], facts: AbstractSet[Fact], costs: Costs = COSTS) -> Decision:
    """The severity that costs least to be wrong about; `odds` sum to 1, worst severity first."""
    likeliest, second = sorted(range(len(ORDER)), key=lambda i: -odds[i])[:2]
    unsure = odds[likeliest] < UNSURE
    chosen = min(likeliest, second) if unsure else _cheapest(odds, costs)
    told = facts if odds[-1] >= _MAYBE_NOTHING else facts - NO_REQUEST
    guarded = guard(ORDER[chosen], told)
    severity = guarded.severity if guarded else ORDER[chosen]
    doubted = not guarded and odds[0] >= DOUBT and severity.rank > Severity.SIGNIFICANT.rank
    if doubted:
        severity = Severity.SIGNIFICANT
    return Decision(severity, odds[ORDER.index(severity)], unsure or doubted, guarded)


def _cheapest(odds: Sequence[float], costs: Costs) -> int:
    def expected(given: int) -> float:
        return sum(odd * row[given] for odd, row in zip(odds, costs, strict=True))

    return min(range(len(ORDER)), key=expected)
