"""Versions of the policy: as they are configured, and as requests live under them."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon import parts
from daemon.config import build_playbook, load
from rules import policies
from rules.model import Channel, Clock, Severity, Window
from rules.requests import Refused
from tests.daemon.whole_config import MINOR, PLAN, WHOLE, Written, changed, problems, written_in

House = Any  # the fixture's class; conftest is no module to import


@pytest.fixture
def config(tmp_path: Path) -> Written:
    return written_in(tmp_path)


def version(text: str) -> str:
    """PLAN in a version."""
    return text.replace("[plans.", "[policies.plans.")


def test_a_version_says_only_what_changes(config: Written) -> None:
    text = f"""closed_days = ["12-24", 2026-06-05]
{WHOLE}
[[policies]]
effective_from = 2026-07-01
[policies.uncovered]
credits = "hold"
{version(PLAN).replace("basic", "gold")}
[[policies]]
effective_from = 2027-01-01
clock = "elapsed"
open_days = [2026-11-07]
"""
    book = build_playbook(load(config(text), {}, demo=False), 2026, 2027)
    first, second, third = policies.versions(book)
    assert [p.version for p in (first, second, third)] == ["2019-09-12", "2026-07-01", "2027-01-01"]
    assert [p.uncovered["credits"] for p in (first, second, third)] == ["serve", "hold", "hold"]
    assert [p.clock for p in (first, second, third)] == [Clock.WINDOW, Clock.WINDOW, Clock.ELAPSED]
    assert first.plans["gold"] == second.plans["gold"]  # mail of before may still be read
    assert third.plans.keys() == {"basic", "standard", "premium", "gold"}
    calendar = third.plans["basic"].targets[Severity.NONE].hours.calendar
    assert calendar.closed_days == {date(2026, 12, 24), date(2027, 12, 24), date(2026, 6, 5)}
    assert calendar.is_working_day(date(2026, 11, 7))
    assert not first.plans["basic"].targets[Severity.NONE].hours.calendar.open_days


def test_a_night_is_written_as_people_write_it(config: Written) -> None:
    night = changed(('from = "09:00", to = "17:00"', 'from = "22:00", to = "06:00"'), text=MINOR)
    settings = load(config(WHOLE + changed((MINOR, night), text=PLAN)), {}, demo=False)
    policy = build_playbook(settings, 2026, 2026).policy
    windows = policy.plans["basic"].targets[Severity.MINOR].hours.windows
    assert windows == (Window(timedelta(hours=22), timedelta(hours=30)),)


def test_every_mistake_of_every_version_is_told_once_and_at_once(config: Written) -> None:
    broken = changed(('within = "24h"', 'within = "soon"'), text=PLAN)
    more = f"""
[[policies]]
effective_from = 2026-07-01
clok = "elapsed"
[[policies]]
effective_from = 2026-08-01
closed_days = ["02-30"]
{version(changed(('["chat"]', '["fax"]'), text=PLAN))}
[[policies]]
holidays = "XX"
"""
    assert problems(config(WHOLE + broken + more)) == [
        'plans.basic.first_response.minor.within: "soon" is no duration (like "30m", "4h", "7d")',
        "policies[1].clok: unknown key; did you mean clock?",
        'policies[2].closed_days[1]: "02-30" is no day'
        ' (like 2026-12-24, or "12-24" for every year)',
        "policies[2].plans.basic.first_response.critical.channels[1]:"
        ' must be "email", "chat", "ticket" or "phone"',
        "policies[3].effective_from: is missing",
    ]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            "[[policies]]\neffective_from = 2019-09-12",
            "policies[1].effective_from: 2019-09-12 is not after 2019-09-12, from which the version"
            " before it holds; versions stand in the order of their dates",
        ),
        (
            '[[policies]]\neffective_from = 2026-01-01\nholidays = "XX"',
            'policies[1].holidays: "XX" is no country whose holidays are known'
            ' (like "HR", or "DE-BY")',
        ),
        (
            '[[policies]]\neffective_from = 2026-01-01\nclosed_days = ["12-24"]\n'
            'open_days = ["12-24"]',
            "policies[1]: closed_days and open_days both have 12-24; keep one of them",
        ),
        (
            '[[policies]]\neffective_from = 2026-01-01\nclosed_days = ["12-24"]\n'
            '[[policies]]\neffective_from = 2027-01-01\nopen_days = ["12-24"]',
            "policies[2]: closed_days and open_days both have 12-24; keep one of them",
        ),
        ("[policies]\nclock = 1", "policies: must be a list, in [ ]"),
    ],
)
def test_a_mistake_of_a_version_has_its_line(config: Written, more: str, told: str) -> None:
    assert problems(config(WHOLE + more)) == [told]


def test_days_at_odds_are_told_beside_every_other_mistake(config: Written) -> None:
    days = 'closed_days = ["12-24"]\nopen_days = ["12-24"]\n'
    at_odds = "closed_days: closed_days and open_days both have 12-24; keep one of them"
    assert problems(config(days + WHOLE)) == [at_odds]
    assert problems(config(f"clock = 1\n{days}{WHOLE}")) == [
        'clock: must be "window" or "elapsed"',
        at_odds,
    ]


def test_a_request_outlives_its_version_in_every_reckoning(house: House) -> None:
    house.mail("p@premium.example", "Orders fail", "Some orders fail, please look into it.")
    house.ignore()
    policy = house.playbook.policy
    slow = {
        name: replace(
            plan, targets={s: replace(t, within=5 * t.within) for s, t in plan.targets.items()}
        )
        for name, plan in policy.plans.items()
    }
    later = replace(policy, effective_from=date(2026, 3, 4), plans=slow)
    before = house.request()
    house.close()
    house.playbook = replace(house.playbook, policy=later, earlier=(policy,))
    house.open()
    house.mail("p@premium.example", "Prices fail", "Some prices fail, please look into it.")
    assert (house.request(1).policy, house.request(2).policy) == ("2019-09-12", "2026-03-04")
    house.store.write(
        lambda tx: house.desk.set_severity(tx, 1, Severity.MINOR, "x", "ana", house.now)
    )
    within = policy.plans["premium"].targets[Severity.MINOR].within
    assert house.request(1).first_response_due_at == before.received_at + within
    house.ignore()


def test_a_version_that_requests_keep_cannot_go_from_the_configuration(house: House) -> None:
    house.mail("p@premium.example", "Orders fail", "Nothing works for the whole company.")
    house.ignore()
    later = replace(house.playbook.policy, effective_from=date(2030, 1, 1))
    kept = replace(house.playbook, policy=later, earlier=(house.playbook.policy,))
    parts.check_plans(house.store, kept)
    with pytest.raises(Refused, match="the version of 2019-09-12 is missing"):
        parts.check_plans(house.store, replace(kept, earlier=()))


def set_severity(house: House, id: int, severity: Severity) -> None:
    house.store.write(lambda tx: house.desk.set_severity(tx, id, severity, "x", "ana", house.now))
    house.work()


@pytest.fixture
def telling(house: House) -> House:
    """A house that tells, and a question that has its receipt."""
    house.close()
    house.playbook = replace(house.playbook, tells_severity=True)
    house.open()
    house.mail("p@premium.example", "Price list", QUESTION)
    house.ignore()
    return house


QUESTION = "How do I export the price list to Excel? It is not urgent, just a question."


def test_a_customer_hears_of_a_new_severity_where_that_is_wanted(telling: House) -> None:
    set_severity(telling, 1, Severity.MINOR)
    told = telling.receipt("p@premium.example")
    assert told.subject == "Re: [#1] Price list"
    assert "One of us has assessed your request #1: *minor*." in told.text
    assert "by *Wednesday, 4 March 2026 at 14:00" in told.text
    set_severity(telling, 1, Severity.MINOR)  # the same again tells nothing
    telling.ignore()


def test_a_letter_promises_no_time_that_is_past_and_the_breach_is_now(telling: House) -> None:
    telling.pass_(hours=3)
    telling.ignore()
    set_severity(telling, 1, Severity.CRITICAL)
    told = telling.receipt("p@premium.example")
    assert "*critical*" in told.text
    assert "will answer you" not in told.text
    request = telling.request()
    assert request.first_response_due_at < telling.now == request.breached_at
    assert telling.ping("ana").request_id == 1
    telling.ignore()


def test_a_letter_says_what_a_new_severity_covers_no_more_and_covers_again(house: House) -> None:
    policy = house.playbook.policy
    target = replace(
        policy.plans["premium"].targets[Severity.MINOR], channels=frozenset({Channel.TICKET})
    )
    premium = policy.plans["premium"]
    plan = replace(premium, targets={**premium.targets, Severity.MINOR: target})
    policy = replace(policy, plans={**policy.plans, "premium": plan})
    house.under(replace(house.playbook, policy=policy, tells_severity=True))
    house.mail("p@premium.example", "Price list", QUESTION)
    house.ignore()
    said = []
    for severity in (Severity.SIGNIFICANT, Severity.MINOR, Severity.NONE):
        set_severity(house, 1, severity)
        said.append(" ".join(house.receipt("p@premium.example").text.split()))
        house.ignore()
    assert [("not covered" in text, "is covered" in text) for text in said] == [
        (False, False),
        (True, False),
        (False, True),
    ]
    assert "the contract's plan has these ways of reaching us: the ticket form." in said[1]
    assert "charged by the price list" in said[1]


def test_nobody_hears_of_a_new_severity_where_it_is_not_wanted(house: House) -> None:
    house.mail("p@premium.example", "Price list", QUESTION)
    house.ignore()
    set_severity(house, 1, Severity.MINOR)
    assert [line for line in house.unasked() if "p@premium" in line] == []
    house.ignore()
