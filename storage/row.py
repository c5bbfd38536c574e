"""What every table is, and how a word is kept."""

from enum import StrEnum

from sqlalchemy import Enum, MetaData
from sqlalchemy.orm import declared_attr
from sqlmodel import SQLModel


def word(words: type[StrEnum]) -> Enum:
    """Stored as the word itself; the set of words may grow without a migration."""
    return Enum(
        words, native_enum=False, length=32, values_callable=lambda each: [w.value for w in each]
    )


class Row(SQLModel):
    """A row: `InboxRow` is kept in the table `inbox`."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    @declared_attr.directive
    def __tablename__(cls) -> str:
        """The class's name without Row."""
        return cls.__name__.removesuffix("Row").lower()
