"""The page of a statement is in its customer's language, with its dates and amounts."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from selectolax.lexbor import LexborHTMLParser

from daemon.letters.overrides import LANGUAGES_OF_FILES, file_of
from daemon.letters.templates import sections
from daemon.letters.words import LANGUAGES
from daemon.statements.page import page
from rules.model import (
    CloseReason,
    Credit,
    FollowUpBreach,
    OfferState,
    Severity,
    State,
    Uncovered,
)
from rules.statements import CreditUse, Line, Month, Outcome, Statement
from tests.storage.nouns import a_contract, a_request, an_offer

ZAGREB = ZoneInfo("Europe/Zagreb")
AT = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def statement(language: str) -> Statement:
    """One request of each outcome, a credit, a late follow-up and accepted work."""
    contract = a_contract(plan="standard", language=language)
    lines = [
        Line(
            a_request(
                id=number,
                received_at=AT,
                first_response_due_at=AT + HOUR,
                first_response_at=AT + HOUR,
                severity=Severity.CRITICAL,
                severity_by="ana",
                provisional_severity=Severity.NONE,
                state=State.ANSWERED,
                covered=False,
                uncovered=(list(Uncovered)[number],),
                subject="<b>Izvoz</b>",
                close_reason=CloseReason.WITHDRAWN if outcome is Outcome.ENDED else None,
            ),
            outcome,
            HOUR,
            HOUR / 2,
        )
        for number, outcome in enumerate(Outcome)
    ]
    credit = Credit(1, 1, date(2026, 3, 4), 1, "opened", AT, "supportd")
    offer = an_offer(state=OfferState.ACCEPTED, decided_at=AT, decided_by="Maja")
    return Statement(
        "Adria <d.o.o.>",
        Month(date(2026, 3, 1)),
        AT,
        month_is_open=False,
        lines=tuple(lines),
        credits=(CreditUse(contract, 5, (credit,)),),
        offers=(offer,),
        follow_ups=(FollowUpBreach(1, Severity.CRITICAL, AT, AT + HOUR, AT + HOUR),),
    )


def said(language: str) -> tuple[LexborHTMLParser, str]:
    found = LexborHTMLParser(page([statement(language)], ZAGREB))
    text = " ".join((found.body.text() if found.body else "").split())
    return found, text.replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Support statement: March 2026, plan standard; as of Wednesday, 4 March 2026"),
        ("hr", "Izvještaj o podršci: ožujak 2026., plan standard; stanje: srijeda, 4. ožujka"),
        ("bs", "Izvještaj o podršci: mart 2026., plan standard; stanje: srijeda, 4. mart 2026."),
        ("sr", "Izveštaj o podršci: mart 2026., plan standard; stanje: sreda, 4. mart 2026."),
        ("sr-Cyrl", "Извештај о подршци: март 2026., план standard; стање: среда, 4. март"),
        ("sl", "Poročilo o podpori: marec 2026, paket standard; stanje: sreda, 4. marec 2026"),
        ("de", "Support-Bericht: März 2026, Tarif standard; Stand: Mittwoch, 4. März 2026"),
    ],
)
def test_the_page_is_in_the_contracts_language(language: str, words: str) -> None:
    found, text = said(language)
    assert words in text
    assert found.css_first("section").attributes["lang"].startswith(language[:2])  # type: ignore[union-attr]
    assert "229" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_another_language_stands_in_the_page(language: str) -> None:
    found, text = said(language)
    assert not any(sign in text for sign in ("$", "None", "{{"))
    assert "Adria <d.o.o.>" in text
    assert "<b>Izvoz</b>" in text
    english = ("drawn", "Received", "late", "billable", "provisional", "lapsed", "withdrawn")
    if language != "en":
        assert [word for word in english if word in text] == []
    assert len(found.css("td.late, td.in_time, td.open, td.held, td.ended")) == 5 + 1


@pytest.mark.parametrize("language", LANGUAGES_OF_FILES)
def test_every_language_says_the_same_things_with_the_same_values(language: str) -> None:
    def values(name: str) -> dict[str, list[str]]:
        return {h: sorted(t.get_identifiers()) for h, t in sections(name).items()}

    assert values(file_of(language, "statement")) == values(file_of("en", "statement"))


def test_where_no_contract_says_the_configurations_language_is_taken() -> None:
    assert "Poročilo o podpori" in page([statement("")], ZAGREB, "sl")


def test_each_customer_reads_their_own_language_on_one_page() -> None:
    found = LexborHTMLParser(page([statement("de"), statement("hr")], ZAGREB))
    assert [section.attributes["lang"] for section in found.css("section")] == ["de", "hr"]
