"""Who is on call as things stand: what is configured, what calendars say, what one of us said."""

from dataclasses import replace
from datetime import datetime

from rules import rotation
from rules.model import Imported, OnCallChange, OnCallChangeKind, Playbook
from rules.requests import Refused
from storage.store import Transaction


def standing(tx: Transaction, playbook: Playbook, at: datetime) -> Playbook:
    """The playbook with every rotation as it stands in this transaction, from `at` on."""
    changes = tx.on_call.standing(at)
    has_calendar = any(
        isinstance(layer, Imported) for r in playbook.rotations.values() for layer in r.layers
    )
    shifts = tx.on_call.shifts() if has_calendar else {}
    return replace(
        playbook,
        rotations={
            name: rotation.with_shifts(rotation.changed(configured, changes), shifts)
            for name, configured in playbook.rotations.items()
        },
    )


def on_call(tx: Transaction, playbook: Playbook, now: datetime) -> str | None:
    """Who is asked now where no rotation is named; None is nobody."""
    return rotation.on_call(standing(tx, playbook, now).rotation, now)


def say(tx: Transaction, playbook: Playbook, change: OnCallChange) -> OnCallChange:
    """Keep what one of us says about who is on call, from now on; raises Refused for nonsense."""
    for name in filter(None, (change.who, change.person, change.other)):
        if name not in playbook.people:
            raise Refused(
                f"{name!r} is nobody in [people]; there are: {', '.join(playbook.people)}"
            )
    if change.rotation and change.rotation not in playbook.rotations:
        there = ", ".join(playbook.rotations)
        raise Refused(f"no rotation is called {change.rotation!r}; there are: {there}")
    if change.until_at <= change.from_at:
        raise Refused("it ends before it begins: --to is the later one")
    if change.until_at <= change.at:
        raise Refused("that is over already; who was on call then stays as it was")
    _check_sense(standing(tx, playbook, change.at), change)
    return tx.on_call.add(change)


def _check_sense(book: Playbook, change: OnCallChange) -> None:
    """That those who are to be reached can be, and that something changes."""
    if change.kind is OnCallChangeKind.ABSENCE:
        return
    for name in filter(None, (change.person, change.other)):
        if not book.people[name].ways:
            raise Refused(f"nothing reaches {name}: people.{name}.ways is empty")
    asked = book.rotations[change.rotation]
    if change.kind is OnCallChangeKind.OVERRIDE:
        for absence in asked.absences:
            if absence.person == change.person and (
                absence.from_at < change.until_at and change.from_at < absence.until_at
            ):
                raise Refused(
                    f"{change.person} is absent then; undo that first (`supportd oncall`)"
                )
    elif change.person == change.other:
        raise Refused(f"{change.person} cannot swap with nobody else: give two names")
    elif not {change.person, change.other} & {
        shift.person for shift in rotation.timetable(asked, change.from_at, change.until_at)
    }:
        raise Refused(f"neither {change.person} nor {change.other} is on call then")


def undo(tx: Transaction, playbook: Playbook, id: int, who: str, now: datetime) -> OnCallChange:
    """Let a change count no more; return the one undone. Raises Refused."""
    if who not in playbook.people:
        raise Refused(f"{who!r} is nobody in [people]; there are: {', '.join(playbook.people)}")
    change = tx.on_call.get(id)
    if change is None or change.kind is OnCallChangeKind.UNDO:
        raise Refused(f"there is no change {id}; `supportd oncall` lists those that stand")
    if before := tx.on_call.undo_of(id):
        raise Refused(f"{before.who} has undone change {id} before")
    kind = OnCallChangeKind.UNDO
    tx.on_call.add(replace(change, id=0, kind=kind, who=who, at=now, undoes=id))
    return change
