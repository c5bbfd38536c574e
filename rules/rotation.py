"""Who is on call at an instant.

Shifts begin at a local time on the wall, so a clock change moves no handoff; one that falls into
the missing hour comes right after it, one in the repeated hour at its first time.
"""

from datetime import datetime, timedelta

from rules.model import Rotation
from rules.wall_clock import first_instant


def on_call(rotation: Rotation, at: datetime) -> str | None:
    """The name of the person on call; an override wins, the one that began last if there are more.

    None before the first handoff and if the rotation is empty. `at` is aware.
    """
    covering = [o for o in rotation.overrides if o.from_at <= at < o.until_at]
    if covering:
        return max(covering, key=lambda o: o.from_at).person
    shift = _shift(rotation, at)
    if shift < 0 or not rotation.people:
        return None
    return rotation.people[shift % len(rotation.people)]


def next_handoff(rotation: Rotation, at: datetime) -> datetime | None:
    """The first instant after `at` at which a shift begins, or an override begins or ends, in UTC.

    None if nothing more is planned: nobody in the rotation, no override ahead.
    """
    edges = [edge for o in rotation.overrides for edge in (o.from_at, o.until_at)]
    if rotation.people:
        edges.append(_begins_at(rotation, max(_shift(rotation, at) + 1, 0)))
    return min((edge for edge in edges if edge > at), default=None)


def _begins_at(rotation: Rotation, shift: int) -> datetime:
    wall = rotation.starts + shift * timedelta(days=rotation.every_days)
    return first_instant(rotation.zone, wall)


def _shift(rotation: Rotation, at: datetime) -> int:
    """The number of the shift that runs, from 0; negative before the first."""
    wall = at.astimezone(rotation.zone).replace(tzinfo=None)
    shift = (wall - rotation.starts) // timedelta(days=rotation.every_days)
    # Where an hour comes twice, the wall may show less than it did at the last handoff.
    return shift + 1 if _begins_at(rotation, shift + 1) <= at else shift
