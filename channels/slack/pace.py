"""How fast Slack lets itself be asked."""

import asyncio
from dataclasses import dataclass


@dataclass
class Pace:
    """So many calls at once, and then one more after each pause."""

    burst: int
    pause: float
    """Seconds."""
    _free_at: float = 0.0
    """When the whole burst is there again, on the loop's clock."""

    async def turn(self) -> None:
        """Return when the next call may be made."""
        now = asyncio.get_running_loop().time()
        self._free_at = max(self._free_at, now) + self.pause
        await asyncio.sleep(self._free_at - now - self.burst * self.pause)
