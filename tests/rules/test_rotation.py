"""Who is on call."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.model import (
    ON_CALL,
    Absence,
    BusinessHours,
    Calendar,
    Imported,
    Override,
    Rotation,
    Shift,
    Swap,
    Turns,
    Window,
)
from rules.rotation import next_handoff, on_call, timetable

At = Callable[..., datetime]
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
ZONES = ["Europe/Zagreb", "America/Santiago", "Australia/Lord_Howe", "Asia/Beirut"]


def make(starts: str, *people: str, every_days: int = 7, zone: str = "Europe/Zagreb") -> Rotation:
    turns = Turns(people, datetime.fromisoformat(starts), timedelta(days=every_days))
    return Rotation(ON_CALL, ZoneInfo(zone), (turns,))


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
    assert next_handoff(replace(rotation, layers=(), overrides=()), at("2026-03-06 09:00")) is None


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
    people = ("ana", "ivo", "eva")
    rotation = make(starts.isoformat(), *people, every_days=every_days, zone=zone)
    now = datetime(2025, 1, 8, tzinfo=UTC) + instant * SECOND
    following = next_handoff(rotation, now)
    assert following is not None
    assert following > now
    assert on_call(rotation, following - SECOND) == on_call(rotation, now)
    before = people.index(on_call(rotation, now) or "")
    assert on_call(rotation, following) == people[(before + 1) % 3]


# ---- layers, hours, and what is out of turn ----


def shift(person: str, zone: str, from_: str, to: str, at: At) -> Shift:
    return Shift(person, at(from_, zone), at(to, zone))


def nights(*people: str, zone: str = "Europe/Zagreb") -> Turns:
    """From 17:00 to 09:00, in turn each evening; all of the weekend is left to others."""
    window = Window(timedelta(hours=17), timedelta(hours=33))
    always = Calendar(frozenset(), 1, 9999)
    hours = BusinessHours(ZoneInfo(zone), (window,), False, always, frozenset(range(5)))
    return Turns(people, datetime.fromisoformat("2026-03-02 17:00"), timedelta(days=1), hours)


def test_a_later_layer_wins_where_it_has_somebody(at: At) -> None:
    days = make("2026-03-02 09:00", "ana", "ivo")
    rotation = replace(days, layers=(*days.layers, nights("eva", "mia")))
    story = {
        "2026-03-02 16:59": "ana",
        "2026-03-02 17:00": "eva",
        "2026-03-03 08:59": "eva",
        "2026-03-03 09:00": "ana",
        "2026-03-03 17:00": "mia",
        "2026-03-06 17:00": "eva",  # Friday's night runs into Saturday
        "2026-03-07 09:00": "ana",
        "2026-03-07 17:00": "ana",
        "2026-03-09 09:00": "ivo",
    }
    assert {when: on_call(rotation, at(when)) for when in story} == story


def test_who_is_absent_is_stood_in_for_by_the_next_in_turn(at: At) -> None:
    days_off = (
        Absence("ana", at("2026-03-02 00:00"), at("2026-03-05 00:00")),
        Absence("ivo", at("2026-03-04 00:00"), at("2026-03-05 00:00")),
    )
    rotation = replace(make("2026-03-02 09:00", "ana", "ivo", "eva"), absences=days_off)
    story = {"2026-03-03 12:00": "ivo", "2026-03-04 12:00": "eva", "2026-03-05 00:00": "ana"}
    assert {when: on_call(rotation, at(when)) for when in story} == story
    alone = replace(make("2026-03-02 09:00", "ana"), absences=days_off)
    assert on_call(alone, at("2026-03-03 12:00")) is None


def test_an_override_to_somebody_absent_is_passed_over(at: At) -> None:
    span = (at("2026-03-03 00:00"), at("2026-03-04 00:00"))
    rotation = make("2026-03-02 09:00", "ana", "ivo")
    rotation = replace(
        rotation, overrides=(Override("eva", *span),), absences=(Absence("eva", *span),)
    )
    assert on_call(rotation, at("2026-03-03 12:00")) == "ana"


def test_swaps_change_two_persons_over_and_follow_each_other(at: At) -> None:
    span = (at("2026-03-02 00:00"), at("2026-03-23 09:00"))
    rotation = make("2026-03-02 09:00", "ana", "ivo", "eva")
    mondays = [at(f"2026-03-{day:02} 12:00") for day in (2, 9, 16, 23)]

    def who(*swaps: Swap) -> list[str | None]:
        return [on_call(replace(rotation, swaps=swaps), day) for day in mondays]

    assert who(Swap("ana", "ivo", *span)) == ["ivo", "ana", "eva", "ana"]
    assert who(Swap("ana", "ivo", *span), Swap("ivo", "eva", *span)) == ["eva", "ana", "ivo", "ana"]
    assert who(Swap("ana", "ivo", *span), Swap("ivo", "ana", *span)) == ["ana", "ivo", "eva", "ana"]


def test_a_calendars_shift_counts_as_it_says_and_of_two_the_later_begun(at: At) -> None:
    shifts = Imported(
        "c",
        (
            shift("eva", "Europe/Zagreb", "2026-03-03 00:00", "2026-03-05 00:00", at),
            shift("mia", "Europe/Zagreb", "2026-03-04 00:00", "2026-03-04 12:00", at),
        ),
    )
    days = make("2026-03-02 09:00", "ana", "ivo")
    rotation = replace(days, layers=(*days.layers, shifts))
    story = {
        "2026-03-02 12:00": "ana",
        "2026-03-03 00:00": "eva",
        "2026-03-04 00:00": "mia",
        "2026-03-04 12:00": "eva",
        "2026-03-05 00:00": "ana",
    }
    assert {when: on_call(rotation, at(when)) for when in story} == story


@pytest.mark.parametrize(
    ("zone", "evening", "hours"),
    [
        ("Europe/Zagreb", "2026-03-27 17:00", 16),  # Friday's night ends before the change
        ("Asia/Beirut", "2026-03-28 17:00", 15),  # midnight is left out
        ("America/Santiago", "2026-09-05 17:00", 15),
        ("Australia/Lord_Howe", "2026-10-03 17:00", 15.5),
        ("Australia/Lord_Howe", "2026-04-04 17:00", 16.5),
        ("America/Santiago", "2026-04-04 17:00", 17),  # 23:00 comes twice
        ("Asia/Beirut", "2026-10-24 17:00", 17),
    ],
)
def test_a_night_is_as_long_as_the_wall_says(zone: str, evening: str, hours: float, at: At) -> None:
    layer = nights("eva", zone=zone)
    assert layer.hours is not None
    every_night = replace(layer, hours=replace(layer.hours, weekdays=frozenset(range(7))))
    rotation = Rotation(ON_CALL, ZoneInfo(zone), (every_night,))
    begins = at(evening, zone)
    found = list(timetable(rotation, begins - SECOND, begins + timedelta(days=1)))
    assert [s.person for s in found] == [None, "eva", None, "eva"][: len(found)]
    assert (found[1].from_at, found[1].until_at - begins) == (begins, timedelta(hours=hours))


@st.composite
def rotations(draw: st.DrawFn) -> Rotation:
    """Any layers, with anything out of turn, in weeks with clock changes."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    start = datetime(2026, 3, 1, tzinfo=UTC)
    moment = st.integers(0, 35 * 24 * 4).map(lambda quarters: start + quarters * 15 * MINUTE)
    person = st.sampled_from(["ana", "ivo", "eva", "mia"])
    span = st.tuples(moment, st.integers(1, 400)).map(lambda s: (s[0], s[0] + s[1] * 15 * MINUTE))
    window = st.tuples(st.integers(0, 47), st.integers(1, 48)).map(
        lambda w: Window(w[0] * 30 * MINUTE, (w[0] + w[1]) * 30 * MINUTE)
    )
    hours = st.builds(
        BusinessHours,
        st.just(zone),
        st.tuples(window),
        st.booleans(),
        st.just(Calendar(frozenset(), 1, 9999)),
        st.frozensets(st.integers(0, 4), min_size=1),
    )
    turns = st.builds(
        Turns,
        st.lists(person, max_size=3, unique=True).map(tuple),
        moment.map(lambda m: m.replace(tzinfo=None)),
        st.integers(1, 24 * 9).map(lambda h: timedelta(hours=h)),
        st.none() | hours,
    )
    shifts = st.lists(st.tuples(person, span).map(lambda s: Shift(s[0], *s[1])), max_size=3)
    layer = turns | shifts.map(lambda found: Imported("c", tuple(found)))

    def few(kind: Callable[..., Any], *whom: st.SearchStrategy[str]) -> Any:
        one = st.tuples(st.tuples(*whom), span).map(lambda d: kind(*d[0], *d[1]))
        return draw(st.lists(one, max_size=2).map(tuple))

    layers = draw(st.lists(layer, max_size=3).map(tuple))
    return Rotation(
        "any", zone, layers, few(Override, person), few(Swap, person, person), few(Absence, person)
    )


@settings(deadline=None)
@given(rotation=rotations(), from_quarter=st.integers(0, 36 * 96), quarters=st.integers(1, 96))
def test_the_timetable_is_what_is_found_at_every_minute(
    rotation: Rotation, from_quarter: int, quarters: int
) -> None:
    from_at = datetime(2026, 3, 1, tzinfo=UTC) + from_quarter * 15 * MINUTE
    until_at = from_at + quarters * 15 * MINUTE
    found = list(timetable(rotation, from_at, until_at))
    assert (found[0].from_at, found[-1].until_at) == (from_at, until_at)
    for one, following in pairwise(found):
        assert one.until_at == following.from_at
        assert one.person != following.person
    at, said = from_at, iter(found)
    current = next(said)
    while at < until_at:
        if at == current.until_at:
            current = next(said)
        assert on_call(rotation, at) == current.person
        at += 5 * MINUTE
