"""The ledger of credits."""

from datetime import date

from sqlalchemy import func
from sqlmodel import Session, col, select

from rules.model import Credit
from storage.schema import CreditRow


class Credits:
    """What contracts drew."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def add(self, credit: Credit) -> None:
        """Write a line."""
        self._session.add(
            CreditRow(
                contract_id=credit.contract_id,
                request_id=credit.request_id,
                day=credit.day,
                amount=credit.amount,
                why=credit.why,
            )
        )
        self._session.flush()

    def drawn(self, contract_id: int, first: date, last: date) -> int:
        """Return what a contract drew, less what was given back, on these days (inclusive)."""
        query = select(func.coalesce(func.sum(CreditRow.amount), 0)).where(
            CreditRow.contract_id == contract_id, col(CreditRow.day).between(first, last)
        )
        return int(self._session.exec(query).one())

    def of_request(self, request_id: int) -> list[Credit]:
        """Return a request's lines, in the order they were written."""
        query = select(CreditRow).where(CreditRow.request_id == request_id)
        return [
            Credit(row.contract_id, row.request_id, row.day, row.amount, row.why)
            for row in self._session.exec(query.order_by(col(CreditRow.id)))
        ]
