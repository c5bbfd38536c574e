"""Who is on call: in turn, in layers, by a calendar, out of turn."""

from datetime import timedelta
from hashlib import sha256
from typing import Literal, Self

from pydantic import Field, model_validator

from daemon.config.hours import HoursSettings
from daemon.config.section import Section
from daemon.config.values import CalendarSource, LocalTime, SecretFile, Turn, Zone, quoted

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

    people: tuple[str, ...] = ()
    starts: LocalTime | None = None
    every: Turn = timedelta(days=7)
    weekdays: tuple[Weekday, ...] = WEEKDAYS
    working_days: bool = False
    """Whether it counts on working days alone."""
    ical: CalendarSource | None = None
    """A calendar that says who it is, in place of people: a path, or a URL that may be secret."""
    ical_file: SecretFile | None = None

    @property
    def calendar(self) -> str:
        """Under which name what the calendar says is kept; empty if there is none."""
        if self.ical is None:
            return ""
        return sha256(self.ical.get_secret_value().encode()).hexdigest()[:16]

    @property
    def is_restricted(self) -> bool:
        """Whether there are hours or days on which it does not count."""
        return bool(self.spans) or self.working_days or set(self.weekdays) != set(WEEKDAYS)

    @model_validator(mode="after")
    def _check_that_somebody_is_named(self) -> Self:
        has_calendar = self.ical is not None or self.ical_file is not None
        if has_calendar and (self.people or self.is_restricted or self.starts):
            raise ValueError("ical stands in place of people, starts and hours; keep one of them")
        if not has_calendar and not self.people:
            raise ValueError('people is missing or empty (like ["ana", "ivo"]), or ical')
        if not has_calendar and self.starts is None:
            raise ValueError('starts is missing (like starts = "2026-01-05T09:00")')
        return self

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
    handoff: bool = False
    """Whether who comes and who goes hear what is owed as they change."""

    @property
    def all_layers(self) -> tuple[LayerSettings, ...]:
        """From the lowest on."""
        return (self, *self.layers)
