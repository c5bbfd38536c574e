"""Keys by which customers' systems prove whose tickets they bring."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from storage.schema import KeyRow


class Keys:
    """Known by their SHA-256 alone: who reads the database cannot use them."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def add(self, digest: str, contract_id: int, made_at: datetime) -> None:
        """Let a key, by its SHA-256 in hex, prove a contract."""
        self._session.add(KeyRow(digest=digest, contract_id=contract_id, made_at=made_at))
        self._session.flush()

    def contract_of(self, digest: str) -> int | None:
        """Return the id of the contract it proves; None for a key unknown or revoked."""
        row = self._session.get(KeyRow, digest)
        return row.contract_id if row else None

    def made_for(self, contract_ids: Sequence[int]) -> list[datetime]:
        """Return when each key of these contracts was made, oldest first."""
        query = select(KeyRow.made_at).where(col(KeyRow.contract_id).in_(contract_ids))
        return list(self._session.exec(query.order_by(col(KeyRow.made_at))))

    def revoke(self, contract_ids: Sequence[int]) -> int:
        """Forget every key of these contracts; return how many there were."""
        count = len(self.made_for(contract_ids))
        self._session.exec(delete(KeyRow).where(col(KeyRow.contract_id).in_(contract_ids)))
        return count
