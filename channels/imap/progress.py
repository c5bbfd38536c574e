"""How far a folder has been taken, and what in it is history."""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from channels.imap.rhythm import Rhythm

_CLOCKS_DIFFER = timedelta(minutes=5)
"""At most, the mail server's and ours: mail of those minutes before we first looked is no history
by its date, only by having lain there."""


@dataclass(frozen=True)
class Fact:
    """What a server says of a message without handing it over; it never changes."""

    uid: int
    size: int
    received_at: datetime
    """INTERNALDATE, whole seconds."""


@dataclass(frozen=True)
class Progress:
    """Kept with the arrivals that it covers."""

    validity: int
    """UIDVALIDITY: under another one all uids mean other messages."""
    next_uid: int
    """Everything below has been taken."""
    tidied: int
    """Everything below has been marked or moved after it was taken."""
    start_at: datetime
    """What the server took before is history."""
    looked_at: datetime | None = None
    """When we first looked, where what lay there then is history."""
    first_uid: int = 0
    """What has a lower uid lay there."""
    last: Fact | None = None
    """The newest taken: if it is another one now, the folder was put back from a backup."""
    history_until: datetime | None = None
    """The newest date of what lay there: once the uids are new ones, only dates tell history."""
    rhythm: Rhythm = field(default_factory=Rhythm)
    """Of what came, history included."""

    def is_history(self, fact: Fact) -> bool:
        """Whether it came before all that concerns us."""
        return fact.uid < self.first_uid or fact.received_at < self.start_at

    def taken(self, facts: list[Fact], now: datetime) -> "Progress":
        """With these taken, in the order of their uids."""
        last = facts[-1]
        lay_there = [f.received_at for f in facts if f.uid < self.first_uid and self._is_past(f)]
        until = max((at for at in (self.history_until, *lay_there) if at), default=None)
        rhythm = self.rhythm
        for fact in facts:
            rhythm = rhythm.after(min(fact.received_at, now))  # dates may be made up
        taken = replace(self, history_until=until, rhythm=rhythm)
        if last.uid < self.next_uid:  # they were shown late
            return taken
        return replace(taken, next_uid=last.uid + 1, last=last)

    def renumbered(self, validity: int) -> "Progress":
        """For the same folder with new uids: all is read again, and history stays history."""
        lay_there = [self.history_until + timedelta(seconds=1)] if self.history_until else []
        start_at = max([self.start_at, *lay_there])
        return Progress(validity, 1, 1, start_at, self.looked_at, rhythm=self.rhythm)

    def _is_past(self, fact: Fact) -> bool:
        """Dates may be made up: one far ahead must not turn all that comes into history."""
        return self.looked_at is not None and fact.received_at <= self.looked_at + _CLOCKS_DIFFER


def first(validity: int, uid_next: int, start_at: datetime | None, now: datetime) -> Progress:
    """For a folder never seen: history is what lies there, or what came before `start_at`."""
    if start_at is not None:
        return Progress(validity, 1, 1, start_at)
    return Progress(validity, 1, 1, now - _CLOCKS_DIFFER, now, first_uid=uid_next)


def write(progress: Progress) -> str:
    """As a cursor's value."""
    given = asdict(progress)
    gaps = [[day.isoformat(), int(gap.total_seconds())] for day, gap in progress.rhythm.gaps]
    given["rhythm"] = {"last_at": progress.rhythm.last_at, "gaps": gaps}
    return json.dumps(given, default=datetime.isoformat)


def read(value: str) -> Progress:
    """A cursor's value."""
    given = json.loads(value)
    if last := given["last"]:
        given["last"] = Fact(last["uid"], last["size"], datetime.fromisoformat(last["received_at"]))
    for key in ("start_at", "looked_at", "history_until"):
        given[key] = _instant(given.get(key))
    given["rhythm"] = _rhythm(given.get("rhythm", {}))
    return Progress(**given)


def _rhythm(given: dict[str, Any]) -> Rhythm:
    gaps = given.get("gaps", ())
    return Rhythm(
        _instant(given.get("last_at")),
        tuple((date.fromisoformat(day), timedelta(seconds=gap)) for day, gap in gaps),
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
