"""Who is told when, as stories with the clock in hand."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from rules import deadlines, escalation, leases
from rules.escalation import Look, arm, look, ping_id, simulate
from rules.escalation_course import fitting, step_name
from rules.model import ON_CALL, Clock, Deadline, Override, Playbook, Purpose, Severity, Timer
from rules.shipped_escalation import default_policies
from tests.storage.nouns import a_request

At = Callable[..., datetime]
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
FRIDAY = "2026-03-06"


def armed(
    playbook: Playbook,
    received_at: datetime,
    plan: str = "premium",
    severity: Severity = Severity.SIGNIFICANT,
    epoch: int = 0,
    quiet: bool = False,
) -> Timer:
    target = playbook.policy.plans[plan].targets[severity]
    deadline = deadlines.first_response(target, playbook.policy.clock, received_at)
    purpose = Purpose.REVIEW if quiet else Purpose.FIRST_RESPONSE
    return arm(playbook, 12, purpose, plan, severity, deadline, epoch, quiet)


def acknowledge(timer: Timer, playbook: Playbook, person: str, now: datetime) -> Timer:
    book = replace(playbook, people={**playbook.people, "gone": playbook.people["ana"]})
    request = a_request(id=12, policy=playbook.policy.version)
    change = leases.acknowledge(request, timer, person, book, now)
    assert change.armed is not None
    assert change.request.epoch == change.armed.epoch
    return change.armed


def people(found: Look) -> list[str]:
    return list(dict.fromkeys(order.person for order in found.pings))


def story(
    playbook: Playbook, plan: str, severity: Severity, received_at: datetime, repeats: int = 4
) -> list[tuple[str, str, list[str]]]:
    zone = playbook.policy.zone
    return [
        (f"{now.astimezone(zone):%a %d %H:%M}", found.step, people(found))
        for now, found in simulate(playbook, plan, severity, received_at, repeats)
    ]


def test_each_step_is_told_once_and_repeats_widen(playbook: Playbook, at: At) -> None:
    assert story(playbook, "premium", Severity.SIGNIFICANT, at(f"{FRIDAY} 10:00"), 5) == [
        ("Fri 06 10:00", "start", ["ana"]),
        ("Fri 06 10:30", "50%", ["ana"]),
        ("Fri 06 10:45", "75%", ["ana", "boss"]),
        ("Fri 06 11:00", "deadline", ["ana", "boss"]),
        ("Fri 06 11:30", "30 min after the deadline", ["ana", "boss"]),
        ("Fri 06 12:00", "1 h after the deadline", ["ana", "boss"]),
        ("Fri 06 13:00", "2 h after the deadline", ["ana", "boss"]),
        ("Fri 06 14:00", "3 h after the deadline", ["ana", "boss"]),
        ("Fri 06 15:00", "4 h after the deadline", ["ana", "boss"]),
    ]


def test_steps_and_repeats_run_in_business_time_and_ping_who_is_on_call_then(
    playbook: Playbook, at: At
) -> None:
    # 3 h of 4 are used up as Friday closes at 20:00; the handoff is on Monday at 09:00.
    assert story(playbook, "premium", Severity.MINOR, at(f"{FRIDAY} 17:00"), 1) == [
        ("Fri 06 19:00", "50%", ["ana"]),
        ("Mon 09 08:00", "75%", ["ana", "boss"]),
        ("Mon 09 09:00", "deadline", ["ivo", "boss"]),
        ("Mon 09 09:30", "30 min after the deadline", ["ivo", "boss"]),
    ]


def test_after_a_deadline_at_closing_repeats_go_on_from_the_next_opening(
    playbook: Playbook, at: At
) -> None:
    assert story(playbook, "standard", Severity.SIGNIFICANT, at(f"{FRIDAY} 18:00"), 2)[3:] == [
        ("Fri 06 20:00", "deadline", ["ana", "boss"]),
        ("Mon 09 08:30", "30 min after the deadline", ["ana", "boss"]),
        ("Mon 09 09:00", "1 h after the deadline", ["ivo", "boss"]),
    ]


def test_a_repeat_that_falls_on_a_closing_waits_for_the_opening(playbook: Playbook, at: At) -> None:
    assert story(playbook, "standard", Severity.SIGNIFICANT, at(f"{FRIDAY} 17:30"), 1)[3:] == [
        ("Fri 06 19:30", "deadline", ["ana", "boss"]),
        ("Mon 09 08:00", "30 min after the deadline", ["ana", "boss"]),
    ]


def test_critical_repeats_run_round_the_clock(playbook: Playbook, at: At) -> None:
    assert [
        when for when, _, _ in story(playbook, "basic", Severity.CRITICAL, at(f"{FRIDAY} 21:00"), 6)
    ] == [
        "Fri 06 21:00",
        "Fri 06 21:30",
        "Fri 06 21:45",
        "Fri 06 22:00",
        "Fri 06 22:30",
        "Fri 06 23:00",
        "Sat 07 00:00",
        "Sat 07 01:00",
        "Sat 07 02:00",
        "Sat 07 03:00",
    ]


def test_every_person_is_told_by_every_way(playbook: Playbook, at: At) -> None:
    timer = armed(playbook, at(f"{FRIDAY} 10:00"))
    found = look(replace(timer, told=2), playbook, at(f"{FRIDAY} 10:45"))
    assert [(o.person, str(o.way), o.way_number, o.why) for o in found.pings] == [
        ("ana", "mail:ana@b2bee.example", 0, "on call"),
        ("ana", "apprise:json", 1, "on call"),
        ("boss", "mail:boss@b2bee.example", 0, "catch-all: nobody has answered"),
        ("boss", "log", 1, "catch-all: nobody has answered"),
    ]
    assert [ping_id(timer, order) for order in found.pings] == [
        "ping-12-first-response-0-3-ana-0",
        "ping-12-first-response-0-3-ana-1",
        "ping-12-first-response-0-3-boss-0",
        "ping-12-first-response-0-3-boss-1",
    ]
    assert [ping_id(found.timer, order) for order in found.pings] == [
        ping_id(timer, order) for order in found.pings
    ]


def test_before_its_time_a_look_changes_nothing(playbook: Playbook, at: At) -> None:
    timer = armed(playbook, at("2026-03-08 12:00"))
    assert timer.next_at == at("2026-03-09 08:00")
    assert look(timer, playbook, at("2026-03-09 07:59:59")) == Look((), "", timer)


def test_a_late_look_jumps_to_the_latest_step_with_one_ping_by_each_way(
    playbook: Playbook, at: At
) -> None:
    timer = armed(playbook, at(f"{FRIDAY} 10:00"))
    found = look(timer, playbook, at(f"{FRIDAY} 10:50"))
    assert (found.step, people(found), len(found.pings)) == ("75%", ["ana", "boss"], 4)
    assert found.notes == ("skipped steps: start, 50%",)
    assert (found.timer.told, found.timer.next_at) == (3, at(f"{FRIDAY} 11:00"))


def test_a_look_days_late_jumps_over_steps_and_repeats_alike(playbook: Playbook, at: At) -> None:
    timer = armed(playbook, at(f"{FRIDAY} 10:00"), severity=Severity.CRITICAL)
    found = look(timer, playbook, at("2026-03-08 10:20"))
    assert found.step == "47 h after the deadline"
    assert len(found.pings) == 4
    assert found.notes == ("skipped steps: start, 50%, 75%, … 48 more",)
    assert found.timer.next_at == at("2026-03-08 11:00")


def test_a_severity_raised_after_its_deadline_is_told_at_once(playbook: Playbook, at: At) -> None:
    timer = armed(playbook, at(f"{FRIDAY} 10:00"), epoch=1)
    now = at(f"{FRIDAY} 11:10")
    assert timer.next_at < now
    found = look(timer, playbook, now)
    assert (found.step, people(found)) == ("deadline", ["ana", "boss"])
    assert found.timer.next_at == at(f"{FRIDAY} 11:30")


def test_nobody_on_call_tells_the_catch_all_at_once(playbook: Playbook, at: At) -> None:
    timer = armed(playbook, at(f"{FRIDAY} 10:00"))
    empty = {ON_CALL: replace(playbook.rotation, layers=())}
    (turns,) = playbook.rotation.layers
    strangers = replace(turns, people=("stranger",))
    unknown = {ON_CALL: replace(playbook.rotation, layers=(strangers,))}
    mute = {**playbook.people, "ana": replace(playbook.people["ana"], ways=())}
    for nobody in (
        replace(playbook, rotations=empty),
        replace(playbook, rotations=unknown),
        replace(playbook, people=mute),
    ):
        found = look(timer, nobody, timer.next_at)
        assert (found.step, people(found), found.nobody_on_call) == ("start", ["boss"], True)
        assert found.notes == ("nobody on call: told who comes next at once",)
        assert {order.why for order in found.pings} == {"catch-all: nobody is on call"}
    assert not look(timer, playbook, timer.next_at).nobody_on_call


def test_somebody_on_call_and_in_the_catch_all_is_told_once(playbook: Playbook, at: At) -> None:
    override = Override("boss", at(f"{FRIDAY} 00:00"), at("2026-03-07 00:00"))
    covered = replace(
        playbook, rotations={ON_CALL: replace(playbook.rotation, overrides=(override,))}
    )
    timer = armed(covered, at(f"{FRIDAY} 10:00"))
    found = look(timer, covered, at(f"{FRIDAY} 11:00"))
    assert [(o.person, o.why) for o in found.pings] == [("boss", "on call")] * 2


# acknowledgements


@pytest.mark.parametrize(
    ("acknowledged", "until"),
    [
        ("09:00", "10:30"),  # before the clock starts
        ("10:00", "10:45"),
        ("10:05", "10:45"),
        ("10:30", "10:55"),  # a reserve before the deadline stays
        ("10:44:59", "10:55"),
        ("10:45", "10:55"),  # only the deadline is left
        ("10:50", "11:00"),  # a reminder would come at once
        ("10:59:59", "11:00"),
        ("11:00", "11:30"),  # late
        ("15:10", "15:40"),
    ],
)
def test_a_lease_lasts_to_the_next_step_but_one_and_never_past_the_deadline(
    acknowledged: str, until: str, playbook: Playbook, at: At
) -> None:
    timer = armed(playbook, at(f"{FRIDAY} 10:00"))
    leased = acknowledge(timer, playbook, "ivo", at(f"{FRIDAY} {acknowledged}"))
    assert leased.acknowledgement is not None
    assert leased.acknowledgement.person == "ivo"
    assert leased.acknowledgement.until_at == leased.next_at == at(f"{FRIDAY} {until}")
    assert (leased.epoch, leased.told) == (timer.epoch + 1, timer.told)


def test_while_somebody_has_it_nobody_is_told_and_then_both_are(playbook: Playbook, at: At) -> None:
    timer = look(armed(playbook, at(f"{FRIDAY} 10:00")), playbook, at(f"{FRIDAY} 10:00")).timer
    leased = acknowledge(timer, playbook, "ivo", at(f"{FRIDAY} 10:05"))
    forced = look(replace(leased, next_at=at(f"{FRIDAY} 10:30")), playbook, at(f"{FRIDAY} 10:30"))
    assert forced == Look((), "", leased)
    found = look(leased, playbook, at(f"{FRIDAY} 10:45"))
    assert found.step == "acknowledgement by ivo ended, 75%"
    assert people(found) == ["ana", "ivo", "boss"]
    assert found.notes == ("passed while ivo had it: 50%",)
    assert found.timer.acknowledgement is None
    assert found.timer.next_at == at(f"{FRIDAY} 11:00")


def test_a_lease_that_ends_between_steps_tells_both_as_well(playbook: Playbook, at: At) -> None:
    timer = look(armed(playbook, at(f"{FRIDAY} 10:00")), playbook, at(f"{FRIDAY} 13:20")).timer
    leased = acknowledge(timer, playbook, "ivo", at(f"{FRIDAY} 13:21"))
    found = look(leased, playbook, at(f"{FRIDAY} 13:51"))
    assert (found.step, people(found)) == ("acknowledgement by ivo ended", ["ana", "ivo", "boss"])
    assert (found.timer.told, found.timer.next_at) == (leased.told, at(f"{FRIDAY} 14:00"))


def test_a_lease_that_ends_before_the_catch_all_s_share_leaves_it_alone(
    playbook: Playbook, at: At
) -> None:
    timer = armed(playbook, at("2026-03-09 08:00"), severity=Severity.MINOR)
    leased = replace(
        acknowledge(timer, playbook, "ana", at("2026-03-09 08:10")), next_at=timer.clock_starts_at
    )
    assert leased.acknowledgement is not None
    early = replace(leased.acknowledgement, until_at=at("2026-03-09 09:00"))
    found = look(replace(leased, acknowledgement=early), playbook, at("2026-03-09 09:00"))
    assert (found.step, people(found)) == ("acknowledgement by ana ended", ["ivo", "ana"])
    assert found.timer.next_at == at("2026-03-09 10:00")


def test_somebody_who_left_is_not_told_when_the_lease_ends(playbook: Playbook, at: At) -> None:
    timer = acknowledge(
        armed(playbook, at(f"{FRIDAY} 10:00")), playbook, "gone", at(f"{FRIDAY} 10:59")
    )
    assert people(look(timer, playbook, at(f"{FRIDAY} 11:00"))) == ["ana", "boss"]


def test_taking_over_replaces_the_lease(playbook: Playbook, at: At) -> None:
    timer = armed(playbook, at(f"{FRIDAY} 10:00"))
    first = acknowledge(timer, playbook, "ana", at(f"{FRIDAY} 10:05"))
    second = acknowledge(first, playbook, "ivo", at(f"{FRIDAY} 10:50"))
    assert second.acknowledgement is not None
    assert (second.acknowledgement.person, second.next_at) == ("ivo", at(f"{FRIDAY} 11:00"))
    assert second.epoch == 2


# the daily digest


def test_a_quiet_timer_pings_nobody_and_comes_up_each_working_morning(
    playbook: Playbook, at: At
) -> None:
    timer = armed(playbook, at("2026-04-30 10:00"), "basic", Severity.MINOR, quiet=True)
    mornings = []
    for _ in range(3):
        now = timer.next_at
        found = look(timer, playbook, now)
        assert (found.pings, found.digest, found.step) == ((), True, "daily digest")
        mornings.append(now)
        timer = found.timer
    # Friday 1 May is a holiday.
    assert mornings == [at(f"2026-05-0{day} 09:00") for day in (4, 5, 6)]


def test_what_came_in_over_the_weekend_is_in_monday_s_digest(playbook: Playbook, at: At) -> None:
    timer = armed(playbook, at("2026-03-08 12:00"), "basic", Severity.MINOR, quiet=True)
    assert timer.next_at == at("2026-03-09 09:00")
    late = look(timer, playbook, at("2026-03-09 15:00"))
    assert (late.digest, late.timer.next_at) == (True, at("2026-03-10 09:00"))


def test_an_acknowledged_quiet_timer_goes_back_into_the_digest(playbook: Playbook, at: At) -> None:
    timer = armed(playbook, at("2026-03-09 10:00"), "basic", Severity.MINOR, quiet=True)
    leased = acknowledge(timer, playbook, "ana", at("2026-03-09 11:00"))
    assert leased.next_at == at("2026-03-11 12:00")  # 75 % of 24 h
    found = look(leased, playbook, leased.next_at)
    assert (found.pings, found.digest) == ((), False)
    assert found.step == "acknowledgement by ana ended"
    assert (found.timer.next_at, found.timer.acknowledgement) == (at("2026-03-12 09:00"), None)


# what never ends


def test_unknown_holidays_do_not_stop_the_repeats(playbook: Playbook, at: At) -> None:
    looks = list(simulate(playbook, "basic", Severity.MINOR, at("2029-12-27 09:00"), 10))
    assert [now for now, _ in looks] == sorted({now for now, _ in looks})
    noted = [now for now, found in looks if found.notes]
    assert looks[-1][0] == at("2030-01-02 10:00")
    assert looks[-1][1].notes == (
        "the public holidays of 2030 are not known: counted as if there were none",
    )
    assert noted[0] == at("2029-12-31 17:00")  # since the next look is in 2030


def test_a_quiet_timer_outlives_the_calendar(playbook: Playbook, at: At) -> None:
    timer = armed(playbook, at("2029-12-19 10:00"), "basic", Severity.NONE, quiet=True)
    found = look(timer, playbook, at("2029-12-31 10:00"))
    assert found.timer.next_at == at("2030-01-01 09:00")


# what always holds


def test_the_default_steps_are_the_policy_s() -> None:
    policies = {next(iter(each.severities)): each.policy for each in default_policies()}
    told = {
        severity: [(step_name(s), [str(a.whom) for a in s.tells]) for s in policies[severity].steps]
        for severity in Severity
    }
    late = [
        ("50%", ["on-call"]),
        ("75%", ["on-call", "catch-all"]),
        ("deadline", ["on-call", "catch-all"]),
    ]
    early = [("start", ["on-call"]), *late]
    assert told == {
        Severity.CRITICAL: early,
        Severity.SIGNIFICANT: early,
        Severity.MINOR: late,
        Severity.NONE: late,
    }
    for severity, policy in policies.items():
        assert policy.repeats == (30 * MINUTE, 30 * MINUTE, 60 * MINUTE)
        assert policy.round_the_clock == (severity is Severity.CRITICAL)
        assert policy.late_acknowledgement == 30 * MINUTE


def test_the_simulation_is_the_engine(playbook: Playbook, at: At) -> None:
    chance = random.Random(5)
    for plan, severity in product(playbook.policy.plans, Severity):
        received_at = at("2026-01-05 00:00") + chance.randrange(360 * 86_400) * SECOND
        timer = replace(armed(playbook, received_at, plan, severity), request_id=0)
        for now, found in simulate(playbook, plan, severity, received_at):
            assert now == timer.next_at
            assert look(timer, playbook, now) == found
            timer = found.timer


def test_every_threshold_has_a_look_at_its_instant_while_nobody_has_it(
    playbook: Playbook, at: At
) -> None:
    chance = random.Random(6)
    for plan, severity, clock, _ in product(playbook.policy.plans, Severity, Clock, range(10)):
        book = replace(playbook, policy=replace(playbook.policy, clock=clock))
        received_at = at("2026-01-05 00:00") + chance.randrange(360 * 86_400) * SECOND
        target = book.policy.plans[plan].targets[severity]
        owed = deadlines.first_response(target, clock, received_at)
        thresholds = {
            deadlines.share_at(target, clock, owed.clock_starts_at, owed.due_at, step.share)
            for step in fitting(book, plan, severity, "", owed.clock_starts_at).steps
        }
        looks = dict(simulate(book, plan, severity, received_at, 3))
        assert thresholds <= looks.keys()
        assert all(found.pings for found in looks.values())


def test_a_timer_always_goes_on_and_never_tells_the_same_thing_twice(
    playbook: Playbook, at: At
) -> None:
    chance = random.Random(7)
    for _ in range(300):
        plan = chance.choice(list(playbook.policy.plans))
        severity = chance.choice(list(Severity))
        now = at("2026-01-05 09:00") + chance.randrange(300 * 86_400) * SECOND
        timer = armed(playbook, now, plan, severity)
        ids: list[str] = []
        for _ in range(25):
            if chance.random() < 0.2:
                timer = acknowledge(timer, playbook, chance.choice(["ana", "ivo"]), now)
                assert timer.next_at > now
                assert now >= timer.due_at or timer.next_at <= timer.due_at
            now = max(now, timer.next_at) + chance.choice([0, 0, 1, 600, 90_000]) * SECOND
            found = look(timer, playbook, now)
            assert found == look(timer, playbook, now)
            assert found.timer.next_at > now
            assert found.pings
            ids += [ping_id(timer, order) for order in found.pings]
            timer = found.timer
        assert len(ids) == len(set(ids))


def test_a_deadline_already_past_when_armed_is_owed_at_once(playbook: Playbook) -> None:
    past = datetime(2026, 3, 2, 9, tzinfo=UTC)
    deadline = Deadline(past, past, ())
    timer = escalation.arm(playbook, 1, Purpose.FOLLOW_UP, "basic", Severity.SIGNIFICANT, deadline)
    found = look(timer, playbook, past + SECOND)
    assert (found.step, found.notes) == ("deadline", ("skipped steps: start, 50%, 75%",))
