"""Who has a request, and for how long: acknowledged, snoozed, given to another."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from rules import deadlines, escalation, leases
from rules.model import Clock, Playbook, Purpose, Request, Severity, Timer
from rules.requests import Refused
from tests.storage.nouns import a_request

At = Callable[..., datetime]
MINUTE = timedelta(minutes=1)
FRIDAY = "2026-03-06"


def owed(
    playbook: Playbook, received_at: datetime, severity: Severity = Severity.SIGNIFICANT
) -> tuple[Request, Timer]:
    target = playbook.policy.plans["premium"].targets[severity]
    deadline = deadlines.first_response(target, playbook.policy.clock, received_at)
    timer = escalation.arm(
        playbook, 12, Purpose.FIRST_RESPONSE, "premium", severity, deadline, epoch=3
    )
    return a_request(id=12, policy=playbook.policy.version, epoch=3), timer


def minutes(found: tuple[timedelta, ...]) -> list[int]:
    return [length // MINUTE for length in found]


@pytest.mark.parametrize(
    ("now", "legal"),
    [
        ("09:00", [5, 15, 30, 60]),
        ("10:00", [5, 15, 30]),
        ("10:25", [5, 15, 30]),
        ("10:25:01", [5, 15]),
        ("10:50", [5]),
        ("10:50:01", []),
        ("10:59", []),
        ("11:00", [5, 15, 30]),  # late: no longer than an acknowledgement
        ("15:00", [5, 15, 30]),
    ],
)
def test_snoozes_that_are_offered_leave_the_reserve_before_the_deadline(
    now: str, legal: list[int], playbook: Playbook, at: At
) -> None:
    request, timer = owed(playbook, at(f"{FRIDAY} 10:00"))
    when = at(f"{FRIDAY} {now}")
    offered = leases.snoozes(request, timer, playbook, when)
    assert minutes(offered) == legal
    for length in leases.LENGTHS:
        if length in offered:
            change = leases.snooze(request, timer, length, "ivo", playbook, when)
            assert change.armed is not None
            assert change.armed.next_at == when + length
        else:
            why = "deadline has passed" if now >= "11:00" else "deadline needs a reserve"
            with pytest.raises(Refused, match=f"request 12 cannot wait .*, since its {why};"):
                leases.snooze(request, timer, length, "ivo", playbook, when)


def test_a_snooze_of_nothing_is_refused(playbook: Playbook, at: At) -> None:
    request, timer = owed(playbook, at(f"{FRIDAY} 10:00"))
    with pytest.raises(Refused, match="may be snoozed for: 5 min, 15 min, 30 min"):
        leases.snooze(request, timer, timedelta(), "ivo", playbook, at(f"{FRIDAY} 10:00"))


def test_the_reserve_is_open_time_and_small_where_the_target_is(playbook: Playbook, at: At) -> None:
    # Due on Monday at 08:02: its five minutes begin on Friday, while somebody is there.
    request, timer = owed(playbook, at(f"{FRIDAY} 16:02"), Severity.MINOR)
    assert timer.due_at == at("2026-03-09 08:02")
    change = leases.acknowledge(request, timer, "ana", playbook, at(f"{FRIDAY} 19:00"))
    assert change.armed is not None
    assert change.armed.next_at == at(f"{FRIDAY} 19:57")
    target = playbook.policy.plans["premium"].targets[Severity.SIGNIFICANT]
    short = replace(target, within=8 * MINUTE)
    plan = replace(
        playbook.policy.plans["premium"],
        targets={**playbook.policy.plans["premium"].targets, Severity.SIGNIFICANT: short},
    )
    book = replace(
        playbook,
        policy=replace(playbook.policy, plans={**playbook.policy.plans, "premium": plan}),
    )
    request, timer = owed(book, at(f"{FRIDAY} 10:00"))
    change = leases.acknowledge(request, timer, "ana", book, at(f"{FRIDAY} 10:05"))
    assert change.armed is not None
    assert change.armed.next_at == at(f"{FRIDAY} 10:07")


def test_where_all_hours_count_the_reserve_does_too(playbook: Playbook, at: At) -> None:
    book = replace(playbook, policy=replace(playbook.policy, clock=Clock.ELAPSED))
    request, timer = owed(book, at(f"{FRIDAY} 19:30"), Severity.MINOR)
    assert timer.due_at == at(f"{FRIDAY} 23:30")
    change = leases.acknowledge(request, timer, "ana", book, at(f"{FRIDAY} 23:00"))
    assert change.armed is not None
    assert change.armed.next_at == at(f"{FRIDAY} 23:25")


def test_who_is_given_a_request_is_told_and_it_is_quiet_to_the_next_step_only(
    playbook: Playbook, at: At
) -> None:
    request, timer = owed(playbook, at(f"{FRIDAY} 10:00"))
    now = at(f"{FRIDAY} 10:10")
    change = leases.reassign(request, timer, "ivo", "ana", playbook, now)
    assert change.armed is not None
    assert (change.request.owner, change.request.epoch) == ("ivo", 4)
    assert change.why == "until Fri 2026-03-06 10:30 CET, given by ana; ivo is not on call now"
    assert change.armed.next_at == at(f"{FRIDAY} 10:30")
    [order] = leases.handed_over(change.request, "ana", playbook)
    assert (order.person, order.why) == ("ivo", "ana gives it to you")
    # The first look in this epoch has another id, or the person would not hear of it.
    later = escalation.look(change.armed, playbook, change.armed.next_at)
    ids = [escalation.ping_id(change.armed, o) for o in (order, *later.pings)]
    assert len(ids) == len(set(ids))
    assert {o.person for o in later.pings} == {"ana", "ivo"}


def test_giving_it_to_who_is_on_call_says_nothing_of_it(playbook: Playbook, at: At) -> None:
    request, timer = owed(playbook, at(f"{FRIDAY} 10:00"))
    change = leases.reassign(request, timer, "ana", "ivo", playbook, at(f"{FRIDAY} 10:31"))
    assert change.why == "until Fri 2026-03-06 10:45 CET, given by ivo"


def test_nobody_is_given_what_they_could_not_hear_of(playbook: Playbook, at: At) -> None:
    request, timer = owed(playbook, at(f"{FRIDAY} 10:00"))
    mute = {**playbook.people, "ivo": replace(playbook.people["ivo"], ways=())}
    book = replace(playbook, people=mute)
    with pytest.raises(Refused, match="ivo cannot be reached by any way"):
        leases.reassign(request, timer, "ivo", "ana", book, at(f"{FRIDAY} 10:10"))


def test_what_was_pressed_after_another_took_it_is_refused_with_a_word(
    playbook: Playbook, at: At
) -> None:
    request, timer = owed(playbook, at(f"{FRIDAY} 10:00"))
    now = at(f"{FRIDAY} 10:01")
    taken = leases.acknowledge(request, timer, "ana", playbook, now, epoch=3)
    assert taken.armed is not None
    said = "ana has request 12 since that ping, until Fri 2026-03-06 10:45"
    for press in (
        lambda: leases.acknowledge(request, taken.armed, "ivo", playbook, now, 3),
        lambda: leases.snooze(request, taken.armed, 5 * MINUTE, "ivo", playbook, now, 3),
        lambda: leases.reassign(request, taken.armed, "ivo", "ivo", playbook, now, 3),
    ):
        with pytest.raises(Refused, match=said):
            press()
    over = leases.acknowledge(request, taken.armed, "ivo", playbook, now, epoch=4)
    assert over.why == "until Fri 2026-03-06 10:45 CET, taken over from ana"


def test_what_was_pressed_before_what_is_owed_changed_is_refused(
    playbook: Playbook, at: At
) -> None:
    request, timer = owed(playbook, at(f"{FRIDAY} 10:00"))
    with pytest.raises(Refused, match="has changed since that ping; look at it again"):
        leases.acknowledge(request, timer, "ana", playbook, at(f"{FRIDAY} 10:01"), epoch=2)
    with pytest.raises(Refused, match="nothing is owed on request 12: it is open"):
        leases.acknowledge(request, None, "ana", playbook, at(f"{FRIDAY} 10:01"), epoch=3)


def test_pressed_twice_by_one_person_it_is_theirs_already(playbook: Playbook, at: At) -> None:
    request, timer = owed(playbook, at(f"{FRIDAY} 10:00"))
    taken = leases.acknowledge(request, timer, "ana", playbook, at(f"{FRIDAY} 10:01"), 3).armed
    assert leases.has_already(taken, "ana", 3)
    assert not leases.has_already(taken, "ana", 4)
    assert not leases.has_already(taken, "ana", None)
    assert not leases.has_already(taken, "ivo", 3)
    assert not leases.has_already(timer, "ana", 2)
    assert not leases.has_already(None, "ana", 3)


def test_a_ping_s_id_says_its_epoch_and_nothing_else_s_does() -> None:
    assert escalation.epoch_of("ping-12-first-response-7-2-ana-0") == 7
    assert escalation.epoch_of("ping-12-review-0-given-ana-0") == 0
    assert escalation.epoch_of("receipt-12-3") is None
    assert escalation.epoch_of("ping-12-else-0-1-ana-0") is None


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("ack 12 14", (12, 14)),
        ("Thanks!\n  ACK: #12, #14; 12\nAna", (12, 14)),
        ("I have it", ()),
        ("ack", ()),
        ("back 12", ()),
        ("ack 12 tomorrow", ()),
        ("ack " + "9" * 30, ()),
        ("ack " + "1 " * 5000 + "x", ()),
        ("\n" * 50_000 + "ack 1", (1,)),
    ],
)
def test_a_reply_names_requests_by_number(text: str, numbers: tuple[int, ...]) -> None:
    assert leases.numbers_in(text) == numbers
