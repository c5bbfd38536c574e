"""Whose a message may be that no contract knows by its sender: weak evidence, and never more.

Anybody can write a name or a number: what is found here is shown to a person, and grants nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from math import prod

from rules.model import Message
from rules.severity.words import fold

_LOOKED_AT = 10_000
"""Characters of a message."""
_MOST = 3
_LEGAL_FORM = re.compile(
    "ag|as|bv|co|company|dd|dno|doo|eu|gmbh|gesmbh|inc|jdoo|kd|kft|kg|llc|ltd|mbh|obrt|ohg|sp|spa"
    "|srl|sro|zoo|and|und|i|in|[adjos]"
)
"""And the letters that are left of one that is written with blanks."""
_WORD = re.compile(r"\w+")
_SHORTEST_NAME = 4
"""Letters: shorter names stand in any text."""
_NUMBER, _KNOWN, _THREAD, _NAME = 0.7, 0.6, 0.5, 0.5


@dataclass(frozen=True)
class Named:
    """What a customer is called."""

    customer: str
    number: str
    """Under which our people and it know it; empty if it has none."""


@dataclass(frozen=True)
class Candidate:
    """A customer whose message it may be."""

    customer: str
    confidence: float
    """0 to 1, of one who may be lied to."""
    why: str

    def __str__(self) -> str:
        """As it is shown."""
        likely = "likely" if self.confidence > _NUMBER else "perhaps"
        return f"looks like {self.customer} ({likely}) by {self.why}"


@dataclass(frozen=True)
class Traces:
    """What is remembered of what a message names."""

    names: Sequence[Named] = ()
    """Every customer's."""
    known: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Customers, by the address in the message that they are known by."""
    threads: Sequence[tuple[int, str]] = ()
    """Number and customer of each request that it names."""


def candidates(message: Message, traces: Traces, known_as: Set[str]) -> tuple[Candidate, ...]:
    """The likeliest first, three at most; none of the customers that the sender is known to.

    Of a sender known to any, only numbers count: customers write of each other by name.
    """
    found: dict[str, dict[str, float]] = {}
    for customer, weight, why in _evidence(message, traces, strangers=not known_as):
        if customer not in known_as:
            found.setdefault(customer, {})[why] = weight
    told = (
        Candidate(customer, 1 - prod(1 - weight for weight in by.values()), ", ".join(by))
        for customer, by in found.items()
    )
    return tuple(sorted(told, key=lambda each: (-each.confidence, each.customer))[:_MOST])


def _evidence(
    message: Message, traces: Traces, strangers: bool
) -> Iterator[tuple[str, float, str]]:
    text = _words(f"{message.sender_name}\n{message.subject}\n{message.text}"[:_LOOKED_AT])
    at_home = _words(message.sender.rpartition("@")[2].partition(".")[0])
    for named in traces.names:
        if named.number and _words(named.number) in text:
            yield named.customer, _NUMBER, f"the number {named.number}"
        name = _bare(named.customer)
        if strangers and len(name.strip()) >= _SHORTEST_NAME:
            if name in text:
                yield named.customer, _NAME, "its name in the text"
            if name == at_home:
                yield named.customer, _NAME, "the name of the sender's domain"
    if strangers:
        for address, customers in traces.known.items():
            yield from ((customer, _KNOWN, f"{address} in the message") for customer in customers)
        for number, customer in traces.threads:
            yield customer, _THREAD, f"request {number}, which it names"


def _bare(customer: str) -> str:
    """Its name without what kind of company it is; empty if nothing else is left."""
    # The dots go first: "d.o.o." is one word.
    words = [w for w in _words(customer.replace(".", "")).split() if not _LEGAL_FORM.fullmatch(w)]
    return f" {' '.join(words)} " if words else ""


def _words(text: str) -> str:
    """Folded, with a blank on either side of each word."""
    return f" {' '.join(_WORD.findall(fold(text)))} "
