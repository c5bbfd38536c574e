"""Instants as engineers read them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def for_engineer(at: datetime, zone: ZoneInfo) -> str:
    """`Mon 2026-11-23 09:00 CET`, in local time."""
    local = at.astimezone(zone)
    return f"{_DAYS[local.weekday()]} {local:%Y-%m-%d %H:%M} {local.tzname()}"


def briefly(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """`14:05` on the reader's day, else with the day: `Mon 2026-11-23 14:05 CET`."""
    local = at.astimezone(zone)
    today = local.date() == now.astimezone(zone).date()
    return f"{local:%H:%M}" if today else for_engineer(at, zone)


def countdown(at: datetime, now: datetime) -> str:
    """`in 42 min`, `in 3 h 05 min`, `in 2 d 4 h`, `in 90 s`, `12 min ago`; cut."""
    seconds = abs(at - now) // timedelta(seconds=1)
    if not seconds:
        return "now"
    hours, rest = divmod(seconds // 60, 60)
    if seconds < 120:
        span = f"{seconds} s"
    elif hours >= 48:
        span = f"{hours // 24} d {hours % 24} h"
    elif hours:
        span = f"{hours} h {rest:02} min"
    else:
        span = f"{rest} min"
    return f"in {span}" if at > now else f"{span} ago"
