"""A gap that is found is a gap that a request would fall into, minute by minute."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from rules import business_hours
from rules.escalation import look
from rules.gaps import AHEAD, find
from rules.model import (
    ON_CALL,
    Absence,
    Contract,
    Playbook,
    Purpose,
    Rotation,
    Severity,
    Timer,
)
from tests.rules.test_rotation import nights, rotations

At = Callable[..., datetime]
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def manned(playbook: Playbook, *found: Rotation) -> Playbook:
    return replace(playbook, rotations={rotation.name: rotation for rotation in found})


def told(playbook: Playbook, at: datetime, *contracts: Contract) -> list[tuple[str, str, str]]:
    return [
        (gap.rotation, f"{gap.from_at:%m-%d %H:%M}", f"{gap.until_at:%m-%d %H:%M}")
        for gap in find(playbook, contracts, at)
    ]


def a_contract(plan: str, day: datetime) -> Contract:
    return Contract(1, "Adria", plan, day.date(), day.date() + 365 * DAY)


def test_a_rotation_in_which_somebody_is_always_on_call_has_no_gap(
    playbook: Playbook, at: At
) -> None:
    assert told(playbook, at("2026-03-02 00:00")) == []


def test_days_off_of_everybody_are_one_gap_and_outside_of_what_is_promised_none(
    playbook: Playbook, at: At
) -> None:
    monday, sunday = at("2026-03-09 08:00"), at("2026-03-08 22:00")

    def off(from_at: datetime, until_at: datetime) -> Playbook:
        absences = tuple(Absence(name, from_at, until_at) for name in ("ana", "ivo"))
        return manned(playbook, replace(playbook.rotation, absences=absences))

    now = at("2026-03-02 00:00")
    assert told(off(monday, monday + 2 * DAY), now) == [(ON_CALL, "03-09 07:00", "03-11 07:00")]
    assert told(off(sunday, sunday + 2 * HOUR), now) == []
    # Premium's outages are answered until midnight, but only where somebody has that plan.
    weekend = off(sunday, sunday + 2 * HOUR)
    assert told(weekend, now, a_contract("premium", now)) == [
        (ON_CALL, "03-08 21:00", "03-08 23:00")
    ]
    ended = replace(a_contract("premium", now), ended_on=now.date() - DAY)
    assert told(weekend, now, ended) == []


def test_a_person_whom_no_way_reaches_is_nobody(playbook: Playbook, at: At) -> None:
    mute = {**playbook.people, "ivo": replace(playbook.people["ivo"], ways=())}
    found = told(replace(playbook, people=mute), at("2026-03-02 00:00"))
    assert found[:2] == [
        (ON_CALL, "03-01 23:00", "03-02 08:00"),
        (ON_CALL, "03-09 08:00", "03-16 08:00"),
    ]


def test_nobody_at_all_is_one_gap_to_the_end_of_what_is_looked_at(
    playbook: Playbook, at: At
) -> None:
    now = at("2026-03-02 00:00")
    (gap,) = find(manned(playbook, replace(playbook.rotation, layers=())), [], now)
    assert (gap.from_at, gap.until_at) == (now, now + AHEAD)
    hours = playbook.policy.plans["basic"].targets[Severity.NONE].hours
    assert gap.lost >= business_hours.between(hours, now, gap.until_at)


def test_a_named_rotation_is_asked_for_in_its_own_hours_alone(playbook: Playbook, at: At) -> None:
    now = at("2026-03-03 12:00")
    named = Rotation("nights", ZoneInfo("Europe/Zagreb"), (nights("ana"),))
    premium = a_contract("premium", now)
    assert told(manned(playbook, playbook.rotation, named), now, premium) == []
    off = replace(named, absences=(Absence("ana", now, now + DAY),))
    assert told(manned(playbook, playbook.rotation, off), now, premium) == [
        ("nights", "03-03 11:00", "03-04 16:00")
    ]


@settings(deadline=None, max_examples=60)
@given(found=rotations(), from_day=st.integers(0, 36), plan=st.sampled_from(["basic", "premium"]))
def test_a_gap_is_found_where_the_engine_would_find_nobody_and_nowhere_else(
    found: Rotation, from_day: int, plan: str, playbook: Playbook
) -> None:
    book = manned(playbook, replace(found, name=ON_CALL))
    from_at = datetime(2026, 3, 1, tzinfo=UTC) + from_day * DAY
    contract = a_contract(plan, from_at)
    lost = [s for gap in find(book, [contract], from_at, DAY) for s in gap.promised]
    promised = {
        t.hours for name in ("basic", plan) for t in book.policy.plans[name].targets.values()
    }
    at = from_at
    while at < from_at + DAY:
        timer = Timer(1, Purpose.FIRST_RESPONSE, plan, Severity.CRITICAL, at, at, at)
        hit = look(timer, book, at).nobody_on_call
        owed = any(business_hours.is_open(hours, at) for hours in promised)
        assert any(s.opens_at <= at < s.closes_at for s in lost) == (hit and owed), at
        at += 15 * MINUTE
