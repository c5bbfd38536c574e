"""The price list of paid work."""

from datetime import timedelta
from decimal import Decimal
from typing import Self

from pydantic import Field, model_validator

from daemon.config.section import Section
from daemon.config.values import Amount, Currency, Duration, Language, Line, Name, Percent
from rules.model import PriceList, PriceListItem

_WORDS = {"en": "Import of a price list", "hr": "Uvoz cjenika"}


class ItemSettings(Section):
    """Work that has a price of its own."""

    words: dict[Language, Line] = Field(examples=[_WORDS])
    price: Amount = Field(examples=["120.00"])

    @model_validator(mode="after")
    def _check_that_it_is_named(self) -> Self:
        if not self.words:
            raise ValueError('words is empty; customers must know what it is (like en = "Import")')
        return self


class PricesSettings(Section):
    """What work costs that no contract covers."""

    currency: Currency = "EUR"
    hourly: Amount = Field(examples=["85.00"])
    development_hourly: Amount | None = None
    """None is `hourly`."""
    discount: Percent = Decimal(0)
    """Off for plans that have a discount."""
    valid_for: Duration = timedelta(days=14)
    small_print: dict[Language, Line] = Field(default_factory=dict)
    """Under every price."""
    items: dict[Name, ItemSettings] = Field(default_factory=dict)

    def price_list(self) -> PriceList:
        """As the rules read it."""
        return PriceList(
            currency=self.currency,
            hourly=self.hourly,
            development_hourly=(
                self.hourly if self.development_hourly is None else self.development_hourly
            ),
            discount_percent=self.discount,
            valid_for=self.valid_for,
            items={
                code: PriceListItem(code, item.words, item.price)
                for code, item in self.items.items()
            },
            small_print=self.small_print,
        )
