"""Steps of one's own: whom they tell, when, for which requests, and that a timer keeps them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from rules import deadlines, escalation
from rules.escalation import Look
from rules.escalation_course import fitting
from rules.model import (
    Audience,
    EscalationPolicy,
    EscalationStep,
    Fitting,
    Playbook,
    Purpose,
    Rotation,
    Severity,
    Timer,
    Turns,
    Whom,
    Window,
)

At = Callable[..., datetime]
MINUTE = timedelta(minutes=1)
HOUR = 60 * MINUTE
FRIDAY = "2026-03-06"
ON_CALL, CATCH_ALL = Audience(Whom.ON_CALL), Audience(Whom.CATCH_ALL)
CHANNEL = Audience(Whom.WAY, "slack:C0123")
IVO, ANA = Audience(Whom.PERSON, "ivo"), Audience(Whom.PERSON, "ana")


def step(at: object, *tells: Audience) -> EscalationStep:
    if isinstance(at, timedelta):
        return EscalationStep(Fraction(1), tells or (ON_CALL,), at)
    return EscalationStep(Fraction(str(at)), tells or (ON_CALL,))


def policy(*steps: EscalationStep, **changed: object) -> EscalationPolicy:
    usual = EscalationPolicy("ours", steps, (30 * MINUTE, HOUR), True, 30 * MINUTE, 5 * MINUTE)
    return replace(usual, **changed)


def under(playbook: Playbook, *policies: Fitting | EscalationPolicy) -> Playbook:
    own = tuple(Fitting(p) if isinstance(p, EscalationPolicy) else p for p in policies)
    shipped = playbook.escalation.policies
    return replace(playbook, escalation=replace(playbook.escalation, policies=(*own, *shipped)))


def armed(
    playbook: Playbook,
    received_at: datetime,
    severity: Severity = Severity.SIGNIFICANT,
    plan: str = "premium",
    customer: str = "",
) -> Timer:
    target = playbook.policy.plans[plan].targets[severity]
    owed = deadlines.first_response(target, playbook.policy.clock, received_at)
    purpose = Purpose.FIRST_RESPONSE
    return escalation.arm(playbook, 12, purpose, plan, severity, owed, customer=customer)


def story(
    playbook: Playbook,
    at: datetime,
    severity: Severity = Severity.SIGNIFICANT,
    plan: str = "premium",
    repeats: int = 0,
) -> list[tuple[str, str, list[str]]]:
    """Up to the deadline, and so many after it."""
    zone = playbook.policy.zone
    looks = list(escalation.simulate(playbook, plan, severity, at, repeats + 1))[:-1]
    return [(f"{now.astimezone(zone):%a %H:%M}", found.step, told(found)) for now, found in looks]


def told(found: Look) -> list[str]:
    return list(dict.fromkeys(order.person or str(order.way) for order in found.pings))


def test_steps_stand_in_business_time_around_the_deadline(playbook: Playbook, at: At) -> None:
    # Due on Monday at 08:30; an hour before is on Friday.
    book = under(
        playbook,
        policy(
            step(-HOUR, IVO),
            step(1),
            step(-10 * MINUTE),
            step(15 * MINUTE, IVO),
            round_the_clock=False,
        ),
    )
    assert story(book, at(f"{FRIDAY} 16:30"), Severity.MINOR, repeats=3) == [
        ("Fri 19:30", "1 h before the deadline", ["ivo"]),
        ("Mon 08:20", "10 min before the deadline", ["ana"]),
        ("Mon 08:30", "deadline", ["ana", "boss"]),
        ("Mon 08:45", "15 min after the deadline", ["ivo", "boss"]),
        ("Mon 09:15", "45 min after the deadline", ["ivo", "boss"]),
        ("Mon 10:15", "1 h 45 min after the deadline", ["ivo", "boss"]),
    ]


def test_a_short_target_compresses_the_steps_and_keeps_each(playbook: Playbook, at: At) -> None:
    book = under(playbook, policy(step(-4 * HOUR), step(-2 * HOUR), step(-HOUR), step(1)))
    assert [when for when, _, _ in story(book, at(f"{FRIDAY} 10:00"))] == [
        "Fri 10:00",
        "Fri 10:30",
        "Fri 10:45",
        "Fri 11:00",
    ]


def test_which_step_is_first_depends_on_the_target(playbook: Playbook, at: At) -> None:
    book = under(playbook, policy(step("1/2"), step(-45 * MINUTE, IVO), step(1)))
    assert [name for _, name, _ in story(book, at(f"{FRIDAY} 10:00"))][:2] == [
        "45 min before the deadline",
        "50%",
    ]
    assert [name for _, name, _ in story(book, at(f"{FRIDAY} 09:00"), Severity.MINOR)][:2] == [
        "50%",
        "45 min before the deadline",
    ]


def test_steps_past_at_intake_are_taken_at_once_with_one_ping_to_all_of_theirs(
    playbook: Playbook, at: At
) -> None:
    book = under(playbook, policy(step(0, IVO, CHANNEL), step("1/2"), step("3/4"), step(1)))
    timer = armed(book, at(f"{FRIDAY} 10:00"))
    found = escalation.look(timer, book, at(f"{FRIDAY} 10:35"))
    assert told(found) == ["ivo", "ana", "slack:C0123"]
    assert len(found.pings) == len({(o.person, o.way) for o in found.pings}) == 4
    assert found.notes == ("skipped steps: start",)
    ids = [escalation.ping_id(timer, order) for order in found.pings]
    assert ids[-1] == "ping-12-first-response-0-2--0"
    assert len(set(ids)) == 4


def test_groups_everyone_and_named_rotations_are_asked_when_the_step_falls_due(
    playbook: Playbook, at: At
) -> None:
    night = Rotation(
        "night",
        ZoneInfo("Europe/Zagreb"),
        (Turns(("ivo", "gone"), datetime.fromisoformat("2026-01-05T09:00"), timedelta(days=7)),),
    )
    steps = (
        step(0, Audience(Whom.ON_CALL, "night")),
        step("1/2", Audience(Whom.GROUP, "leads")),
        step("3/4", Audience(Whom.EVERYONE, "night")),
        step(1, ANA),
    )
    book = under(playbook, policy(*steps))
    book = replace(
        book,
        rotations={**book.rotations, "night": night},
        escalation=replace(book.escalation, groups={"leads": ("boss", "ana")}),
    )
    late = at("2026-03-02 10:00")  # a week in which night's turn is ivo's
    assert [told for _, _, told in story(book, late)] == [
        ["ivo"],
        ["boss", "ana"],
        ["ivo"],
        ["ana", "boss"],
    ]


def test_where_nobody_is_on_call_whom_the_next_step_tells_is_told_at_once(
    playbook: Playbook, at: At
) -> None:
    book = under(playbook, policy(step(0), step("1/2", CATCH_ALL), step("3/4", IVO), step(1)))
    empty = replace(book.rotation, layers=())
    book = replace(book, rotations={**book.rotations, empty.name: empty})
    timer = armed(book, at(f"{FRIDAY} 10:00"))
    found = escalation.look(timer, book, timer.next_at)
    assert (told(found), found.nobody_on_call) == (["ivo"], True)
    after = escalation.look(found.timer, book, at(f"{FRIDAY} 11:00"))
    assert told(after) == ["ivo", "boss"]  # the skipped steps' people, and the catch-all


def test_who_left_counts_as_nobody(playbook: Playbook, at: At) -> None:
    book = under(playbook, policy(step(0, Audience(Whom.PERSON, "gone")), step(1, CATCH_ALL)))
    timer = armed(book, at(f"{FRIDAY} 10:00"))
    found = escalation.look(timer, book, timer.next_at)
    assert [(o.person, o.why) for o in found.pings][:1] == [
        ("boss", "catch-all: nobody is on call")
    ]


@pytest.mark.parametrize(
    ("fits", "ours"),
    [
        ({"plans": frozenset({"premium"})}, True),
        ({"plans": frozenset({"basic"})}, False),
        ({"severities": frozenset({Severity.SIGNIFICANT})}, True),
        ({"severities": frozenset({Severity.MINOR})}, False),
        ({"customers": frozenset({"Adria"})}, True),
        ({"customers": frozenset({"Nova"})}, False),
        ({"hours": (Window(9 * HOUR, 11 * HOUR),)}, True),
        ({"hours": (Window(22 * HOUR, 34 * HOUR),)}, False),
        ({"hours": (Window(22 * HOUR, 34 * HOUR + MINUTE),)}, True),  # 10:00 of the next day
    ],
)
def test_the_first_policy_that_fits_counts(
    fits: dict[str, frozenset[str]], ours: bool, playbook: Playbook, at: At
) -> None:
    book = under(playbook, Fitting(policy(step(1)), **fits))
    timer = armed(book, at(f"{FRIDAY} 10:00"), customer="Adria")
    assert timer.policy is not None
    assert (timer.policy.name == "ours") == ours


def test_a_timer_keeps_the_policy_it_was_armed_under(playbook: Playbook, at: At) -> None:
    before = under(playbook, policy(step("1/4", IVO), step(1, IVO)))
    timer = armed(before, at(f"{FRIDAY} 10:00"))
    first = escalation.look(timer, playbook, at(f"{FRIDAY} 10:15"))  # under another configuration
    assert (first.step, told(first)) == ("25%", ["ivo"])
    assert first.timer.next_at == at(f"{FRIDAY} 11:00")
    old = replace(timer, policy=None)  # armed before policies were kept
    assert escalation.look(old, playbook, at(f"{FRIDAY} 10:15")).step == "start"


def test_whoever_cannot_be_reached_has_those_after_them_told_at_once(
    playbook: Playbook, at: At
) -> None:
    timer = armed(playbook, at(f"{FRIDAY} 10:00"))
    now = at(f"{FRIDAY} 10:01")
    look = escalation.look(timer, playbook, now)
    assert told(escalation.unreached(look.timer, playbook, "ana", now)) == ["boss"]
    book = under(playbook, policy(step(0), step("1/2", ANA), step("3/4", ANA, IVO), step(1)))
    timer = escalation.look(armed(book, at(f"{FRIDAY} 10:00")), book, now).timer
    found = escalation.unreached(timer, book, "ana", now)
    assert (told(found), found.timer) == (["ivo"], timer)
    assert escalation.ping_id(timer, found.pings[0]) == "ping-12-first-response-0-1.ana-ivo-0"
    last = escalation.look(timer, book, at(f"{FRIDAY} 12:00")).timer
    assert told(escalation.unreached(last, book, "ana", now)) == ["boss"]
    assert told(escalation.unreached(last, book, "boss", now)) == []


def test_some_policy_always_fits(playbook: Playbook, at: At) -> None:
    for severity in Severity:
        found = fitting(playbook, "basic", severity, "", at(f"{FRIDAY} 03:00"))
        assert found.name == f"shipped, {severity}"
