"""Who has a request, and for how long: a lease on its timer, never an end of what is owed.

Whoever presses a button, follows a link or replies speaks of one ping, and so of the epoch in which
it was sent; once that is over, another has it, or something else is owed, and it is refused.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from rules import policies, rotation
from rules.deadlines import duration_in_words
from rules.escalation import PingOrder, is_of
from rules.escalation_course import Course
from rules.model import Acknowledgement, Person, Playbook, Purpose, Request, Timer
from rules.requests import Change, Refused

LENGTHS = tuple(timedelta(minutes=m) for m in (5, 15, 30, 60, 120, 240, 480, 1440))
"""Of snoozes that are offered, as far as they are legal."""

_PRESSED_AGAIN = timedelta(minutes=1)
"""Within it; all lengths differ by more."""

_NAMED = re.compile(r"^[ \t]*ack[ \t:]+([#\d \t,;]+)[.!]*[ \t]*$", re.IGNORECASE | re.MULTILINE)

HANDED_OVER = "given"
"""Marks the ping to whom a request is given: no look has this mark."""
_GIVEN = re.compile(rf"^ping-\d+-(?:{'|'.join(Purpose)})-\d+-{HANDED_OVER}-")


def acknowledge(
    request: Request,
    timer: Timer | None,
    person: str,
    playbook: Playbook,
    now: datetime,
    epoch: int | None = None,
) -> Change:
    """Somebody has it: until the next step but one at most, and never past the deadline.

    `epoch` is that of the ping that is acknowledged, None if of none. Raises Refused.
    """
    timer = _current(request, timer, playbook, epoch)
    course = _course(timer, request, playbook)
    ahead = sorted({at for at in course.step_instants() if at > now} | {timer.due_at})
    end_at = course.last_end(now)
    if now < timer.due_at:
        end_at = min(end_at, ahead[min(1, len(ahead) - 1)])
    return _held(request, timer, playbook.people[person], end_at, "acknowledged")


def snooze(
    request: Request,
    timer: Timer | None,
    for_: timedelta,
    person: str,
    playbook: Playbook,
    now: datetime,
    epoch: int | None = None,
) -> Change:
    """Somebody has it and says for how long; what is longer than may be is Refused."""
    timer = _current(request, timer, playbook, epoch)
    course = _course(timer, request, playbook)
    if not timedelta() < for_ <= _longest(course, now):
        legal = ", ".join(map(duration_in_words, _legal(course, now))) or "no time any more"
        late = now >= course.timer.due_at
        why = "deadline has passed" if late else "deadline needs a reserve"
        raise Refused(
            f"request {request.id} cannot wait {duration_in_words(for_)}, since its {why};"
            f" at this moment it may be snoozed for: {legal}"
        )
    return _held(request, timer, playbook.people[person], now + for_, "snoozed")


def snoozes(
    request: Request, timer: Timer, playbook: Playbook, now: datetime
) -> tuple[timedelta, ...]:
    """The snoozes to offer at this moment: none ends after the deadline less the reserve."""
    return _legal(_course(timer, request, playbook), now)


def reassign(
    request: Request,
    timer: Timer | None,
    to: str,
    person: str,
    playbook: Playbook,
    now: datetime,
    epoch: int | None = None,
) -> Change:
    """Somebody else is to have it, who is told at once; until they say so, only to the next step.

    Raises Refused.
    """
    timer = _current(request, timer, playbook, epoch)
    if not playbook.people[to].ways:
        raise Refused(f"{to} cannot be reached by any way: give it to somebody else")
    course = _course(timer, request, playbook)
    end_at = min(course.last_end(now), course.instant(course.first_after(now)))
    change = _held(request, timer, playbook.people[to], end_at, "reassigned")
    off = "" if rotation.on_call(playbook.rotation, now) == to else f"; {to} is not on call now"
    return replace(change, why=f"{change.why}, given by {person}{off}")


def handed_over(request: Request, person: str, playbook: Playbook) -> tuple[PingOrder, ...]:
    """The pings for whom a request was given to by somebody."""
    to = playbook.people[request.owner]
    why = f"{person} gives it to you"
    return tuple(PingOrder(to.name, way, n, why, HANDED_OVER) for n, way in enumerate(to.ways))


def has_already(timer: Timer | None, person: str, epoch: int | None) -> bool:
    """Whether somebody presses again what gave them the request: nothing is to be done."""
    lease = timer.acknowledgement if timer else None
    earlier = timer is not None and epoch is not None and epoch < timer.epoch
    return earlier and lease is not None and lease.person == person


def ends_in(timer: Timer | None, for_: timedelta, now: datetime) -> bool:
    """Whether what somebody has ends then, but for what lies between two presses of a button."""
    lease = timer.acknowledgement if timer else None
    return lease is not None and abs(lease.until_at - now - for_) < _PRESSED_AGAIN


def was_given(timer: Timer | None, ping_ids: Iterable[str]) -> bool:
    """Whether another gave it to whoever has it, who has not said a word since."""
    return timer is not None and any(is_of(id, timer) and _GIVEN.search(id) for id in ping_ids)


def numbers_in(text: str) -> tuple[int, ...]:
    """The requests that a reply names, `ack 12 14` on a line of its own; each once."""
    match = _NAMED.search(text)
    words = re.findall(r"\d+", match[1]) if match else []
    return tuple(dict.fromkeys(int(word) for word in words if len(word) < 10))


def _current(request: Request, timer: Timer | None, playbook: Playbook, epoch: int | None) -> Timer:
    """What is owed now; Refused if nothing is, or what was pressed speaks of something earlier."""
    if timer is None:
        raise Refused(f"nothing is owed on request {request.id}: it is {request.state}")
    if epoch in (None, timer.epoch):
        return timer
    lease = timer.acknowledgement
    if lease is None:
        raise Refused(
            f"what is owed on request {request.id} has changed since that ping; look at it again"
        )
    zone = playbook.policy.zone
    raise Refused(
        f"{lease.person} has request {request.id} since that ping, until"
        f" {lease.until_at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"
    )


def _course(timer: Timer, request: Request, playbook: Playbook) -> Course:
    return Course(timer, policies.of_request(playbook, request))


def _longest(course: Course, now: datetime) -> timedelta:
    """The longest legal snooze; nothing or less if none is."""
    if now >= course.timer.due_at:
        return course.policy.late_acknowledgement
    return course.before_deadline(course.reserve) - now


def _legal(course: Course, now: datetime) -> tuple[timedelta, ...]:
    longest = _longest(course, now)
    return tuple(length for length in LENGTHS if length <= longest)


def _held(request: Request, timer: Timer, person: Person, until_at: datetime, what: str) -> Change:
    """The lease is this person's; it replaces any other and tells nobody while it stands."""
    before = timer.acknowledgement
    leased = replace(
        timer,
        next_at=until_at,
        epoch=timer.epoch + 1,
        acknowledgement=Acknowledgement(person.name, until_at),
    )
    taken = f", taken over from {before.person}" if before and before.person != person.name else ""
    until = until_at.astimezone(person.zone)
    return Change(
        replace(request, owner=person.name, epoch=leased.epoch),
        what,
        f"until {until:%a %Y-%m-%d %H:%M %Z}{taken}",
        armed=leased,
    )
