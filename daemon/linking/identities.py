"""Who a registered person is in a chat: asked by one of us, proved by a link mailed to them."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from channels.link.links import Link
from daemon.contracts import taking
from daemon.contracts.change import compare
from rules.model import Contract, ContractChange, Playbook
from rules.policies import local_day
from rules.requests import Refused
from storage.store import Transaction

HOLDS_FOR = timedelta(days=7)
_IDENTITY = re.compile(
    r"slack:[UW][A-Z0-9]{2,30}|matrix:@[A-Za-z0-9._=/+-]{1,200}:[A-Za-z0-9.:\[\]-]{1,200}", re.ASCII
)
_BY = "customer by link"


class Stands(StrEnum):
    """How a link stands; the values are the headings of the words for it."""

    OPEN = "asked"
    LINKED = "linked"
    SPENT = "spent"
    """It was used, or the identity's place was edited, or a newer link was sent."""
    EXPIRED = "link expired"
    ENDED = "ended"
    """No running contract of that customer registers the address."""
    TAKEN = "taken"
    """The identity is somebody else's."""


@dataclass(frozen=True)
class Linking:
    """Links made and used, each in one transaction."""

    playbook: Playbook

    def make(
        self, tx: Transaction, identity: str, address: str, who: str, now: datetime
    ) -> tuple[Link, Contract]:
        """A link for a registered person's address; that it was asked for is on record.

        It spends those made before for this identity and customer. Raises Refused.
        """
        if not _IDENTITY.fullmatch(identity):
            raise Refused(
                f"{identity!r} is nobody in a chat"
                " (like slack:U0123ABC or matrix:@maria:acme.example)"
            )
        day = local_day(now, self.playbook)
        registering = _registering(tx.contracts.fitting(address), address, day)
        contract = next((c for c in registering if c.runs_on(day)), None)
        if contract is None:
            raise Refused(f"no running contract registers a person with the address {address}")
        if whose := self._other(tx, identity, address, day):
            raise Refused(f"{identity} is {whose} already")
        terms = _registering(tx.contracts.of_customer(contract.customer), address, day)
        if _all_know(terms, identity):
            raise Refused(f"{identity} is linked to {address} already")
        said = f"a link for {identity} mailed to {address}"
        tx.contracts.note(ContractChange(contract.id, now, who, said))
        changes = _changes(tx, contract, identity)
        expires_at = (now + HOLDS_FOR).replace(microsecond=0)
        return Link(identity, address, contract.id, changes, expires_at), contract

    def look(self, tx: Transaction, link: Link, now: datetime) -> Stands:
        """How a link stands."""
        day = local_day(now, self.playbook)
        terms = self._terms(tx, link, day)
        if _changes(tx, tx.contracts.get(link.contract_id), link.identity) != link.changes:
            return Stands.LINKED if _all_know(terms, link.identity) else Stands.SPENT
        if now >= link.expires_at:
            return Stands.EXPIRED
        if not any(c.runs_on(day) for c in terms):
            return Stands.ENDED
        return Stands.TAKEN if self._other(tx, link.identity, link.address, day) else Stands.OPEN

    def use(self, tx: Transaction, link: Link, now: datetime) -> Stands:
        """Let the identity be that person's, if the link is open; how it stood before.

        In every term that is not over, so that a renewal does not forget it.
        """
        stands = self.look(tx, link, now)
        if stands is Stands.OPEN:
            terms = self._terms(tx, link, local_day(now, self.playbook))
            found = [_with(c, link) for c in terms]
            change = compare(found, tx.contracts.all())
            taking.take(tx, found, change, _BY, f"mailed to {link.address}", now)
        return stands

    def _terms(self, tx: Transaction, link: Link, day: date) -> list[Contract]:
        contract = tx.contracts.get(link.contract_id)
        customers = tx.contracts.of_customer(contract.customer) if contract else []
        return _registering(customers, link.address, day)

    def _other(self, tx: Transaction, identity: str, address: str, day: date) -> str:
        """Who else has an identity; empty if nobody."""
        if ours := self.playbook.person_at(identity):
            return f"one of us ({ours.name})"
        for contract in tx.contracts.of_person(identity):
            for person in contract.persons if contract.last_day >= day else ():
                if identity in person.identities and address not in person.addresses:
                    return f"{person.name}, registered by {contract.customer},"
        return ""


def _registering(contracts: list[Contract], address: str, day: date) -> list[Contract]:
    """Those that are not over and register a person with an address."""
    return [
        c
        for c in contracts
        if c.last_day >= day and any(address in person.addresses for person in c.persons)
    ]


def _all_know(terms: list[Contract], identity: str) -> bool:
    return bool(terms) and all(any(identity in p.identities for p in c.persons) for c in terms)


def _changes(tx: Transaction, contract: Contract | None, identity: str) -> int:
    """How many changes of a customer's contracts name an identity."""
    terms = tx.contracts.of_customer(contract.customer) if contract else []
    named = re.compile(rf"(?<!\w){re.escape(identity)}(?![\w-]|[.:]\w)")  # not within a longer one
    changes = tx.contracts.changes([c.id for c in terms])
    return sum(named.search(each.what) is not None for each in changes)


def _with(contract: Contract, link: Link) -> Contract:
    persons = (
        replace(p, identities=p.identities | {link.identity}) if link.address in p.addresses else p
        for p in contract.persons
    )
    return replace(contract, persons=tuple(persons))
