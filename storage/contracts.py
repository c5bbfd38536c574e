"""Contracts, and whose a sender is."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate

from sqlalchemy import ColumnElement, delete
from sqlmodel import Session, col, select

from rules.model import Contract, RegisteredPerson
from storage.schema import AddressRow, ChatRow, ContractRow, DomainRow, PersonRow


class Contracts:
    """What customers bought. Addresses and domains are kept in lower case."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def put(self, contracts: Sequence[Contract]) -> None:
        """Store contracts, known by customer and first day; their ids are not looked at.

        One that is there already is changed, and keeps its id; those not named stay.
        """
        for contract in contracts:
            self._put_people(contract, self._put_one(contract))

    def all(self) -> list[Contract]:
        """Return every contract, whatever its term, in the order they were first stored."""
        return self._find()

    def get(self, id: int) -> Contract | None:
        """Return it, if there is one."""
        return next(iter(self._find(col(ContractRow.id) == id)), None)

    def of_customer(self, customer: str) -> list[Contract]:
        """Return every term of a customer, by the name exactly as it was stored."""
        return self._find(col(ContractRow.customer) == customer)

    def fitting(self, address: str) -> list[Contract]:
        """Return the contracts, of any term, that know a sender by address or by domain.

        A contract's domain speaks for every domain below it.
        """
        address = address.lower()
        known = select(AddressRow.contract_id).where(AddressRow.address == address)
        domains = _and_above(address.rpartition("@")[2])
        at_home = select(DomainRow.contract_id).where(col(DomainRow.domain).in_(domains))
        id = col(ContractRow.id)
        return self._find(id.in_(known) | id.in_(at_home))

    def _put_one(self, contract: Contract) -> int:
        row = self._session.exec(
            select(ContractRow).where(
                ContractRow.customer == contract.customer,
                ContractRow.starts_on == contract.starts_on,
            )
        ).first() or ContractRow(
            customer=contract.customer,
            starts_on=contract.starts_on,
            plan=contract.plan,
            ends_on=contract.ends_on,
            language=contract.language,
            timezone=contract.timezone,
            holidays=contract.holidays,
        )
        row.plan, row.ends_on, row.language = contract.plan, contract.ends_on, contract.language
        row.timezone, row.holidays = contract.timezone, contract.holidays
        self._session.add(row)
        self._session.flush()
        return row.id or 0

    def _put_people(self, contract: Contract, id: int) -> None:
        for table in (AddressRow, PersonRow, DomainRow, ChatRow):
            self._session.exec(delete(table).where(col(table.contract_id) == id))
        for person in contract.persons:
            row = PersonRow(contract_id=id, name=person.name)
            self._session.add(row)
            self._session.flush()
            self._session.add_all(
                AddressRow(contract_id=id, person_id=row.id, address=address)
                for address in sorted({a.lower() for a in person.addresses})
            )
        self._session.add_all(
            AddressRow(contract_id=id, address=address)
            for address in sorted({a.lower() for a in contract.addresses})
        )
        self._session.add_all(
            DomainRow(contract_id=id, domain=domain)
            for domain in sorted({d.lower() for d in contract.domains})
        )
        self._session.add_all(ChatRow(contract_id=id, chat=chat) for chat in sorted(contract.chats))
        self._session.flush()

    def _find(self, *which: ColumnElement[bool]) -> list[Contract]:
        rows = self._session.exec(select(ContractRow).where(*which).order_by(col(ContractRow.id)))
        contracts = rows.all()
        people = self._people([row.id or 0 for row in contracts])
        return [people.contract(row) for row in contracts]

    def _people(self, ids: Sequence[int]) -> "_People":
        people = _People()
        for person in self._session.exec(
            select(PersonRow).where(col(PersonRow.contract_id).in_(ids)).order_by(col(PersonRow.id))
        ):
            people.persons[person.contract_id].append(person)
        for address in self._session.exec(
            select(AddressRow).where(col(AddressRow.contract_id).in_(ids))
        ):
            people.addresses[address.contract_id, address.person_id].add(address.address)
        for domain in self._session.exec(
            select(DomainRow).where(col(DomainRow.contract_id).in_(ids))
        ):
            people.domains[domain.contract_id].add(domain.domain)
        for chat in self._session.exec(select(ChatRow).where(col(ChatRow.contract_id).in_(ids))):
            people.chats[chat.contract_id].add(chat.chat)
        return people


class _People:
    """Who and what belongs to contracts, by their ids."""

    def __init__(self) -> None:
        self.persons: defaultdict[int, list[PersonRow]] = defaultdict(list)
        self.addresses: defaultdict[tuple[int, int | None], set[str]] = defaultdict(set)
        self.domains: defaultdict[int, set[str]] = defaultdict(set)
        self.chats: defaultdict[int, set[str]] = defaultdict(set)

    def contract(self, row: ContractRow) -> Contract:
        id = row.id or 0
        return Contract(
            id=id,
            customer=row.customer,
            plan=row.plan,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            persons=tuple(
                RegisteredPerson(p.name, frozenset(self.addresses[id, p.id]))
                for p in self.persons[id]
            ),
            addresses=frozenset(self.addresses[id, None]),
            domains=frozenset(self.domains[id]),
            language=row.language,
            timezone=row.timezone,
            holidays=row.holidays,
            chats=frozenset(self.chats[id]),
        )


def _and_above(domain: str) -> list[str]:
    """`a.b.c` and the domains it lies in: `b.c`, `c`."""
    labels = domain.split(".")
    return list(accumulate(reversed(labels), lambda above, label: f"{label}.{above}"))
