"""Paid work: what it costs, and what was offered to a customer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

Wording = Mapping[str, str]
"""The same words in several languages, by language."""


@dataclass(frozen=True)
class PriceListItem:
    """Work that has a price of its own."""

    code: str
    words: Wording
    price: Decimal


@dataclass(frozen=True)
class PriceList:
    """What work costs that no contract covers."""

    currency: str
    """Three letters (ISO 4217); every amount has two decimals."""
    hourly: Decimal
    development_hourly: Decimal
    """An hour of the development service."""
    discount_percent: Decimal
    """Off what has a discount by plan, 0 to 100."""
    valid_for: timedelta
    """How long an offer holds."""
    items: Mapping[str, PriceListItem] = field(default_factory=dict)
    """By code."""
    small_print: Wording = field(default_factory=dict)
    """What stands under every price, as that tax comes on top."""


class Service(StrEnum):
    """Who does the work."""

    SUPPORT = "support"
    DEVELOPMENT = "development"
    """The development service: changes that support cannot make."""


class OfferState(StrEnum):
    """Where an offer stands."""

    OPEN = "open"
    """The customer may decide."""
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """Taken back by one of us."""
    REPLACED = "replaced"
    """Another offer stands in its place."""
    EXPIRED = "expired"
    """Open for too long; never stored, since only time makes it so."""


@dataclass(frozen=True)
class Terms:
    """What is offered at which price; what the price list says later changes nothing in it."""

    code: str
    """Of the item; empty for work by the hour."""
    words: str
    """The item's, in the customer's language; empty for work by the hour."""
    quantity: Decimal
    """Hours, or how many times the item."""
    unit_price: Decimal
    list_price: Decimal
    """Before the discount."""
    discount_percent: Decimal
    discount: Decimal
    price: Decimal
    """What the customer pays."""
    currency: str
    small_print: str


@dataclass(frozen=True)
class Offer:
    """Paid work offered to a registered person, who alone decides."""

    id: int
    """0 until it is stored."""
    request_id: int
    service: Service
    terms: Terms
    note: str
    """The engineer's words about the work."""
    contract_id: int
    customer: str
    address: str
    """The registered person's, in lower case: where the letter went."""
    language: str
    offered_by: str
    """Name of the one of us who made it."""
    offered_at: datetime
    expires_at: datetime
    state: OfferState = OfferState.OPEN
    decided_by: str = ""
    """Who accepted or declined, or which one of us took it back."""
    decided_at: datetime | None = None
    replaced_by: int | None = None
    """The offer in its place."""

    def state_at(self, now: datetime) -> OfferState:
        """Where it stands at an instant."""
        if self.state is OfferState.OPEN and now >= self.expires_at:
            return OfferState.EXPIRED
        return self.state
