"""Durations and times of day as people write them."""

import json
import re
from datetime import timedelta

_DURATION = re.compile(
    r"(?:(?P<days>\d{1,4})d)?(?:(?P<hours>\d{1,5})h)?"
    r"(?:(?P<minutes>\d{1,6})m)?(?:(?P<seconds>\d{1,7})s)?"
)
_TIME_OF_DAY = re.compile(r"(?P<hours>\d{2}):(?P<minutes>[0-5]\d)")


def parse_duration(text: str) -> timedelta:
    """Read "30m", "1h30m", "7d"; raises ValueError, whose words an operator can use."""
    match = _DURATION.fullmatch(text.strip())
    given = {
        unit: int(digits) for unit, digits in (match.groupdict() if match else {}).items() if digits
    }
    if not given:
        raise ValueError(f'{_shown(text)} is no duration (like "30m", "4h", "7d")')
    return timedelta(**given)


def parse_time_of_day(text: str) -> timedelta:
    """Read "09:00" as time since local midnight.

    "24:00" is midnight at the day's end; up to "48:00" runs into the next day. Raises ValueError,
    whose words an operator can use.
    """
    match = _TIME_OF_DAY.fullmatch(text.strip())
    since_midnight = (
        timedelta(hours=int(match["hours"]), minutes=int(match["minutes"])) if match else None
    )
    if since_midnight is None or since_midnight > timedelta(hours=48):
        raise ValueError(f'{_shown(text)} is no time of day (like "09:00")')
    return since_midnight


def _shown(text: str) -> str:
    return json.dumps(text[:40])
