"""Who is told when, until somebody answers: a timer and now give pings and the next look.

Only loading, saving and carrying are left to the daemon. Nothing here counts on being called in
time: a late look jumps to the latest step that fell due, with one ping to each person and way.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rules import business_hours, deadlines
from rules.audience import Audiences
from rules.escalation_course import Course, fitting
from rules.model import (
    Acknowledgement,
    Deadline,
    Playbook,
    Purpose,
    Severity,
    Timer,
    Way,
    Whom,
)

_PING_ID = re.compile(rf"ping-\d+-(?:{'|'.join(Purpose)})-(\d+)-")


@dataclass(frozen=True)
class PingOrder:
    """One notice owed to one person by one way."""

    person: str
    """Empty where the way is nobody's own."""
    way: Way
    way_number: int
    """Of the person's ways, from 0."""
    why: str
    """Why this person."""
    mark: str
    """Which ping of the timer's epoch: its `told` after the look that gave the order."""


@dataclass(frozen=True)
class Look:
    """What one look at a timer found."""

    pings: tuple[PingOrder, ...]
    step: str
    """What fell due, in words; empty if nothing did."""
    timer: Timer
    """As it is to be stored: its `next_at` is after the look."""
    notes: tuple[str, ...] = ()
    """For the history: what was out of the ordinary."""
    digest: bool = False
    """Whether the request belongs into the daily digest now."""
    nobody_on_call: bool = False
    """Whether a ping was owed and nobody was on call: an alarm is due."""


def arm(
    playbook: Playbook,
    request_id: int,
    purpose: Purpose,
    plan: str,
    severity: Severity,
    deadline: Deadline,
    epoch: int = 0,
    quiet: bool = False,
    customer: str = "",
) -> Timer:
    """A timer for something owed; its first look may lie in the past, and is then owed at once.

    It keeps the escalation policy that fits now.

    A quiet one is first looked at on the next morning of the daily digest.
    """
    starts_at, due_at = deadline.clock_starts_at, deadline.due_at
    timer = Timer(
        request_id, purpose, plan, severity, starts_at, due_at, starts_at, epoch=epoch, quiet=quiet,
        policy=fitting(playbook, plan, severity, customer, starts_at),
    )  # fmt: skip
    first_at = Course(timer, playbook).instant(0)
    return replace(timer, next_at=_digest_at(playbook, starts_at) if quiet else first_at)


def look(timer: Timer, playbook: Playbook, now: datetime) -> Look:
    """What is owed at `now`, and the timer as it goes on; before its `next_at` nothing is."""
    if now < timer.next_at:
        return Look((), "", timer)
    lease = timer.acknowledgement
    if lease and now < lease.until_at:
        return Look((), "", replace(timer, next_at=lease.until_at))
    if timer.quiet:
        return _quiet_look(timer, playbook, now)
    course = Course(timer, playbook)
    ahead = course.first_after(now)
    after = replace(timer, told=ahead, next_at=course.instant(ahead), acknowledgement=None)
    due = [course.name(n) for n in range(timer.told, ahead)]
    if not lease and not due:
        return Look((), "", after)
    told = _told(course, range(timer.told, ahead), lease, now)
    pings = _orders(told, str(ahead))
    step = ", ".join([_ended(lease), *due[-1:]] if lease else due[-1:])
    notes = [*_passed_over(due, lease), *course.guesses(after.next_at)]
    if told.nobody_on_call:
        notes.append("nobody on call: told who comes next at once")
    return Look(pings, step, after, tuple(notes), nobody_on_call=told.nobody_on_call)


def unreached(timer: Timer, playbook: Playbook, person: str, now: datetime) -> Look:
    """Whom to tell at once since a person cannot be reached: who would come next, else all.

    The timer stays as it is: each step falls due in its time as well.
    """
    course = Course(timer, playbook)
    told = Audiences(playbook, now)
    for number in range(timer.told, course.steps):
        told.add(course.tells(number))
        told.people.pop(person, None)
        if told.people:
            break
    else:
        told.add_catch_all(f"{person} cannot be reached")
        told.people.pop(person, None)
    told.ways.clear()
    return Look(_orders(told, f"{timer.told}.{person}"), f"{person} cannot be reached", timer)


def relieved(
    timer: Timer, playbook: Playbook, ping_id: str, person: str, now: datetime
) -> Look | None:
    """Whom to tell in the place of a person who was on call as a step fell due, and is no more.

    None if the person is still meant, or nobody else is: then the ping goes where it was to go.
    """
    if not ping_id.removeprefix(_fence(timer)).partition("-")[0].isdigit():
        return None  # told in another's place, or given it
    course = Course(timer, playbook)
    tells = [a for n in range(min(timer.told, course.steps)) for a in course.tells(n)]
    meant, on_call = Audiences(playbook, now), Audiences(playbook, now)
    meant.add(tells)
    on_call.add(a for a in tells if a.whom is Whom.ON_CALL)
    if person in (*meant.people, *playbook.escalation.catch_all) or not on_call.people:
        return None
    why = f"{person} is no longer on call"
    return Look(_orders(on_call, f"{timer.told}.{person}"), why, timer)


def ping_id(timer: Timer, order: PingOrder) -> str:
    """The stable id of a ping: the same for the same look computed again, and for no other.

    `timer` is the one looked at, or the look's own: what goes into the id is the same in both.
    """
    return f"{_fence(timer)}{order.mark}-{order.person}-{order.way_number}"


def is_of(ping_id: str, timer: Timer) -> bool:
    """Whether a ping was ordered by this timer as it now stands: not before its epoch."""
    return ping_id.startswith(_fence(timer))


def epoch_of(ping_id: str) -> int | None:
    """The epoch in which a ping was ordered; None of what is no ping's id."""
    match = _PING_ID.match(ping_id)
    return int(match[1]) if match else None


def _fence(timer: Timer) -> str:
    return f"ping-{timer.request_id}-{timer.purpose}-{timer.epoch}-"


def simulate(
    playbook: Playbook,
    plan: str,
    severity: Severity,
    received_at: datetime,
    repeats: int = 6,
    customer: str = "",
) -> Iterator[tuple[datetime, Look]]:
    """Every look, and when, at a request nobody answers, up to so many after its deadline.

    Raises UnknownYear, NeverOpen where no deadline can be computed.
    """
    policy = playbook.policy
    target = policy.plans[plan].targets[severity]
    deadline = deadlines.first_response(target, policy.clock_of(plan), received_at)
    timer = arm(playbook, 0, Purpose.FIRST_RESPONSE, plan, severity, deadline, customer=customer)
    late = 0
    while late < repeats:
        now = timer.next_at
        found = look(timer, playbook, now)
        late += now > deadline.due_at
        timer = found.timer
        yield now, found


def _quiet_look(timer: Timer, playbook: Playbook, now: datetime) -> Look:
    """Nobody is pinged; the end of a lease only brings it back into the digest."""
    next_at = _digest_at(playbook, now + timedelta.resolution)
    after = replace(timer, told=timer.told + 1, next_at=next_at, acknowledgement=None)
    if timer.acknowledgement:
        return Look((), _ended(timer.acknowledgement), after)
    return Look((), "daily digest", after, digest=True)


def _digest_at(playbook: Playbook, at: datetime) -> datetime:
    """The first working morning from `at` on, by the plainest promise in the policy."""
    hours = playbook.policy.plans["basic"].targets[Severity.NONE].hours
    return business_hours.next_morning(business_hours.without_end(hours), at)


def _ended(lease: Acknowledgement) -> str:
    return f"acknowledgement by {lease.person} ended"


def _passed_over(due: list[str], lease: Acknowledgement | None) -> list[str]:
    """What fell due before the last of them, in a note."""
    names = due[:-1]
    if not names:
        return []
    if len(names) > 4:
        names = [*names[:3], f"… {len(names) - 3} more"]
    why = f"passed while {lease.person} had it" if lease else "skipped steps"
    return [f"{why}: {', '.join(names)}"]


def _told(course: Course, due: range, lease: Acknowledgement | None, now: datetime) -> Audiences:
    """Everybody whom a step that fell due tells, each once, and whose acknowledgement has ended.

    Where a rotation has nobody, whom the next step tells, and so on; at last the catch-all.
    """
    told = Audiences(course.playbook, now)
    last = max(due.stop - 1, 0)
    tells = [a for n in dict.fromkeys([*_told_by(due, course), last]) for a in course.tells(n)]
    told.add(tells)
    catch_all = any(a.whom is Whom.CATCH_ALL for a in tells) or now >= course.timer.due_at
    known = set(told.people)
    for number in range(last + 1, course.steps):
        if not told.nobody_on_call or told.people.keys() - known:
            break
        told.add(course.tells(number))
    if lease:
        told.add_people([lease.person], "had acknowledged it")
    if told.nobody_on_call and not told.people.keys() - known:
        told.add_catch_all("nobody is on call")
    elif catch_all:
        told.add_catch_all("nobody has answered")
    return told


def _told_by(due: range, course: Course) -> range:
    """Those of them that tell different people: repeats tell whom the last step does."""
    return range(due.start, min(due.stop, course.steps))


def _orders(told: Audiences, mark: str) -> tuple[PingOrder, ...]:
    people = told.playbook.people
    orders = [
        PingOrder(name, way, number, why, mark)
        for name, why in told.people.items()
        for number, way in enumerate(people[name].ways)
    ]
    shared = [
        PingOrder("", way, n, "this channel is told", mark) for n, way in enumerate(told.ways)
    ]
    return (*orders, *shared)
