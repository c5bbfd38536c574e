"""Who is on call at an instant, and who will be.

Turns begin at a local time on the wall, so a clock change moves no handoff; one that falls into
the missing hour comes right after it, one in the repeated hour at its first time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from rules import business_hours
from rules.model import (
    Absence,
    Imported,
    OnCallChange,
    OnCallChangeKind,
    Override,
    Rotation,
    Shift,
    Swap,
    Turns,
)
from rules.wall_clock import first_instant

_LOOKED_AHEAD = timedelta(days=400)


def on_call(rotation: Rotation, at: datetime) -> str | None:
    """The name of the person on call: the first who is not absent, of those who could be.

    An override comes before every layer, and of several the one that began last; a later layer
    before an earlier one; whoever has the turn, then the next in turn. None if that is nobody.
    `at` is aware.
    """
    absent = {a.person for a in rotation.absences if a.from_at <= at < a.until_at}
    return next((name for name in _in_order(rotation, at) if name not in absent), None)


def timetable(rotation: Rotation, from_at: datetime, until_at: datetime) -> Iterator[Shift]:
    """Who is on call between two instants, without a break: stretches of nobody are in it.

    Neighbours differ; the first and the last are cut at the instants given, which are UTC.
    """
    person, began_at, at = on_call(rotation, from_at), from_at, from_at
    while at < until_at:
        at = min(_next_edge(rotation, at) or until_at, until_at)
        following = on_call(rotation, at)
        if following != person or at == until_at:
            yield Shift(person, began_at, at)
            person, began_at = following, at


def next_handoff(rotation: Rotation, at: datetime) -> datetime | None:
    """The first instant after `at`, in UTC, at which somebody else is on call, or nobody.

    None if there is none within 400 days.
    """
    until_at = at + _LOOKED_AHEAD
    first = next(timetable(rotation, at, until_at))
    return first.until_at if first.until_at < until_at else None


def changed(rotation: Rotation, changes: Iterable[OnCallChange]) -> Rotation:
    """The rotation with what was said by command and stands, in the order it was said."""
    mine = [c for c in changes if c.rotation in ("", rotation.name)]
    by_kind = {kind: [c for c in mine if c.kind is kind] for kind in OnCallChangeKind}
    overrides = by_kind[OnCallChangeKind.OVERRIDE]
    absences = by_kind[OnCallChangeKind.ABSENCE]
    return replace(
        rotation,
        overrides=(
            *rotation.overrides,
            *(Override(c.person, c.from_at, c.until_at) for c in overrides),
        ),
        swaps=tuple(
            Swap(c.person, c.other, c.from_at, c.until_at) for c in by_kind[OnCallChangeKind.SWAP]
        ),
        absences=tuple(Absence(c.person, c.from_at, c.until_at) for c in absences),
    )


def with_shifts(rotation: Rotation, shifts: Mapping[str, tuple[Shift, ...]]) -> Rotation:
    """The rotation with what calendars say, by their names; one that says nothing has nobody."""
    layers = tuple(
        replace(layer, shifts=shifts.get(layer.calendar, ()))
        if isinstance(layer, Imported)
        else layer
        for layer in rotation.layers
    )
    return replace(rotation, layers=layers)


def _in_order(rotation: Rotation, at: datetime) -> Iterator[str]:
    yield from _covering(rotation.overrides, at)
    for layer in reversed(rotation.layers):
        if isinstance(layer, Imported):
            names = _covering(layer.shifts, at)
        else:
            names = _from_turn(rotation, layer, at)
        yield from (_swapped(rotation.swaps, name, at) for name in names)


def _swapped(swaps: tuple[Swap, ...], name: str, at: datetime) -> str:
    """Who stands where this person would; swaps follow each other."""
    for swap in swaps:
        if swap.from_at <= at < swap.until_at and name in (swap.person, swap.other):
            name = swap.other if name == swap.person else swap.person
    return name


def _covering(stretches: Sequence[Override | Shift], at: datetime) -> list[str]:
    """Who has this instant, the one first whose stretch began last."""
    covering = [s for s in reversed(stretches) if s.from_at <= at < s.until_at]
    covering.sort(key=lambda stretch: stretch.from_at, reverse=True)  # stable: the later said
    return [stretch.person for stretch in covering if stretch.person]


def _from_turn(rotation: Rotation, turns: Turns, at: datetime) -> list[str]:
    """Everybody in the layer, beginning with whoever has the turn."""
    turn = _turn(rotation, turns, at)
    if turn < 0 or not turns.people:
        return []
    if turns.hours is not None and not business_hours.is_open(turns.hours, at):
        return []
    first = turn % len(turns.people)
    return [*turns.people[first:], *turns.people[:first]]


def _next_edge(rotation: Rotation, at: datetime) -> datetime | None:
    """The first instant after `at` at which the answer may be another one."""
    out_of_turn: Sequence[Override | Swap | Absence] = (
        *rotation.overrides,
        *rotation.swaps,
        *rotation.absences,
    )
    edges = [edge for o in out_of_turn for edge in (o.from_at, o.until_at)]
    for layer in rotation.layers:
        if isinstance(layer, Imported):
            edges += [edge for s in layer.shifts for edge in (s.from_at, s.until_at)]
        elif layer.people:
            edges.append(_begins_at(rotation, layer, max(_turn(rotation, layer, at) + 1, 0)))
            if layer.hours is not None:
                edges.append(business_hours.next_change(layer.hours, at))
    return min((edge for edge in edges if edge > at), default=None)


def _begins_at(rotation: Rotation, turns: Turns, turn: int) -> datetime:
    return first_instant(rotation.zone, turns.starts + turn * turns.every)


def _turn(rotation: Rotation, turns: Turns, at: datetime) -> int:
    """The number of the turn that runs, from 0; negative before the first."""
    wall = at.astimezone(rotation.zone).replace(tzinfo=None)
    turn = (wall - turns.starts) // turns.every
    # Where an hour comes twice, the wall may show less than it did at the last handoffs.
    while _begins_at(rotation, turns, turn + 1) <= at:
        turn += 1
    return turn
