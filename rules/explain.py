"""A deadline in one sentence, as one says it at the phone."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from rules import business_hours, deadlines
from rules.model import BusinessHours, Clock, Target, Window

_DAY = timedelta(days=1)
_DAYS_SAID = 6
"""More open days than these are summed up."""


def sentence(target: Target, clock: Clock, received_at: datetime) -> str:
    """When and why it is due: `received Fri 16:40, window 8–17 on working days: 20 min on Friday,
    7 h 40 min on Monday, due Mon 15:40`.

    In the local time of the target's hours. Dates are left out as long as the weekday is enough.
    Raises UnknownYear, NeverOpen.
    """
    starts_at, due_at = deadlines.reckon(target, clock, received_at)
    hours = target.hours
    said = _Said(hours, dated=due_at - received_at > 6 * _DAY)
    windows = " and ".join(_window(window) for window in hours.windows)
    days = "on working days" if hours.working_days_only else "every day"
    begun = f"received {said.moment(received_at)}, window {windows} {days}"
    if starts_at > received_at:
        begun += f", the clock starts {said.moment(starts_at)}"
    if clock is Clock.ELAPSED:
        spent = [f"{deadlines.duration_in_words(target.within)} at all hours"]
    else:
        spent = list(said.spent(business_hours.time_by_day(hours, starts_at, due_at)))
    uncounted_until = due_at if clock is Clock.WINDOW else starts_at
    off = [
        f"{said.day(day)} is {what}"
        for what, days_off in (
            ("a public holiday", deadlines.holidays_between(hours, received_at, uncounted_until)),
            ("closed", deadlines.closed_between(hours, received_at, uncounted_until)),
        )
        for day in days_off
    ]
    return f"{begun}: {', '.join((*spent, *off))}, due {said.moment(due_at)}"


class _Said:
    """Moments and days in the words of one reckoning."""

    def __init__(self, hours: BusinessHours, *, dated: bool) -> None:
        self._hours = hours
        self._dated = dated

    def moment(self, at: datetime) -> str:
        local = at.astimezone(self._hours.zone)
        date = f" {local.day} {local:%b %Y}" if self._dated else ""
        seconds = f":{local:%S}" if local.second else ""
        return f"{local:%a}{date} {local.hour}:{local:%M}{seconds}"

    def day(self, day: date) -> str:
        return f"{day:%a} {day.day} {day:%b}" if self._dated else f"{day:%A}"

    def spent(self, by_day: list[tuple[date, timedelta]]) -> Iterator[str]:
        said = [f"{deadlines.duration_in_words(spent)} on {self.day(day)}" for day, spent in by_day]
        if len(said) <= _DAYS_SAID:
            yield from said
            return
        between = sum((spent for _, spent in by_day[1:-1]), timedelta())
        yield said[0]
        yield f"{deadlines.duration_in_words(between)} on {len(said) - 2} days between"
        yield said[-1]


def _window(window: Window) -> str:
    closes = window.closes if window.closes <= _DAY else window.closes - _DAY
    return f"{_hour(window.opens)}–{_hour(closes)}"


def _hour(since_midnight: timedelta) -> str:
    hours, minutes = divmod(since_midnight // timedelta(minutes=1), 60)
    return f"{hours}:{minutes:02}" if minutes else str(hours)
