"""How good severities are, against what they should be."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules.model import Severity

Pair = tuple[Severity, Severity]
"""What it is, and what was given."""

_MISSED = (Severity.MINOR, Severity.NONE)


@dataclass(frozen=True)
class Scores:
    """All shares, 0 to 1."""

    messages: int
    right: float
    macro_f1: float
    """Of the severities that there are."""
    missed_critical: float
    """Of the critical, those given minor or none."""
    false_critical: float
    """Of the others, those given critical."""

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> "Scores":
        """Of what was given; there must be a pair at least."""
        critical = [given for true, given in pairs if true is Severity.CRITICAL]
        others = [given for true, given in pairs if true is not Severity.CRITICAL]
        there = [severity for severity in Severity if any(true is severity for true, _ in pairs)]
        return cls(
            len(pairs),
            sum(true is given for true, given in pairs) / len(pairs),
            sum(_f1(pairs, severity) for severity in there) / len(there),
            sum(given in _MISSED for given in critical) / max(len(critical), 1),
            sum(given is Severity.CRITICAL for given in others) / max(len(others), 1),
        )

    def __str__(self) -> str:
        """In a line."""
        return (
            f"{self.messages} messages, {self.right:.2f} right, macro-F1 {self.macro_f1:.3f},"
            f" missed critical {self.missed_critical:.3f},"
            f" false critical {self.false_critical:.3f}"
        )


def _f1(pairs: Sequence[Pair], severity: Severity) -> float:
    hit = sum(true is given is severity for true, given in pairs)
    either = sum((true is severity) + (given is severity) for true, given in pairs)
    return 2 * hit / either
