"""Contracts, and whose a sender is."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate
from typing import TypeVar

from sqlalchemy import ColumnElement, delete
from sqlmodel import Session, col, select

from rules.model import Channel, Contract, ContractChange, Extra, RegisteredPerson, Severity
from storage.schema import (
    AddressRow,
    ChatRow,
    ContractChangeRow,
    ContractRow,
    DomainRow,
    IdentityRow,
    PersonRow,
    PhoneRow,
)

T = TypeVar(
    "T", AddressRow, ChatRow, ContractChangeRow, DomainRow, IdentityRow, PersonRow, PhoneRow
)

_COLUMNS = (
    "customer",
    "plan",
    "starts_on",
    "ends_on",
    "language",
    "timezone",
    "holidays",
    "renewal_notice",
    "ended_on",
    "number",
)
"""That are kept as the noun has them."""


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

    def names(self, only_numbered: bool) -> list[tuple[str, str]]:
        """Return every customer's name and number, or only of those that have a number."""
        query = select(ContractRow.customer, ContractRow.number).distinct()
        if only_numbered:
            query = query.where(ContractRow.number != "")
        return sorted(self._session.exec(query))

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

    def of_person(self, reached: str) -> list[Contract]:
        """Return the contracts, of any term, that register somebody with a phone or an identity."""
        by_phone = select(PhoneRow.contract_id).where(PhoneRow.phone == reached)
        by_identity = select(IdentityRow.contract_id).where(IdentityRow.identity == reached)
        id = col(ContractRow.id)
        return self._find(id.in_(by_phone) | id.in_(by_identity))

    def of_chat(self, rooms: Collection[str]) -> list[Contract]:
        """Return the contracts, of any term, that are at home in one of these places in a chat."""
        bound = select(ChatRow.contract_id).where(col(ChatRow.chat).in_(rooms))
        return self._find(col(ContractRow.id).in_(bound))

    def rooms(self) -> set[str]:
        """Return every place in a chat where a customer is at home."""
        return set(self._session.exec(select(ChatRow.chat)))

    def note(self, change: ContractChange) -> None:
        """Write down what somebody did to a contract."""
        self._session.add(ContractChangeRow(**vars(change)))
        self._session.flush()

    def changes(self, ids: Sequence[int]) -> list[ContractChange]:
        """Return what was done to these contracts, in the order it was written down."""
        rows = sorted(self._rows(ContractChangeRow, ids), key=lambda row: row.id or 0)
        return [ContractChange(**row.model_dump(exclude={"id"})) for row in rows]

    def _put_one(self, contract: Contract) -> int:
        known = (
            ContractRow.customer == contract.customer,
            ContractRow.starts_on == contract.starts_on,
        )
        row = self._session.exec(select(ContractRow).where(*known)).first()
        values = {name: getattr(contract, name) for name in _COLUMNS}
        row = row.sqlmodel_update(values) if row else ContractRow(**values)
        row.extras = tuple(sorted(f"{e.channel}:{e.severity}" for e in contract.extras))
        self._session.add(row)
        self._session.flush()
        return row.id or 0

    def _put_people(self, contract: Contract, id: int) -> None:
        for table in (AddressRow, PhoneRow, IdentityRow, PersonRow, DomainRow, ChatRow):
            self._session.exec(delete(table).where(col(table.contract_id) == id))
        for person in contract.persons:
            row = PersonRow(contract_id=id, name=person.name)
            self._session.add(row)
            self._session.flush()
            whose = {"contract_id": id, "person_id": row.id or 0}
            self._session.add_all(
                AddressRow(**whose, address=address)
                for address in sorted({a.lower() for a in person.addresses})
            )
            self._session.add_all(PhoneRow(**whose, phone=p) for p in sorted(person.phones))
            self._session.add_all(
                IdentityRow(**whose, identity=each) for each in sorted(person.identities)
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
        for person in sorted(self._rows(PersonRow, ids), key=lambda row: row.id or 0):
            people.persons[person.contract_id].append(person)
        for address in self._rows(AddressRow, ids):
            people.addresses[address.contract_id, address.person_id].add(address.address)
        for phone in self._rows(PhoneRow, ids):
            people.phones[phone.person_id].add(phone.phone)
        for each in self._rows(IdentityRow, ids):
            people.identities[each.person_id].add(each.identity)
        for domain in self._rows(DomainRow, ids):
            people.domains[domain.contract_id].add(domain.domain)
        for chat in self._rows(ChatRow, ids):
            people.chats[chat.contract_id].add(chat.chat)
        return people

    def _rows(self, table: type[T], ids: Sequence[int]) -> Iterable[T]:
        return self._session.exec(select(table).where(col(table.contract_id).in_(ids)))


class _People:
    """Who and what belongs to contracts, by their ids."""

    def __init__(self) -> None:
        self.persons: defaultdict[int, list[PersonRow]] = defaultdict(list)
        self.addresses: defaultdict[tuple[int, int | None], set[str]] = defaultdict(set)
        self.phones: defaultdict[int, set[str]] = defaultdict(set)
        self.identities: defaultdict[int, set[str]] = defaultdict(set)
        self.domains: defaultdict[int, set[str]] = defaultdict(set)
        self.chats: defaultdict[int, set[str]] = defaultdict(set)

    def contract(self, row: ContractRow) -> Contract:
        id = row.id or 0
        return Contract(
            **{name: getattr(row, name) for name in _COLUMNS},
            id=id,
            persons=tuple(self._person(id, person) for person in self.persons[id]),
            addresses=frozenset(self.addresses[id, None]),
            domains=frozenset(self.domains[id]),
            chats=frozenset(self.chats[id]),
            extras=frozenset(map(_extra, row.extras)),
        )

    def _person(self, contract_id: int, row: PersonRow) -> RegisteredPerson:
        id = row.id or 0
        return RegisteredPerson(
            row.name,
            frozenset(self.addresses[contract_id, row.id]),
            frozenset(self.phones[id]),
            frozenset(self.identities[id]),
        )


def _extra(written: str) -> Extra:
    channel, _, severity = written.partition(":")
    return Extra(Channel(channel), Severity(severity))


def _and_above(domain: str) -> list[str]:
    """`a.b.c` and the domains it lies in: `b.c`, `c`."""
    labels = domain.split(".")
    return list(accumulate(reversed(labels), lambda above, label: f"{label}.{above}"))
