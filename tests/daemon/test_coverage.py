"""Whether a request is covered is judged again where its severity or plan changes its cell."""

from dataclasses import replace
from typing import Any

import pytest

from rules.model import Request, Severity, State, Uncovered
from tests.daemon.command import Run
from tests.daemon.house import House
from tests.daemon.test_calls import NUMBER, OUTAGE, SLOW, change
from tests.daemon.test_joining import P

NOT_ARRANGED = "phone for significant is by arrangement, and the contract has none"


@pytest.fixture
def run(house: House, run: Run) -> Run:
    """A command beside the house; Premium's person has a telephone."""
    change(house, persons=lambda c: (replace(c.persons[0], phones=frozenset({NUMBER})),))
    return run


def call(house: House, run: Run, text: str) -> None:
    assert run("call", "--from", NUMBER, "--text", text).code == 0
    house.work()
    house.ignore()


def set_severity(house: House, severity: Severity, id: int = 1) -> Request:
    def act(tx: Any) -> Request:
        return house.desk.set_severity(tx, id, severity, "a word", "ana", house.now)

    made = house.store.write(act)
    house.ignore()
    return made


def credits(house: House, id: int = 1) -> list[int]:
    return [line.amount for line in house.store.read(lambda tx: tx.credits.of_request(id))]


def test_a_channel_that_the_graver_cell_grants_is_covered_and_draws_a_credit(
    house: House, run: Run
) -> None:
    call(house, run, SLOW)
    before = house.request()
    assert (before.covered, before.uncovered, credits(house)) == (False, (Uncovered.CHANNEL,), [])
    request = set_severity(house, Severity.CRITICAL)
    assert (request.covered, request.uncovered) == (True, ())
    assert "premium grants phone for critical" in request.reasons
    assert credits(house) == [1]


def test_a_channel_that_the_new_cell_lacks_is_billable_and_gives_the_credit_back(
    house: House, run: Run
) -> None:
    call(house, run, OUTAGE)
    assert (house.request().covered, credits(house)) == (True, [1])
    request = set_severity(house, Severity.SIGNIFICANT)
    assert (request.covered, request.uncovered) == (False, (Uncovered.CHANNEL,))
    assert NOT_ARRANGED in request.reasons
    assert request.state is State.OPEN
    assert credits(house) == [1, -1]


def test_to_and_fro_draws_one_credit(house: House, run: Run) -> None:
    call(house, run, OUTAGE)
    for severity in (Severity.SIGNIFICANT, Severity.CRITICAL, Severity.CRITICAL):
        set_severity(house, severity)
    assert credits(house) == [1, -1, 1]


def test_a_credit_that_a_person_gave_back_is_not_drawn_again(house: House, run: Run) -> None:
    call(house, run, OUTAGE)
    house.store.write(lambda tx: house.desk.refund(tx, 1, "our own fault", "ana", house.now))
    set_severity(house, Severity.SIGNIFICANT)
    assert set_severity(house, Severity.CRITICAL).covered
    assert credits(house) == [1, -1]


def test_where_the_credits_are_drawn_by_then_it_stays_billable(house: House, run: Run) -> None:
    call(house, run, SLOW)
    for number in range(2):
        house.mail(P, f"Question {number}", f"{number}. How do I export the price list?")
    house.ignore()
    request = set_severity(house, Severity.CRITICAL)
    assert (request.covered, request.uncovered) == (False, (Uncovered.DAILY_CREDITS,))
    assert credits(house) == []


def test_what_the_severity_does_not_bear_on_stays(house: House, run: Run) -> None:
    house.mail("c@basic.example", "Export", "How do I export the price list? Just a question.")
    house.ignore()
    before = house.request()
    assert before.uncovered == (Uncovered.UNREGISTERED_PERSON,)
    request = set_severity(house, Severity.CRITICAL)
    assert (request.covered, request.uncovered) == (before.covered, before.uncovered)


def test_a_severity_set_after_the_answer_is_billed_as_it_is_covered(house: House, run: Run) -> None:
    call(house, run, SLOW)
    house.store.write(lambda tx: house.desk.answer(tx, 1, "ana", "So.", "x", house.now))
    house.work()
    house.ignore()
    assert set_severity(house, Severity.CRITICAL).covered


def test_an_extra_that_is_agreed_later_covers_on_a_word_only(house: House, run: Run) -> None:
    call(house, run, SLOW)
    changed = ("contracts", "change", "premium")
    said = run(*changed, "extras=phone for significant").out
    assert ", covered\n" in said
    assert not house.request().covered
    run(*changed, "extras=")
    run(*changed, "extras=phone for significant", "--recompute", "--as", "ana")
    house.ignore()
    assert (house.request().covered, credits(house)) == (True, [1])
