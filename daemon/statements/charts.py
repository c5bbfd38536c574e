"""The numbers behind a statement's charts: where each bar begins and how long it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from daemon.statements.saying import Saying
from rules.model import Severity
from rules.statements import Outcome

WIDTH = 360
"""Of the longest bar, in the drawing's own units."""


@dataclass(frozen=True)
class Bar:
    """A piece of a chart."""

    label: str
    kind: str
    """Which colour."""
    count: int
    x: int
    width: int


@dataclass(frozen=True)
class Row:
    """Pieces side by side."""

    label: str
    bars: tuple[Bar, ...]
    total: int


def outcomes(say: Saying) -> list[Row]:
    """For each severity how many requests became what."""
    statement = say.statement
    counts = {s: {o: statement.count(o, s) for o in Outcome} for s in Severity}
    longest = max((sum(each.values()) for each in counts.values()), default=0)
    return [
        _row(
            say.severity(severity),
            [(say.outcome(o), o.name.lower(), n) for o, n in found.items()],
            longest,
        )
        for severity, found in counts.items()
        if any(found.values())
    ]


_SHARES = (
    (Fraction(0), Fraction(1, 4)),
    (Fraction(1, 4), Fraction(1, 2)),
    (Fraction(1, 2), Fraction(3, 4)),
    (Fraction(3, 4), Fraction(1)),
    (Fraction(1), None),
)


def response_times(say: Saying) -> list[Row]:
    """How many first responses took which share of their target; empty if there was none."""
    shares = [
        Fraction(line.taken / line.target)
        for line in say.statement.lines
        if line.taken is not None and line.target
    ]
    if not shares:
        return []
    counts = [
        sum((low < s or low == s == 0) and (high is None or s <= high) for s in shares)
        for low, high in _SHARES
    ]
    return [
        _row(label, [(label, "late" if high is None else "in_time", count)], max(counts))
        for (label, high), count in zip(_labelled(say), counts, strict=True)
    ]


def _labelled(say: Saying) -> Iterator[tuple[str, Fraction | None]]:
    for _, high in _SHARES:
        yield say("more") if high is None else say("share", percent=say.percent(high)), high


def credits(say: Saying) -> list[Row]:
    """What became of each contract's credits."""
    statement = say.statement
    longest = max((max(use.granted, use.drawn) for use in statement.credits), default=0)
    unused = say("left" if statement.month_is_open else "lapsed")
    return [
        _row(
            use.contract.plan,
            [(say("drawn"), "drawn", use.drawn), (unused, "open", use.left)],
            longest,
        )
        for use in statement.credits
    ]


def _row(label: str, pieces: list[tuple[str, str, int]], longest: int) -> Row:
    return Row(label, tuple(_bars(pieces, longest)), sum(count for *_, count in pieces))


def _bars(pieces: list[tuple[str, str, int]], longest: int) -> Iterator[Bar]:
    begun = 0
    for label, kind, count in pieces:
        if count:
            x, end = (round(WIDTH * n / longest) for n in (begun, begun + count))
            yield Bar(label, kind, count, x, end - x)
        begun += count
