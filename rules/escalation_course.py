"""The instants at which a timer tells somebody: the steps, then repeats without end."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from rules import business_hours, deadlines
from rules.business_hours import Edge
from rules.model import (
    Audience,
    Clock,
    EscalationPolicy,
    EscalationStep,
    Fitting,
    Playbook,
    Severity,
    Target,
    Timer,
    Window,
)

AGAIN = -1
"""What a timer has told whose answer was lost: before its steps, it is to be told at once."""

_NOTHING = timedelta()
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Course:
    """All that lies before a timer, numbered from 0: its steps in order, then the repeats.

    Beyond the years of known holidays it counts as if there were none, since a ping on a holiday
    does less harm than no ping.
    """

    timer: Timer
    playbook: Playbook

    def instant(self, number: int) -> datetime:
        """When it falls due; never before the one with a smaller number."""
        if number == AGAIN:
            return self.timer.clock_starts_at
        if number < len(self._moments):
            return self._moments[number][0]
        return self._after_deadline(self._late(number))

    def before_deadline(self, lead: timedelta) -> datetime:
        """So long before the deadline, in the time its clock runs on; not before it starts."""
        timer = self.timer
        if self.playbook.policy.clock_of(timer.plan) is Clock.ELAPSED:
            return max(timer.due_at - lead, timer.clock_starts_at)
        at = business_hours.subtract(self.target.hours, timer.due_at, lead)
        return max(at, timer.clock_starts_at)

    @property
    def reserve(self) -> timedelta:
        """Before the deadline nobody may keep it quiet: the policy's, less of short targets."""
        return min(self.policy.reserve, self.target.within / 8)

    def last_end(self, now: datetime) -> datetime:
        """Until when a lease may last: the reserve before a deadline that is not too near."""
        due_at = self.timer.due_at
        if now >= due_at:
            return now + self.policy.late_acknowledgement
        too_near = now >= self.before_deadline(2 * self.reserve)
        return due_at if too_near else self.before_deadline(self.reserve)

    def step_instants(self) -> list[datetime]:
        """Those of the steps, repeats not among them."""
        return [at for at, _ in self._moments]

    def first_after(self, now: datetime) -> int:
        """The number of the first one after `now`, of those not yet told."""
        told = self.timer.told
        # Open time passes no faster than time, so there cannot be more repeats than this.
        gap = min(self.policy.repeats)
        most = len(self._moments) + max(0, (now - self.timer.due_at) // gap + 1)
        return told + bisect_right(range(told, max(told, most)), now, key=self.instant)

    def name(self, number: int) -> str:
        """As pings and history call it."""
        if number == AGAIN:
            return "owed again"
        if number < len(self._moments):
            return step_name(self._moments[number][1])
        return f"{deadlines.duration_in_words(self._late(number))} after the deadline"

    def tells(self, number: int) -> tuple[Audience, ...]:
        """Whom it tells: a repeat tells whom the last step did, and AGAIN whom the first does."""
        return self._moments[max(0, min(number, len(self._moments) - 1))][1].tells

    @property
    def steps(self) -> int:
        """How many there are before the repeats."""
        return len(self._moments)

    def guesses(self, at: datetime) -> list[str]:
        """A note if reaching this instant took days whose holidays are not known."""
        hours = self.playbook.policy.plans[self.timer.plan].targets[self.timer.severity].hours
        year, known = at.astimezone(hours.zone).year, hours.calendar
        if not hours.working_days_only or known.first_year <= year <= known.last_year:
            return []
        return [f"the public holidays of {year} are not known: counted as if there were none"]

    @cached_property
    def policy(self) -> EscalationPolicy:
        """The one the timer keeps."""
        timer = self.timer
        return timer.policy or fitting(
            self.playbook, timer.plan, timer.severity, "", timer.clock_starts_at
        )

    @cached_property
    def target(self) -> Target:
        """The timer's, of hours without an end."""
        target = self.playbook.policy.plans[self.timer.plan].targets[self.timer.severity]
        return replace(target, hours=business_hours.without_end(target.hours))

    @cached_property
    def _moments(self) -> tuple[tuple[datetime, EscalationStep], ...]:
        found = [(self._instant_of(step), step) for step in self.policy.steps]
        # Two at one instant go in the order of a long target, so that the later names the look.
        return tuple(sorted(found, key=lambda each: (each[0], each[1].share, each[1].offset)))

    def _instant_of(self, step: EscalationStep) -> datetime:
        timer = self.timer
        if step.offset < _NOTHING:
            return self.before_deadline(-step.offset * self._compression)
        if step.offset > _NOTHING:
            return self._after_deadline(step.offset)
        clock = self.playbook.policy.clock_of(timer.plan)
        return deadlines.share_at(
            self.target, clock, timer.clock_starts_at, timer.due_at, step.share
        )

    @cached_property
    def _compression(self) -> float:
        """By how much leads are shortened, so that the longest fits into the target."""
        longest = max(-step.offset for step in self.policy.steps)
        return min(1.0, self.target.within / longest)

    def _after_deadline(self, late: timedelta) -> datetime:
        if self.policy.round_the_clock:
            return self.timer.due_at + late
        return business_hours.add(self.target.hours, self.timer.due_at, late, Edge.OPENING)

    def _late(self, number: int) -> timedelta:
        """How long after the deadline a repeat is, in the time it runs on."""
        repeats = self.policy.repeats
        count = number - len(self._moments) + 1
        last = max(_NOTHING, *(step.offset for step in self.policy.steps))
        return last + sum(repeats[:count], _NOTHING) + max(0, count - len(repeats)) * repeats[-1]


def step_name(step: EscalationStep) -> str:
    """A step as people call it."""
    if step.offset:
        side = "before" if step.offset < _NOTHING else "after"
        return f"{deadlines.duration_in_words(abs(step.offset))} {side} the deadline"
    if step.share in (0, 1):
        return "deadline" if step.share else "start"
    return f"{float(step.share):.0%}"


def fitting(
    playbook: Playbook, plan: str, severity: Severity, customer: str, clock_starts_at: datetime
) -> EscalationPolicy:
    """The first policy that fits; one always does."""
    wall = clock_starts_at.astimezone(playbook.policy.zone)
    since_midnight = timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second)

    def fits(each: Fitting) -> bool:
        return (
            (not each.plans or plan in each.plans)
            and (not each.severities or severity in each.severities)
            and (not each.customers or customer in each.customers)
            and (not each.hours or _is_within(each.hours, since_midnight))
        )

    return next(each.policy for each in playbook.escalation.policies if fits(each))


def _is_within(windows: tuple[Window, ...], at: timedelta) -> bool:
    """Whether a time of day is within hours that may go on after midnight."""
    return any(w.opens <= t < w.closes for w in windows for t in (at, at + _DAY))
