"""The plans: what is promised for each severity, in which hours, by which channels."""

from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator

from daemon.config.section import Section
from daemon.config.values import Count, Duration, Positive, TimeOfDay
from rules.model import Channel, Treatment


class CellSettings(Section):
    """What a plan promises for a severity."""

    within: Duration = Field(examples=["4h"])
    from_: TimeOfDay | None = Field(None, alias="from")
    to: TimeOfDay | None = None
    windows: tuple[tuple[TimeOfDay, TimeOfDay], ...] | None = None
    working_days: bool = Field(examples=[True])
    channels: tuple[Channel, ...] = Field(examples=[["ticket", "email"]])

    @model_validator(mode="after")
    def _check_that_it_opens(self) -> Self:
        if not self.channels:
            raise ValueError('channels is empty; name one at least (like ["ticket", "email"])')
        if self.windows is None and (self.from_ is None or self.to is None):
            raise ValueError('hours are missing: from = "09:00" and to = "17:00", or windows')
        if self.windows is not None and (self.from_ is not None or self.to is not None):
            raise ValueError("windows stands in place of from and to; keep one of them")
        if not self.spans:
            raise ValueError('windows is empty: it never opens (like [["09:00", "17:00"]])')
        self._check_order()
        return self

    @property
    def spans(self) -> tuple[tuple[timedelta, timedelta], ...]:
        """Opening and closing since local midnight, in order, however they were written."""
        if self.windows is not None:
            return self.windows
        return ((self.from_, self.to),) if self.from_ is not None and self.to is not None else ()

    def _check_order(self) -> None:
        day = timedelta(days=1)
        for opens, closes in self.spans:
            if opens >= day:
                raise ValueError(f"opens at {_clock(opens)}; the last minute to open is 23:59")
            if closes <= opens:
                raise ValueError(
                    f"never opens: it closes at {_clock(closes)}, not after {_clock(opens)}"
                    " (past midnight is written 24:00 and more)"
                )
        following = (*(opens for opens, _ in self.spans[1:]), self.spans[0][0] + day)
        for (_, closes), opens in zip(self.spans, following, strict=True):
            if opens < closes:
                raise ValueError(
                    f"opens at {_clock(opens)}, before {_clock(closes)} when it closes;"
                    " windows go in order and do not overlap"
                )


def _clock(since_midnight: timedelta) -> str:
    hours, rest = divmod(since_midnight, timedelta(hours=1))
    return f"{hours:02}:{rest // timedelta(minutes=1):02}"


CELL = {
    "within": "4h",
    "from": "09:00",
    "to": "17:00",
    "working_days": True,
    "channels": ["ticket", "email"],
}


class FirstResponseSettings(Section):
    """A plan's cell for each severity."""

    critical: CellSettings = Field(examples=[CELL])
    significant: CellSettings = Field(examples=[CELL])
    minor: CellSettings = Field(examples=[CELL])
    none: CellSettings = Field(examples=[CELL])


class PlanSettings(Section):
    """What a customer can buy."""

    credits_per_month: Count = Field(examples=[5])
    credits_per_day: Count = Field(examples=[2])
    registered_persons: Positive = Field(examples=[2])
    response_priority: bool = Field(examples=[False])
    discount: bool = Field(examples=[False])
    first_response: FirstResponseSettings


class UncoveredSettings(Section):
    """What the customer's clock does, for each reason of contract."""

    unregistered_person: Treatment
    channel: Treatment
    credits: Treatment
    daily_credits: Treatment
    contract_lapsed: Treatment
    unknown_sender: Treatment
