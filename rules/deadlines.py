"""When the first response is due, and why."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from rules import business_hours
from rules.business_hours import Edge
from rules.model import BusinessHours, Clock, Deadline, Target, Window

_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
_DAYS_NAMED = 4


def first_response(target: Target, clock: Clock, received_at: datetime) -> Deadline:
    """When the first response to a message received at this instant is due, and why.

    The clock starts at the first open instant; time used up exactly at closing is due at closing
    (policy, readings 1 and 2). The reasons are in English, fit for a customer, with local times.
    Raises UnknownYear, NeverOpen.
    """
    starts_at, due_at = reckon(target, clock, received_at)
    reasons = tuple(_reasons(target, clock, received_at, starts_at, due_at))
    return Deadline(starts_at, due_at, reasons)


def reckon(target: Target, clock: Clock, received_at: datetime) -> tuple[datetime, datetime]:
    """When the clock starts, and when the first response is due, without words.

    Raises UnknownYear, NeverOpen.
    """
    if clock is Clock.WINDOW:
        return business_hours.count(target.hours, received_at, target.within)
    starts_at = business_hours.next_open(target.hours, received_at)
    return starts_at, starts_at + target.within


def share_at(
    target: Target, clock: Clock, clock_starts_at: datetime, due_at: datetime, share: Fraction
) -> datetime:
    """The instant at which this share of the target, 0 to 1, is used up; never after `due_at`.

    Rounded down to whole seconds, so early and never late. Raises UnknownYear, NeverOpen.
    """
    if share <= 0:
        return clock_starts_at
    if share >= 1:
        return due_at
    part = int(Fraction(target.within // _SECOND) * share) * _SECOND
    if clock is Clock.ELAPSED:
        return min(clock_starts_at + part, due_at)
    return min(business_hours.add(target.hours, clock_starts_at, part, Edge.OPENING), due_at)


def duration_in_words(duration: timedelta) -> str:
    """Hours, minutes and seconds, to the nearest second: `7 h 40 min`."""
    minutes, seconds = divmod(round(duration / _SECOND), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"


def window_in_words(window: Window) -> str:
    """`08:00-18:00`; a closing beyond midnight is a time of the next day."""
    closes = window.closes if window.closes <= _DAY else window.closes - _DAY
    return f"{_time_of_day(window.opens)}-{_time_of_day(closes)}"


def _reasons(
    target: Target, clock: Clock, received_at: datetime, starts_at: datetime, due_at: datetime
) -> Iterator[str]:
    hours = target.hours
    plural = len(hours.windows) > 1
    windows = " and ".join(window_in_words(w) for w in hours.windows)
    days = "on working days" if hours.working_days_only else "every day"
    yield f"received {_when(hours, received_at)} ({hours.zone.key})"
    yield f"the {'windows are' if plural else 'window is'} {windows} {days}"
    if starts_at > received_at:
        yield f"outside {'them' if plural else 'it'}, so the clock starts {_when(hours, starts_at)}"
    within = duration_in_words(target.within)
    if clock is Clock.ELAPSED:
        yield f"the target is {within}, counted at all hours once the clock has started"
    else:
        yield f"the target is {within} of open time"
        yield _spent(business_hours.time_by_day(hours, starts_at, due_at))
    uncounted_until = due_at if clock is Clock.WINDOW else starts_at
    if off := holidays_between(hours, received_at, uncounted_until):
        yield f"public holidays: {_few([_day(day) for day in off])}"
    if off := closed_between(hours, received_at, uncounted_until):
        yield f"closed: {_few([_day(day) for day in off])}"
    yield f"due {_when(hours, due_at)}"


def _spent(by_day: list[tuple[date, timedelta]]) -> str:
    return _few([f"{duration_in_words(spent)} on {_day(day)}" for day, spent in by_day])


def _few(items: list[str]) -> str:
    """At most four of them; the last always, since it is what ends the count."""
    if len(items) > _DAYS_NAMED:
        left_out = len(items) - _DAYS_NAMED + 1
        items = [*items[: _DAYS_NAMED - 2], f"… {left_out} more days", items[-1]]
    return ", ".join(items)


def holidays_between(hours: BusinessHours, received_at: datetime, due_at: datetime) -> list[date]:
    """Public ones that made the customer wait: on a weekday, where holidays matter."""
    return [day for day in _off(hours, received_at, due_at) if day in hours.calendar.holidays]


def closed_between(hours: BusinessHours, received_at: datetime, due_at: datetime) -> list[date]:
    """Our own days, and no public holidays, that made the customer wait."""
    return [day for day in _off(hours, received_at, due_at) if day not in hours.calendar.holidays]


def _off(hours: BusinessHours, received_at: datetime, due_at: datetime) -> list[date]:
    """Weekdays that are no working days, where that matters."""
    if not hours.working_days_only:
        return []
    first, last = (at.astimezone(hours.zone).date() for at in (received_at, due_at))
    days = (first + n * _DAY for n in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5 and not hours.calendar.is_working_day(day)]


def _when(hours: BusinessHours, at: datetime) -> str:
    local = at.astimezone(UTC).astimezone(hours.zone)
    return f"{local:%a %Y-%m-%d %H:%M:%S}".removesuffix(":00")


def _day(day: date) -> str:
    return f"{day:%a %d %b}"


def _time_of_day(since_midnight: timedelta) -> str:
    hours, minutes = divmod(since_midnight // timedelta(minutes=1), 60)
    return f"{hours:02}:{minutes:02}"
