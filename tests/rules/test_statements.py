"""What a month's statement says of each request, and of the whole."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rules.model import (
    Clock,
    CloseReason,
    Contract,
    Credit,
    Playbook,
    Request,
    Severity,
    State,
    Target,
)
from rules.statements import CreditUse, Month, Outcome, Statement, state
from tests.storage.nouns import a_request

ZAGREB = ZoneInfo("Europe/Zagreb")
MARCH = Month(date(2026, 3, 1))
FRIDAY = datetime(2026, 3, 6, 15, 40, tzinfo=UTC)  # 16:40 in Zagreb
DUE = datetime(2026, 3, 9, 14, 40, tzinfo=UTC)  # Monday 15:40: 20 min and 7 h 40 min
NOW = datetime(2026, 4, 2, 8, 0, tzinfo=UTC)
REQUEST = a_request(
    id=1,
    received_at=FRIDAY,
    sender="maja@adria.example",
    sender_name="Maja",
    subject="Export",
    contract_id=1,
    customer="Adria",
    plan="standard",
    policy="2019-09-12",
    confidence=1.0,
    covered=True,
    reasons=(),
    language="hr",
    clock_starts_at=FRIDAY,
    first_response_due_at=DUE,
)
ANSWERED = {"state": State.ANSWERED, "first_response_by": "ana"}


def stated(playbook: Playbook, *requests: Request, now: datetime = NOW) -> Statement:
    def promised(request: Request) -> tuple[Target, Clock]:
        policy = playbook.policy
        return policy.plans[request.plan].targets[request.severity], policy.clock

    return state("Adria", MARCH, requests, (), promised, ZAGREB, now)


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        (ANSWERED | {"first_response_at": DUE}, Outcome.IN_TIME),
        (
            ANSWERED | {"first_response_at": DUE + timedelta(seconds=1), "breached_at": DUE},
            Outcome.LATE,
        ),
        ({"breached_at": DUE}, Outcome.LATE),
        ({}, Outcome.LATE),  # due, and nobody has marked it yet
        ({"first_response_due_at": NOW + timedelta(hours=1)}, Outcome.OPEN),
        # Its severity was raised when the new deadline was past: late, though answered before.
        (ANSWERED | {"first_response_at": FRIDAY, "breached_at": NOW}, Outcome.LATE),
        (
            {"state": State.HELD, "first_response_due_at": None, "review_due_at": DUE},
            Outcome.HELD,
        ),
        ({"state": State.CLOSED, "close_reason": CloseReason.DUPLICATE}, Outcome.ENDED),
    ],
)
def test_a_promise_was_kept_broken_or_is_not_to_be_judged(
    playbook: Playbook, changed: dict[str, Any], outcome: Outcome
) -> None:
    [line] = stated(playbook, replace(REQUEST, **changed)).lines
    assert line.outcome is outcome


def test_what_was_taken_is_counted_in_the_window_as_the_target_is(playbook: Playbook) -> None:
    answered = replace(REQUEST, **ANSWERED, first_response_at=DUE)
    [line] = stated(playbook, answered).lines
    assert (line.taken, line.target) == (timedelta(hours=8), timedelta(hours=8))
    early = replace(answered, clock_starts_at=DUE, first_response_at=FRIDAY)
    assert stated(playbook, early).lines[0].taken == timedelta()
    assert stated(playbook, REQUEST).lines[0].taken is None


def test_attainment_is_the_share_in_time_of_what_was_answered_or_due(playbook: Playbook) -> None:
    kept = replace(REQUEST, **ANSWERED, first_response_at=FRIDAY)
    statement = stated(
        playbook,
        kept,
        kept,
        replace(REQUEST, severity=Severity.CRITICAL, breached_at=DUE),
        replace(REQUEST, first_response_due_at=NOW + timedelta(hours=1)),
        replace(REQUEST, state=State.CLOSED),
    )
    assert statement.attainment() == Fraction(2, 3)
    assert statement.attainment(Severity.MINOR) == 1
    assert statement.attainment(Severity.CRITICAL) == 0
    assert statement.attainment(Severity.NONE) is None


def test_what_is_served_though_not_covered_is_billable_unless_it_ended_unanswered(
    playbook: Playbook,
) -> None:
    paid = replace(REQUEST, id=2, covered=False)
    ended = replace(paid, id=3, state=State.CLOSED, close_reason=CloseReason.NOT_A_REQUEST)
    held = replace(paid, id=4, covered=None, state=State.HELD)
    found = stated(playbook, REQUEST, paid, ended, held).billable
    assert [line.request.id for line in found] == [2]


def test_credits_not_drawn_are_left_and_never_less_than_none() -> None:
    contract = Contract(1, "Adria", "standard", date(2026, 1, 1), date(2026, 12, 31))

    def use(*amounts: int) -> CreditUse:
        lines = [Credit(1, 1, MARCH.first, amount, "why", NOW, "ana") for amount in amounts]
        return CreditUse(contract, 2, tuple(lines))

    assert (use(1, 1, -1).drawn, use(1, 1, -1).returned, use(1, 1, -1).left) == (1, 1, 1)
    assert use(1, 1, 1).left == 0


@pytest.mark.parametrize(
    ("month", "last", "begins_at"),
    [
        (date(2026, 3, 1), date(2026, 3, 31), datetime(2026, 2, 28, 23, tzinfo=UTC)),
        (date(2026, 4, 1), date(2026, 4, 30), datetime(2026, 3, 31, 22, tzinfo=UTC)),
        (date(2024, 2, 1), date(2024, 2, 29), datetime(2024, 1, 31, 23, tzinfo=UTC)),
        (date(2026, 12, 1), date(2026, 12, 31), datetime(2026, 11, 30, 23, tzinfo=UTC)),
    ],
)
def test_a_month_begins_and_ends_by_the_local_calendar(
    month: date, last: date, begins_at: datetime
) -> None:
    assert Month.of(last) == Month(month)
    assert Month(month).last == last
    assert Month(month).begins_at(ZAGREB) == begins_at


def test_a_month_is_open_until_the_next_begins(playbook: Playbook) -> None:
    end = datetime(2026, 3, 31, 22, tzinfo=UTC)
    assert stated(playbook, now=end - timedelta(seconds=1)).month_is_open
    assert not stated(playbook, now=end).month_is_open
