"""Local time as a clock on the wall shows it, across every change of the UTC offset."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class Piece(NamedTuple):
    """A stretch of time with one UTC offset."""

    start_at: datetime
    end_at: datetime
    offset: timedelta


@lru_cache(maxsize=65536)
def first_instant(zone: ZoneInfo, wall: datetime) -> datetime:
    """The first instant, in UTC, at which a clock on the wall shows this naive local time.

    A time that the clock change leaves out gives the first instant after the gap.
    """
    instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    before_the_gap = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _next_change(zone, before_the_gap, instant)


def local_day(zone: ZoneInfo, at: datetime) -> date:
    """The local day that has begun last: it goes on if the clock falls back over midnight."""
    day = at.astimezone(zone).date()
    return day + _DAY if first_instant(zone, _midnight(day + _DAY)) <= at else day


def pieces_of_day(zone: ZoneInfo, day: date) -> Iterator[Piece]:
    """A local day, from its first instant to the next day's; empty if the zone left it out."""
    start = first_instant(zone, _midnight(day))
    end = first_instant(zone, _midnight(day + _DAY))
    while start < end:
        offset = _offset(zone, start)
        steady = _offset(zone, end - _SECOND) == offset
        changes_at = end if steady else _next_change(zone, start, end)
        yield Piece(start, changes_at, offset)
        start = changes_at


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None  # a ZoneInfo always knows
    return offset


def _next_change(zone: ZoneInfo, start: datetime, end: datetime) -> datetime:
    """The first instant after `start` with another offset, at the latest `end`."""
    seconds = range((end - start) // _SECOND)
    offset = _offset(zone, start)
    changed = bisect_left(seconds, True, key=lambda s: _offset(zone, start + s * _SECOND) != offset)
    return start + changed * _SECOND
