"""What the rules are given is what the policy and the configuration say."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from daemon.config import ConfigError, build_playbook, load
from rules.model import (
    AutomaticMailLimits,
    Channel,
    Clock,
    Override,
    Playbook,
    Severity,
    Treatment,
    Turns,
    Uncovered,
    Way,
    Window,
)

REPOSITORY = Path(__file__).parents[2]
POLICY = REPOSITORY.parent / "shared" / "policy" / "policy.toml"

EXAMPLE = {"SUPPORTD_MAIL__RELAY__PASSWORD": "x"}


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    settings = load(REPOSITORY / "config.example.toml", EXAMPLE, demo=False)
    return build_playbook(settings, 2026, 2028)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


ANY, WRITTEN = ("phone", "chat", "ticket", "email"), ("ticket", "email")
TABLE = [
    ("basic", "critical", 1, 8, 22, False, ANY[1:]),
    ("basic", "significant", 4, 8, 18, True, ANY[1:]),
    ("basic", "minor", 24, 9, 17, True, WRITTEN),
    ("basic", "none", 48, 9, 17, True, WRITTEN),
    ("standard", "critical", 1, 8, 24, False, ANY[1:]),
    ("standard", "significant", 2, 8, 20, True, ANY[1:]),
    ("standard", "minor", 8, 8, 17, True, ANY[1:]),
    ("standard", "none", 24, 9, 17, True, WRITTEN),
    ("premium", "critical", 1, 8, 24, False, ANY),
    ("premium", "significant", 1, 8, 22, True, ANY),
    ("premium", "minor", 4, 8, 20, True, ANY[1:]),
    ("premium", "none", 8, 9, 17, True, ANY[1:]),
]


@pytest.mark.parametrize(
    ("plan", "severity", "within", "opens", "closes", "working_days", "channels"), TABLE
)
def test_every_cell_of_the_policy_is_a_target(
    playbook: Playbook,
    plan: str,
    severity: str,
    within: int,
    opens: int,
    closes: int,
    working_days: bool,
    channels: tuple[str, ...],
) -> None:
    target = playbook.policy.plans[plan].targets[Severity(severity)]
    assert target.within == hours(within)
    assert target.hours.windows == (Window(hours(opens), hours(closes)),)
    assert target.hours.working_days_only is working_days
    assert target.hours.zone == ZoneInfo("Europe/Zagreb")
    assert target.channels == {Channel(channel) for channel in channels}


@pytest.mark.parametrize(
    ("plan", "credits_per_month", "persons", "priority", "discount"),
    [
        ("basic", 1, 1, False, False),
        ("standard", 5, 2, True, False),
        ("premium", 10, 3, True, True),
    ],
)
def test_every_plan_is_as_it_is_sold(
    playbook: Playbook,
    plan: str,
    credits_per_month: int,
    persons: int,
    priority: bool,
    discount: bool,
) -> None:
    bought = playbook.policy.plans[plan]
    assert bought.name == plan
    assert (bought.credits_per_month, bought.credits_per_day) == (credits_per_month, 2)
    assert bought.registered_persons == persons
    assert (bought.response_priority, bought.discount) == (priority, discount)


def test_the_policy_has_its_date_clock_and_treatments(playbook: Playbook) -> None:
    assert playbook.policy.version == "2019-09-12"
    assert playbook.policy.clock is Clock.WINDOW
    held = {reason for reason, what in playbook.policy.uncovered.items() if what is Treatment.HOLD}
    assert held == {Uncovered.CONTRACT_LAPSED, Uncovered.UNKNOWN_SENDER}
    assert set(playbook.policy.uncovered) == set(Uncovered)


def test_the_shipped_policy_holds_the_facts_of_the_written_one() -> None:
    if not POLICY.exists():
        pytest.skip("the policy as data is not beside this repository")
    ours = tomllib.loads((REPOSITORY / "daemon" / "policy.toml").read_text(encoding="utf-8"))
    starred = ours["plans"]["premium"]["first_response"]["significant"].pop("by_arrangement")
    assert starred == ["phone"]  # a footnote of the written one's table, which data cannot hold
    assert ours == tomllib.loads(POLICY.read_text(encoding="utf-8"))


def test_holidays_are_the_public_ones_of_the_years_asked_for(playbook: Playbook) -> None:
    calendar = playbook.policy.plans["basic"].targets[Severity.MINOR].hours.calendar
    assert (calendar.first_year, calendar.last_year) == (2026, 2028)
    assert {day.year for day in calendar.holidays} == {2026, 2027, 2028}
    assert date(2026, 4, 6) in calendar.holidays  # Easter Monday
    assert date(2026, 5, 30) in calendar.holidays  # Croatia's statehood
    assert date(2026, 12, 24) not in calendar.holidays


def test_holidays_may_be_those_of_a_region(tmp_path: Path) -> None:
    text = (REPOSITORY / "config.example.toml").read_text(encoding="utf-8")
    path = tmp_path / "supportd.toml"
    path.write_text(f'holidays = "DE-BY"\n{text}', encoding="utf-8")
    policy = build_playbook(load(path, EXAMPLE, demo=False), 2026, 2026).policy
    calendar = policy.plans["basic"].targets[Severity.NONE].hours.calendar
    assert date(2026, 1, 6) in calendar.holidays  # Epiphany, in Bavaria and not in all of Germany


def test_several_windows_a_day_stay_in_their_order(playbook: Playbook) -> None:
    target = playbook.policy.plans["seasonal"].targets[Severity.NONE]
    assert target.hours.windows == (Window(hours(8), hours(12)), Window(hours(13), hours(17)))


def test_people_accounts_and_limits_are_as_configured(playbook: Playbook) -> None:
    ana = playbook.person_at("Ana@b2bee.example")
    assert ana is playbook.people["ana"]
    assert ana is not None
    assert (ana.full_name, ana.zone) == ("Ana Horvat", ZoneInfo("Europe/Zagreb"))
    assert ana.ways == (Way("mail", "ana@b2bee.example"), Way("log", ""))
    assert playbook.own_addresses() == {
        "support@b2bee.example",
        "podrska@b2bee.example",
        "help@b2bee.example",
    }
    assert playbook.accounts["support"].display_name == "B2Bee Support"
    assert playbook.limits == AutomaticMailLimits()
    assert playbook.language == "en"


def test_the_rotation_hands_over_in_local_time_and_overrides_are_instants(
    playbook: Playbook,
) -> None:
    rotation = playbook.rotation
    assert rotation.zone == ZoneInfo("Europe/Zagreb")
    starts = datetime(2026, 1, 5, 9)  # noqa: DTZ001 (naive local by design)
    assert rotation.layers == (Turns(("ana", "ivo"), starts, timedelta(days=7)),)
    assert rotation.overrides == (
        Override(
            "ivo",
            datetime(2026, 7, 6, 7, tzinfo=UTC),  # summer time is two hours ahead
            datetime(2026, 7, 8, 7, tzinfo=UTC),
        ),
    )


def test_the_catch_all_is_told_by_the_escalation_policy(playbook: Playbook) -> None:
    assert playbook.escalation.catch_all == ("ana", "ivo")


def test_in_the_demonstration_everything_is_due_within_two_minutes_at_any_hour() -> None:
    plan = build_playbook(load(None, {}, demo=True), 2026, 2026).policy.plans["demo"]
    for target in plan.targets.values():
        assert target.within == timedelta(minutes=2)
        assert target.hours.windows == (Window(hours(0), hours(24)),)
        assert not target.hours.working_days_only
        assert target.channels == set(Channel)


def test_steps_of_one_s_own_stand_before_the_shipped_ones(tmp_path: Path) -> None:
    config = tmp_path / "supportd.toml"
    own = """
[[escalation.policies]]
name = "nights"
from = "22:00"
to = "06:00"
severities = ["critical", "minor"]
steps = [
  { at = "start", tell = ["on-call", "everyone:on_call", "ntfy://topic"] },
  { at = "-10m", tell = ["ivo", "catch-all"] },
]
"""
    config.write_text((REPOSITORY / "config.example.toml").read_text(encoding="utf-8") + own)
    settings = load(config, EXAMPLE, demo=False)
    policies = build_playbook(settings, 2026, 2027).escalation.policies
    night = [p for p in policies if p.policy.name == "nights"]
    assert [(list(p.severities), p.policy.round_the_clock) for p in night] == [
        ([Severity.CRITICAL], True),
        ([Severity.MINOR], False),
    ]
    first, second = night[0].policy.steps
    assert [(str(a.whom), a.name) for a in first.tells] == [
        ("on-call", ""),
        ("everyone", "on_call"),
        ("way", "apprise:ntfy://topic"),
    ]
    assert (second.share, second.offset) == (1, timedelta(minutes=-10))
    assert night[0].hours == (Window(timedelta(hours=22), timedelta(hours=30)),)
    assert [p.policy.name for p in policies[-4:]] == [f"shipped, {s}" for s in Severity]


def test_a_catch_all_by_slack_alone_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "supportd.toml"
    example = (REPOSITORY / "config.example.toml").read_text(encoding="utf-8")
    slack = 'ways = ["slack://TokenA/TokenB/TokenC/%23pages", "log"]'
    example = example.replace('ways = ["mail:ana@b2bee.example", "log"]', slack)
    example = example.replace('catch_all = ["ana", "ivo"]', 'catch_all = ["ana"]')
    config.write_text(example)
    with pytest.raises(ConfigError, match="is told by Slack alone; give somebody in it another"):
        load(config, EXAMPLE, demo=False)
