"""Grave messages after the first response: what was not answered in time is told apart."""

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from daemon.statements.gather import statement
from rules.model import FollowUpBreach, Severity
from rules.statements import Month, Statement
from tests.daemon.command import Run
from tests.daemon.house import House
from tests.daemon.test_joining import OUTAGE, QUESTION, P
from tests.daemon.test_what_is_owed import answer, spoke


@pytest.fixture
def owed(house: House) -> House:
    """Request 1 was answered on Wednesday at 10; from then on an outage is owed an answer by 11."""
    house.mail(P, "Price list", QUESTION)
    answer(house, 1)
    house.mail(P, "Re: [#1] Price list", OUTAGE)
    return house


def breaches(house: House) -> list[FollowUpBreach]:
    return house.store.read(lambda tx: tx.follow_ups.of_request(1))


def stated(house: House, month: int = 3) -> Statement:
    return house.store.read(
        lambda tx: statement(
            tx,
            tx.contracts.of_customer("Premium d.o.o."),
            Month(date(2026, month, 1)),
            house.playbook,
            house.now,
        )
    )


def test_a_follow_up_nobody_answers_in_time_is_on_record_once(owed: House) -> None:
    received_at = owed.now
    owed.pass_(minutes=59)
    assert breaches(owed) == []
    owed.pass_(hours=3)
    owed.ignore()
    due_at = received_at + timedelta(hours=1)
    assert breaches(owed) == [FollowUpBreach(1, Severity.CRITICAL, received_at, due_at, due_at)]
    assert owed.history().count("deadline passed") == 1
    answer(owed, 1, "Again.")
    owed.ignore()
    assert len(breaches(owed)) == 1


def test_it_leaves_the_first_response_in_time(owed: House) -> None:
    owed.pass_(hours=2)
    owed.ignore()
    found = stated(owed)
    assert (found.attainment(), len(found.follow_ups)) == (1, 1)
    assert owed.request().breached_at is None


def test_one_that_is_answered_in_time_is_none(owed: House) -> None:
    owed.pass_(minutes=30)
    answer(owed, 1, "Again.")
    owed.pass_(hours=3)
    owed.ignore()
    assert breaches(owed) == []


def test_one_answered_late_before_the_watch_looked_is_one(owed: House) -> None:
    due_at = owed.now + timedelta(hours=1)
    owed.now += timedelta(hours=2)
    spoke(owed, 1, owed.now)
    owed.work()
    owed.ignore()
    assert [(b.due_at, b.at) for b in breaches(owed)] == [(due_at, owed.now)]


def test_one_answered_in_time_past_us_is_none_after_all(owed: House) -> None:
    spoken_at = owed.now + timedelta(minutes=30)
    owed.pass_(hours=2)
    assert len(breaches(owed)) == 1
    spoke(owed, 1, spoken_at)
    owed.ignore()
    assert breaches(owed) == []
    assert stated(owed).follow_ups == ()


def test_it_counts_in_the_month_of_its_own_message(house: House) -> None:
    house.mail(P, "Price list", QUESTION)
    answer(house, 1)
    house.at("2026-03-31T23:55")
    house.mail(P, "Re: [#1] Price list", OUTAGE)
    house.at("2026-04-01T12:00")
    house.ignore()
    assert len(stated(house).follow_ups) == 1
    assert stated(house, 4).follow_ups == ()


def test_it_is_shown_and_stated_apart(owed: House, run: Run, tmp_path: Path) -> None:
    owed.pass_(hours=2)
    owed.ignore()
    late = {
        "request": 1,
        "severity": "critical",
        "received_at": "2026-03-04T10:00:00+01:00",
        "due_at": "2026-03-04T11:00:00+01:00",
    }
    shown = run("show", "1").out
    assert "Follow-ups not answered in time\n- critical, received Wed 2026-03-04 10:00" in shown
    assert json.loads(run("show", "1", "--json").out)["late_follow_ups"] == [late]
    report = ("report", "premium", "--month", "2026-03")
    assert "  follow-ups  1 late: critical in #1\n" in run(*report).out
    assert json.loads(run(*report, "--json").out)["late_follow_ups"] == [late]
    rows = list(csv.DictReader(io.StringIO(run(*report, "--csv").out), delimiter=";"))
    assert [row["what"] for row in rows] == ["request", "follow-up"]
    assert {name: rows[1][name] for name in late} == {name: str(x) for name, x in late.items()}
    assert (rows[0]["outcome"], rows[1]["outcome"]) == ("in time", "late")
    page = LexborHTMLParser(run(*report, "--html", "-").out)
    assert "critical" in page.css("td.late")[0].parent.text()


def test_a_follow_up_that_is_owed_stands_among_what_is_owed(owed: House, run: Run) -> None:
    listed = run("requests").out
    assert "1  follow-up  " in listed
    assert "Wed 2026-03-04 11:00" in listed
    told = json.loads(run("requests", "--json").out)
    assert (told["state"], told["follow_up_due_at"]) == ("answered", "2026-03-04T11:00:00+01:00")
    assert run("requests", "--state", "open").out.startswith("nothing is owed")
    owed.ignore()
