"""Public holidays by country and region, through the `holidays` package.

It is imported only when asked, since a plain configuration names none but the shipped country.
"""

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


def calendar(place: str, first_year: int, last_year: int) -> Calendar:
    """The public holidays of "HR" or "DE-BY" in these years, both included."""
    from holidays import country_holidays

    country, _, region = place.partition("-")
    days = country_holidays(
        country, subdiv=region or None, years=range(first_year, last_year + 1), expand=False
    )
    return Calendar(frozenset(days), first_year, last_year)
