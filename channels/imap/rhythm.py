"""How often mail comes into a folder, and whether it has been silent for unusually long."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

SHORTEST = timedelta(days=1)
"""A shorter silence is never unusual."""
TIMES = 3
"""So many times the longest gap is unusual: a weekend makes it eight days, a night two."""
LOOKED_BACK = timedelta(days=30)
"""Of the gaps that count."""
FEWEST_DAYS = 5
"""With mail: of a folder with fewer nothing can be said."""


@dataclass(frozen=True)
class Rhythm:
    """Learned from what came; of each day the longest gap that ended on it."""

    last_at: datetime | None = None
    gaps: tuple[tuple[date, timedelta], ...] = ()

    def after(self, at: datetime) -> "Rhythm":
        """With a message more; one that is older than the last tells nothing."""
        if self.last_at is None:
            return Rhythm(at)
        if at < self.last_at:
            return self
        day, gap = at.date(), at - self.last_at
        oldest = day - LOOKED_BACK
        kept = [(d, g) for d, g in self.gaps if d >= oldest]
        if kept and kept[-1][0] == day:
            gap = max(gap, kept.pop()[1])
        return replace(self, last_at=at, gaps=(*kept, (day, gap)))

    def longest_usual(self) -> timedelta | None:
        """How long a silence may be; None where too little is known."""
        if len(self.gaps) < FEWEST_DAYS:
            return None
        return max(SHORTEST, TIMES * max(gap for _, gap in self.gaps))

    def is_silent(self, now: datetime) -> bool:
        """Whether nothing has come for unusually long."""
        usual = self.longest_usual()
        return usual is not None and self.last_at is not None and now - self.last_at > usual
