"""What facts alone forbid, whatever the model holds likely: a floor, or a ceiling.

Up wins over down: where a floor applies, no ceiling does.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from rules.model import Severity
from rules.severity.facts import TROUBLES, Fact


@dataclass(frozen=True)
class Guarded:
    """A severity that a guard put in place of another."""

    severity: Severity
    why: str


@dataclass(frozen=True)
class _Bound:
    all_of: frozenset[Fact]
    none_of: frozenset[Fact]
    severity: Severity
    why: str

    def applies(self, facts: AbstractSet[Fact]) -> bool:
        return self.all_of <= facts and not self.none_of & facts


def _bound(severity: Severity, why: str, *facts: Fact, without: AbstractSet[Fact]) -> _Bound:
    return _Bound(frozenset(facts), frozenset(without), severity, why)


_DOUBTS = frozenset({Fact.RESOLVED, Fact.QUESTION, Fact.TEST_SYSTEM, Fact.WISH, Fact.NO_TROUBLE})

_GRAVE = frozenset(
    {Fact.OUTAGE, Fact.STOPPED, Fact.DATA_LOST, Fact.LEAK, Fact.EVERYBODY, Fact.BRANCH}
)

_TRIFLES = _DOUBTS | {Fact.PARTIAL, Fact.ONE_USER, Fact.ONE_RECORD, Fact.WORKAROUND}

_FLOORS = (
    _bound(
        Severity.CRITICAL,
        "nothing works, until more is known",
        Fact.OUTAGE,
        Fact.TERSE,
        without=_TRIFLES,
    ),
    _bound(
        Severity.SIGNIFICANT,
        "a failure, until more is known",
        Fact.BROKEN,
        Fact.TERSE,
        without=_TRIFLES,
    ),
    _bound(
        Severity.SIGNIFICANT,
        "a main function, until more is known",
        Fact.FUNCTION_LOST,
        Fact.TERSE,
        without=_TRIFLES,
    ),
    _bound(
        Severity.SIGNIFICANT,
        "nothing works, and business stands still",
        Fact.OUTAGE,
        Fact.STOPPED,
        without=_DOUBTS,
    ),
    _bound(Severity.SIGNIFICANT, "others' data can be seen", Fact.LEAK, without=_DOUBTS),
)
"""At least so severe: said outright, with nothing that takes it back."""

_CEILINGS = (
    _bound(
        Severity.MINOR,
        "in the test environment alone",
        Fact.TEST_SYSTEM,
        without=_GRAVE,
    ),
    _bound(
        Severity.MINOR,
        "in the test environment, production is fine",
        Fact.TEST_SYSTEM,
        Fact.PRODUCTION_FINE,
        without=frozenset(),
    ),
    *(
        _bound(Severity.NONE, f"{fact.value}, and no trouble told", fact, without=TROUBLES)
        for fact in (Fact.NEWSLETTER, Fact.ABSENCE, Fact.ADVERT, Fact.PROSPECT)
    ),
)
"""At most so severe."""


def guard(severity: Severity, facts: AbstractSet[Fact]) -> Guarded | None:
    """What the facts put in place of a severity; None if they let it be."""
    if floors := [bound for bound in _FLOORS if bound.applies(facts)]:
        return _changed(severity, [b for b in floors if b.severity.rank < severity.rank])
    ceilings = [bound for bound in _CEILINGS if bound.applies(facts)]
    return _changed(severity, [b for b in ceilings if b.severity.rank > severity.rank])


def _changed(severity: Severity, bounds: list[_Bound]) -> Guarded | None:
    return Guarded(bounds[0].severity, f"{bounds[0].why}: not {severity}") if bounds else None
