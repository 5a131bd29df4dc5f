"""Traces from CSV: what is read, and what is refused by its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.autoscale.trace import MAX_RATE, Trace, read_trace
from tfk8s.errors import InputError


def test_a_trace_is_read_with_or_without_titles() -> None:
    assert read_trace("time,rate\n# night\n0,1.5\n\n30,2\n") == Trace(times_s=(0.0, 30.0), rates=(1.5, 2.0))
    assert read_trace("0,1\n40,2\n").every(15) == [1, 1, 1]


def test_dates_are_seconds_since_1970() -> None:
    text = "2026-01-31T08:00:00Z,1\n2026-01-31 08:00:30,2\n2026-01-31T10:01:00+02:00,3\n"

    assert read_trace(text).times_s == (1_769_846_400.0, 1_769_846_430.0, 1_769_846_460.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "day.csv holds no sample"),
        ("time,rate\n", "no sample"),
        ("0,1\n0,2\n", "line 2: time 0 does not follow 0"),
        ("0,1\n1,-2\n", "line 2: rate -2 is negative"),
        ("0,1\n1,x\n", "line 2: '1,x' is no time and rate"),
        ("0,1\n1,nan\n", "line 2"),
        ("0,1\n1,2,3\n", "line 2"),
        ("0,1\n1,1e10\n", "line 2: 1e[+]10 requests a second are more than any service gets"),
        ("0,1\n1700000000000,2\n", "more than 400 days after the first sample"),
        ("0,1\n2026-13-01T00:00:00Z,1\n", "line 2"),
        ("0,1\n" + "7" * 200_000 + ",1\n", "line 2: field larger than field limit"),
        ("0,1\n" + "x" * 1000, r"line 2: 'x{40}\.\.\.'"),
    ],
)
def test_a_trace_that_cannot_be_read_is_refused_by_its_line(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_trace(text, name="day.csv")


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("0123456789,.eE+-\n\"'#:TZ \x00")), max_size=200))
def test_any_text_is_a_trace_or_refused(text: str) -> None:
    try:
        found = read_trace(text)
    except InputError:
        return
    assert len(found.times_s) == len(found.rates) > 0
    assert all(earlier < later for earlier, later in zip(found.times_s, found.times_s[1:], strict=False))
    assert all(0 <= rate <= MAX_RATE for rate in found.rates)


@given(st.lists(st.tuples(st.integers(1, 10_000), st.floats(0, 1e6)), min_size=1, max_size=30))
def test_what_is_written_is_read_back(samples: list[tuple[int, float]]) -> None:
    times, now = [], 0
    for pause, _ in samples:
        now += pause
        times.append(float(now))
    rates = tuple(rate for _, rate in samples)
    text = "\n".join(f"{time_s!r},{rate!r}" for time_s, rate in zip(times, rates, strict=True))

    assert read_trace(text) == Trace(times_s=tuple(times), rates=rates)
