"""The tokens that open mailboxes, in a table of their own: what servers replace must be kept."""

from sqlmodel import Session

from storage.schema import TokenRow


class Tokens:
    """Values by mailbox."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def load(self, mailbox: str) -> str | None:
        """Return what was last saved for a mailbox."""
        row = self._session.get(TokenRow, mailbox)
        return row.value if row else None

    def save(self, mailbox: str, value: str) -> None:
        """Keep a value in place of the one before."""
        self._session.merge(TokenRow(mailbox=mailbox, value=value))
        self._session.flush()
