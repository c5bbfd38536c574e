"""Each language by itself: its dates, its plurals, and that none lacks what others say."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from daemon.letters.overrides import LANGUAGES_OF_FILES, file_of
from daemon.letters.templates import sections
from daemon.letters.words import LANGUAGES, words_for
from rules.languages import zone_for
from rules.model import (
    Severity,
    Uncovered,
)

ZAGREB = ZoneInfo("Europe/Zagreb")


@pytest.mark.parametrize(
    ("language", "country", "written"),
    [
        ("hr", "hr", "petak, 3. travnja 2026. u 09:05 (CEST)"),
        ("bs", "ba", "petak, 3. april 2026. u 09:05 (CEST)"),
        ("sr", "rs", "petak, 3. april 2026. u 09:05 (CEST)"),
        ("sr-Cyrl", "rs", "петак, 3. април 2026. у 09:05 (CEST)"),
        ("sl", "si", "petek, 3. april 2026 ob 09:05 (CEST)"),
        ("de", "at", "Freitag, 3. April 2026, 09:05 Uhr (MESZ)"),
        ("en", "uk", "Friday, 3 April 2026 at 08:05 (BST)"),
        ("en", "tr", "Friday, 3 April 2026 at 10:05 (UTC+03:00)"),
    ],
)
def test_customers_read_local_time_as_their_language_writes_it(
    language: str, country: str, written: str
) -> None:
    at = datetime(2026, 4, 3, 7, 5, tzinfo=UTC)

    assert words_for(language).moment(at, zone_for(f"a@b.{country}", ZAGREB)) == written


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("hr", "0 kredita, 1 kredit, 2 kredita, 4 kredita, 5 kredita, 11 kredita, 21 kredit"),
        ("sr", "0 kredita, 1 kredit, 2 kredita, 4 kredita, 5 kredita, 11 kredita, 21 kredit"),
        ("sr-Cyrl", "0 кредита, 1 кредит, 2 кредита, 4 кредита, 5 кредита, 11 кредита, 21 кредит"),
        ("sl", "0 kreditov, 1 kredit, 2 kredita, 4 kredite, 5 kreditov, 11 kreditov, 21 kreditov"),
        ("de", "0 Support-Credits, 1 Support-Credit, 2 Support-Credits, 4 Support-Credits"),
    ],
)
def test_counted_things_have_the_plural_of_their_language(language: str, forms: str) -> None:
    words = words_for(language)
    for form in forms.split(", "):
        assert words.counted("credits", int(form.split()[0])).startswith(form)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_plural_form_it_needs(language: str) -> None:
    words = words_for(language)
    forms = {words.locale.plural_form(n) for n in range(300)}

    assert {f"{what} {form}" for what in ("credits", "holidays", "closed") for form in forms} <= {
        *words.sections
    }


@pytest.mark.parametrize("language", LANGUAGES_OF_FILES)
def test_every_language_says_the_same_things_with_the_same_values(language: str) -> None:
    plural = re.compile(" (one|two|few|other)$")
    english, other = (sections(file_of(each)) for each in ("en", language))

    def values(found: str) -> dict[str, list[str]]:
        return {
            plural.sub("", heading): template.get_identifiers()
            for heading, template in sections(found).items()
        }

    assert values(file_of(language)) == values(file_of("en"))
    assert {*Uncovered, *Severity} <= other.keys() & english.keys()
