from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tfk8s.pictures.ticks import number_text, seconds_text, seconds_ticks

DAY = 86_400


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0"),
        (0.25, "0.25 s"),
        (45, "45 s"),
        (60, "1 min"),
        (90, "1 min 30 s"),
        (3600, "1 h"),
        (3660, "1 h 1 min"),
        (DAY, "1 d"),
        (DAY + 6 * 3600, "1 d 6 h"),
        (7 * DAY, "7 d"),
        (-90, "−1 min 30 s"),
    ],
)
def test_seconds_are_written_in_their_two_largest_units(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


@pytest.mark.parametrize(
    ("high", "texts"),
    [
        (120, ["0", "15 s", "30 s", "45 s", "1 min", "1 min 15 s", "1 min 30 s", "1 min 45 s", "2 min"]),
        (3600, ["0", "10 min", "20 min", "30 min", "40 min", "50 min", "1 h"]),
        (DAY, ["0", "3 h", "6 h", "9 h", "12 h", "15 h", "18 h", "21 h", "1 d"]),
        (7 * DAY, ["0", "1 d", "2 d", "3 d", "4 d", "5 d", "6 d", "7 d"]),
        (30 * DAY, ["0", "7 d", "14 d", "21 d", "28 d"]),
    ],
)
def test_ticks_are_whole_minutes_hours_or_days_as_the_span_has_them(high: float, texts: list[str]) -> None:
    assert [seconds_text(tick) for tick in seconds_ticks(0, high)] == texts


@example(low=67108864.0, span=5.960464477539063e-08)
@given(low=st.floats(-1e9, 1e9), span=st.floats(0, 1e9))
def test_ticks_of_any_span_are_few_rising_and_inside_it(low: float, span: float) -> None:
    high = low + span

    ticks = seconds_ticks(low, high)

    slack = 1e-6 * max(1.0, abs(low), abs(high))
    assert len(ticks) <= 10
    assert ticks == sorted(set(ticks))
    assert all(low - slack <= tick <= high + slack for tick in ticks)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.1 + 0.2, "0.3"),
        (12.5, "12.5"),
        (1234567, "1,234,567"),
        (1e-9, "1e−9"),
        (2.5e12, "2.5e12"),
        (-3, "−3"),
        (float("inf"), "inf"),
    ],
)
def test_numbers_are_written_to_six_digits_with_groups_of_thousands(value: float, text: str) -> None:
    assert number_text(value) == text
