"""What all who are at one server share: what is offered, to whom, and how much of it there is."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from channels.base import Clock
from channels.smtp.certificate import Certificate
from channels.smtp.door import Door, Limits, Memory, Network
from rules.model import Account


@dataclass(kw_only=True)
class Premises:
    """Of a server, without its listening."""

    hostname: str
    """What we call ourselves."""
    accounts: Mapping[str, Account]
    clock: Clock
    max_size: int = 25_000_000
    """Bytes of a message."""
    limits: Limits = field(default_factory=Limits)
    certificate: Certificate | None = None
    """Offers STARTTLS."""
    logins: Mapping[str, str] = field(default_factory=dict)
    """Password hashes by name: offers AUTH, over TLS only."""
    trusted: tuple[Network, ...] = ()
    """Our own relays: no limits for one of them alone."""
    proxies: tuple[Network, ...] = ()
    """They begin with a PROXY header, and are believed."""
    free_disk: Callable[[], int] | None = None
    """Bytes; None where the store is on another machine."""
    lmtp: bool = False
    """Speaks LMTP (RFC 2033), to our own relays only."""
    door: Door = field(init=False)
    memory: Memory = field(init=False)
    _serving: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Nobody is inside."""
        self.door = Door(self.limits)
        self.memory = Memory(max(self.limits.memory, 2 * self.max_size))

    def is_ready(self) -> bool:
        """Whether it listens."""
        return self._serving

    def has_disk(self, size: int) -> bool:
        """Whether so many bytes may still be written."""
        if self.free_disk is None:
            return True
        return self.free_disk() >= self.limits.free_disk + size


def free_bytes(folder: Path) -> int:
    """What the disk still has for us; as much as one likes if it cannot be asked."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 2**63
