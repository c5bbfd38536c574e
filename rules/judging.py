"""Whether a promise of a first response was kept, as promises change and begin anew."""

from dataclasses import replace
from datetime import datetime

from rules.model import Deadline, Request


def earlier_breach(request: Request) -> datetime | None:
    """The breach of a promise before the present one, which nothing mends: it was withdrawn, late
    as it was, and opened again."""
    at = request.breached_at
    return at if at is not None and at < request.owed_from_at else None


def breach(request: Request, late: bool, newly: bool, now: datetime) -> datetime | None:
    """What stands as its breach when its deadline has moved.

    `late` is whether it is past the new deadline, `newly` whether it was not past the old one.
    """
    if before := earlier_breach(request):
        return before
    if newly:
        return now
    return request.breached_at if late else None


def judged(request: Request, due: Deadline, why: str, now: datetime) -> Request:
    """An answered request held to another promise, counted from the same start.

    A change that puts the deadline before the answer is the breach (policy, reading 7); one that
    puts it after the answer takes the breach away, since the promise that was broken was not the
    one that counts. The history keeps both. Where nothing was promised, nothing is.
    """
    at, before = request.first_response_at, request.first_response_due_at
    if at is None or before is None:
        return request
    late = at > due.due_at
    return replace(
        request,
        clock_starts_at=due.clock_starts_at,
        first_response_due_at=due.due_at,
        breached_at=breach(request, late, late and at <= before, now),
        reasons=(*request.reasons, why, *due.reasons),
    )
