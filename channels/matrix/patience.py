"""How long a homeserver that refuses is borne with before a person hears of it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.base import Clock, Trouble
from channels.matrix.web import Refused

_FOR = timedelta(minutes=2)
"""What may pass is told of once it lasts longer."""
_SHORTEST, _LONGEST = 1.0, 60.0
"""Seconds before the next try, twice as many each time."""
_AT_MOST = 600.0
"""Seconds, whatever the homeserver wants."""


@dataclass
class Patience:
    """Waits before the next try; what lasts, or will not pass by itself, is a trouble."""

    clock: Clock
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    trouble: Trouble | None = None
    """Told once for each time that it goes wrong, and once a day while it does."""
    _since_at: datetime | None = None
    _pause: float = _SHORTEST

    @property
    def is_at_end(self) -> bool:
        """Whether it goes wrong for so long that nobody should wait for more."""
        return self._since_at is not None and self.clock() - self._since_at >= _FOR

    def over(self) -> None:
        """All went well."""
        self.trouble, self._since_at, self._pause = None, None, _SHORTEST

    async def bear(self, refused: Refused) -> None:
        """Wait before the next try."""
        now = self.clock()
        self._since_at = self._since_at or now
        if self.is_at_end or not refused.may_pass:
            kind, what = ("out", "cannot be read") if refused.may_pass else ("no", "refuses us")
            self.trouble = Trouble(
                f"matrix-{kind}-{self._since_at:%Y%m%dT%H%M%S}-{now:%Y%m%d}",
                f"Matrix {what}",
                f"{refused}, since {self._since_at:%Y-%m-%d %H:%M} UTC; it is tried again",
            )
        pause = min(max(refused.retry_after, self._pause), _AT_MOST)
        self._pause = min(2 * self._pause, _LONGEST)
        await self.sleep(pause)
