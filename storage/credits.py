"""The ledger of credits."""

from datetime import date

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from rules.model import Credit
from storage.schema import CreditRow


class Credits:
    """What contracts drew."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def add(self, credit: Credit) -> None:
        """Write a line; none is ever changed or taken away."""
        self._session.add(CreditRow(**vars(credit)))
        self._session.flush()

    def drawn(self, contract_id: int, first: date, last: date) -> int:
        """Return what a contract drew, less what was given back, on these days (inclusive)."""
        query = select(func.coalesce(func.sum(CreditRow.amount), 0)).where(
            CreditRow.contract_id == contract_id, col(CreditRow.day).between(first, last)
        )
        return int(self._session.exec(query).one())

    def of_request(self, request_id: int) -> list[Credit]:
        """Return a request's lines, in the order they were written."""
        return self._find(col(CreditRow.request_id) == request_id)

    def of_contract(self, contract_id: int, first: date, last: date) -> list[Credit]:
        """Return a contract's lines of these days (inclusive), in the order they were written."""
        return self._find(
            col(CreditRow.contract_id) == contract_id, col(CreditRow.day).between(first, last)
        )

    def _find(self, *which: ColumnElement[bool]) -> list[Credit]:
        query = select(CreditRow).where(*which).order_by(col(CreditRow.id))
        return [Credit(**row.model_dump(exclude={"id"})) for row in self._session.exec(query)]
