"""Hours of a day, as they are written wherever something counts in some hours alone."""

from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator

from daemon.config.section import Section
from daemon.config.values import TimeOfDay

_DAY = timedelta(days=1)


class HoursSettings(Section):
    """One span of a day, or several; none of either where it counts all day."""

    from_: TimeOfDay | None = Field(None, alias="from")
    to: TimeOfDay | None = None
    windows: tuple[tuple[TimeOfDay, TimeOfDay], ...] | None = None

    @property
    def spans(self) -> tuple[tuple[timedelta, timedelta], ...]:
        """Opening and closing since local midnight, in order, however they were written.

        A closing before the opening is the next day's: 22:00 to 06:00 is a night.
        """
        given = self.windows or ()
        if self.from_ is not None and self.to is not None:
            given = ((self.from_, self.to),)
        return tuple(
            (opens, closes + _DAY if closes < opens else closes) for opens, closes in given
        )

    @model_validator(mode="after")
    def _check_hours(self) -> Self:
        if self.windows is None and (self.from_ is None) != (self.to is None):
            raise ValueError('hours are missing: from = "09:00" and to = "17:00", or windows')
        if self.windows is not None and (self.from_ is not None or self.to is not None):
            raise ValueError("windows stands in place of from and to; keep one of them")
        if self.windows == ():
            raise ValueError('windows is empty: it never opens (like [["09:00", "17:00"]])')
        if self.spans:
            self._check_order()
        return self

    def _check_order(self) -> None:
        for opens, closes in self.spans:
            if opens >= _DAY:
                raise ValueError(f"opens at {_clock(opens)}; the last minute to open is 23:59")
            if opens == closes:
                raise ValueError(
                    f"never opens: it closes at {_clock(closes)}, when it opens"
                    ' (a whole day is from = "00:00" and to = "24:00")'
                )
        following = (*(opens for opens, _ in self.spans[1:]), self.spans[0][0] + _DAY)
        for (_, closes), opens in zip(self.spans, following, strict=True):
            if opens < closes:
                raise ValueError(
                    f"opens at {_clock(opens)}, before {_clock(closes)} when it closes;"
                    " windows go in order and do not overlap"
                )


def _clock(since_midnight: timedelta) -> str:
    hours, rest = divmod(since_midnight, timedelta(hours=1))
    return f"{hours:02}:{rest // timedelta(minutes=1):02}"
