"""Who is on call: in turn, in layers, by a calendar, out of turn."""

from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from daemon.config.hours import HoursSettings
from daemon.config.section import Section
from daemon.config.values import LocalTime, Turn, Zone, quoted

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKEND = {"sat", "sun"}


class OverrideSettings(Section):
    """Somebody takes the call for a while, in the rotation's local time."""

    person: str = Field(examples=["ana"])
    from_: LocalTime = Field(alias="from", examples=["2026-07-01T09:00"])
    to: LocalTime = Field(examples=["2026-07-08T09:00"])

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.to <= self.from_:
            raise ValueError(f"ends at {self.to}, not after it begins at {self.from_}")
        return self


class LayerSettings(HoursSettings):
    """People who take turns, always or in some hours of some days."""

    people: tuple[str, ...] = Field(examples=[["ana", "ivo"]])
    starts: LocalTime = Field(examples=["2026-01-05T09:00"])
    every: Turn = timedelta(days=7)
    weekdays: tuple[Weekday, ...] = WEEKDAYS
    working_days: bool = False
    """Whether it counts on working days alone."""

    @property
    def is_restricted(self) -> bool:
        """Whether there are hours or days on which it does not count."""
        return bool(self.spans) or self.working_days or set(self.weekdays) != set(WEEKDAYS)

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if not self.weekdays:
            raise ValueError('weekdays is empty: it never opens (like ["mon", "fri"])')
        for day in self.weekdays:
            if self.weekdays.count(day) > 1:
                raise ValueError(f"weekdays has {quoted(day)} twice; keep one of them")
        if self.working_days and set(self.weekdays) <= _WEEKEND:
            raise ValueError("never opens: its weekdays are no working days; leave one of them out")
        return self


class RotationSettings(LayerSettings):
    """Who is on call: the lowest layer, those above it, and what is out of turn."""

    timezone: Zone | None = None
    """None is the policy's."""
    layers: tuple[LayerSettings, ...] = ()
    """A later one wins where it has somebody."""
    overrides: tuple[OverrideSettings, ...] = ()

    @property
    def all_layers(self) -> tuple[LayerSettings, ...]:
        """From the lowest on."""
        return (self, *self.layers)
