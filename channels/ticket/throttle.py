"""How many tickets strangers may hand in, from one place and from all together."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus

from channels.origins import origin_of
from channels.ticket.problems import Problem

_EVERYBODY = "everybody"  # the name of no place


@dataclass(frozen=True)
class Rate:
    """So many at once, and then one more after each pause."""

    burst: int
    pause: timedelta


@dataclass
class Throttle:
    """Counts what is handed in; a restart forgets, which gives everybody a new burst."""

    each: Rate = Rate(10, timedelta(minutes=1))
    """From one place: an address, or a network /64 of IPv6, which one household has whole."""
    all: Rate = Rate(60, timedelta(seconds=2))
    _free_at: dict[str, datetime] = field(default_factory=dict)
    """When a place has its whole burst again; those that have it are forgotten."""

    def count(self, address: str, now: datetime) -> None:
        """Count one more; raises Problem 429 that says when to come again."""
        place = origin_of(address)
        wait = max(self._wait(place, self.each, now), self._wait(_EVERYBODY, self.all, now))
        if wait > timedelta():
            seconds = math.ceil(wait.total_seconds())
            raise Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too many tickets from the page",
                headers={"Retry-After": str(seconds)},
            )
        self._free_at = {p: at for p, at in self._free_at.items() if at > now}
        for key, rate in ((place, self.each), (_EVERYBODY, self.all)):
            self._free_at[key] = max(self._free_at.get(key, now), now) + rate.pause

    def _wait(self, place: str, rate: Rate, now: datetime) -> timedelta:
        full = self._free_at.get(place, now) - now
        return full - (rate.burst - 1) * rate.pause
