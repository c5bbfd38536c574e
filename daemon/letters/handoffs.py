"""What people read where one hands over to another on call."""

from collections.abc import Iterable
from datetime import datetime

from daemon.letters.engineers import OWED, headline
from daemon.letters.moments import briefly, countdown, for_engineer
from daemon.letters.plain import one_line
from daemon.letters.templates import fill
from rules.model import Person, Request, Timer

LISTED = 20
"""Requests in one letter, at most."""


def handoff(
    rotation: str,
    before: str,
    after: str,
    until_at: datetime | None,
    owed: Iterable[tuple[Timer, Request]],
    reader: Person,
    now: datetime,
) -> tuple[str, str]:
    """Subject and text, in the reader's zone; `before` and `after` are empty for nobody."""
    requests = list(owed)
    entries = [_entry(timer, request, reader, now) for timer, request in requests[:LISTED]]
    if len(requests) > LISTED:
        entries.append("and more: `supportd requests` lists them all")
    person = after or "nobody"
    subject = fill("handoff", "subject", person=person, count=_count(requests))
    return one_line(subject, 300), fill(
        "handoff",
        "text",
        person=person,
        rotation=rotation,
        until=for_engineer(until_at, reader.zone) if until_at else "further notice",
        before=before or "nobody",
        entries="\n".join(entries),
        reader=reader.name,
    )


def _count(requests: list[tuple[Timer, Request]]) -> str:
    return f"more than {LISTED}" if len(requests) > LISTED else str(len(requests))


def _entry(timer: Timer, request: Request, reader: Person, now: datetime) -> str:
    late = "was due" if timer.due_at <= now else "due"
    when = f"{briefly(timer.due_at, now, reader.zone)} ({countdown(timer.due_at, now)})"
    has = "nobody has it"
    if lease := timer.acknowledgement:
        has = f"{lease.person} has it until {briefly(lease.until_at, now, reader.zone)}"
    said = f"[{request.severity.value}] {headline(request)}"
    return f"{said}\n  {OWED[timer.purpose]} {late} {when}; {has}"
