"""`oncall`: who is reached now, or then, and who is to be."""

from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from daemon.cli.common import (
    AsJson,
    AsPerson,
    Config,
    Office,
    app,
    computing,
    instant,
    iso,
    local,
    office,
)
from daemon.cli.due import print_aligned
from daemon.cli.streams import put_json
from rules import rotation
from rules.model import ON_CALL, OnCallChange, OnCallChangeKind, Playbook, Rotation
from rules.requests import Refused

_WEEK = timedelta(days=7)
_BEHIND = timedelta(days=35)

oncall = typer.Typer(
    help="Who is on call: now, for a week, and out of turn.", invoke_without_command=True
)
app.add_typer(oncall, name="oncall")

From = Annotated[
    str, typer.Option("--from", help="ISO 8601; the rotation's time if no offset. Else now.")
]
To = Annotated[str, typer.Option("--to", help="As --from; a day alone is the whole of it.")]
InRotation = Annotated[str, typer.Option("--rotation", help="By its name in the configuration.")]


@oncall.callback()
def show(
    context: typer.Context,
    at: Annotated[
        str, typer.Option("--at", help="ISO 8601; policy time if no offset. Else now.")
    ] = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Say who is on call, until when, who will be for a week, and who is told besides."""
    if context.invoked_subcommand:
        return
    from daemon.on_call import rota
    from daemon.on_call.gaps import words
    from rules import gaps

    with office(config) as here:
        zone = here.playbook.policy.zone
        when = instant(at, zone) if at else here.now
        with computing():
            book = here.store.read(lambda tx: rota.standing(tx, here.playbook, when))
            changes = here.store.read(lambda tx: tx.on_call.standing(when))
            for found in book.rotations.values():
                _show(found, book, when, as_json)
            contracts = here.store.read(lambda tx: tx.contracts.all())
            holes = [] if as_json else gaps.find(book, contracts, when)
    if as_json:
        return
    for gap in holes:
        print(f"gap: {words(gap, book)}")
    print(f"catch-all: {', '.join(book.escalation.catch_all)}")
    for change in changes:
        where = change.rotation or "every rotation"
        said = f"said by {change.who} on {local(change.at, zone)}"
        print(f"change {change.id}: {_words(change, zone)} ({where}; {said})")


def _show(found: Rotation, book: Playbook, when: datetime, as_json: bool) -> None:
    """One rotation: who has it, and who will for a week."""
    zone = found.zone
    name, until = rotation.on_call(found, when), rotation.next_handoff(found, when)
    week = list(rotation.timetable(found, when, when + _WEEK))
    if as_json:
        shifts = [
            {"person": s.person, "from": iso(s.from_at, zone), "to": iso(s.until_at, zone)}
            for s in week
        ]
        at = {"rotation": found.name, "at": iso(when, book.policy.zone), "on_call": name}
        until_then = {"until": iso(until, zone), "catch_all": list(book.escalation.catch_all)}
        put_json({**at, **until_then, "shifts": shifts})
        return
    title = "on call" if found.name == ON_CALL else found.name
    print(f"{title}: {name or 'nobody'}, until {local(until, zone)}")
    if len(week) > 1:
        rows = [(local(s.from_at, zone), s.person or "nobody") for s in week[1:]]
        print_aligned([("  from (" + str(zone) + ")", ""), *((f"  {a}", b) for a, b in rows)])


@oncall.command()
def override(
    name: Annotated[str, typer.Argument(metavar="PERSON")],
    to: To,
    person: AsPerson,
    from_: From = "",
    where: InRotation = ON_CALL,
    config: Config = None,
) -> None:
    """Put somebody on call for a while, whoever has the turn."""
    _say(OnCallChangeKind.OVERRIDE, where, name, "", from_, to, person, config)


@oncall.command()
def swap(
    name: Annotated[str, typer.Argument(metavar="PERSON")],
    other: Annotated[str, typer.Argument(metavar="OTHER")],
    to: To,
    person: AsPerson,
    from_: From = "",
    where: InRotation = ON_CALL,
    config: Config = None,
) -> None:
    """Let two persons stand where the other would, for a while."""
    _say(OnCallChangeKind.SWAP, where, name, other, from_, to, person, config)


@oncall.command()
def absent(
    name: Annotated[str, typer.Argument(metavar="PERSON")],
    to: To,
    person: AsPerson,
    from_: From = "",
    config: Config = None,
) -> None:
    """Write down days off: in every rotation the next in turn stands in."""
    _say(OnCallChangeKind.ABSENCE, "", name, "", from_, to, person, config)


@oncall.command()
def undo(
    number: Annotated[int, typer.Argument(min=1, max=2**63 - 1, show_default=False)],
    person: AsPerson,
    config: Config = None,
) -> None:
    """Let a change count no more; `supportd oncall` lists those that stand."""
    from daemon.on_call import rota

    with office(config) as here:
        undone = here.store.write(lambda tx: rota.undo(tx, here.playbook, number, person, here.now))
        print(f"undone: change {number}, {_words(undone, here.playbook.policy.zone)}")


@oncall.command()
def export(
    person: Annotated[str, typer.Option("--person", help="Whose shifts; else everybody's.")] = "",
    where: Annotated[str, typer.Option("--rotation", help="Of this one; else of all.")] = "",
    days: Annotated[int, typer.Option(min=1, max=400, help="How far ahead.")] = 60,
    config: Config = None,
) -> None:
    """Write who is on call as a calendar (iCalendar, UTF-8) to standard output."""
    from channels.calendar.write import write
    from daemon.on_call import rota

    with office(config) as here:
        book = here.store.read(lambda tx: rota.standing(tx, here.playbook, here.now))
        if where and where not in book.rotations:
            raise Refused(
                f"no rotation is called {where!r}; there are: {', '.join(book.rotations)}"
            )
        if person and person not in book.people:
            raise Refused(f"{person!r} is nobody in [people]; there are: {', '.join(book.people)}")
        # From before now, so that a shift that runs begins where it began.
        span = (here.now - _BEHIND, here.now + timedelta(days=days))
        shifts = {
            name: [
                shift
                for shift in rotation.timetable(found, *span)
                if shift.until_at > here.now and (not person or shift.person == person)
            ]
            for name, found in book.rotations.items()
            if not where or name == where
        }
        names = {name: each.full_name for name, each in book.people.items()}
        print(write(shifts, names, here.now).decode(), end="")


def _say(
    kind: OnCallChangeKind,
    where: str,
    name: str,
    other: str,
    from_: str,
    to: str,
    person: str,
    config: Config,
) -> None:
    from daemon.on_call import rota

    with office(config) as here:
        zone = _zone(here, where)
        from_at = instant(from_, zone) if from_ else here.now
        until_at = _end(to, zone)
        change = OnCallChange(0, kind, where, name, other, from_at, until_at, person, here.now)
        with computing():
            said = here.store.write(lambda tx: rota.say(tx, here.playbook, change))
        print(f"change {said.id}: {_words(said, zone)}")


def _zone(here: Office, where: str) -> ZoneInfo:
    found = here.playbook.rotations.get(where)
    return found.zone if found else here.playbook.rotation.zone


def _end(text: str, zone: ZoneInfo) -> datetime:
    """An instant; for a day alone the first of the next."""
    at = instant(text, zone)
    if len(text.strip()) > len("2026-12-24"):
        return at
    return instant((at.astimezone(zone) + timedelta(days=1)).date().isoformat(), zone)


def _words(change: OnCallChange, zone: ZoneInfo) -> str:
    span = f"from {local(change.from_at, zone)} to {local(change.until_at, zone)}"
    said = {
        OnCallChangeKind.OVERRIDE: f"{change.person} is on call",
        OnCallChangeKind.SWAP: f"{change.person} and {change.other} are swapped",
        OnCallChangeKind.ABSENCE: f"{change.person} is absent",
    }
    return f"{said[change.kind]} {span}"
