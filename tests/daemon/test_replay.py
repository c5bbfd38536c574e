"""The price of a promise before it is made; and why one is due when it is."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from daemon.cli.why import why
from rules.model import Clock, Severity
from tests.daemon.command import Command
from tests.daemon.house import House

QUESTION = "How do I export the price list to Excel? It is not urgent, just a question."
P = "p@premium.example"
STRICTER = """
[plans.premium]
credits_per_month = 10
credits_per_day = 2
registered_persons = 3
response_priority = true
discount = true
[plans.premium.first_response]
critical = { within = "1h", from = "08:00", to = "24:00", working_days = false, channels = ["email"] }
significant = { within = "1h", from = "08:00", to = "22:00", working_days = true, channels = ["email"] }
minor = { within = "1h", from = "08:00", to = "20:00", working_days = true, channels = ["email"] }
none = { within = "1h", from = "09:00", to = "17:00", working_days = true, channels = ["email"] }
"""  # noqa: E501 (an inline table is one line)
NEXT_YEAR = """
[[policies]]
effective_from = 2027-01-01
clock = "elapsed"
"""


@pytest.fixture
def recorded(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Two questions: one answered after two hours, one of another customer after a minute."""
    monkeypatch.setenv("SUPPORTD_CONFIG", str(house.path))
    house.mail(P, "Price list", QUESTION)
    house.mail("s@standard.example", "Price list", QUESTION)
    house.mail("maja@private.example", "Price list", QUESTION)
    for id, minutes in ((2, 1), (1, 119)):
        house.pass_(minutes=minutes)
        house.store.write(lambda tx, id=id: house.desk.answer(tx, id, "ana", "So.", "x", house.now))
        house.work()
    house.ignore()
    return house


def replay(command: Command, text: str, *more: str) -> Any:
    path = command.path / "new.toml"
    path.write_text(text, encoding="utf-8")
    return command("replay", "--policy", str(path), *more)


def test_what_would_move_and_be_late_is_shown_with_totals(
    recorded: House, supportd: Command, scratch: Path
) -> None:  # fmt: skip
    before = (scratch / "house.db").read_bytes()
    done = replay(supportd, STRICTER)
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert lines == [
        "# customer promise owed from due then due answered kept",
        "1 Premium d.o.o. premium none Wed 2026-03-04 10:00 Thu 2026-03-05 10:00"
        " Wed 2026-03-04 11:00 Wed 2026-03-04 12:00 in time -> late",
        "",
        "2 requests: 1 due earlier, 0 later, 1 as before",
        "late: 0 -> 1",
        "attainment: 100.0% -> 50.0%",
        "not replayed: 1 held, 0 closed unanswered",
    ]
    assert (scratch / "house.db").read_bytes() == before


def test_the_present_policy_moves_nothing(recorded: House, supportd: Command) -> None:
    lines = replay(supportd, "", "--json").out.splitlines()
    *each, totals = map(json.loads, lines)
    assert [one["other_due_at"] == one["due_at"] for one in each] == [True, True]
    assert (totals["earlier"], totals["later"], totals["attainment"]) == (0, 0, 1.0)


def test_only_what_was_received_in_the_span_is_replayed(
    recorded: House, supportd: Command
) -> None:  # fmt: skip
    for span in (("--from", "2026-03-05"), ("--to", "2026-03-04")):
        done = replay(supportd, STRICTER, *span)
        assert done.out.splitlines() == [
            "0 requests: 0 due earlier, 0 later, 0 as before",
            "late: 0 -> 0",
            "attainment: - -> -",
        ]


def test_mistakes_of_the_other_policy_are_told_at_once(
    recorded: House, supportd: Command
) -> None:  # fmt: skip
    done = replay(supportd, 'clock = "sun"\n[store]\nurl = "sqlite:///x"')
    assert done.code == 1
    assert [line.partition(": ")[2] for line in done.said.splitlines()] == [
        'clock: must be "window" or "elapsed"',
        "store: unknown key; known here: effective_from, timezone, holidays, closed_days,"
        " open_days, clock, uncovered, plans",
    ]


def test_show_explains_the_deadline_in_a_sentence(
    recorded: House, supportd: Command
) -> None:  # fmt: skip
    told = json.loads(supportd("show", "1", "--json").out)
    assert told["policy"] == "2019-09-12"
    assert told["why"] == [
        "received Wed 10:00, window 9–17 on working days: 7 h on Wednesday, 1 h on Thursday,"
        " due Thu 10:00",
        "the first response is owed within 8 h (premium none, policy of 2019-09-12)",
    ]
    assert "received Wed 10:00, window 9–17" in " ".join(supportd("show", "1").out.split())
    held = json.loads(supportd("show", "3", "--json").out)["why"]
    assert held[1].startswith("our review is owed within 48 h (basic none")
    assert held[2].startswith("late by")  # by the machine's own clock


def test_a_version_that_does_not_hold_yet_moves_nothing_that_is_asked_about(
    house: House, supportd: Command
) -> None:  # fmt: skip
    config = house.path.read_text(encoding="utf-8")
    house.path.write_text(f"{config}{NEXT_YEAR}", encoding="utf-8")
    for command, field in (("due", "due"), ("simulate", "at")):
        for received, due in (
            ("2026-03-04T16:00", "2026-03-05T16:00:00+01:00"),
            ("2027-03-03T16:00", "2027-03-04T00:00:00+01:00"),
        ):
            cell = ("--plan", "premium", "--severity", "none", "--received", received)
            told = [
                json.loads(line) for line in supportd(command, *cell, "--json").out.splitlines()
            ]
            assert due in [each[field] for each in told], (command, received)


def test_by_the_elapsed_clock_all_hours_are_left(house: House) -> None:
    house.under(replace(house.playbook, policy=replace(house.playbook.policy, clock=Clock.ELAPSED)))
    house.mail(P, "Price list", QUESTION)
    house.at("2026-03-04T17:30")
    house.ignore()
    told = why(house.request(), house.playbook, house.now)
    assert told[-1] == "30 min are left"


def test_of_two_due_at_once_the_plan_with_priority_is_first_in_json_too(
    house: House, supportd: Command, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setenv("SUPPORTD_CONFIG", str(house.path))
    for sender, severity in (("b@basic.example", "significant"), (P, "minor")):
        house.mail(sender, "Price list", QUESTION)
        level = Severity(severity)
        id = max(request.id for request in house.requests())
        house.store.write(
            lambda tx, id=id, level=level: house.desk.set_severity(
                tx, id, level, "x", "ana", house.now
            )
        )
    house.ignore()
    assert len({request.first_response_due_at for request in house.requests()}) == 1
    told = [json.loads(line) for line in supportd("requests", "--json").out.splitlines()]
    assert [each["plan"] for each in told] == ["premium", "basic"]
