"""Offers of paid work."""

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from rules.model import Offer, OfferState, Terms
from storage.errors import StoreError
from storage.schema import OfferRow

_TERMS = tuple(field.name for field in fields(Terms))
_FIELDS = tuple(field.name for field in fields(Offer) if field.name not in ("id", "terms"))
_LARGEST_ID = 2**31 - 1  # PostgreSQL refuses to look for a larger one


class Offers:
    """What was offered, and what became of it."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def add(self, offer: Offer) -> Offer:
        """Store a new one; return it with its id."""
        row = OfferRow(**_values(offer))
        self._session.add(row)
        self._session.flush()
        return replace(offer, id=row.id or 0)

    def settle(self, offer: Offer) -> None:
        """Store what became of one that is there; what was offered stays as it was."""
        row = self._session.get(OfferRow, offer.id)
        if row is None:
            raise StoreError(f"offers: there is no offer {offer.id} to settle")
        row.state, row.replaced_by = offer.state, offer.replaced_by
        row.decided_by, row.decided_at = offer.decided_by, offer.decided_at
        self._session.flush()

    def get(self, id: int) -> Offer | None:
        """Return it, if there is one."""
        row = self._session.get(OfferRow, id) if id <= _LARGEST_ID else None
        return _offer(row) if row else None

    def all(self) -> list[Offer]:
        """Return every offer, oldest first."""
        return self._find()

    def of_request(self, request_id: int) -> list[Offer]:
        """Return a request's, oldest first."""
        return self._find(col(OfferRow.request_id) == request_id)

    def accepted(self, customer: str, since: datetime, before: datetime) -> list[Offer]:
        """Return what a customer accepted from an instant on and before another, oldest first.

        A statement's paid work of a month: `Month.begins_at` of it and of the following.
        """
        decided_at = col(OfferRow.decided_at)
        return self._find(
            col(OfferRow.customer) == customer,
            col(OfferRow.state) == OfferState.ACCEPTED,
            decided_at >= since,
            decided_at < before,
        )

    def _find(self, *which: ColumnElement[bool]) -> list[Offer]:
        rows = self._session.exec(select(OfferRow).where(*which).order_by(col(OfferRow.id)))
        return [_offer(row) for row in rows]


def _values(offer: Offer) -> dict[str, Any]:
    terms = {name: getattr(offer.terms, name) for name in _TERMS}
    return {name: getattr(offer, name) for name in _FIELDS} | terms


def _offer(row: OfferRow) -> Offer:
    terms = Terms(**{name: getattr(row, name) for name in _TERMS})
    return Offer(id=row.id or 0, terms=terms, **{name: getattr(row, name) for name in _FIELDS})
