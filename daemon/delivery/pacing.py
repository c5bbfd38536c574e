"""How fast a way is used, and whether it is used at all: pings gathered, a broken way left alone.

All of it is in memory. What waits is in the outbox, so a restart loses no ping; it forgets only
how many went out in the last minute and which way was down, and finds that out by trying. Of
several daemons each keeps its own count: what a peer bears at most, it says itself (429, 4xx).
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from channels.base import Failure
from daemon.delivery.budgets import Budgets
from rules.model import NoticeKind, Way
from storage.store import Claimed

SINGLE = 3
"""Pings a minute to one way; what is more goes out together."""

_MINUTE = timedelta(minutes=1)
GATHERS_FOR = timedelta(seconds=10)
"""Between two messages to a way that has had its singles."""

_PERMANENT = 3
"""Refusals in a row after which a way is down."""
FAILING_FOR = timedelta(seconds=60)
"""Without a success between, after which it is, too; and how long until it is tried again."""
_FORGOTTEN_AFTER = timedelta(minutes=10)
"""Without a failure either; twice the longest pause between two tries."""


@dataclass(frozen=True)
class Gathered:
    """What becomes of what was claimed."""

    messages: list[list[Claimed]] = field(default_factory=list)
    """What goes out now, each list as one message."""
    waiting: list[tuple[Claimed, datetime]] = field(default_factory=list)
    """What waits, and until when."""


@dataclass
class Pace:
    """Which pings go out together, and what waits a moment: to do so, or for its budget."""

    budgets: Budgets = field(default_factory=Budgets)
    _sent: dict[Way, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))
    """When each went alone, in the last minute."""
    _gathered_at: dict[Way, datetime] = field(default_factory=dict)

    def gather(self, claimed: Iterable[Claimed], now: datetime) -> Gathered:
        """Sort what was claimed, the most urgent first."""
        found = Gathered()
        together: dict[Way, list[Claimed]] = defaultdict(list)
        for each in claimed:
            way = each.notice.way
            # One that may have been sent is asked for by its own id.
            is_single = each.notice.kind is not NoticeKind.PING or each.maybe_sent
            if not is_single and self._has_had(way, now) >= SINGLE:
                together[way].append(each)
            elif until := self.budgets.wait(way, now):
                found.waiting.append((each, until))
            else:
                found.messages.append([each])
                if not is_single:
                    self._sent[way].append(now)
        for way, pings in together.items():
            if until := self._gathers_until(way, now) or self.budgets.wait(way, now):
                found.waiting.extend((each, until) for each in pings)
            else:
                self._gathered_at[way] = now
                found.messages.append(pings)
        return found

    def _gathers_until(self, way: Way, now: datetime) -> datetime | None:
        """None if what is gathered goes now."""
        gathered_at = self._gathered_at.get(way)
        if gathered_at is None or now - gathered_at >= GATHERS_FOR:
            return None
        return gathered_at + GATHERS_FOR  # for all alike, so that the next takes them all

    def _has_had(self, way: Way, now: datetime) -> int:
        sent = self._sent[way]
        while sent and now - sent[0] >= _MINUTE:
            sent.popleft()
        return len(sent)


@dataclass
class _Failing:
    since_at: datetime
    last_at: datetime
    refusals: int = 0
    try_at: datetime | None = None
    """When the next is let through; None while it is not down."""


@dataclass
class Breaker:
    """Which ways are down: nobody counts on them, and they are tried once a minute."""

    _failing: dict[Way, _Failing] = field(default_factory=dict)

    def worked(self, way: Way) -> None:
        """A success: it is up."""
        self._failing.pop(way, None)

    def failed(self, way: Way, failure: Failure, now: datetime) -> bool:
        """A failure; whether the way is down by it, that was not before."""
        state = self._failing.setdefault(way, _Failing(now, now))
        if state.try_at is None and now - state.last_at > _FORGOTTEN_AFTER:
            # What failed long ago was called back, not tried again: it says nothing of today.
            state.since_at = now
        state.last_at = now
        state.refusals = state.refusals + 1 if failure is Failure.PERMANENT else 0
        if state.try_at is None and (
            state.refusals >= _PERMANENT or now - state.since_at >= FAILING_FOR
        ):
            state.try_at = now + FAILING_FOR
            return True
        return False

    def is_down(self, way: Way) -> bool:
        """Whether nobody should count on it."""
        state = self._failing.get(way)
        return state is not None and state.try_at is not None

    def keeps_back(self, way: Way, now: datetime) -> bool:
        """Whether a notice waits since its way is down; one a minute does not."""
        state = self._failing.get(way)
        if state is None or state.try_at is None:
            return False
        if now >= state.try_at:
            state.try_at = now + FAILING_FOR
            return False
        return True
