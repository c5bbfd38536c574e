"""Where nobody would be reached: stretches without a person on call in hours that are promised."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, product

from rules import business_hours, policies, rotation
from rules.business_hours import Span
from rules.model import BusinessHours, Contract, Imported, Person, Playbook, Rotation

AHEAD = timedelta(days=60)
"""How far a gap is looked for."""


@dataclass(frozen=True)
class Gap:
    """Without a break nobody who can be reached is on call."""

    rotation: str
    from_at: datetime
    until_at: datetime
    """At most the end of what was looked at."""
    promised: tuple[Span, ...]
    """What of it lies in hours in which somebody is to be there; never nothing."""

    @property
    def lost(self) -> timedelta:
        """How much of it that is."""
        return sum((s.closes_at - s.opens_at for s in self.promised), timedelta())


def find(
    playbook: Playbook,
    contracts: Iterable[Contract],
    from_at: datetime,
    ahead: timedelta = AHEAD,
) -> list[Gap]:
    """Every gap of every rotation from an instant on, those of one rotation in order.

    Somebody is to be there in the hours of all plans under contract, and of the one that everybody
    has, `basic`; in a named rotation only where it has a layer then.
    """
    until_at = from_at + ahead
    promised = _promised(playbook, contracts, from_at, until_at)
    return [
        Gap(found.name, began_at, ended_at, spans)
        for found in playbook.rotations.values()
        for began_at, ended_at in _unmanned(found, playbook.people, from_at, until_at)
        if (spans := _owed(found, playbook, promised, began_at, ended_at))
    ]


def _promised(
    playbook: Playbook, contracts: Iterable[Contract], from_at: datetime, until_at: datetime
) -> set[BusinessHours]:
    first, last = (policies.local_day(at, playbook) for at in (from_at, until_at))
    under: list[Contract | None] = [
        c for c in contracts if c.starts_on <= last and c.last_day >= first
    ]
    books = [policies.at(playbook, from_at), policies.at(playbook, until_at)]
    plans = [
        policies.of_contract(book, contract).policy.plans[contract.plan if contract else "basic"]
        for book in books[: 1 if books[0].policy == books[1].policy else 2]
        for contract in (None, *under)
    ]
    return {business_hours.without_end(t.hours) for plan in plans for t in plan.targets.values()}


def _unmanned(
    found: Rotation, people: Mapping[str, Person], from_at: datetime, until_at: datetime
) -> Iterator[tuple[datetime, datetime]]:
    def is_reached(name: str | None) -> bool:
        return name is not None and name in people and bool(people[name].ways)

    timetable = rotation.timetable(found, from_at, until_at)
    for reached, shifts in groupby(timetable, lambda shift: is_reached(shift.person)):
        if not reached:
            stretch = list(shifts)
            yield stretch[0].from_at, stretch[-1].until_at


def _owed(
    found: Rotation,
    playbook: Playbook,
    promised: Iterable[BusinessHours],
    from_at: datetime,
    until_at: datetime,
) -> tuple[Span, ...]:
    """When within a stretch somebody is to be there."""
    spans = _open(promised, from_at, until_at)
    own = _own_hours(found)
    if found.name == playbook.rotation.name or own is None:
        return spans
    pairs = product(spans, _open(own, from_at, until_at))
    both = (Span(max(a.opens_at, b.opens_at), min(a.closes_at, b.closes_at)) for a, b in pairs)
    return tuple(span for span in both if span.opens_at < span.closes_at)


def _open(
    hours: Iterable[BusinessHours], from_at: datetime, until_at: datetime
) -> tuple[Span, ...]:
    """When any of these is."""
    spans_between = business_hours.spans_between
    return business_hours.joined(s for h in hours for s in spans_between(h, from_at, until_at))


def _own_hours(found: Rotation) -> list[BusinessHours] | None:
    """When any of its layers counts; None is always."""
    hours = [None if isinstance(layer, Imported) else layer.hours for layer in found.layers]
    return None if None in hours else [h for h in hours if h]
