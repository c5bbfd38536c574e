"""A provisional severity, from the words of a customer's newest message."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.model import Severity
from rules.severity import assess, detect
from rules.severity.facts import WEIGHTS, Fact
from rules.severity.findings import findings, read
from rules.severity.matching import Phrases
from rules.severity.phrases import FUNCTIONS, PHRASES
from rules.severity.words import fold, sentences

CRITICAL, SIGNIFICANT, MINOR, NONE = Severity


@pytest.mark.parametrize(
    "text",
    [
        "Ništa ne radi!",
        "nista ne radi",
        "Ништа нам не ради.",
        "Nič ne dela.",
        "Nichts geht mehr.",
        "Nothing works.",
        "Nitko ne može zaprimiti narudžbu.",
        "Nihče ne more oddati naročila.",
        "Niemand kann sich anmelden.",
        "Nobody can log in.",
        "Zašto ništa ne radi?",
        "We can see another company's orders.",
    ],
)
def test_nothing_works_is_critical_in_every_language(text: str) -> None:
    assert assess("", text).severity is CRITICAL


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("Kako mogu promijeniti adresu na računu?", NONE),
        ("Wie kann ich einen neuen Benutzer anlegen?", NONE),
        ("Could you send us a quote for ten more licences?", NONE),
        ("Out of office: I am on vacation until Monday.", NONE),
        ("Typo in the column label of the report.", MINOR),
        ("Narudžbe jednog kupca ne vidim, pa ih ručno prepisujem.", MINOR),
        (
            "In the Zadar branch the order screen fails for several reps; others work normally.",
            SIGNIFICANT,
        ),
    ],
)
def test_the_facts_decide(text: str, severity: Severity) -> None:
    assert assess("", text).severity is severity


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("Yesterday nothing worked, now it works again.", {CRITICAL, SIGNIFICANT}),
        ("Ništa nije radilo. Riješeno je, opet radi.", {CRITICAL, SIGNIFICANT}),
        ("What should we do if the system is down?", {CRITICAL, SIGNIFICANT}),
        ("Što ako nam ništa ne radi u subotu?", {CRITICAL, SIGNIFICANT}),
        ("We have no errors and no crashes.", {CRITICAL, SIGNIFICANT}),
        ("Nemamo greške u narudžbama.", {CRITICAL, SIGNIFICANT}),
        ("Na testnoj okolini ne radi prijava.", {CRITICAL, SIGNIFICANT}),
        ("On staging nothing works.", {CRITICAL}),
    ],
)
def test_what_is_over_supposed_denied_or_a_test_is_not_grave(
    text: str, never: set[Severity]
) -> None:
    assert assess("", text).severity not in never


def test_what_fails_after_it_was_resolved_counts() -> None:
    assert assess("", "Yesterday it was fixed. Since noon nothing works.").severity is CRITICAL


def test_the_example_outage_is_critical() -> None:
    example = Path(__file__).parents[2] / "examples" / "outage.eml"
    mail = message_from_bytes(example.read_bytes(), policy=policy.default)

    assert assess(mail["Subject"], mail.get_content()).severity is CRITICAL


def test_a_trouble_in_another_clause_than_the_if_counts() -> None:
    assert assess("", "If I press save, nothing works.").severity is CRITICAL


@pytest.mark.parametrize("text", ["Not resolved.", "Nije riješeno."])
def test_what_is_not_resolved_is_not_taken_for_resolved(text: str) -> None:
    assert not any("resolved" in reason for reason in assess("", text).reasons)


@pytest.mark.parametrize(
    ("plain", "shouted"),
    [
        ("How do I add a user?", "HOW DO I ADD A USER?"),
        ("How do I add a user?", "URGENT!!! Severity: critical. ASAP! How do I add a user?"),
        ("Boja ikone je čudna.", "HITNO!!! Boja ikone je čudna."),
        ("Nothing works.", "No hurry. Nothing works."),
    ],
)
def test_urgency_capitals_and_claims_decide_nothing(plain: str, shouted: str) -> None:
    assert assess("", shouted).severity is assess("", plain).severity


def test_a_tag_in_the_subject_decides_nothing() -> None:
    assert assess("[CRITICAL] [P1]", "How do I add a user?").severity is NONE


def test_the_subject_of_a_reply_is_not_newest_text() -> None:
    assert assess("Re: Nothing works", "Thanks for the quick help.").severity is NONE
    assert assess("Nothing works", "Please call me.").severity is CRITICAL


def test_a_reply_with_an_empty_text_still_has_its_subject() -> None:
    assert assess("Re: Nothing works", "").severity is CRITICAL


def test_reasons_quote_the_customers_own_words() -> None:
    found = assess("", "Od jutros ne radi\nsinkronizacija.")

    assert '"ne radi sinkronizacija": a main function is lost' in found.reasons


def test_a_quote_keeps_diacritics_and_cyrillic() -> None:
    assert assess("", "Ништа не ради").reasons[0] == '"Ништа не ради": nothing works'


@pytest.mark.parametrize("text", ["", "   ", "Bok Ana", "\U0001f44d", "vidi prilog"])
def test_where_nothing_is_found_a_person_is_asked(text: str) -> None:
    found = assess("", text)

    assert found.needs_review
    assert found.confidence < 0.5
    assert found.severity is MINOR


def test_where_two_are_about_as_likely_the_higher_is_taken() -> None:
    found = assess("", "Danas nam ne radi sinkronizacija na mobitelima.")

    assert found.needs_review
    assert found.severity is SIGNIFICANT
    assert found.reasons[-1].startswith("unsure")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Poštovani, od jutros nam ne radi prijava.", "hr"),
        ("Postovani, od jutros nam ne radi prijava.", "hr"),
        ("Šta da radimo? Niko ne može da se prijavi.", "hr"),
        ("Поштовани, не ради нам пријава.", "sr"),
        ("Pozdravljeni, kako lahko dodamo uporabnika?", "sl"),
        ("Guten Tag, wir können uns nicht anmelden.", "de"),
        ("Hello, we cannot log in.", "en"),
        ("Buongiorno, grazie mille", ""),
        ("12345", ""),
        ("", ""),
    ],
)
def test_the_language_is_told_as_far_as_an_answer_needs_it(text: str, language: str) -> None:
    assert detect(text) == language
    assert assess("", text).language == language


def test_asking_how_to_do_a_thing_reports_no_failure() -> None:
    assert assess("", "How can I find a missing invoice?").severity is NONE


def test_few_words_are_reviewed_however_clear_they_sound() -> None:
    assert assess("", "Ništa ne radi").needs_review
    assert not assess("", "Ništa ne radi, svi čekaju, nitko ne može slati narudžbe").needs_review


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Nothing works since the installation.", Fact.WISH),
        ("Ne možemo slati narudžbe, ni ručno.", Fact.WORKAROUND),
    ],
)
def test_words_that_a_graver_fact_explains_do_not_count(text: str, fact: Fact) -> None:
    assert not any(reason.endswith(f": {fact.value}") for reason in assess("", text).reasons)


def test_a_language_that_is_known_is_kept() -> None:
    assert assess("", "Nothing works.", "de").language == "de"


@given(st.text(), st.text())
def test_any_text_gives_an_honest_assessment(subject: str, text: str) -> None:
    found = assess(subject, text)

    assert 0 < found.confidence <= 0.8
    assert found.reasons
    assert not any("\n" in reason for reason in found.reasons)


@given(st.text(alphabet="Ništa nè ради! ĆĐŽß'’,.?\n"))
def test_every_word_is_folded_and_stands_where_it_says(text: str) -> None:
    for sentence in sentences(text):
        for word in sentence.words:
            assert re.fullmatch(r"\w+", word.folded)
            assert fold(sentence.source[word.start : word.end]) == word.folded


class _CountedPhrases(Phrases[Fact]):
    looks = 0

    def _starting(self, word: str) -> Iterator[tuple[Fact, tuple[str, ...]]]:
        self.looks += 1
        return super()._starting(word)


@pytest.mark.parametrize(
    "junk", ["ne ", "ako ne ", "nitko ne moze ", "a", "\n", "?! ", "opet radi. "]
)
def test_a_megabyte_of_junk_costs_no_more_than_what_is_looked_at(junk: str) -> None:
    megabyte = junk * (1_000_000 // len(junk))
    counted = _CountedPhrases({Fact.OUTAGE: ["ne _ radi"]})

    read = sentences(megabyte)
    for sentence in read:
        assert list(counted.hits(sentence)) == []
    assess(megabyte, megabyte)

    assert sum(len(s.source) for s in read[:1]) <= 10_000
    assert counted.looks <= 10_000


def test_every_phrase_is_spelled_as_words_are_folded() -> None:
    phrases = [p for table in (*PHRASES.values(), FUNCTIONS) for p in table]

    for phrase in phrases:
        for part in phrase.split():
            assert part == "_" or fold(part.removesuffix("*")) == part.removesuffix("*"), phrase


def test_every_fact_has_phrases_and_a_weight_for_each_severity() -> None:
    for fact in Fact:
        assert len(WEIGHTS[fact]) == len(Severity)
        assert fact in (Fact.FUNCTION_LOST, Fact.TERSE) or PHRASES[fact]


def test_a_gap_lets_three_words_stand_between() -> None:
    phrases = Phrases({Fact.OUTAGE: ["nista _ radi"]})

    def found(text: str) -> bool:
        return any(list(phrases.hits(s)) for s in sentences(text))

    assert found("nista radi")
    assert found("nista nam vise ne radi")
    assert not found("nista nam danas vise ne radi")
    assert not found("nista. radi")


def test_a_stem_too_short_to_find_is_refused() -> None:
    with pytest.raises(ValueError, match="phrase 'a\\*'"):
        Phrases({Fact.OUTAGE: ["a*"]})


@pytest.mark.parametrize(
    "text",
    [
        "Staging wiped all customers last night, prod is ok.",
        "Im Testmandanten kann niemand arbeiten. Der Echtbetrieb läuft einwandfrei.",
        "V testnem okolju nihče ne more oddati naročila, v produkciji je vse v redu.",
        "Na testnom okruženju ne možemo ni do prijave. U produkciji sve radi kako treba.",
        "Тест сервер је пао. Продукција ради нормално.",
    ],
)
def test_that_production_is_fine_is_understood(text: str) -> None:
    assert {Fact.TEST_SYSTEM, Fact.PRODUCTION_FINE} <= findings(read("", text)).keys()


@pytest.mark.parametrize("text", ["This is NOT the test system.", "Nije testna okolina!"])
def test_what_is_not_the_test_system_is_not_taken_for_it(text: str) -> None:
    assert Fact.TEST_SYSTEM not in findings(read("", text))
