"""The table of offers; as `schema`, which knows it."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Index
from sqlmodel import Field

from rules.model import OfferState, Service
from storage.columns import Amount
from storage.row import Row, word


class OfferRow(Row, table=True):
    """An offer with its terms, field by field as in the nouns."""

    id: int | None = Field(default=None, primary_key=True)
    request_id: int = Field(foreign_key="request.id", index=True)
    service: Service = Field(sa_type=word(Service))
    code: str
    words: str
    quantity: Decimal = Field(sa_type=Amount)
    unit_price: Decimal = Field(sa_type=Amount)
    list_price: Decimal = Field(sa_type=Amount)
    discount_percent: Decimal = Field(sa_type=Amount)
    discount: Decimal = Field(sa_type=Amount)
    price: Decimal = Field(sa_type=Amount)
    currency: str
    small_print: str
    note: str
    contract_id: int = Field(foreign_key="contract.id")
    customer: str
    address: str
    language: str
    offered_by: str
    offered_at: datetime
    expires_at: datetime
    state: OfferState = Field(sa_type=word(OfferState))
    decided_by: str
    decided_at: datetime | None = None
    replaced_by: int | None = None  # no foreign key: it names a later row

    __table_args__ = (Index(None, "customer", "decided_at"),)
