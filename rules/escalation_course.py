"""The instants at which a timer tells somebody: the steps, then repeats without end."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rules import business_hours, deadlines
from rules.business_hours import Edge
from rules.model import Clock, EscalationStep, Playbook, Target, Timer


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
        timer, steps = self.timer, self._steps
        if number < len(steps):
            share = steps[number].share
            clock = self.playbook.policy.clock_of(timer.plan)
            return deadlines.share_at(
                self.target, clock, timer.clock_starts_at, timer.due_at, share
            )
        late = self._late(number)
        if timer.severity in self.playbook.escalation.round_the_clock:
            return timer.due_at + late
        return business_hours.add(self.target.hours, timer.due_at, late, Edge.OPENING)

    def before_deadline(self, lead: timedelta) -> datetime:
        """So long before the deadline, in the time its clock runs on; not before it starts."""
        timer = self.timer
        if self.playbook.policy.clock_of(timer.plan) is Clock.ELAPSED:
            return max(timer.due_at - lead, timer.clock_starts_at)
        at = business_hours.subtract(self.target.hours, timer.due_at, lead)
        return max(at, timer.clock_starts_at)

    def step_instants(self) -> list[datetime]:
        """Those up to the deadline."""
        return [self.instant(n) for n in range(len(self._steps))]

    def first_after(self, now: datetime) -> int:
        """The number of the first one after `now`, of those not yet told."""
        told = self.timer.told
        # Open time passes no faster than time, so there cannot be more repeats than this.
        gap = min(self.playbook.escalation.repeats)
        most = len(self._steps) + max(0, (now - self.timer.due_at) // gap + 1)
        return told + bisect_right(range(told, most), now, key=self.instant)

    def name(self, number: int) -> str:
        """As pings and history call it."""
        if number < len(self._steps):
            return self._steps[number].name
        return f"{deadlines.duration_in_words(self._late(number))} after the deadline"

    def tells_catch_all(self, number: int) -> bool:
        """Whether the catch-all is told of it, or at -1, before the first."""
        if number < len(self._steps):
            return number >= 0 and (
                self._steps[number].share >= self.playbook.escalation.catch_all_from
            )
        return True

    def guesses(self, at: datetime) -> list[str]:
        """A note if reaching this instant took days whose holidays are not known."""
        hours = self.playbook.policy.plans[self.timer.plan].targets[self.timer.severity].hours
        year, known = at.astimezone(hours.zone).year, hours.calendar
        if not hours.working_days_only or known.first_year <= year <= known.last_year:
            return []
        return [f"the public holidays of {year} are not known: counted as if there were none"]

    @property
    def _steps(self) -> tuple[EscalationStep, ...]:
        return self.playbook.escalation.steps[self.timer.severity]

    @property
    def target(self) -> Target:
        """The timer's, of hours without an end."""
        target = self.playbook.policy.plans[self.timer.plan].targets[self.timer.severity]
        return replace(target, hours=business_hours.without_end(target.hours))

    def _late(self, number: int) -> timedelta:
        """How long after the deadline a repeat is, in the time it runs on."""
        repeats = self.playbook.escalation.repeats
        count = number - len(self._steps) + 1
        return sum(repeats[:count], timedelta()) + max(0, count - len(repeats)) * repeats[-1]
