"""In which language a customer is written to, and by which local time."""

from typing import NamedTuple
from zoneinfo import ZoneInfo


class Country(NamedTuple):
    """What the domain of a country tells of who writes from it."""

    zone: str
    """Of all of it, or of its business."""
    language: str = ""
    """Empty where we have none of its languages, or it has several."""


# Domains that the whole world uses (.me, .io, .co, .tv) tell nothing, and are left out.
_COUNTRIES = {
    "hr": Country("Europe/Zagreb", "hr"),
    "si": Country("Europe/Ljubljana", "sl"),
    "rs": Country("Europe/Belgrade", "sr"),
    "xn--90a3ac": Country("Europe/Belgrade", "sr"),
    "срб": Country("Europe/Belgrade", "sr"),
    "ba": Country("Europe/Sarajevo", "bs"),
    "de": Country("Europe/Berlin", "de"),
    "at": Country("Europe/Vienna", "de"),
    "li": Country("Europe/Vaduz", "de"),
    "uk": Country("Europe/London", "en"),
    "ie": Country("Europe/Dublin", "en"),
    "ch": Country("Europe/Zurich"),
    "mk": Country("Europe/Skopje"),
    "al": Country("Europe/Tirane"),
    "hu": Country("Europe/Budapest"),
    "it": Country("Europe/Rome"),
    "bg": Country("Europe/Sofia"),
    "ro": Country("Europe/Bucharest"),
    "gr": Country("Europe/Athens"),
    "tr": Country("Europe/Istanbul"),
    "ua": Country("Europe/Kyiv"),
}
_CYRILLIC = "sr-Cyrl"


def language_for(contract: str, sender: str, detected: str, otherwise: str) -> str:
    """The contract's language, else that of the sender's country, else the message's own.

    `detected` is what `rules.severity.detect` says: its `sr` means Cyrillic letters. Serbian is
    then written in them (`sr-Cyrl`), unless the contract says `sr-Latn`; else `sr` is Latin.
    """
    country = _country(sender)
    chosen = contract or (country.language if country else "") or detected or otherwise
    return _CYRILLIC if chosen == "sr" and detected == "sr" else chosen


def zone_for(sender: str, otherwise: ZoneInfo) -> ZoneInfo:
    """The time zone of the sender's country, by the address's domain."""
    country = _country(sender)
    return ZoneInfo(country.zone) if country else otherwise


def _country(address: str) -> Country | None:
    return _COUNTRIES.get(address.lower().rpartition(".")[2])
