"""What the DNS says, bounded in time and in questions."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import dns.exception
import dns.name
import dns.nameserver
import dns.resolver

_PATIENCE = 2.0
"""Seconds for one question: one deaf server must not use up the time of the others."""


class Silent(Exception):
    """No answer came in time: nothing is proven either way."""


class Resolver(Protocol):
    """Answers from the DNS."""

    def ask(self, name: str, kind: str, seconds: float) -> list[Any]:
        """The records of a name, nothing if it has none; raises Silent.

        TXT gives bytes, A and AAAA addresses, MX pairs of preference and name, PTR names.
        """


class Dns:
    """The DNS itself; may be asked from any thread, and remembers answers as long as they hold."""

    def __init__(self, nameservers: Sequence[tuple[str, int]] = ()) -> None:
        """Ask these, each an address and a port; else the machine's own."""
        try:
            self._resolver = dns.resolver.Resolver(configure=not nameservers)
        except dns.resolver.NoResolverConfiguration:
            self._resolver = dns.resolver.Resolver(configure=False)  # silent until restarted
        if nameservers:
            self._resolver.nameservers = [
                dns.nameserver.Do53Nameserver(host, port) for host, port in nameservers
            ]
        self._resolver.cache = dns.resolver.LRUCache(10_000)

    def ask(self, name: str, kind: str, seconds: float) -> list[Any]:
        """The records of a name (`Resolver.ask`)."""
        try:
            wanted = dns.name.from_text(name)
        except (dns.exception.DNSException, UnicodeError):
            return []  # no name can be like that
        try:
            answer = self._resolver.resolve(
                wanted, kind, lifetime=seconds, raise_on_no_answer=False
            )
        except (dns.resolver.NXDOMAIN, dns.resolver.YXDOMAIN):
            return []
        except (dns.exception.DNSException, OSError, EOFError) as error:
            raise Silent(name) from error
        return [_VALUES[kind](record) for record in answer]


_VALUES: Mapping[str, Callable[[Any], Any]] = {
    "TXT": lambda record: b"".join(record.strings),
    "A": lambda record: record.address,
    "AAAA": lambda record: record.address,
    "MX": lambda record: (record.preference, record.exchange.to_text(omit_final_dot=True)),
    "PTR": lambda record: record.target.to_text(omit_final_dot=True),
}


@dataclass
class Inquiry:
    """What is asked for one message, each question once."""

    resolver: Resolver
    seconds: float
    """For all questions together."""
    most: int = 60
    """Questions: SPF alone may ask for 10 records and the addresses of 10 hosts."""
    was_silent: bool = False
    """Whether any question found no answer."""
    _answers: dict[tuple[str, str], list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The time runs from here."""
        self._until = time.monotonic() + self.seconds

    def ask(self, name: str, kind: str) -> list[Any]:
        """The records of a name; raises Silent."""
        key = (name.lower().rstrip("."), kind)
        if key not in self._answers:
            left = self._until - time.monotonic()
            if left <= 0 or len(self._answers) >= self.most:
                self.was_silent = True
                raise Silent(name)
            try:
                self._answers[key] = self.resolver.ask(key[0], kind, min(left, _PATIENCE))
            except Silent:
                self.was_silent = True
                raise
        return self._answers[key]
