"""The table of cards in chats (`storage.schema` has them all)."""

from sqlmodel import Field

from storage.row import Row


class PostRow(Row, table=True):
    """Where a chat shows our people a request's card."""

    place: str = Field(primary_key=True)
    request_id: int = Field(foreign_key="request.id", index=True)
    kind: str
    address: str
    version: int = 0
    gone: bool = False
    """Deleted there: no longer brought up to date, and another may stand in its stead."""
