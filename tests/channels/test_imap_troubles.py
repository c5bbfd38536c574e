"""What goes wrong with a mailbox while the line to it holds, or nearly so: a person hears of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Trouble
from channels.imap import After, MailboxFolder
from channels.imap import progress as progresses
from channels.imap.rhythm import FEWEST_DAYS, SHORTEST, Rhythm
from tests import dovecot as dovecots
from tests.channels.imap_box import NOW, Box
from tests.channels.mailbox_desk import follow
from tests.dovecot import Dovecot

LETTER = b"From: ana@customer.example\r\nSubject: %b\r\n\r\nHelp.\r\n"
QUOTA = """
mail_plugins = quota
protocol imap {
  mail_plugins = quota imap_quota
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=100k
}
"""
BROKEN = r"Sales is|inconsistent|Internal error|EOF"
"""What Dovecot says differs with the moment; the line ends, and opening it anew tells the rest."""


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with dovecots.running(more=QUOTA) as server:
        yield server


class Watched(Box):
    """A mailbox whose troubles are asked for."""

    def __init__(self, server: Dovecot) -> None:
        super().__init__(server)
        self.now = NOW

    def folder(self, **changed: Any) -> MailboxFolder:
        usual = {
            "clock": lambda: self.now,
            "poll": 0.1,
            "look_every": 0.05,
            "start_at": NOW - timedelta(days=999),
        }
        return super().folder(**(usual | changed))

    def troubles(
        self, until: Callable[[tuple[Trouble, ...]], bool], **changed: Any
    ) -> tuple[Trouble, ...]:
        folder = self.folder(**changed)
        found: tuple[Trouble, ...] = ()

        def seen() -> bool:
            nonlocal found
            found = folder.troubles()
            return folder.is_ready() and until(found)

        follow(self.desk, folder, until=seen)
        return found


@pytest.fixture
def box(dovecot: Dovecot) -> Watched:
    return Watched(dovecot)


def test_a_full_mailbox_is_told_of_once_a_day(box: Watched) -> None:
    box.deliver(LETTER % b"large" + b"x" * 98_000)
    [full] = box.troubles(lambda found: bool(found))
    assert full.what == "mailbox box is nearly full"
    assert "of 100 (STORAGE) are used" in full.detail
    [same] = box.troubles(lambda found: bool(found))
    assert same.id == full.id
    box.now += timedelta(days=1)
    [again] = box.troubles(lambda found: bool(found))
    assert again.id != full.id


def test_a_mailbox_with_room_is_no_trouble(box: Watched) -> None:
    box.deliver(LETTER % b"small")
    box.troubles(lambda found: len(box.desk.stored) == 1 and not found)


def test_what_cannot_be_tidied_away_is_told_of(box: Watched) -> None:
    box.deliver(LETTER % b"one")
    told = box.troubles(lambda found: bool(found), after=After.MOVE, after_name="a/*/%/..")
    assert [t.what for t in told] == ["imap:box/INBOX: what is taken cannot be marked or moved"]


@pytest.mark.parametrize("rename", [False, True], ids=["deleted", "renamed"])
def test_a_folder_that_vanishes_while_it_is_open_is_raised(box: Watched, rename: bool) -> None:
    box.server.maildir(box.user, "Sales")
    folder = box.folder(folder="Sales")
    done = False

    def vanish() -> bool:
        nonlocal done
        if folder.is_ready() and not done:
            done = True
            with box.server.client(box.user) as client:
                client.rename_folder("Sales", "Old") if rename else client.delete_folder("Sales")
        return False

    with pytest.raises(Exception, match=BROKEN):
        follow(box.desk, folder, until=vanish)


def test_a_folder_put_in_anothers_place_is_raised_and_read_as_a_new_one(box: Watched) -> None:
    box.server.renumber(box.user, 5, "Sales")
    folder = box.folder(folder="Sales")
    done = False

    def put_another() -> bool:
        nonlocal done
        if folder.is_ready() and not done:
            done = True
            with box.server.client(box.user) as client:
                client.rename_folder("Sales", "Old")
                client.create_folder("Sales")
        return False

    with pytest.raises(Exception, match=BROKEN):
        follow(box.desk, folder, until=put_another)
    box.server.deliver(box.user, LETTER % b"in the new one", folder="Sales")
    follow(box.desk, box.folder(folder="Sales"), until=lambda: len(box.desk.stored) == 1)


def a_week(box: Watched) -> None:
    for day in range(7):
        box.deliver(LETTER % b"x", NOW - timedelta(days=20 - day))
    follow(box.desk, box.folder(), until=lambda: len(box.desk.stored) == 7)


def test_a_silence_much_longer_than_any_before_is_told_of_once(box: Watched) -> None:
    a_week(box)  # one a day, the last a fortnight ago
    [silent] = box.troubles(lambda found: bool(found))
    assert silent.what == "imap:box/INBOX has been silent for unusually long"
    assert "(14 days 0 hours)" in silent.detail
    box.now += timedelta(days=3)
    [still] = box.troubles(lambda found: bool(found))
    assert still.id == silent.id
    box.deliver(LETTER % b"at last", box.now)
    box.troubles(lambda found: len(box.desk.stored) == 8 and not found)


def test_a_sent_folder_may_be_silent(box: Watched) -> None:
    a_week(box)
    looked: list[None] = []
    box.troubles(lambda found: not found and (looked.append(None) or len(looked) > 50), sent=True)


# --- Rhythm ---

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)


def learned(*at: datetime) -> Rhythm:
    rhythm = Rhythm()
    for one in at:
        rhythm = rhythm.after(one)
    return rhythm


def test_of_a_folder_with_little_mail_nothing_can_be_said() -> None:
    few = learned(*(MONDAY + timedelta(days=day) for day in range(FEWEST_DAYS)))
    assert not few.is_silent(MONDAY + timedelta(days=300))
    enough = few.after(MONDAY + timedelta(days=FEWEST_DAYS))
    assert enough.is_silent(MONDAY + timedelta(days=300))


def test_a_weekend_after_a_usual_week_is_not_unusual() -> None:
    weeks = [
        MONDAY + timedelta(days=7 * w + d, hours=h)
        for w in range(4)
        for d in range(5)
        for h in range(9)
    ]
    office = learned(*weeks)
    friday = weeks[-1]
    assert not office.is_silent(friday + timedelta(days=3))
    assert not office.is_silent(friday + timedelta(days=7))
    assert office.is_silent(friday + timedelta(days=9))


def test_a_busy_folder_may_be_silent_for_a_day() -> None:
    busy = learned(*(MONDAY + timedelta(minutes=10 * n) for n in range(1000)))
    last = busy.last_at or MONDAY
    assert not busy.is_silent(last + SHORTEST)
    assert busy.is_silent(last + SHORTEST + timedelta(seconds=1))


@given(st.lists(st.integers(0, 10_000_000), min_size=2, max_size=200))
def test_the_rhythm_stays_small_and_its_longest_gap_is_one_that_was(seconds: list[int]) -> None:
    at = [MONDAY + timedelta(seconds=s) for s in seconds]
    rhythm = learned(*at)
    assert rhythm.last_at == max(at)
    assert len(rhythm.gaps) <= 31
    rising = sorted({a for n, a in enumerate(at) if a == max(at[: n + 1])})
    assert all(gap <= max(at) - min(at) for _, gap in rhythm.gaps)
    assert len(rising) < 2 or rhythm.gaps[-1][1] >= rising[-1] - rising[-2]


def test_the_rhythm_is_remembered_and_an_older_cursor_has_none() -> None:
    place = progresses.first(1, 1, None, NOW)
    facts = [progresses.Fact(n, 1, NOW - timedelta(days=9 - n)) for n in range(1, 9)]
    taken = place.taken(facts, NOW)
    assert progresses.read(progresses.write(taken)) == taken
    older = progresses.write(place).replace('"rhythm"', '"x"').split(', "x"')[0] + "}"
    assert progresses.read(older) == replace(place, rhythm=Rhythm())


def test_a_date_far_ahead_makes_no_silence_impossible() -> None:
    place = progresses.first(1, 1, None, NOW)
    taken = place.taken([progresses.Fact(1, 1, NOW + timedelta(days=3650))], NOW)
    assert taken.rhythm.last_at == NOW
