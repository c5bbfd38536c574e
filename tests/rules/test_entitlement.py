"""The decision table of what a contract covers, row by row, served and held."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rules.contracts import Bond, Match, term_for
from rules.entitlement import TABLE, Drawn, entitle
from rules.model import (
    Channel,
    Contract,
    Extra,
    Policy,
    RegisteredPerson,
    Severity,
    Treatment,
    Uncovered,
)

DAY = date(2026, 3, 4)
CONTRACT = Contract(
    id=1,
    customer="Adria",
    plan="premium",
    starts_on=date(2026, 1, 1),
    ends_on=date(2026, 12, 31),
    persons=(RegisteredPerson("Maja", frozenset({"maja@adria.example"})),),
)
PHONE = Extra(Channel.PHONE, Severity.SIGNIFICANT)


@pytest.fixture
def terms(policy: Policy) -> Policy:
    """The policy with two credits a month, and phone for significant by arrangement."""
    plan = policy.plans["premium"]
    targets = dict(plan.targets)
    cell = targets[Severity.SIGNIFICANT]
    targets[Severity.SIGNIFICANT] = replace(cell, by_arrangement=frozenset({Channel.PHONE}))
    cell = targets[Severity.MINOR]
    targets[Severity.MINOR] = replace(cell, channels=frozenset({Channel.EMAIL}))
    plan = replace(plan, targets=targets, credits_per_month=5, credits_per_day=2)
    return replace(policy, plans={**policy.plans, "premium": plan})


USUAL: dict[str, Any] = {
    "contract": CONTRACT,
    "bond": Bond.REGISTERED,
    "day": DAY,
    "channel": Channel.EMAIL,
    "severity": Severity.SIGNIFICANT,
    "drawn": Drawn(),
}
ROWS: list[tuple[dict[str, Any], Uncovered, str]] = [
    (
        {"day": date(2025, 12, 31)},
        Uncovered.CONTRACT_LAPSED,
        "the contract runs from 2026-01-01, not on 2025-12-31",
    ),
    (
        {"day": date(2027, 1, 1)},
        Uncovered.CONTRACT_LAPSED,
        "the contract ran until 2026-12-31, not on 2027-01-01",
    ),
    (
        {"bond": Bond.DOMAIN},
        Uncovered.UNREGISTERED_PERSON,
        "the sender is a colleague, not a registered person",
    ),
    (
        {"bond": Bond.KEY},
        Uncovered.UNREGISTERED_PERSON,
        "the sender is not a registered person",
    ),
    (
        {"channel": Channel.CHAT, "severity": Severity.MINOR},
        Uncovered.CHANNEL,
        "premium does not grant chat for minor",
    ),
    (
        {"channel": Channel.PHONE},
        Uncovered.CHANNEL,
        "phone for significant is by arrangement, and the contract has none",
    ),
    ({"drawn": Drawn(2, 2)}, Uncovered.DAILY_CREDITS, "2 of 2 credits drawn that day"),
    ({"drawn": Drawn(5, 0)}, Uncovered.CREDITS, "5 of 5 credits drawn that month"),
]


def asked(policy: Policy, **changed: Any) -> Any:
    facts = USUAL | changed
    match = Match(facts["contract"], facts["bond"], "fits")
    return entitle(match, facts["day"], facts["channel"], facts["severity"], facts["drawn"], policy)


def with_treatment(policy: Policy, treatment: Treatment) -> Policy:
    return replace(policy, uncovered=dict.fromkeys(Uncovered, treatment))


def test_there_is_a_case_for_every_row() -> None:
    assert [row.reason for row in TABLE] == [reason for _, reason, _ in ROWS]


@pytest.mark.parametrize("treatment", list(Treatment))
@pytest.mark.parametrize(("facts", "reason", "words"), ROWS)
def test_each_row_is_served_or_held_with_its_reason_and_draws_nothing(
    terms: Policy, facts: dict[str, Any], reason: Uncovered, words: str, treatment: Treatment
) -> None:
    found = asked(with_treatment(terms, treatment), **facts)
    assert (found.uncovered, found.reasons) == ((reason,), ("fits", words))
    assert (found.treatment, found.draws_credit) == (treatment, False)


@pytest.mark.parametrize("treatment", list(Treatment))
def test_a_sender_whom_no_contract_knows_is_served_or_held(
    terms: Policy, treatment: Treatment
) -> None:
    policy = with_treatment(terms, treatment)
    found = entitle(None, DAY, Channel.EMAIL, Severity.CRITICAL, Drawn(), policy)
    assert (found.uncovered, found.treatment) == ((Uncovered.UNKNOWN_SENDER,), treatment)
    assert (found.contract, found.plan, found.draws_credit) == (None, "", False)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"day": date(2026, 1, 1)},
        {"day": date(2026, 12, 31)},
        {"drawn": Drawn(4, 1)},
        {"channel": Channel.PHONE, "severity": Severity.CRITICAL},
        {"channel": Channel.PHONE, "contract": replace(CONTRACT, extras=frozenset({PHONE}))},
    ],
)
def test_what_no_row_speaks_of_is_covered_and_draws_a_credit(
    terms: Policy, facts: dict[str, Any]
) -> None:
    found = asked(with_treatment(terms, Treatment.HOLD), **facts)
    assert (found.uncovered, found.covered, found.draws_credit) == ((), True, True)


def test_several_reasons_are_all_told_and_one_that_holds_is_enough(terms: Policy) -> None:
    policy = replace(terms, uncovered={**terms.uncovered, Uncovered.CREDITS: Treatment.HOLD})
    found = asked(policy, bond=Bond.ADDRESS, drawn=Drawn(5, 2), channel=Channel.PHONE)
    assert found.uncovered == (
        Uncovered.UNREGISTERED_PERSON,
        Uncovered.CHANNEL,
        Uncovered.DAILY_CREDITS,
        Uncovered.CREDITS,
    )
    assert found.treatment is Treatment.HOLD


def test_a_contract_ended_early_has_lapsed_the_day_after(terms: Policy) -> None:
    ended = replace(CONTRACT, ended_on=DAY)
    assert asked(terms, contract=ended).uncovered == ()
    after = asked(terms, contract=ended, day=date(2026, 3, 5))
    assert after.uncovered == (Uncovered.CONTRACT_LAPSED,)


@pytest.mark.parametrize(
    ("day", "today", "year"),
    [
        (date(2025, 6, 1), date(2026, 6, 1), 2025),  # it ran then
        (date(2023, 6, 1), date(2026, 6, 1), 2026),  # none ran then: the one that runs now
        (date(2023, 6, 1), date(2024, 6, 1), 2025),  # none runs: the first to come
        (date(2029, 6, 1), date(2029, 6, 1), 2027),  # all are over: the last
    ],
)
def test_of_several_terms_the_one_that_ran_when_it_came_counts(
    day: date, today: date, year: int
) -> None:
    several = [
        replace(CONTRACT, starts_on=date(y, 1, 1), ends_on=date(y, 12, 31))
        for y in (2027, 2025, 2026)
    ]
    found = term_for(several, day, today)
    assert found is not None
    assert found.starts_on.year == year


def test_who_has_no_contract_has_no_term() -> None:
    assert term_for([], DAY, DAY) is None
