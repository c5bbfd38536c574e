"""From likelihoods and facts to a severity; and what the model hears of a message."""

from collections.abc import Set as AbstractSet

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.model import Severity
from rules.severity import level_of
from rules.severity.decision import UNSURE, decide
from rules.severity.facts import Fact
from rules.severity.findings import findings, read
from rules.severity.guards import guard
from rules.severity.spoken import MOST_WORDS, clauses, spoken

CRITICAL, SIGNIFICANT, MINOR, NONE = Severity


@pytest.mark.parametrize(
    ("odds", "severity", "unsure"),
    [
        ((0.9, 0.1, 0.0, 0.0), CRITICAL, False),
        ((0.0, 0.1, 0.9, 0.0), MINOR, False),
        ((0.0, 0.0, 0.1, 0.9), NONE, False),
        ((0.3, 0.4, 0.2, 0.1), CRITICAL, True),
        ((0.1, 0.2, 0.3, 0.4), MINOR, True),
        ((0.28, 0.0, 0.0, 0.72), SIGNIFICANT, True),
        ((0.16, 0.0, 0.0, 0.84), SIGNIFICANT, True),
        ((0.14, 0.0, 0.0, 0.86), NONE, False),
    ],
)
def test_the_severity_is_the_one_that_costs_least_to_be_wrong_about(
    odds: tuple[float, ...], severity: Severity, unsure: bool
) -> None:
    decided = decide(odds, frozenset())

    assert (decided.severity, decided.unsure) == (severity, unsure)


def test_other_costs_decide_otherwise() -> None:
    alike = [[abs(i - j) for j in range(4)] for i in range(4)]

    assert decide((0.12, 0.36, 0.0, 0.52), frozenset(), alike).severity is NONE
    assert decide((0.12, 0.36, 0.0, 0.52), frozenset()).severity is SIGNIFICANT


@given(st.lists(st.floats(0.001, 1), min_size=4, max_size=4), st.sets(st.sampled_from(Fact)))
def test_every_decision_is_one_of_the_four_and_as_likely_as_it_says(
    shares: list[float], facts: set[Fact]
) -> None:
    odds = [share / sum(shares) for share in shares]
    decided = decide(odds, facts)

    assert decided.likelihood == odds[list(Severity).index(decided.severity)]
    assert decided.unsure or max(odds) >= UNSURE


@given(st.integers(0, 3), st.sampled_from(Fact))
def test_no_single_cue_makes_anything_critical(at: int, fact: Fact) -> None:
    guarded = guard(list(Severity)[at], {fact})

    assert guarded is None or guarded.severity is not CRITICAL


@pytest.mark.parametrize(
    ("facts", "before", "after"),
    [
        ({Fact.LEAK}, NONE, SIGNIFICANT),
        ({Fact.LEAK}, CRITICAL, None),
        ({Fact.LEAK, Fact.TEST_SYSTEM}, CRITICAL, None),
        ({Fact.OUTAGE, Fact.STOPPED}, MINOR, SIGNIFICANT),
        ({Fact.OUTAGE, Fact.STOPPED, Fact.QUESTION}, MINOR, None),
        ({Fact.TEST_SYSTEM, Fact.BROKEN}, CRITICAL, MINOR),
        ({Fact.TEST_SYSTEM, Fact.EVERYBODY}, CRITICAL, None),
        ({Fact.TEST_SYSTEM, Fact.EVERYBODY, Fact.PRODUCTION_FINE}, CRITICAL, MINOR),
        ({Fact.TERSE, Fact.OUTAGE}, MINOR, CRITICAL),
        ({Fact.TERSE, Fact.BROKEN}, NONE, SIGNIFICANT),
        ({Fact.TERSE, Fact.BROKEN, Fact.QUESTION}, NONE, None),
        ({Fact.NEWSLETTER}, CRITICAL, NONE),
        ({Fact.ABSENCE, Fact.THANKS}, MINOR, NONE),
        ({Fact.NEWSLETTER, Fact.BROKEN}, CRITICAL, None),
        (frozenset(), MINOR, None),
    ],
)
def test_guards_hold_severities_up_and_down(
    facts: AbstractSet[Fact], before: Severity, after: Severity | None
) -> None:
    guarded = guard(before, facts)

    assert (guarded.severity if guarded else None) is after


def test_a_guard_says_what_it_changed() -> None:
    guarded = guard(NONE, {Fact.LEAK})

    assert guarded is not None
    assert guarded.why == "others' data can be seen: not none"


@pytest.mark.parametrize(
    ("subject", "text", "heard"),
    [
        ("", "NIŠTA ne radi!!!", "ništa ne radi"),
        ("", "Ништа не ради. Љубав, Њива, Џеп", "ništa ne radi. ljubav, njiva, džep"),
        ("[HITNO] Narudžbe", "ne prolaze", "narudžbe. ne prolaze"),
        ("Re: Nothing works", "It works again.", "it works again."),
        ("Re: Nothing works", "", "nothing works."),
        ("", "Nije hitno, ali", "nije hitno, ali"),
        ("", "URGENT: Priority: 1 the icon", "the icon"),
        ("", "a\x00b", "a b"),
        ("", "", ""),
    ],
)
def test_manner_and_claims_are_not_heard(subject: str, text: str, heard: str) -> None:
    assert spoken(subject, text) == heard


@given(st.text(), st.text())
def test_whatever_is_written_little_is_heard(subject: str, text: str) -> None:
    heard = spoken(subject, text)

    assert len(heard.split()) <= MOST_WORDS
    assert "\x00" not in heard


def test_of_a_long_message_its_gravest_sentences_are_heard_in_their_order() -> None:
    talk = "Lijepo vas pozdravljam i nadam se da ste dobro nakon odmora. " * 8
    heard = spoken("Popis", f"{talk}Nitko ne može poslati narudžbu od 7:30. {talk}Kamioni stoje!")

    assert "nitko ne može poslati narudžbu od 7:30" in heard
    assert heard.index("nitko") < heard.index("kamioni stoje")


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Odjavite se s popisa ovdje.", Fact.NEWSLETTER),
        ("Ako ne želite da primate ove vesti, pišite nam.", Fact.NEWSLETTER),
        ("Не желите да примате ове вести?", Fact.NEWSLETTER),
        ("Odjava od novic je spodaj.", Fact.NEWSLETTER),
        ("Newsletter abmelden", Fact.NEWSLETTER),
        ("Click to unsubscribe.", Fact.NEWSLETTER),
        ("Na godišnjem sam do petka.", Fact.ABSENCE),
        ("Нисам у канцеларији до петка.", Fact.ABSENCE),
        ("Odsoten sem do petka.", Fact.ABSENCE),
        ("Ich bin im Urlaub.", Fact.ABSENCE),
        ("I am out of the office until Friday.", Fact.ABSENCE),
        ("Nismo vaši korisnici, molimo ponudu.", Fact.PROSPECT),
        ("Тражимо решење за 20 комерцијалиста.", Fact.PROSPECT),
        ("Iščemo rešitev za 20 potnikov.", Fact.PROSPECT),
        ("Wir sind noch kein Kunde und hätten gern eine Demo.", Fact.PROSPECT),
        ("We'd like to book a demo.", Fact.PROSPECT),
        ("Čestitamo, osvojili ste mobitel!", Fact.ADVERT),
    ],
)
def test_what_asks_for_nothing_is_known_and_wakes_nobody(text: str, fact: Fact) -> None:
    found = findings(read("", text)).keys()

    assert fact in found
    assert decide((0.3, 0.2, 0.1, 0.4), found).severity is NONE


@pytest.mark.parametrize(
    "text",
    [
        "Nitko ne može poslati narudžbu. -- Odjavite se s popisa ovdje.",
        "Нико не може да пошаље поруџбину, директор је на одмору. Нисам у канцеларији.",
        "Nihče ne more oddati naročila. Odsoten sem od 14h.",
        "Niemand kann Aufträge senden. Ich bin im Urlaub, bitte Kollegen anrufen.",
        "Nobody can log in since 7. Click here to unsubscribe from our newsletter.",
        "Orders fail for everyone. I am out of the office from noon.",
    ],
)
def test_an_outage_is_not_hidden_by_words_of_a_newsletter_or_an_absence(text: str) -> None:
    facts = findings(read("", text)).keys()

    assert decide((0.6, 0.0, 0.0, 0.4), facts).severity is CRITICAL


def test_words_of_a_newsletter_alone_do_not_hide_what_is_hardly_none() -> None:
    assert decide((0.7, 0.1, 0.0, 0.2), {Fact.NEWSLETTER}).severity is CRITICAL


@pytest.mark.parametrize(
    ("text", "since", "many"),
    [
        ("Od 6:30 ne radi prijava, svih 40 ljudi stoji.", "Od 6:30", "svih 40"),
        ("Од јутрос не ради пријава, 12 возила.", "Од јутрос", "12 возила"),
        ("Od včeraj ne dela prijava, 8 potnikov.", "Od včeraj", "8 potnikov"),
        ("Seit 5:10 Uhr geht nichts, 58 Leute warten.", "Seit 5:10", "58 Leute"),
        ("Login fails since yesterday for 1.200 users.", "since yesterday", "1.200 users"),
        ("Već 3 sata ne ide, 23 od 40 komercijalista.", "Već 3 sata", "23 od 40"),
    ],
)
def test_since_when_and_how_many_are_told_in_the_customers_words(
    text: str, since: str, many: str
) -> None:
    found = findings(read("", text))

    assert (found[Fact.SINCE].quote, found[Fact.HOW_MANY].quote) == (since, many)


def test_what_did_not_come_back_is_not_resolved() -> None:
    assert Fact.RESOLVED not in findings(read("", "Opet ništa ne radi."))
    assert Fact.RESOLVED in findings(read("", "Opet sve radi."))


def test_each_clause_is_told_with_what_is_left_without_it() -> None:
    assert clauses("Narudžbe", "Ne prolaze. Hvala!") == [
        ("Narudžbe", "ne prolaze. hvala"),
        ("Ne prolaze", "narudžbe. hvala"),
        ("Hvala", "narudžbe. ne prolaze"),
    ]
    assert clauses("", "Ne prolaze.") == []


def test_facts_come_with_the_customers_own_words() -> None:
    found = findings(read("", "Danas nitko ne može ući."))

    assert found[Fact.OUTAGE].quote == "nitko ne može"


@pytest.mark.parametrize(
    ("confidence", "level"),
    [(0, "low"), (0.54, "low"), (0.55, "medium"), (0.8, "high"), (1, "high")],
)
def test_a_confidence_is_told_in_words(confidence: float, level: str) -> None:
    assert level_of(confidence) == level
