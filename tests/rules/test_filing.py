"""Subjects and thanks: what says nothing new."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.subjects import bare, numbers
from rules.thanks import is_only_thanks


@pytest.mark.parametrize(
    ("subject", "matter"),
    [
        ("Re: [#12] Orders", "Orders"),
        ("AW: Antw: Bestellungen", "Bestellungen"),
        ("Odg: Fwd: Re[2]: Narudžbe", "Narudžbe"),
        ("Одг: Поруџбине", "Поруџбине"),
        ("Re:", ""),
        ("Re", ""),
        ("Refund of an order", "Refund of an order"),
        ("I: fattura", "fattura"),
        ("Internal: note", "Internal: note"),
    ],
)
def test_marks_and_numbers_are_no_part_of_the_matter(subject: str, matter: str) -> None:
    assert bare(subject) == matter


@given(st.text(max_size=80))
def test_a_bare_subject_is_bare(subject: str) -> None:
    assert bare(bare(subject)) == bare(subject)


def test_numbers_are_those_in_our_form() -> None:
    assert numbers("Re: [#12] and [#7], not #8 or [9] or [#1234567890]") == [12, 7]


@pytest.mark.parametrize(
    "text",
    [
        "Hvala!",
        "Hvala lijepa na brzom odgovoru, sve radi.\n\nPetra Perić",
        "Хвала пуно",
        "Najlepša hvala za hitro pomoč",
        "Thank you very much for your help.",
        "Danke, es funktioniert wieder.\nHans Maier",
    ],
)
def test_thanks_in_every_language(text: str) -> None:
    assert is_only_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ok",
        "Petra",
        "Hvala, ali još ne radi",
        "Hvala. Ne radi",
        "Hvala. NE RADI",
        "Thanks, NOT SOLVED",
        "Thanks, but it still fails",
        "Danke! Geht jetzt nicht",
        "Thanks! How do I print?",
        "Thanks, call 12",
        "Thanks. Orders FAIL",
        "Hvala " * 60,
    ],
)
def test_anything_besides_thanks_counts_as_said(text: str) -> None:
    assert not is_only_thanks(text)
