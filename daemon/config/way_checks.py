"""Whether the ways of people and steps lead anywhere, and nowhere they must not."""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from daemon.config import escalation_checks
from daemon.config.model import Settings
from daemon.config.problems import Place
from rules.model import ON_CALL, Way

Problem = tuple[Place, str]


def of_people(settings: Settings) -> Iterator[tuple[Place, Way]]:
    """Every way of a person, and where it is written."""
    for name, person in settings.people.items():
        written = len(person.ways)
        for position, way in enumerate(person.all_ways):
            if position < written:
                yield ("people", name, "ways", position), way
            else:
                yield ("people", name, "ways_file", position - written), way


def everywhere(settings: Settings) -> Iterator[tuple[Place, Way]]:
    """Those of people, and those that steps tell."""
    yield from of_people(settings)
    yield from escalation_checks.ways(settings)


def coming_back(settings: Settings) -> Iterator[Problem]:
    """Pings must not become requests; what is told of a mailbox that is down not go there."""
    accounts = {a for s in settings.accounts.values() for a in (s.address, *s.aliases)}
    boxes = {box.username.lower(): name for name, box in settings.mailboxes.items()}
    for place, way in everywhere(settings):
        if way.kind != "mail":
            continue
        if way.address in accounts:
            yield (
                place,
                f'"{way.address}" is an account\'s own address: pings would come back as requests',
            )
        elif way.address in boxes:
            yield (
                place,
                f'"{way.address}" is mailboxes.{boxes[way.address]}\'s own: pings would come'
                " back as requests, and nobody would hear that it is down",
            )


def unknown_urls(settings: Settings) -> Iterator[Problem]:
    """URLs that apprise cannot read."""
    pushed = [found for found in everywhere(settings) if found[1].kind == "apprise"]
    if not pushed:
        return
    from channels.push import is_valid_url  # importing apprise takes long, and few need it

    for place, way in pushed:
        if not is_valid_url(way.address):
            scheme = way.address.partition("://")[0]
            yield place, f'{scheme}://… is no URL that apprise knows (like "ntfy://topic")'


def by_matrix_without_it(settings: Settings) -> Iterator[Problem]:
    """Who is to be reached by Matrix, or known there, while it is not configured."""
    if settings.matrix is not None:
        return
    how = "by Matrix, and there is no [matrix]; docs/matrix.md says how"
    for name, person in settings.people.items():
        if person.matrix or any(way.kind == "matrix" for way in person.all_ways):
            yield ("people", name), f"is to be reached {how}"
    for place, way in escalation_checks.ways(settings):
        if way.kind == "matrix":
            yield place, f"goes {how}"


def everybody_reached(settings: Settings) -> Iterator[Problem]:
    """Whoever may be on call, or is named in a step, has a way that leaves this machine."""
    carrying = {
        name
        for rotation in settings.all_rotations.values()
        for names in (
            *(layer.people for layer in rotation.all_layers),
            [override.person for override in rotation.overrides],
        )
        for name in names
    } | escalation_checks.told_by_name(settings)
    if settings.has_calendar:
        carrying |= settings.people.keys()
    for name, person in settings.people.items():
        ways = person.all_ways
        if settings.mail.relay is None and any(way.kind == "mail" for way in ways):
            yield (
                ("people", name, "ways"),
                "has mail, but mail.directory keeps mail as files that nobody is told of;"
                " configure [mail.relay], or an apprise URL in its place",
            )
        elif name in carrying and not any(_reaches_out(way, settings) for way in ways):
            yield (
                ("people", name, "ways"),
                f"reaches nobody, and {name} is on call or named in a step; add one"
                ' (like "mail:ana@b2bee.example", or an apprise URL)',
            )


def catch_all_reached(settings: Settings) -> Iterator[Problem]:
    """Somebody of the catch-all has such a way."""
    names = settings.escalation.catch_all
    told = [settings.people[name] for name in names if name in settings.people]
    if not told or len(told) < len(names):
        return  # nobody is named, or one is unknown or faulty: that is told already
    if not any(_reaches_out(way, settings) for person in told for way in person.all_ways):
        yield (
            ("escalation", "catch_all"),
            "a request could end with nobody told: nobody here has a way that leaves this machine"
            ' (like "mail:ana@b2bee.example" with [mail.relay], or an apprise URL)',
        )


def not_there(settings: Settings) -> Iterator[Problem]:
    """Programs and calendars that are not on this machine, or not for whoever asks.

    No reason not to start: others are told meanwhile, and a calendar's last good copy counts.
    """
    for place, way in everywhere(settings):
        if way.kind == "command":
            program = shlex.split(way.address)[0]
            if not os.path.isfile(program) or not os.access(program, os.X_OK):
                yield place, f'"{program}" is no program that can be run here'
    for name, rotation in settings.all_rotations.items():
        for layer in rotation.all_layers:
            path = layer.ical.get_secret_value() if layer.ical else ""
            if path and "://" not in path and not os.access(path, os.R_OK):
                yield _rotation(name), f'the calendar "{Path(path)}" cannot be read here'


def _rotation(name: str) -> Place:
    return (name,) if name == ON_CALL else ("rotations", name)


def _reaches_out(way: Way, settings: Settings) -> bool:
    """A log is read by nobody at night, and neither are files."""
    if way.kind == "mail":
        return settings.mail.relay is not None
    return way.kind in ("apprise", "command", "matrix", "slack", "webhook")
