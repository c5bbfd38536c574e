"""How much each way, and each target in it, is asked to take: token buckets.

In memory: what waits is in the outbox, a restart forgets no more than one burst, and each lane is
one daemon's own. What a peer bears from all of them together, it says itself (429, 4xx).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from rules.model import Way

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_MANY = 1000


@dataclass(frozen=True)
class Rate:
    """So many at once, and then one more after each pause."""

    burst: int
    pause: timedelta

    @classmethod
    def per_minute(cls, most: int) -> Self:
        """A quarter at once, and never more than so many in any minute."""
        burst = max(1, most // 4)
        return cls(burst, timedelta(minutes=1) / max(1, most - burst))


TARGETS = {"slack": Rate(3, timedelta(seconds=1))}
"""Of one target, by kind of way: a Slack channel takes one a second, and short bursts."""


@dataclass
class Bucket:
    """What is left of a rate."""

    rate: Rate
    _full_at: datetime = _LONG_AGO
    """When the whole burst is there again."""

    def left(self, now: datetime) -> int:
        """How many may go now."""
        owed = max(self._full_at - now, timedelta())
        return self.rate.burst + (-owed // self.rate.pause)

    def take(self, now: datetime) -> None:
        """One goes."""
        self._full_at = max(self._full_at, now) + self.rate.pause

    def next_at(self) -> datetime:
        """From when on at least one may go."""
        return self._full_at - (self.rate.burst - 1) * self.rate.pause

    def is_full(self, now: datetime) -> bool:
        """Whether nothing is lost by forgetting it."""
        return self._full_at <= now


@dataclass
class Budgets:
    """Those of all ways that have one."""

    ways: Mapping[str, Rate] = field(default_factory=dict)
    """Of a kind of way as a whole."""
    targets: Mapping[str, Rate] = field(default_factory=lambda: TARGETS)
    _ways: dict[str, Bucket] = field(default_factory=dict)
    _targets: dict[tuple[str, str], Bucket] = field(default_factory=dict)

    def left(self, kind: str, most: int, now: datetime) -> int:
        """How many may go by a kind of way now, at most so many."""
        rate = self.ways.get(kind)
        if rate is None:
            return most
        return min(most, self._ways.setdefault(kind, Bucket(rate)).left(now))

    def wait(self, way: Way, now: datetime) -> datetime | None:
        """Until when a message to this target waits; None if it goes now, and is counted."""
        rate = self.targets.get(way.kind)
        if rate is not None:
            if len(self._targets) > _MANY:
                self._targets = {k: b for k, b in self._targets.items() if not b.is_full(now)}
            key = way.kind, way.address.partition("/")[0]
            bucket = self._targets.setdefault(key, Bucket(rate))
            if bucket.left(now) < 1:
                return bucket.next_at()
            bucket.take(now)
        if whole := self._ways.get(way.kind):
            whole.take(now)
        return None
