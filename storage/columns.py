"""How values are kept that no database has a type of its own for."""

from decimal import Decimal
from enum import StrEnum

from pydantic import TypeAdapter
from sqlalchemy import JSON, Dialect, String, TypeDecorator

from rules.model import Card


class Texts(TypeDecorator[tuple[str, ...]]):
    """A tuple of texts, as JSON."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> list[str]:
        """To what JSON has."""
        return list(value or ())

    def process_result_value(self, value: list[str] | None, dialect: Dialect) -> tuple[str, ...]:
        """And back."""
        return tuple(value or ())


class Words(TypeDecorator[tuple[StrEnum, ...]]):
    """A tuple of words of one kind, as JSON."""

    impl = JSON
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        """Of this kind."""
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: tuple[StrEnum, ...] | None, dialect: Dialect) -> list[str]:
        """To what JSON has."""
        return [word.value for word in value or ()]

    def process_result_value(
        self, value: list[str] | None, dialect: Dialect
    ) -> tuple[StrEnum, ...]:
        """And back."""
        return tuple(self.kind(word) for word in value or ())


class Amount(TypeDecorator[Decimal]):
    """A decimal number, digit for digit, as text: SQLite has only floats."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """As people write it."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        """And back."""
        return None if value is None else Decimal(value)


class Cards(TypeDecorator[Card]):
    """A card, as JSON."""

    impl = JSON(none_as_null=True)
    cache_ok = True
    _shape = TypeAdapter(Card)

    def process_bind_param(self, value: Card | None, dialect: Dialect) -> object:
        """To what JSON has."""
        return None if value is None else self._shape.dump_python(value, mode="json")

    def process_result_value(self, value: object, dialect: Dialect) -> Card | None:
        """And back."""
        return None if value is None else self._shape.validate_python(value)
