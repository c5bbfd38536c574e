"""When it is open: spans of local wall-clock time, and arithmetic in open time.

An instant is open if its local wall time lies in a window of a day that counts. So both clock
changes are exact: a repeated hour inside a window counts twice, a missing one not at all.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from rules import wall_clock
from rules.model import BusinessHours

_DAY = timedelta(days=1)
_NOTHING = timedelta()
_CLOSED_DAYS = 400
"""So many closed days in a row, and it never opens."""


class UnknownYear(ValueError):
    """A day was asked about whose public holidays are not known."""


class NeverOpen(ValueError):
    """There is no open instant within 400 days."""


class Edge(StrEnum):
    """How to write the one instant of open time that is a closing and the next opening."""

    CLOSING = "closing"
    """For due times."""
    OPENING = "opening"
    """For starts and steps."""


class Span(NamedTuple):
    """Open without a break, from `opens_at` to just before `closes_at`; UTC."""

    opens_at: datetime
    closes_at: datetime


@lru_cache(maxsize=65536)
def spans_of_day(hours: BusinessHours, day: date) -> tuple[Span, ...]:
    """The open spans of a local day, in order and apart, cut at its first and last instant.

    Raises UnknownYear where a working day has to be told from a holiday and cannot.
    """
    found = [
        span
        for start, end, offset in wall_clock.pieces_of_day(hours.zone, day)
        for opening_day in _opening_days(hours, day)
        for span in _opened_on(hours, opening_day, start, end, offset)
    ]
    return joined(found)


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same instants, in order and apart."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.opens_at <= merged[-1].closes_at:
            merged[-1] = Span(merged[-1].opens_at, max(merged[-1].closes_at, span.closes_at))
        else:
            merged.append(span)
    return tuple(merged)


def is_open(hours: BusinessHours, at: datetime) -> bool:
    """Whether the clock runs at this instant; raises UnknownYear."""
    at = _utc(at)
    spans = spans_of_day(hours, wall_clock.local_day(hours.zone, at))
    return any(span.opens_at <= at < span.closes_at for span in spans)


def next_open(hours: BusinessHours, at: datetime) -> datetime:
    """The first open instant from `at` on, `at` itself if open; raises UnknownYear, NeverOpen."""
    return next(_spans_from(hours, _utc(at))).opens_at


def next_change(hours: BusinessHours, at: datetime) -> datetime:
    """The first instant after `at` with another answer to `is_open`, or at which a day ends.

    Raises UnknownYear, NeverOpen.
    """
    span = next(_spans_from(hours, _utc(at)))
    return span.opens_at if span.opens_at > at else span.closes_at


def next_morning(hours: BusinessHours, at: datetime) -> datetime:
    """The first opening of a local day at or after `at`; raises UnknownYear, NeverOpen."""
    at = _utc(at)
    return next(
        spans[0].opens_at
        for spans in _open_days(hours, wall_clock.local_day(hours.zone, at), _DAY)
        if spans[0].opens_at >= at
    )


def count(hours: BusinessHours, at: datetime, duration: timedelta) -> Span:
    """From the first open instant at or after `at` to that by which `duration` has passed, open.

    Time used up exactly at closing ends at that closing. Raises UnknownYear, NeverOpen, and
    ValueError for less than nothing.
    """
    left = _not_negative(duration)
    starts_at: datetime | None = None
    for span in _spans_from(hours, _utc(at)):
        starts_at = starts_at or span.opens_at
        length = span.closes_at - span.opens_at
        if left <= length:
            break
        left -= length
    return Span(starts_at or span.opens_at, span.opens_at + left)


def add(
    hours: BusinessHours, at: datetime, duration: timedelta, edge: Edge = Edge.CLOSING
) -> datetime:
    """The instant by which `duration` of open time has passed since `at`.

    Time used up exactly at closing ends at that closing, or with Edge.OPENING at the next opening.
    Adding nothing gives the next open instant. Raises UnknownYear, NeverOpen, and ValueError for
    less than nothing.
    """
    end = count(hours, at, duration).closes_at
    return end if edge is Edge.CLOSING else next_open(hours, end)


def subtract(hours: BusinessHours, at: datetime, duration: timedelta) -> datetime:
    """The open instant from which `duration` of open time passes until `at`.

    `subtract(add(t, d), d) == t` for open t, with either edge. Subtracting nothing gives the next
    open instant. Raises UnknownYear, NeverOpen, and ValueError for less than nothing.
    """
    left, at = _not_negative(duration), _utc(at)
    if not left:
        return next_open(hours, at)
    for span in _spans_until(hours, at):
        if left <= span.closes_at - span.opens_at:
            break
        left -= span.closes_at - span.opens_at
    return span.closes_at - left


def between(hours: BusinessHours, from_at: datetime, until_at: datetime) -> timedelta:
    """The open time between two instants, nothing if they are the wrong way round.

    Raises UnknownYear.
    """
    return sum((d for _, d in time_by_day(hours, from_at, until_at)), _NOTHING)


def time_by_day(
    hours: BusinessHours, from_at: datetime, until_at: datetime
) -> list[tuple[date, timedelta]]:
    """The open time between two instants for each local day that has any; raises UnknownYear."""
    found = []
    for day, spans in _clipped(hours, _utc(from_at), _utc(until_at)):
        if spent := sum((s.closes_at - s.opens_at for s in spans), _NOTHING):
            found.append((day, spent))
    return found


def spans_between(hours: BusinessHours, from_at: datetime, until_at: datetime) -> list[Span]:
    """What is open between two instants, cut at every local midnight; raises UnknownYear."""
    days = _clipped(hours, _utc(from_at), _utc(until_at))
    return [span for _, spans in days for span in spans]


def _clipped(
    hours: BusinessHours, from_at: datetime, until_at: datetime
) -> Iterator[tuple[date, list[Span]]]:
    day = wall_clock.local_day(hours.zone, from_at)
    last = wall_clock.local_day(hours.zone, until_at - timedelta.resolution)
    while day <= last:
        cut = (
            Span(max(span.opens_at, from_at), min(span.closes_at, until_at))
            for span in spans_of_day(hours, day)
        )
        yield day, [span for span in cut if span.opens_at < span.closes_at]
        day += _DAY


@lru_cache(maxsize=256)
def without_end(hours: BusinessHours) -> BusinessHours:
    """The same hours, with no holidays in the years of which none are known."""
    every_year = replace(hours.calendar, first_year=date.min.year, last_year=date.max.year)
    return replace(hours, calendar=every_year)


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone; instants are aware and in UTC")
    return at.astimezone(UTC)


def _not_negative(duration: timedelta) -> timedelta:
    if duration < _NOTHING:
        raise ValueError(f"{duration} of open time is less than nothing")
    return duration


def _opening_days(hours: BusinessHours, day: date) -> list[date]:
    """Days whose windows can reach into `day`.

    One more than windows over midnight ask for: after midnight the clock may fall back over it.
    """
    longest = max((w.closes for w in hours.windows), default=_NOTHING)
    return [day - back * _DAY for back in range(longest // _DAY + 2)]


def _opened_on(
    hours: BusinessHours, day: date, start: datetime, end: datetime, offset: timedelta
) -> Iterator[Span]:
    """What the windows of `day` open between two instants of one offset."""
    midnight = datetime.combine(day, time(), UTC) - offset
    for window in hours.windows:
        span = Span(max(start, midnight + window.opens), min(end, midnight + window.closes))
        if span.opens_at < span.closes_at and _counts(hours, day):
            yield span


def _counts(hours: BusinessHours, day: date) -> bool:
    if day.weekday() not in hours.weekdays:
        return False
    if not hours.working_days_only:
        return True
    known = hours.calendar
    if not known.first_year <= day.year <= known.last_year:
        raise UnknownYear(
            f"the public holidays of {day.year} are not known, only those of "
            f"{known.first_year} to {known.last_year}"
        )
    return known.is_working_day(day)


def _open_days(hours: BusinessHours, day: date, step: timedelta) -> Iterator[tuple[Span, ...]]:
    """The spans of each day that has any, from `day` on by `step`."""
    closed = 0
    while closed < _CLOSED_DAYS:
        spans = spans_of_day(hours, day)
        closed = 0 if spans else closed + 1
        if spans:
            yield spans
        day += step
    raise NeverOpen(f"not open for {_CLOSED_DAYS} days up to {day}: there is no window to count in")


def _spans_from(hours: BusinessHours, at: datetime) -> Iterator[Span]:
    for spans in _open_days(hours, wall_clock.local_day(hours.zone, at), _DAY):
        for span in spans:
            if span.closes_at > at:
                yield span if span.opens_at >= at else Span(at, span.closes_at)


def _spans_until(hours: BusinessHours, at: datetime) -> Iterator[Span]:
    for spans in _open_days(hours, wall_clock.local_day(hours.zone, at), -_DAY):
        for span in reversed(spans):
            if span.opens_at < at:
                yield span if span.closes_at <= at else Span(span.opens_at, at)
