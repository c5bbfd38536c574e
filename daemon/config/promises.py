"""The plans: what is promised for each severity, in which hours, by which channels."""

from datetime import date, timedelta
from typing import Self

from pydantic import Field, field_validator, model_validator

from daemon.config.hours import HoursSettings
from daemon.config.section import Section
from daemon.config.values import (
    Count,
    Duration,
    Line,
    Name,
    OwnDay,
    Positive,
    Zone,
    quoted,
)
from rules.model import Channel, Clock, Treatment

SHORTEST = timedelta(seconds=4)
"""The watch looks every two seconds, and the first step of any target is at half of it."""
MOST_DAYS = 2000
"""Of open time; a longer target is due beyond the years whose holidays are known."""


class CellSettings(HoursSettings):
    """What a plan promises for a severity."""

    within: Duration = Field(examples=["4h"])
    working_days: bool = Field(examples=[True])
    channels: tuple[Channel, ...] = Field(examples=[["ticket", "email"]])
    by_arrangement: tuple[Channel, ...] = ()

    @field_validator("within")
    @classmethod
    def _check_that_a_step_precedes(cls, within: timedelta) -> timedelta:
        if within < SHORTEST:
            raise ValueError(
                "is too short: no step of the escalation can precede it"
                f' (at least "{SHORTEST // timedelta(seconds=1)}s")'
            )
        return within

    @field_validator("channels")
    @classmethod
    def _check_channels(cls, channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
        if not channels:
            raise ValueError('is empty; name one at least (like ["ticket", "email"])')
        for channel in channels:
            if channels.count(channel) > 1:
                raise ValueError(f"has {quoted(channel)} twice; keep one of them")
        return channels

    @model_validator(mode="after")
    def _check_that_it_opens(self) -> Self:
        for channel in self.by_arrangement:
            if channel not in self.channels:
                raise ValueError(f'by_arrangement: "{channel}" is none of the channels above')
        if not self.spans:
            raise ValueError('hours are missing: from = "09:00" and to = "17:00", or windows')
        self._check_that_it_ends()
        return self

    def _check_that_it_ends(self) -> None:
        a_day = sum((closes - opens for opens, closes in self.spans), timedelta())
        if (days := self.within // a_day) > MOST_DAYS:
            raise ValueError(
                f"within takes {days} days of these hours, and holidays are known for ten years"
                f" (at most {MOST_DAYS} days)"
            )


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
    clock: Clock | None = None
    """None is the policy's."""
    first_response: FirstResponseSettings


class UncoveredSettings(Section):
    """What the customer's clock does, for each reason of contract."""

    unregistered_person: Treatment
    channel: Treatment
    credits: Treatment
    daily_credits: Treatment
    contract_lapsed: Treatment
    unknown_sender: Treatment


class PolicySettings(Section):
    """One version of the support policy."""

    effective_from: date
    timezone: Zone
    holidays: Line
    closed_days: tuple[OwnDay, ...] = ()
    """Our own, no working days."""
    open_days: tuple[OwnDay, ...] = ()
    """Our own, working days whatever else they are."""
    clock: Clock
    uncovered: UncoveredSettings
    plans: dict[Name, PlanSettings]

    def days_at_odds(self) -> str:
        """What is wrong with our own days, in words; empty if nothing is.

        No validator: at the top of a file it would have no place to be told at.
        """
        both = sorted(map(str, set(self.closed_days) & set(self.open_days)))
        return f"closed_days and open_days both have {both[0]}; keep one of them" if both else ""
