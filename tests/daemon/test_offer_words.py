"""What customers read of an offer, in each language."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from channels.mail.letter import as_html, as_text
from daemon.letters import OfferWords, excuse
from daemon.letters.overrides import LANGUAGES_OF_FILES, file_of
from daemon.letters.templates import sections
from daemon.letters.words import LANGUAGES
from rules.model import Offer, OfferState
from tests.storage.nouns import NOW, a_request, an_offer

ZAGREB = ZoneInfo("Europe/Zagreb")
LINK = "https://support.b2bee.example/offer/3-" + "aB_-" * 30
LATER = NOW + timedelta(days=20)


def words(offer: Offer) -> OfferWords:
    return OfferWords.of(offer, ZAGREB, None)


@pytest.mark.parametrize("language", LANGUAGES_OF_FILES)
def test_every_language_says_the_same_things_with_the_same_values(language: str) -> None:
    def values(name: str) -> dict[str, list[str]]:
        return {heading: t.get_identifiers() for heading, t in sections(name).items()}

    assert values(file_of(language, "offer")) == values(file_of("en", "offer"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_has_offer_price_link_and_end(language: str) -> None:
    offer = an_offer(id=3, language=language, note="A macro.\nWith tests.")
    letter = words(offer).letter(a_request(id=12, language=language), "B2Bee Support", LINK)
    text = as_text(letter.text)
    assert letter.faults == ()
    assert "$" not in text
    assert "#12" in text
    for amount in ("85", "255", "25", "229"):
        assert amount in text
    assert "A macro.\nWith tests." in text
    assert f"\n\n{LINK}\n\n" in text
    assert f'<p><a href="{LINK}">{LINK}</a></p>' in as_html(letter.text, letter.subject)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_takes_the_offer_back_and_has_no_link(language: str) -> None:
    offer = an_offer(id=3, language=language)
    letter = words(offer).withdrawn(a_request(id=12, language=language), "B2Bee Support")
    text = as_text(letter.text)
    assert not any(sign in text for sign in "$*")
    assert all(said in text for said in ("#12", "229", "B2Bee Support"))
    assert "/offer/" not in text
    assert letter.faults == ()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", [s for s in OfferState if s is not OfferState.EXPIRED])
def test_a_page_is_in_one_language_whatever_became_of_the_offer(
    language: str, state: OfferState
) -> None:
    decided_at = None if state is OfferState.OPEN else NOW
    offer = an_offer(id=3, language=language, state=state, decided_at=decided_at, decided_by="Ana")
    page = words(offer).page(NOW)
    assert page.language.lower().startswith(language[:2])
    assert bool(page.form) == (state is OfferState.OPEN) == (not page.said)
    assert bool(page.rows) == (state in (OfferState.OPEN, OfferState.ACCEPTED, OfferState.DECLINED))
    assert not any("$" in line or "*" in line for line in (*page.said, *page.below, page.title))
    expired = words(offer).page(LATER)
    assert expired.form is None
    assert expired.said


def test_money_and_time_are_the_readers() -> None:
    page = words(an_offer(address="a@a.rs", language="sr-Cyrl")).page(NOW)
    assert page.language == "sr-Cyrl"
    assert [value.replace("\xa0", " ") for _, value in page.rows] == [
        "3 × 85,00 €", "255,00 €", "-25,50 €", "229,50 €",
    ]  # fmt: skip
    assert page.rows[-1][0] == "Цена"
    dinars = replace(an_offer().terms, currency="RSD", discount=Decimal(0), price=Decimal(255))
    rows = words(an_offer(terms=dinars, language="en")).page(NOW).rows
    assert [value.replace("\xa0", " ") for _, value in rows] == ["3 × RSD85.00", "RSD255.00"]


@pytest.mark.parametrize("heading", ["no such link", "not understood", "later"])
def test_an_excuse_is_in_the_browsers_language(heading: str) -> None:
    said = {excuse(heading, language, None).said for language in LANGUAGES_OF_FILES}
    assert len(said) == len(LANGUAGES_OF_FILES)
