from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.origins import origin_of, site_of
from channels.smtp.door import (
    TOO_MANY,
    TOO_OFTEN,
    Door,
    Limits,
    Memory,
    Rate,
    Share,
)


@dataclass(eq=False)
class Visitor:
    origin: str = "192.0.2.1"
    trusted: bool = False
    busy: bool = False
    progressed_at: float = 0.0
    heard: list[str] = field(default_factory=list)

    def hang_up(self, last_word: str) -> None:
        self.heard.append(last_word)


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("a:b", "a:b"),
    ],
)
def test_a_peer_is_an_address_of_ipv4_and_64_bits_of_ipv6(address: str, origin: str) -> None:
    assert origin_of(address) == origin


@pytest.mark.parametrize(
    ("origin", "site"),
    [("192.0.2.1", "192.0.2.1"), ("2001:db8:1:2::/64", "2001:db8:1::/48"), ("", "")],
)
def test_a_site_is_48_bits_of_ipv6(origin: str, site: str) -> None:
    assert site_of(origin) == site


def test_a_rate_is_so_many_at_once_and_then_so_many_a_minute() -> None:
    rate = Rate(3)
    assert [rate.allows("a", 0.0) for _ in range(4)] == [True, True, True, False]
    assert rate.allows("b", 0.0)
    assert [rate.allows("a", now) for now in (19.0, 21.0, 22.0)] == [False, True, False]
    assert [rate.allows("a", 1000.0) for _ in range(4)] == [True, True, True, False]


def test_who_comes_too_often_is_turned_away_and_the_others_are_not() -> None:
    door = Door(Limits(connections_per_minute=2))
    for _ in range(2):
        visitor = Visitor()
        assert door.enter(visitor, 0.0) == ""
        door.leave(visitor)
    assert door.enter(Visitor(), 0.0) == TOO_OFTEN
    assert door.refused == {"192.0.2.1": 1}
    assert door.enter(Visitor("192.0.2.2"), 0.0) == ""
    assert door.enter(Visitor(trusted=True), 0.0) == ""


def test_all_together_may_come_only_so_often() -> None:
    door = Door(Limits(all_connections_per_minute=5, connections=50))
    answers = [door.enter(Visitor(f"192.0.2.{n}"), 0.0) for n in range(6)]
    assert answers == ["", "", "", "", "", TOO_OFTEN]


def test_one_peer_has_a_quarter_of_the_places_and_our_own_relay_all() -> None:
    door = Door(Limits(connections=8))
    assert [door.enter(Visitor(), 0.0) for _ in range(3)] == ["", "", TOO_MANY]
    assert [door.enter(Visitor("10.0.0.1", trusted=True), 0.0) for _ in range(6)] == [""] * 6


def full_house(*visitors: Visitor) -> Door:
    door = Door(Limits(connections=4))
    for place in range(4):
        visitor = visitors[place] if place < len(visitors) else Visitor(f"198.51.100.{place}")
        assert door.enter(visitor, 0.0) == ""
    return door


def test_in_a_full_house_who_has_stood_still_for_longest_makes_room() -> None:
    still, moving = Visitor("a", progressed_at=10.0), Visitor("b", progressed_at=20.0)
    door = full_house(still, moving, Visitor("c", busy=True), Visitor("d", trusted=True))
    assert door.enter(Visitor("e", progressed_at=30.0), 30.0) == ""
    assert [len(one.heard) for one in (still, moving)] == [1, 0]
    assert still.heard[0].startswith("421")
    assert door.enter(Visitor("f", progressed_at=30.0), 30.0) == ""
    assert moving.heard


def test_who_is_moving_or_stored_or_ours_stays() -> None:
    kept = [Visitor("a", progressed_at=29.5), Visitor("b", busy=True), Visitor("c", trusted=True)]
    door = full_house(*kept, Visitor("d", progressed_at=29.9))
    assert door.enter(Visitor("e"), 30.0) == TOO_MANY
    assert [one.heard for one in kept] == [[], [], []]


def test_one_with_many_places_makes_room_even_while_it_moves() -> None:
    many = [Visitor("a", progressed_at=30.0) for _ in range(3)]
    door = Door(Limits(connections=12))
    others = [Visitor(f"o{n}", progressed_at=30.0) for n in range(9)]
    assert {door.enter(one, 30.0) for one in (*many, *others)} == {""}
    assert door.enter(Visitor("e"), 30.0) == ""
    assert sum(len(one.heard) for one in many) == 1
    assert [one.heard for one in others] == [[]] * 9


def test_one_site_of_many_networks_holds_not_all_places_even_while_it_moves() -> None:
    many = [Visitor(f"2001:db8:1:{n:x}::/64", progressed_at=30.0) for n in range(4)]
    door = full_house(*many)
    assert door.enter(Visitor("2001:db8:2:1::/64", progressed_at=30.0), 30.0) == ""
    assert sum(len(one.heard) for one in many) == 1
    assert door.enter(Visitor("2001:db8:1:ff::/64", progressed_at=30.0), 30.0) == TOO_MANY


def test_leaving_twice_frees_one_place() -> None:
    one, other = Visitor("a"), Visitor("b")
    door = Door(Limits(connections=1))
    door.enter(one, 0.0)
    door.leave(one)
    door.leave(one)
    assert door.enter(other, 0.0) == ""
    assert door.enter(Visitor("c"), 0.5) == TOO_MANY


def test_an_ordinary_mail_finds_room_whatever_large_ones_take() -> None:
    memory = Memory(100_000)
    large, larger, small = Share(memory), Share(memory), Share(memory)
    assert large.grow(160_000)
    assert not larger.grow(80_000)
    assert small.grow(64 * 1024)
    large.give_back()
    assert larger.grow(80_000)


@given(st.lists(st.lists(st.integers(1, 90_000), max_size=6), max_size=5))
def test_what_was_held_is_given_back_to_the_byte(messages: list[list[int]]) -> None:
    memory = Memory(150_000)
    shares = []
    for pieces in messages:
        share = Share(memory)
        shares.append(share)
        for piece in pieces:
            share.grow(piece)
        assert memory.left >= 0
    for share in shares:
        share.give_back()
    assert memory.left == 150_000
