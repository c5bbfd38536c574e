"""Who a sender is, and which contracts fit: registered person, then address, then domain.

In a chat the room tells the customer, then the registered identity; addresses mean nothing there.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from rules.model import Contract

_LEADS = (30, 7)
"""Days before a contract runs out on which one of us is told."""


class Bond(IntEnum):
    """How well a sender is known to a contract, closest first."""

    REGISTERED = 0
    ADDRESS = 1
    DOMAIN = 2
    ROOM = 3
    """By where in a chat it was said."""
    KEY = 4
    """By the customer's key alone: the sender's address is unknown."""


@dataclass(frozen=True)
class Match:
    """A contract that fits a sender."""

    contract: Contract
    bond: Bond
    reason: str


def match(
    sender: str,
    day: date,
    contracts: Sequence[Contract],
    by_key: bool = False,
    rooms: Collection[str] | None = None,
) -> tuple[Match, ...]:
    """The contracts that fit best: several only if they fit equally well.

    `sender` is an address in lower case, `day` the local day of reception. A running contract goes
    before one whose term does not hold that day, whatever the bond. `by_key`: a key has proved the
    customer whose contracts these are; the sender only decides which bond it is. `rooms`: where in
    a chat it was said (`slack:C0123ABC`); `sender` is an identity there (`slack:U0123ABC`) then.
    """
    if rooms is not None:
        contracts = [c for c in contracts if not c.chats.isdisjoint(rooms)] or contracts
    found = [m for c in contracts if (m := _match(sender, c, rooms, by_key)) is not None]
    running = [m for m in found if m.contract.runs_on(day)] or found
    closest = min((m.bond for m in running), default=None)
    return tuple(m for m in running if m.bond is closest)


def term_for(contracts: Sequence[Contract], day: date, today: date) -> Contract | None:
    """Of a customer's contracts the one that ran on a day, else the one that runs today, else the
    last that has begun, else the first; None if there is none.
    """

    def nearness(contract: Contract) -> tuple[bool, bool, bool, int]:
        begun = contract.starts_on <= today
        first = contract.starts_on.toordinal()
        return contract.runs_on(day), contract.runs_on(today), begun, first if begun else -first

    return max(contracts, key=nearness, default=None)


@dataclass(frozen=True)
class RunsOut:
    """A contract on which somebody has to decide soon."""

    contract: Contract
    on: date
    """The last day to say that it is not renewed; where no notice is agreed, its last day."""
    lead: int
    """How many days before that day one of us is told: the shortest lead that is reached."""


def run_out(contracts: Sequence[Contract], today: date) -> list[RunsOut]:
    """What runs out soon, the first first: neither ended by a person nor followed by a new term."""
    found = []
    for contract in contracts:
        on = contract.notice_by or contract.last_day
        lead = min((days for days in _LEADS if (on - today).days <= days), default=None)
        followed = any(
            other.customer == contract.customer and other.starts_on > contract.starts_on
            for other in contracts
        )
        decided = contract.ended_on is not None or followed or today > on
        if lead is not None and not decided and contract.runs_on(today):
            found.append(RunsOut(contract, on, lead))
    return sorted(found, key=lambda each: (each.on, each.contract.customer))


def _match(
    sender: str, contract: Contract, rooms: Collection[str] | None, by_key: bool
) -> Match | None:
    for person in contract.persons:
        if sender in (person.addresses if rooms is None else person.identities):
            why = f"{sender} is {person.name}, registered by {contract.customer}"
            return Match(contract, Bond.REGISTERED, why)
    known = _by_address(sender, contract) if rooms is None else _by_room(sender, rooms, contract)
    return known or (_by_key(sender, contract) if by_key else None)


def _by_address(sender: str, contract: Contract) -> Match | None:
    customer = contract.customer
    if sender in contract.addresses:
        return Match(contract, Bond.ADDRESS, f"{sender} is a known address of {customer}")
    if domain := domain_of(sender, contract.domains):
        return Match(contract, Bond.DOMAIN, f"{sender} is at {domain}, a domain of {customer}")
    return None


def _by_room(sender: str, rooms: Collection[str], contract: Contract) -> Match | None:
    home = sorted(contract.chats.intersection(rooms))
    if not home:
        return None
    return Match(contract, Bond.ROOM, f"{sender} wrote in {home[0]}, a room of {contract.customer}")


def _by_key(sender: str, contract: Contract) -> Match:
    who = sender or "nobody named"
    return Match(contract, Bond.KEY, f"{who} came with the key of {contract.customer}")


def domain_of(address: str, domains: frozenset[str]) -> str:
    """The one of these domains that an address is at, itself or below it; empty if none."""
    labels = address.rpartition("@")[2].split(".")
    parents = (".".join(labels[i:]) for i in range(len(labels)))
    return next((parent for parent in parents if parent in domains), "")
