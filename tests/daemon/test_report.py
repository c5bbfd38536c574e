"""A customer's month, as a table, CSV, JSON and a page."""

import csv
import io
import json
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from rules.model import CloseReason, Severity
from tests.daemon.command import Run
from tests.daemon.house import House

QUESTION = "How do I export the price list to Excel? It is not urgent, just a question."
HOSTILE = '=HYPERLINK("http://evil.example") <script>alert(1)</script> {{ 7 * 7 }}'


@pytest.fixture
def march(house: House) -> House:
    """Standard's March: one answered in time, one raised and late, one billable, one ended."""
    for number in range(3):
        house.mail("s@standard.example", f"{HOSTILE} {number}", f"{number}. {QUESTION}")
    house.mail("c@standard.example", "Spam", QUESTION)

    def act(tx: object) -> None:
        desk, now = house.desk, house.now
        desk.set_severity(tx, 2, Severity.SIGNIFICANT, "all reps", "ana", now)  # type: ignore[arg-type]
        desk.close(tx, 3, CloseReason.WITHDRAWN, "ana", now)  # type: ignore[arg-type]
        notice = desk.answer(tx, 1, "ana", "Menu, Export.", "test", now)  # type: ignore[arg-type]
        assert notice

    house.store.write(act)
    house.mail("s@standard.example", "Beyond", f"4. {QUESTION}")
    house.at("2026-03-05T10:00")
    house.ignore()
    return house


def test_a_month_is_stated_in_numbers(march: House, run: Run) -> None:
    told = json.loads(run("report", "standard", "--month", "2026-03", "--json").out)
    lines = told.pop("lines")
    assert told == {
        "customer": "Standard d.o.o.",
        "month": "2026-03",
        "requests": 4,
        "in_time": 1,
        "late": 1,
        "open": 1,
        "held": 0,
        "ended": 1,
        "attainment": 0.5,
        "credits_granted": 5,
        "credits_drawn": 2,
        "billable": 1,
        "accepted_offers": [],
        "late_follow_ups": [],
    }
    raised = next(line for line in lines if line["request"] == 2)
    assert (raised["provisional_severity"], raised["severity"]) == ("none", "significant")
    assert raised["target_minutes"] == 120
    answered = next(line for line in lines if line["request"] == 1)
    assert (answered["taken_minutes"], answered["outcome"]) == (0, "in time")


def test_a_month_is_stated_for_people(march: House, run: Run) -> None:
    said = run("report", "standard", "--month", "2026-03").out
    assert "  requests    4: 1 in time, 1 late, 1 open, 1 ended\n" in said
    assert "  attainment  50 % (significant 0 %, none 100 %)\n" in said
    assert "  credits     2 of 5 drawn, 0 given back\n" in said
    assert "  billable    1: #5\n" in said
    assert "none → significant" in said
    everybody = run("report", "--month", "2026-03").out
    assert [line.split()[0] for line in everybody.splitlines()[1:]] == [
        "Basic",
        "Premium",
        "Standard",
    ]


def test_what_a_spreadsheet_would_compute_is_text(march: House, run: Run) -> None:
    done = run("report", "standard", "--month", "2026-03", "--csv")
    rows = list(csv.DictReader(io.StringIO(done.out), delimiter=";"))
    assert [row["request"] for row in rows] == ["1", "2", "3", "5"]
    assert rows[0]["subject"].startswith("'=HYPERLINK")
    assert (rows[3]["billable"], rows[3]["uncovered"]) == ("yes", "daily_credits")


def test_the_page_shows_customers_words_as_words_and_fetches_nothing(
    march: House, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "march.html"
    done = run("report", "standard", "--month", "2026-03", "--html", str(file))
    assert (done.code, done.out) == (0, "")
    text = file.read_text(encoding="utf-8")
    page = LexborHTMLParser(text)
    assert page.css("script, link, img, iframe, object, [src], [href], [onload]") == []
    assert HOSTILE in page.text()
    assert len(page.css("svg[role=img]")) == 3
    rows = [row.text(separator="|") for row in page.css("section table")[0].css("tbody tr")]
    assert len(rows) == 4
    assert "bez utjecaja → značajno" in rows[1]
    assert "http" not in text.replace("http-equiv", "").replace("http://evil.example", "")
    told = [use.text().replace("\xa0", " ") for use in page.css("dd")]
    assert told == ["4", "50 %", "1", "2 od 5", "1"]


def test_a_page_for_all_has_a_section_for_each_customer(march: House, run: Run) -> None:
    page = LexborHTMLParser(run("report", "--month", "2026-03", "--html", "-").out)
    found = [heading.text() for heading in page.css("h1")]
    assert found == ["Basic d.o.o.", "Premium d.o.o.", "Standard d.o.o."]
    assert "There was no request in this month." in page.css("section")[0].text()


def test_a_breach_counts_in_the_month_in_which_the_request_came(house: House, run: Run) -> None:
    house.at("2026-03-31T23:30")
    house.mail("s@standard.example", "Export", QUESTION)
    house.at("2026-04-10T10:00")
    house.ignore()
    march, april = (
        json.loads(run("report", "standard", "--month", month, "--json").out)
        for month in ("2026-03", "2026-04")
    )
    assert (march["late"], march["credits_drawn"]) == (1, 1)
    assert (april["requests"], april["credits_drawn"]) == (0, 0)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["nobody"], "no customer is called 'nobody'"),
        (["--month", "March"], "'March' is no month"),
        (["--html", "/nowhere/at/all.html"], "/nowhere/at/all.html: No such file"),
    ],
)
def test_what_cannot_be_is_refused(house: House, run: Run, args: list[str], told: str) -> None:
    done = run("report", *args)
    assert done.code == 1
    assert told in done.said
