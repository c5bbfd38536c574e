"""Which version of the policy counts, and in whose local time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from rules import leases, policies, requests
from rules.model import (
    Assessment,
    Calendar,
    Channel,
    Clock,
    Contract,
    Entitlement,
    Envelope,
    MailKind,
    Message,
    Playbook,
    Policy,
    Request,
    Severity,
    State,
    Treatment,
)
from rules.policies import UnknownVersion
from tests.storage.nouns import a_request

At = Callable[..., datetime]
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def book(playbook: Playbook) -> Playbook:
    """Twice as long from 1 July 2026 on, and Slovenia's holidays at hand."""
    later = doubled(playbook.policy)
    prevod = Calendar(frozenset({date(2026, 2, 8), date(2026, 3, 9)}), 2023, 2029)
    return replace(playbook, policy=later, earlier=(playbook.policy,), calendars={"SI": prevod})


def doubled(policy: Policy) -> Policy:
    plans = {
        name: replace(
            plan,
            targets={s: replace(t, within=2 * t.within) for s, t in plan.targets.items()},
        )
        for name, plan in policy.plans.items()
    }
    return replace(policy, effective_from=date(2026, 7, 1), plans=plans)


def request_at(at: At, **changed: object) -> Request:
    received_at = at("2026-06-30 10:00")
    usual: dict[str, object] = {
        "id": 7,
        "received_at": received_at,
        "sender": "p@adria.example",
        "sender_name": "",
        "subject": "",
        "contract_id": 1,
        "customer": "Adria",
        "plan": "premium",
        "policy": "2019-09-12",
        "severity": Severity.NONE,
        "confidence": 1,
        "covered": True,
        "reasons": (),
        "language": "",
        "clock_starts_at": received_at,
        "first_response_due_at": at("2026-07-01 10:00"),
    }
    return a_request(**(usual | changed))


@pytest.mark.parametrize(
    ("local", "version"),
    [
        ("2010-01-01 12:00", "2019-09-12"),  # older than the first
        ("2026-06-30 23:59:59", "2019-09-12"),
        ("2026-07-01 00:00", "2026-07-01"),
        ("2029-01-01 12:00", "2026-07-01"),
    ],
)
def test_the_version_that_held_when_it_came_counts(
    local: str, version: str, book: Playbook, at: At
) -> None:
    assert policies.at(book, at(local)).policy.version == version


def test_a_request_keeps_its_version(book: Playbook, at: At) -> None:
    now = at("2026-07-02 09:00")
    change = requests.set_severity(
        request_at(at), Severity.MINOR, "they sell on", "ana", None, book, now
    )
    assert change.request.first_response_due_at == at("2026-06-30 14:00")
    later = request_at(at, policy="2026-07-01")
    change = requests.set_severity(later, Severity.MINOR, "they sell on", "ana", None, book, now)
    assert change.request.first_response_due_at == at("2026-06-30 18:00")


def test_a_lease_on_a_request_of_before_ends_by_the_steps_of_before(book: Playbook, at: At) -> None:
    request = request_at(at, first_response_due_at=at("2026-07-01 10:00"))
    timer = requests.set_severity(
        request, Severity.MINOR, "", "ana", None, book, at("2026-06-30 10:00")
    ).armed
    leased = leases.acknowledge(request, timer, "ana", book, at("2026-06-30 10:30")).armed
    assert leased is not None
    assert leased.next_at == at("2026-06-30 13:00")  # 75 % of 4 h, not of 8 h


def test_a_version_that_is_gone_is_told_with_those_that_are_there(book: Playbook, at: At) -> None:
    with pytest.raises(UnknownVersion, match=r"policy of 2001-01-01.* 2019-09-12, 2026-07-01"):
        policies.of_request(book, request_at(at, policy="2001-01-01"))


def test_a_day_is_counted_in_the_zone_of_the_version_that_held(book: Playbook, at: At) -> None:
    assert policies.local_day(at("2026-03-06 00:30"), book) == date(2026, 3, 6)


def test_a_contract_has_its_own_local_time_and_holidays(book: Playbook, at: At) -> None:
    own = Contract(
        1, "A", "premium", date(2026, 1, 1), date(2026, 12, 31), timezone="Europe/Athens",
        holidays="SI",
    )  # fmt: skip
    early = policies.of_contract(policies.at(book, at("2026-03-06 15:40")), own)
    due = requests.deadline("premium", Severity.NONE, at("2026-03-06 15:40"), early)
    # 16:40 in Athens, and the Monday after is a holiday there
    assert due.due_at == at("2026-03-10 16:40", zone="Europe/Athens")
    assert due.reasons[0] == "received Fri 2026-03-06 16:40 (Europe/Athens)"
    assert policies.of_contract(book, None) is book


def test_a_released_request_keeps_the_local_time_of_its_contract(book: Playbook, at: At) -> None:
    held = request_at(at, state=State.HELD, contract_id=None, plan="", covered=None)
    own = Contract(
        1, "A", "premium", date(2026, 1, 1), date(2026, 12, 31), timezone="Europe/Athens"
    )
    granted = Entitlement(own, "premium", Treatment.SERVE, (), draws_credit=True, reasons=())
    now = at("2026-06-30 10:00")
    opened = requests.release(held, granted, "ana", book, now).request
    assert opened.first_response_due_at == at("2026-07-01 10:00")  # 11:00 to 17:00 there
    message = Message(
        Envelope(Channel.EMAIL, "support", "x", "", (), at("2026-06-30 20:00")),
        "k", MailKind.ORDINARY, "", (), "p@adria.example", "", "", "", "",
    )  # fmt: skip
    worse = Assessment(Severity.MINOR, 1.0, ("worse",))
    raised = requests.follow_up(opened, message, worse, None, book).request
    assert raised.first_response_due_at == at("2026-06-30 15:00", zone="Europe/Athens")


def test_a_plan_may_have_its_own_clock(playbook: Playbook, at: At) -> None:
    plans = {
        name: replace(plan, clock=Clock.ELAPSED if name == "basic" else None)
        for name, plan in playbook.policy.plans.items()
    }
    book = replace(playbook, policy=replace(playbook.policy, plans=plans))
    friday = at("2026-03-06 16:00")
    assert requests.deadline("basic", Severity.MINOR, friday, book).due_at == friday + 24 * HOUR
    assert requests.deadline("premium", Severity.MINOR, friday, book).due_at == friday + 4 * HOUR
    assert requests.deadline("standard", Severity.MINOR, friday, book).due_at == at(
        "2026-03-09 15:00"
    )
