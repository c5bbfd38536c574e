"""Durations and times of day are read as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.durations import parse_duration, parse_time_of_day


@given(st.integers(1, 9999), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_a_duration_is_the_sum_of_its_parts(days: int, hours: int, minutes: int, s: int) -> None:
    expected = timedelta(days=days, hours=hours, minutes=minutes, seconds=s)
    assert parse_duration(f"{days}d{hours}h{minutes}m{s}s") == expected


@pytest.mark.parametrize("text", ["", "h", "5", "-1h", "1.5h", "1m1h", "1 h", "99999d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        parse_duration(text)


@given(st.integers(0, 48 * 60))
def test_a_time_of_day_reaches_to_the_end_of_the_next_day(minutes: int) -> None:
    assert parse_time_of_day(f"{minutes // 60:02}:{minutes % 60:02}") == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "9:00", "09:00:00", "48:01", "09.00", "noon"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time of day"):
        parse_time_of_day(text)
