"""The tables of contracts, of whom they name, and of what was done to them."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from storage.columns import Texts
from storage.row import Row


class ContractRow(Row, table=True):
    """A customer's plan and term."""

    id: int | None = Field(default=None, primary_key=True)
    customer: str
    plan: str
    starts_on: date
    ends_on: date
    language: str
    timezone: str = ""
    holidays: str = ""
    extras: tuple[str, ...] = Field(default=(), sa_type=Texts)
    """Channel and severity, `phone:significant`."""
    renewal_notice: int = 0
    ended_on: date | None = None
    number: str = ""

    __table_args__ = (UniqueConstraint("customer", "starts_on"),)


class PersonRow(Row, table=True):
    """A registered person; the order of ids is the contract's."""

    id: int | None = Field(default=None, primary_key=True)
    contract_id: int = Field(foreign_key="contract.id", index=True)
    name: str


class AddressRow(Row, table=True):
    """An address in lower case: a registered person's, or else of nobody registered."""

    id: int | None = Field(default=None, primary_key=True)
    contract_id: int = Field(foreign_key="contract.id", index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    address: str = Field(index=True)


class PhoneRow(Row, table=True):
    """A registered person's telephone."""

    id: int | None = Field(default=None, primary_key=True)
    contract_id: int = Field(foreign_key="contract.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    phone: str = Field(index=True)


class IdentityRow(Row, table=True):
    """Who a registered person is in a chat."""

    id: int | None = Field(default=None, primary_key=True)
    contract_id: int = Field(foreign_key="contract.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    identity: str = Field(index=True)


class DomainRow(Row, table=True):
    """A domain of a customer's, in lower case."""

    domain: str = Field(primary_key=True)
    contract_id: int = Field(foreign_key="contract.id", primary_key=True, index=True)


class ChatRow(Row, table=True):
    """Where in a chat a customer is at home."""

    chat: str = Field(primary_key=True)
    contract_id: int = Field(foreign_key="contract.id", primary_key=True, index=True)


class ContractChangeRow(Row, table=True):
    """What somebody did to a contract."""

    id: int | None = Field(default=None, primary_key=True)
    contract_id: int = Field(foreign_key="contract.id", index=True)
    at: datetime
    who: str
    what: str
