"""Small values that channels keep: how far they have come."""

from sqlmodel import Session

from storage.schema import MemoryRow


class Memory:
    """Values by name."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def load(self, name: str) -> str | None:
        """Return the value last saved under a name."""
        row = self._session.get(MemoryRow, name)
        return row.value if row else None

    def save(self, name: str, value: str) -> None:
        """Keep a value in place of the one before."""
        self._session.merge(MemoryRow(name=name, value=value))
        self._session.flush()
