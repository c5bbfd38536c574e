"""Who is told when, until somebody answers: a timer and now give pings and the next look.

Only loading, saving and carrying are left to the daemon. Nothing here counts on being called in
time: a late look jumps to the latest step that fell due, with one ping to each person and way.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from rules import business_hours, deadlines, rotation
from rules.escalation_course import Course
from rules.model import (
    Acknowledgement,
    Deadline,
    EscalationPolicy,
    EscalationStep,
    Playbook,
    Purpose,
    Severity,
    Timer,
    Way,
)

_PING_ID = re.compile(rf"ping-\d+-(?:{'|'.join(Purpose)})-(\d+)-")


@dataclass(frozen=True)
class PingOrder:
    """One notice owed to one person by one way."""

    person: str
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


def default_policy(catch_all: tuple[str, ...]) -> EscalationPolicy:
    """The steps shipped by default (policy, "Escalation steps shipped by default")."""
    late = tuple(EscalationStep(Fraction(n, 4)) for n in (2, 3, 4))
    early = (EscalationStep(Fraction(0)), *late)
    half_an_hour = timedelta(minutes=30)
    return EscalationPolicy(
        steps={
            Severity.CRITICAL: early,
            Severity.SIGNIFICANT: early,
            Severity.MINOR: late,
            Severity.NONE: late,
        },
        catch_all_from=Fraction(3, 4),
        repeats=(half_an_hour, half_an_hour, 2 * half_an_hour),
        round_the_clock=frozenset({Severity.CRITICAL}),
        late_acknowledgement=half_an_hour,
        reserve=timedelta(minutes=5),
        catch_all=catch_all,
    )


def arm(
    playbook: Playbook,
    request_id: int,
    purpose: Purpose,
    plan: str,
    severity: Severity,
    deadline: Deadline,
    epoch: int = 0,
    quiet: bool = False,
) -> Timer:
    """A timer for something owed; its first look may lie in the past, and is then owed at once.

    A quiet one is first looked at on the next morning of the daily digest.
    """
    starts_at, due_at = deadline.clock_starts_at, deadline.due_at
    timer = Timer(
        request_id, purpose, plan, severity, starts_at, due_at, starts_at, epoch=epoch, quiet=quiet
    )
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
    told, nobody = _targets(playbook, course.tells_catch_all(ahead - 1), lease, now)
    pings = tuple(
        PingOrder(name, way, number, why, str(ahead))
        for name, why in told.items()
        for number, way in enumerate(playbook.people[name].ways)
    )
    step = ", ".join([_ended(lease), *due[-1:]] if lease else due[-1:])
    notes = [*_passed_over(due, lease), *course.guesses(after.next_at)]
    if nobody:
        notes.append("nobody on call: told the catch-all at once")
    return Look(pings, step, after, tuple(notes), nobody_on_call=nobody)


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
    playbook: Playbook, plan: str, severity: Severity, received_at: datetime, repeats: int = 6
) -> Iterator[tuple[datetime, Look]]:
    """Every look, and when, at a request nobody answers, up to so many after its deadline.

    Raises UnknownYear, NeverOpen where no deadline can be computed.
    """
    policy = playbook.policy
    target = policy.plans[plan].targets[severity]
    deadline = deadlines.first_response(target, policy.clock_of(plan), received_at)
    timer = arm(playbook, 0, Purpose.FIRST_RESPONSE, plan, severity, deadline)
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


def _targets(
    playbook: Playbook, catch_all: bool, lease: Acknowledgement | None, now: datetime
) -> tuple[dict[str, str], bool]:
    """Names and why, each once; and whether nobody is on call."""
    on_call = rotation.on_call(playbook.rotation, now)
    person = playbook.people.get(on_call or "")
    nobody = person is None or not person.ways
    told = {} if person is None else {person.name: "on call"}
    if lease and lease.person in playbook.people:
        told.setdefault(lease.person, "had acknowledged it")
    if catch_all or nobody:
        why = "nobody is on call" if nobody else "nobody has answered"
        for name in playbook.escalation.catch_all:
            told.setdefault(name, f"catch-all: {why}")
    return told, nobody
