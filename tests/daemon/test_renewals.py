"""Contracts that run out: somebody of ours is told in good time, once, and the list says so."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from daemon.renewals import Renewals
from rules.model import Contract
from tests.daemon.command import Run
from tests.daemon.house import House, contract

NOTICE = {"renewal_notice": 60}
"""Of a contract until the end of 2026: by the 1st of November."""


def stored(house: House, *contracts: Contract) -> None:
    """These alone run; those of the house were all ended long ago."""

    def put(tx: Any) -> None:
        ended = [replace(c, ended_on=date(2026, 2, 1)) for c in tx.contracts.all()]
        tx.contracts.put([*ended, *contracts])

    house.store.write(put)


def look(house: House, local: str) -> None:
    house.at(local)
    renewals = Renewals(
        house.thread, house.playbook, house.desk._notices, lambda: house.now, lambda: None
    )
    for _ in range(2):
        house.loop.run_until_complete(renewals.round())
    house.work()


def test_a_month_and_a_week_before_the_last_day_to_give_notice_somebody_hears_once(
    house: House,
) -> None:
    stored(house, contract("Nova", "premium", "n@nova.example", **NOTICE))
    look(house, "2026-10-01T12:00")
    assert house.unasked() == []
    look(house, "2026-10-02T12:00")
    alarm = house.alarm()
    assert "the contract of Nova runs out" in alarm.subject
    assert "until 2026-11-01 either side may say that it is not renewed" in alarm.text
    look(house, "2026-10-24T12:00")
    assert house.unasked() == []
    look(house, "2026-10-25T12:00")
    assert house.alarm().id != alarm.id
    look(house, "2026-11-02T12:00")
    assert house.unasked() == []


def test_without_a_notice_agreed_the_end_is_what_counts(house: House) -> None:
    stored(house, contract("Nova", "premium", "n@nova.example"))
    look(house, "2026-12-28T12:00")
    assert "it ends, and no further term is stored" in house.alarm().text


@pytest.mark.parametrize("how", ["ended", "followed"])
def test_what_is_ended_or_goes_on_anyway_needs_nobody(house: House, how: str) -> None:
    nova = contract("Nova", "premium", "n@nova.example")
    next_term = replace(nova, starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31))
    ended = replace(nova, ended_on=date(2026, 12, 30))
    stored(house, *([ended] if how == "ended" else [nova, next_term]))
    look(house, "2026-12-28T12:00")


def test_the_list_shows_what_runs_out_soon(house: House, run: Run) -> None:
    stored(house, contract("Nova", "premium", "n@nova.example", **NOTICE))
    house.at("2026-09-01T12:00")
    assert "runs out soon" not in run("contracts", "list").out
    house.at("2026-10-12T12:00")
    said = run("contracts", "list").out
    assert "runs out soon: Nova, last day to give notice 2026-11-01 (in 20 days)\n" in said
    told = [json.loads(line) for line in run("contracts", "list", "--json").out.splitlines()]
    assert [each["runs_out_on"] for each in told if each["customer"] == "Nova"] == ["2026-11-01"]
