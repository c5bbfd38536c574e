"""What is handed to each way, and to each target in it, is bounded; the most urgent goes first."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from daemon.delivery.budgets import Bucket, Budgets, Rate
from daemon.delivery.pacing import Pace
from rules.model import NoticeKind, Way
from storage.store import Claimed
from tests.daemon.test_delivery import outages
from tests.storage.nouns import NOW, a_notice

House = Any  # the fixture's class; conftest is no module to import
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@given(st.integers(1, 40), st.lists(st.integers(0, 4000), max_size=120))
def test_no_minute_has_more_than_its_rate(most: int, waits: list[int]) -> None:
    bucket, now, gone = Bucket(Rate.per_minute(most)), NOW, []
    for wait in waits:
        now += timedelta(milliseconds=wait)
        if bucket.left(now):
            bucket.take(now)
            gone.append(now)
        else:
            assert bucket.next_at() > now
            assert bucket.left(bucket.next_at()) == 1
    for first in gone:
        assert sum(first <= at < first + MINUTE for at in gone) <= most


def test_a_rate_is_used_up_to_its_end() -> None:
    bucket = Bucket(Rate.per_minute(30))
    gone = 0
    for second in range(600):
        if bucket.left(NOW + second * SECOND):
            bucket.take(NOW + second * SECOND)
            gone += 1
    assert gone >= 10 * 20


def test_a_slack_channel_has_one_a_second_whatever_the_thread() -> None:
    pace = Pace()
    answers = [
        Claimed(
            a_notice(id=f"a{n}", kind=NoticeKind.ANSWER, way=Way("slack", f"C1/{n}.0")),
            *(1, 1, False, NOW),
        )
        for n in range(5)
    ]
    elsewhere = replace(answers[0], notice=replace(answers[0].notice, way=Way("slack", "C2")))
    found = pace.gather([*answers, elsewhere], NOW)
    assert len(found.messages) == 3 + 1
    assert {until for _, until in found.waiting} == {NOW + SECOND}
    again = pace.gather([each for each, _ in found.waiting], NOW + SECOND)
    assert [len(again.messages), len(again.waiting)] == [1, 1]


def test_what_a_relay_takes_a_minute_goes_to_pings_first(house: House) -> None:
    budgets = Budgets({"mail": Rate(2, 30 * SECOND)})
    house.courier = replace(house.courier, pace=Pace(budgets))
    outages(house, 2)  # and two receipts, and two copies
    assert [n.kind for n in house.post.taken] == [NoticeKind.PING] * 2
    house.now += 29 * SECOND
    house.work()
    assert len(house.post.taken) == 2
    for expected in range(3, 7):
        house.now += 30 * SECOND
        house.work()
        assert len(house.post.taken) == expected
    house.ignore()
