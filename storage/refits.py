"""What was learned from labels, and which of it serves."""

from dataclasses import fields

from sqlalchemy import update
from sqlmodel import Session, col, select

from rules.model import Refit
from storage.schema import RefitRow

KEPT = 5
"""That one may go back to."""
_FIELDS = tuple(field.name for field in fields(Refit))
_COLUMNS = [col(getattr(RefitRow, name)) for name in _FIELDS]
"""All but the content, which is large."""


class Refits:
    """Every one that was made; the content of the last five that were accepted."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def add(self, refit: Refit, content: bytes) -> Refit:
        """Keep a new one, which serves from now on if it was accepted; return it with its id."""
        row = RefitRow(**(vars(refit) | {"id": None}), content=content if refit.accepted else b"")
        self._session.add(row)
        self._session.flush()
        kept = select(RefitRow.id).where(RefitRow.content != b"")
        kept = kept.order_by(col(RefitRow.id).desc()).limit(KEPT)
        old = col(RefitRow.id).not_in(list(self._session.exec(kept)))
        self._session.exec(update(RefitRow).where(old).values(content=b""))
        return Refit(**(vars(refit) | {"id": row.id or 0}))

    def all(self) -> list[Refit]:
        """Return every one, the newest first."""
        found = self._session.exec(select(*_COLUMNS).order_by(col(RefitRow.id).desc()))
        return [Refit(**dict(zip(_FIELDS, row, strict=True))) for row in found]

    def serving(self, base: str) -> int | None:
        """Return the number of the one that serves on these shipped weights; None if they do."""
        query = select(RefitRow.id).where(
            RefitRow.base == base, RefitRow.content != b"", RefitRow.withdrawn_by == ""
        )
        return self._session.exec(query.order_by(col(RefitRow.id).desc())).first()

    def content(self, id: int) -> bytes:
        """Return what was learned; empty if it is kept no more."""
        return self._session.exec(select(RefitRow.content).where(RefitRow.id == id)).first() or b""

    def withdraw(self, id: int, who: str) -> None:
        """Let one serve no more."""
        row = col(RefitRow.id) == id
        self._session.exec(update(RefitRow).where(row).values(withdrawn_by=who))

    def forget(self) -> None:
        """Let go of all: what they learned from is erased."""
        self._session.exec(
            update(RefitRow).where(col(RefitRow.withdrawn_by) == "").values(withdrawn_by="erased")
        )
        self._session.exec(update(RefitRow).values(content=b"", last_label=0))
