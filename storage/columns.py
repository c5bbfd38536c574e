"""Tuples in a column, as JSON."""

from enum import StrEnum

from sqlalchemy import JSON, Dialect, TypeDecorator


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
