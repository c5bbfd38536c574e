"""Whose a stranger's message may be."""

import pytest

from rules.candidates import Named, Traces, candidates
from tests.storage.nouns import a_message

NAMES = (
    Named("Adria Veleprodaja d.o.o.", "K-104"),
    Named("Müller Handels GmbH", "DE/2207"),
    Named("Подунавље д.о.о.", ""),
    Named("HP d.d.", ""),
)


def found(text: str, sender: str = "who@gmail.example", **more: object) -> list[str]:
    message = a_message(sender=sender, sender_name="", subject="", text=text)
    known_as = frozenset(more.pop("known_as", ()))  # type: ignore[call-overload]
    return [str(each) for each in candidates(message, Traces(NAMES, **more), known_as)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Naš broj je K-104.", "Adria Veleprodaja d.o.o. (perhaps) by the number K-104"),
        ("our number: k 104, thanks", "Adria Veleprodaja d.o.o. (perhaps) by the number K-104"),
        ("Kundennummer DE/2207", "Müller Handels GmbH (perhaps) by the number DE/2207"),
        (
            "Lp\nMarko, ADRIA VELEPRODAJA",
            "Adria Veleprodaja d.o.o. (perhaps) by its name in the text",
        ),
        ("MULLER HANDELS, Lager", "Müller Handels GmbH (perhaps) by its name in the text"),
        ("Podunavlje, Novi Sad", "Подунавље д.о.о. (perhaps) by its name in the text"),
        (
            "Adria Veleprodaja d.o.o., K-104",
            "Adria Veleprodaja d.o.o. (likely) by the number K-104, its name in the text",
        ),
    ],
)
def test_a_number_or_a_name_in_the_text_is_evidence(text: str, said: str) -> None:
    assert found(text) == [f"looks like {said}"]


@pytest.mark.parametrize(
    "text", ["K-1045", "XK-104", "adria", "Adriaveleprodaja", "the HP printer", "d.o.o.", ""]
)
def test_what_is_only_like_it_is_none(text: str) -> None:
    assert found(text) == []


def test_a_domain_that_bears_a_customers_name_is_evidence() -> None:
    [said] = found("", "ana@podunavlje.example")
    assert said == "looks like Подунавље д.о.о. (perhaps) by the name of the sender's domain"


def test_addresses_and_threads_of_customers_are_evidence() -> None:
    known = {"x@a.example": ["Adria Veleprodaja d.o.o."]}
    said = found("", known=known, threads=[(7, "Adria Veleprodaja d.o.o.")])
    assert said == [
        "looks like Adria Veleprodaja d.o.o. (likely) by x@a.example in the message,"
        " request 7, which it names"
    ]


def test_of_a_known_sender_only_anothers_number_counts() -> None:
    text = "Adria Veleprodaja, Podunavlje, K-104, DE/2207"
    assert found(text, known_as=["Adria Veleprodaja d.o.o."]) == [
        "looks like Müller Handels GmbH (perhaps) by the number DE/2207"
    ]


def test_three_are_named_at_most_the_likeliest_first() -> None:
    names = [Named(f"Customer{n}", f"C-10{n}") for n in range(6)]
    text = " ".join(f"C-10{n}" for n in range(6)) + " Customer4"
    message = a_message(sender="x@y.example", text=text)
    said = [each.customer for each in candidates(message, Traces(names), frozenset())]
    assert said == ["Customer4", "Customer0", "Customer1"]


def test_only_the_first_ten_thousand_characters_are_looked_at() -> None:
    assert found("x" * 10_000 + " K-104") == []
