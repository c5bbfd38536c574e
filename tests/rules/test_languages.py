"""In which language, and by which local time, a customer is written to."""

from zoneinfo import ZoneInfo

import pytest

from rules.languages import language_for, zone_for
from rules.severity import detect

CROATIAN = "Poštovani, program ne radi i ne možemo poslati narudžbe."
CYRILLIC = "Поштовани, програм не ради и не можемо да пошаљемо поруџбине."
GERMAN = "Guten Tag, die Aufträge gehen seit heute nicht mehr durch."


@pytest.mark.parametrize(
    ("contract", "sender", "text", "language"),
    [
        ("de", "maria@adria.hr", CROATIAN, "de"),  # the contract goes before all
        ("", "maria@adria.hr", GERMAN, "hr"),  # then the country
        ("", "maria@adria.co.ba", CROATIAN, "bs"),
        ("", "maria@adria.rs", CROATIAN, "sr"),
        ("", "maria@adria.rs", CYRILLIC, "sr-Cyrl"),
        ("", "maria@adria.xn--90a3ac", CYRILLIC, "sr-Cyrl"),
        ("", "maria@ADRIA.SI", GERMAN, "sl"),
        ("", "maria@adria.at", CROATIAN, "de"),
        ("", "maria@adria.co.uk", "", "en"),
        ("", "maria@adria.com", CROATIAN, "hr"),  # then the text: which of three, nobody can tell
        ("", "maria@adria.com", CYRILLIC, "sr-Cyrl"),
        ("", "maria@adria.com", GERMAN, "de"),
        ("", "maria@proton.me", CROATIAN, "hr"),  # a domain of the whole world
        ("", "maria@adria.ch", GERMAN, "de"),  # a country of several languages
        ("", "maria@adria.it", GERMAN, "de"),  # and one of none of ours
        ("", "maria@adria.com", "?", "en"),
        ("", "", "?", "en"),
        ("sr", "maria@adria.com", CROATIAN, "sr"),
        ("sr", "maria@adria.com", CYRILLIC, "sr-Cyrl"),
        ("sr-Latn", "maria@adria.rs", CYRILLIC, "sr-Latn"),
        ("sr-Cyrl", "maria@adria.rs", CROATIAN, "sr-Cyrl"),
        ("bs", "maria@adria.ba", CYRILLIC, "bs"),
    ],
)
def test_the_language_is_the_contracts_else_the_countrys_else_the_messages(
    contract: str, sender: str, text: str, language: str
) -> None:
    assert language_for(contract, sender, detect(text), "en") == language


@pytest.mark.parametrize(
    ("sender", "zone"),
    [
        ("maria@adria.rs", "Europe/Belgrade"),
        ("maria@adria.co.uk", "Europe/London"),
        ("maria@adria.bg", "Europe/Sofia"),
        ("maria@adria.com", "Europe/Zagreb"),
        ("maria@adria.io", "Europe/Zagreb"),
        ("", "Europe/Zagreb"),
    ],
)
def test_times_are_the_countrys_else_the_policys(sender: str, zone: str) -> None:
    assert zone_for(sender, ZoneInfo("Europe/Zagreb")) == ZoneInfo(zone)
