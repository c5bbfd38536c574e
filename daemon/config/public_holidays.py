"""Public holidays by country and region, through the `holidays` package.

It is imported only when asked, since a plain configuration names none but the shipped country.
"""

from collections.abc import Iterator, Mapping

from rules.model import Calendar


def fault_of(place: str) -> str | None:
    """What is wrong with "HR" or "DE-BY"; None if its public holidays are known."""
    from holidays.utils import list_supported_countries

    country, _, region = place.partition("-")
    regions = list_supported_countries().get(country)
    if regions is None:
        return f'"{place:.20}" is no country whose holidays are known (like "HR", or "DE-BY")'
    if region and region not in regions:
        known = ", ".join(regions) if regions else "none"
        return f'"{place:.20}": {country} has no region {region:.20} (known: {known})'
    return None


class Calendars(Mapping[str, Calendar]):
    """The public holidays of "HR" or "DE-BY" in the same years, each reckoned when first asked."""

    def __init__(self, first_year: int, last_year: int) -> None:
        """Know these years, both included."""
        self._years = range(first_year, last_year + 1)
        self._known: dict[str, Calendar] = {}

    def __getitem__(self, place: str) -> Calendar:
        """Raises KeyError, in words, for a place whose holidays nobody knows."""
        if place not in self._known:
            self._known[place] = self._reckoned(place)
        return self._known[place]

    def __iter__(self) -> Iterator[str]:
        """Those asked for so far."""
        return iter(self._known)

    def __len__(self) -> int:
        """How many were asked for so far."""
        return len(self._known)

    def _reckoned(self, place: str) -> Calendar:
        from holidays import country_holidays

        if (fault := fault_of(place)) is not None:
            raise KeyError(fault)
        country, _, region = place.partition("-")
        days = country_holidays(country, subdiv=region or None, years=self._years, expand=False)
        return Calendar(frozenset(days), self._years[0], self._years[-1])
