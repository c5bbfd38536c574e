"""Who may come in, how often and with how much: a hostile client must not delay the others."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Protocol

from channels.origins import site_of

Network = IPv4Network | IPv6Network

TOO_MANY = "421 4.7.0 Too many connections, please try again later"
TOO_OFTEN = "421 4.7.0 Too many connections in a short time, please try again later"
_PUT_OUT = "421 4.3.2 Others are waiting, please try again later"

_SILENCE = 1.0
"""Seconds without progress: then a visitor makes room for the next, if there is no other way."""
_MOST_KNOWN = 10_000
"""Peers whose rates are remembered."""
_OWN_BYTES = 64 * 1024
"""Of each message, whatever else is going on: an ordinary mail always finds room."""


@dataclass(frozen=True)
class Limits:
    """What one client, and all together, may ask of us; times are seconds."""

    connections: int = 100
    connections_per_minute: int = 120
    """Of one peer."""
    all_connections_per_minute: int = 6000
    messages_per_minute: int = 600
    """Of one peer."""
    logins_per_minute: int = 30
    """Tried by one peer."""
    recipients: int = 100
    """Of one message."""
    errors: int = 20
    """Of one session."""
    useless_commands: int = 100
    """Since a session's last message."""
    command_seconds: float = 300.0
    """Until a command is there (RFC 5321, 4.5.3.2.7)."""
    block_seconds: float = 180.0
    """Until more of a message is there."""
    data_seconds: float = 900.0
    """For a whole message."""
    memory: int = 100_000_000
    """Bytes of messages that are not stored yet."""
    free_disk: int = 250_000_000
    """Bytes that are not ours to fill."""

    @property
    def connections_per_peer(self) -> int:
        """A quarter of all."""
        return max(1, self.connections // 4)


def is_among(address: str, networks: Collection[Network]) -> bool:
    """Whether a plain address is in one of the networks."""
    return bool(address) and any(ip_address(address) in network for network in networks)


class Rate:
    """So many a minute for each, and as many at once."""

    def __init__(self, per_minute: int) -> None:
        """Remember nobody yet."""
        self._most = per_minute
        self._left: dict[str, tuple[float, float]] = {}

    def allows(self, who: str, now: float) -> bool:
        """Count one more, unless it is one too many; `now` in seconds of any beginning."""
        left, since = self._left.pop(who, (float(self._most), now))
        left = min(self._most, left + (now - since) * self._most / 60)
        allowed = left >= 1
        self._left[who] = (left - allowed, now)
        if len(self._left) > _MOST_KNOWN:
            del self._left[next(iter(self._left))]
        return allowed


class Visitor(Protocol):
    """A session, as the door sees it."""

    origin: str
    trusted: bool
    """No limits for it alone; never put out."""
    busy: bool
    """Its message is being stored."""

    @property
    def progressed_at(self) -> float:
        """When it last moved, by the loop's clock."""

    def hang_up(self, last_word: str) -> None:
        """End it."""


class Door:
    """Counts who is inside; when it is full, makes room by putting out who is least missed."""

    def __init__(self, limits: Limits) -> None:
        """Nobody is inside."""
        self._limits = limits
        self._all = Rate(limits.all_connections_per_minute)
        self._each = Rate(limits.connections_per_minute)
        self._inside: dict[Visitor, str] = {}
        """And of which site each is."""
        self._of: Counter[str] = Counter()
        self._of_site: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        """How often who was turned away, for whoever counts."""

    def enter(self, visitor: Visitor, now: float) -> str:
        """Nothing if it is inside now, else what to tell it."""
        refusal = self._refusal(visitor, now)
        if refusal:
            self.refused[visitor.origin] += 1
        else:
            self._inside[visitor] = site_of(visitor.origin)
            self._of[visitor.origin] += 1
            self._of_site[self._inside[visitor]] += 1
        return refusal

    def _refusal(self, visitor: Visitor, now: float) -> str:
        origin = visitor.origin
        if not visitor.trusted:
            if not (self._each.allows(origin, now) and self._all.allows("", now)):
                return TOO_OFTEN
            if self._of[origin] >= self._limits.connections_per_peer:
                return TOO_MANY
        if len(self._inside) >= self._limits.connections and not self._make_room(origin, now):
            return TOO_MANY
        return ""

    def leave(self, visitor: Visitor) -> None:
        """It has gone; once or more."""
        site = self._inside.pop(visitor, None)
        if site is not None:
            self._of -= Counter([visitor.origin])
            self._of_site -= Counter([site])

    def _make_room(self, origin: str, now: float) -> bool:
        """Put out one of the site with the most, and of its peer with the most, the one that has
        stood still for longest: who has a /48 has 65,536 origins."""
        crowd = [visitor for visitor in self._inside if not (visitor.trusted or visitor.busy)]
        if not crowd:
            return False
        sites, peers = self._of_site, self._of
        last = min(
            crowd,
            key=lambda one: (-sites[self._inside[one]], -peers[one.origin], one.progressed_at),
        )
        has_more = sites[self._inside[last]] > sites[site_of(origin)] + 1
        if not has_more and now - last.progressed_at < _SILENCE:
            return False
        last.hang_up(_PUT_OUT)
        self.leave(last)
        return True


class Memory:
    """What messages in hand may take together, beyond a little of each."""

    def __init__(self, size: int) -> None:
        """All of it is left."""
        self.left = size


class Share:
    """What one message has of it."""

    def __init__(self, memory: Memory) -> None:
        """Nothing yet."""
        self._memory = memory
        self._size = 0
        self._held = 0

    def grow(self, more: int) -> bool:
        """Whether there is room for so many bytes more; they are held if there is."""
        wanted = max(0, self._size + more - _OWN_BYTES) - self._held
        if wanted > self._memory.left:
            return False
        self._size += more
        self._held += wanted
        self._memory.left -= wanted
        return True

    def give_back(self) -> None:
        """The message is stored, or gone."""
        self._memory.left += self._held
        self._size = self._held = 0
