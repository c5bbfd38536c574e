"""Who is on call."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.model import Override, Rotation
from rules.rotation import next_handoff, on_call

At = Callable[..., datetime]
SECOND = timedelta(seconds=1)


def make(starts: str, *people: str, every_days: int = 7, zone: str = "Europe/Zagreb") -> Rotation:
    return Rotation(people, ZoneInfo(zone), datetime.fromisoformat(starts), every_days)


def test_people_take_turns_from_the_first_handoff_on(at: At) -> None:
    rotation = make("2026-03-02 09:00", "ana", "ivo", "eva")
    assert on_call(rotation, at("2026-03-02 08:59:59")) is None
    assert on_call(rotation, at("2026-03-02 09:00")) == "ana"
    assert on_call(rotation, at("2026-03-09 08:59:59")) == "ana"
    assert on_call(rotation, at("2026-03-09 09:00")) == "ivo"
    assert on_call(rotation, at("2026-03-16 09:00")) == "eva"
    assert on_call(rotation, at("2026-03-23 09:00")) == "ana"


def test_nobody_is_on_call_in_an_empty_rotation(at: At) -> None:
    rotation = make("2026-03-02 09:00")
    assert on_call(rotation, at("2026-03-06 12:00")) is None
    assert next_handoff(rotation, at("2026-03-06 12:00")) is None


@pytest.mark.parametrize(
    ("zone", "starts", "day", "handoff"),
    [
        ("Europe/Zagreb", "2026-03-23 09:00", "2026-03-30", "09:00"),
        ("Europe/Zagreb", "2026-10-19 09:00", "2026-10-26", "09:00"),
        ("Europe/Zagreb", "2026-03-22 02:30", "2026-03-29", "03:00"),  # left out
        ("Europe/Zagreb", "2026-10-18 02:30", "2026-10-25", "02:30"),  # comes twice
        ("America/Santiago", "2026-08-30 00:00", "2026-09-06", "01:00"),
        ("America/Santiago", "2026-08-30 00:30", "2026-09-06", "01:00"),
        ("Asia/Beirut", "2026-03-22 00:00", "2026-03-29", "01:00"),
        ("Australia/Lord_Howe", "2026-09-27 02:15", "2026-10-04", "02:30"),
    ],
)
def test_a_handoff_keeps_its_local_time_over_clock_changes(
    zone: str, starts: str, day: str, handoff: str, at: At
) -> None:
    rotation = make(starts, "ana", "ivo", zone=zone)
    change = at(f"{day} {handoff}", zone)
    assert on_call(rotation, change - SECOND) == "ana"
    assert on_call(rotation, change) == "ivo"
    assert next_handoff(rotation, change - SECOND) == change
    assert next_handoff(rotation, change) == at(
        (datetime.fromisoformat(starts) + timedelta(days=14)).isoformat(), zone
    )


def test_the_second_time_of_a_repeated_hour_hands_nothing_over_again(at: At) -> None:
    rotation = make("2026-10-24 02:30", "ana", "ivo", every_days=1)
    assert on_call(rotation, at("2026-10-25 02:15", fold=1)) == "ivo"
    assert on_call(rotation, at("2026-10-25 02:45", fold=1)) == "ivo"


def test_an_override_wins_and_of_several_the_one_that_began_last(at: At) -> None:
    rotation = replace(
        make("2026-03-02 09:00", "ana", "ivo"),
        overrides=(
            Override("luka", at("2026-03-04 12:00"), at("2026-03-04 18:00")),
            Override("eva", at("2026-03-04 08:00"), at("2026-03-05 08:00")),
            Override("mia", at("2026-02-01 00:00"), at("2026-02-02 00:00")),
        ),
    )
    story = {
        "2026-02-01 12:00": "mia",  # even before the first handoff
        "2026-03-04 07:59": "ana",
        "2026-03-04 08:00": "eva",
        "2026-03-04 12:00": "luka",
        "2026-03-04 18:00": "eva",
        "2026-03-05 08:00": "ana",
    }
    assert {when: on_call(rotation, at(when)) for when in story} == story


def test_the_next_handoff_is_the_next_shift_or_edge_of_an_override(at: At) -> None:
    override = Override("eva", at("2026-03-04 08:00"), at("2026-03-05 08:00"))
    rotation = replace(make("2026-03-02 09:00", "ana", "ivo"), overrides=(override,))
    found, when = [], at("2026-02-01 00:00")
    for _ in range(4):
        following = next_handoff(rotation, when)
        assert following is not None
        when = following
        found.append(when)
    assert found == [
        at(text)
        for text in ("2026-03-02 09:00", "2026-03-04 08:00", "2026-03-05 08:00", "2026-03-09 09:00")
    ]
    assert next_handoff(replace(rotation, people=()), at("2026-03-06 09:00")) is None


@settings(deadline=None)
@given(
    instant=st.integers(0, 2 * 366 * 86_400),
    minute=st.integers(0, 24 * 60 - 1),
    every_days=st.integers(1, 30),
    zone=st.sampled_from(["Europe/Zagreb", "America/Santiago", "Australia/Lord_Howe"]),
)
def test_the_person_changes_at_the_next_handoff_and_not_before(
    instant: int, minute: int, every_days: int, zone: str
) -> None:
    starts = datetime.fromisoformat("2025-01-06") + timedelta(minutes=minute)
    rotation = Rotation(("ana", "ivo", "eva"), ZoneInfo(zone), starts, every_days)
    now = datetime(2025, 1, 8, tzinfo=UTC) + instant * SECOND
    following = next_handoff(rotation, now)
    assert following is not None
    assert following > now
    assert on_call(rotation, following - SECOND) == on_call(rotation, now)
    people = rotation.people
    before = people.index(on_call(rotation, now) or "")
    assert on_call(rotation, following) == people[(before + 1) % 3]
