"""Words for customers in one of our languages, with its dates, lists and plurals (CLDR)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from daemon.letters import overrides
from daemon.letters.cyrillic import cyrillic
from daemon.letters.templates import sections

if TYPE_CHECKING:
    from babel import Locale

# Babel is imported where it is used: most commands write to no customer.

_LOCALES = {
    "hr": "hr",
    "bs": "bs",
    "sr": "sr_Latn",
    "sr-Cyrl": "sr_Cyrl",
    "sl": "sl",
    "de": "de",
    "en": "en_GB",
}
LANGUAGES = tuple(_LOCALES)
_OTHERWISE = "en"
_FILES = {"sr-Cyrl": "sr"}


@dataclass(frozen=True)
class Words:
    """The words of one language."""

    locale: "Locale"
    sections: Mapping[str, Template]
    faults: tuple[str, ...] = ()
    """Why an operator's words were set aside for ours."""

    def say(self, heading: str, **values: object) -> str:
        """A section as one line; a value is never read as a template."""
        return " ".join(self.lines(heading, **values).split())

    def lines(self, heading: str, **values: object) -> str:
        """A section, line for line."""
        return self.sections[heading].substitute(values).strip()

    def counted(self, heading: str, count: int, **values: object) -> str:
        """The section in the plural form of the count: one, two, few or other."""
        return self.say(f"{heading} {self.locale.plural_form(count)}", count=count, **values)

    def listed(self, items: Iterable[str]) -> str:
        """`a, b and c`."""
        from babel.lists import format_list

        return format_list(list(items), locale=self.locale)

    def moment(self, at: datetime, zone: ZoneInfo) -> str:
        """`ponedjeljak, 23. studenoga 2026. u 09:00 (CET)`: local time, with its zone."""
        from babel.dates import format_date, format_time

        local = at.astimezone(zone)
        return self.say(
            "moment",
            date=format_date(local, "full", locale=self.locale),
            time=format_time(local, "short", tzinfo=zone, locale=self.locale),
            zone=self.zone(at, zone),
        )

    def day(self, day: date) -> str:
        """`25. prosinca`."""
        from babel.dates import format_skeleton

        at = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a day has no zone
        return format_skeleton("MMMMd", at, locale=self.locale)

    def money(self, amount: Decimal, currency: str) -> str:
        """`229,50 €`, always with two decimals."""
        from babel.numbers import format_currency

        return format_currency(amount, currency, locale=self.locale, currency_digits=False)

    def number(self, number: Decimal) -> str:
        """`1,5`."""
        from babel.numbers import format_decimal

        return format_decimal(number, locale=self.locale)

    def percent(self, percent: Decimal) -> str:
        """`10 %`, with its decimals."""
        from babel.numbers import format_percent

        share = percent / 100
        return format_percent(share, locale=self.locale, decimal_quantization=False)

    def zone(self, at: datetime, zone: ZoneInfo) -> str:
        """`CET`, `MEZ`, or how far from UTC where the language has no short name."""
        from babel.dates import get_timezone_name

        local = at.astimezone(zone)
        name = get_timezone_name(local, "short", locale=self.locale)
        if not name.startswith(("+", "-")):
            return name
        ours = local.tzname() or ""
        return ours if ours.isalpha() else f"UTC{name[:3]}:{name[3:]}"


def words_for(
    language: str, folder: Path | None = None, letters: Sequence[str] = ("receipt",)
) -> Words:
    """The words of a language, English where we have none; an operator's before ours.

    Of `overrides.LETTERS`, those that are asked for. Where anything is wrong with the operator's,
    ours are taken, and `faults` says what it is.
    """
    from babel import Locale

    chosen = next((x for x in (language, language[:2]) if x in _LOCALES), _OTHERWISE)
    found: dict[str, Template] = {}
    told: list[str] = []
    for letter in letters:
        name = overrides.file_of(_FILES.get(chosen, chosen), letter)
        own, faults = overrides.read(folder, name) if folder else ({}, [])
        found |= {**sections(name), **({} if faults else own)}
        told += faults
    if chosen == "sr-Cyrl":
        found = {heading: Template(cyrillic(t.template)) for heading, t in found.items()}
    return Words(Locale.parse(_LOCALES[chosen]), found, tuple(told))
