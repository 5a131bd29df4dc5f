"""A stream that is opened anew repeats no line and leaves none out."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.pod_logs import line
from tfk8s.app.logs_told import SECOND_NS, Told
from tfk8s.ports.logs import StampedLine

_GAPS_MS = st.integers(-300, 2500)
"""Most lines come later than the one before; lines of the other stream may be a little earlier."""


def _stream(lines: Sequence[StampedLine], told: Told) -> list[StampedLine]:
    """What the API sends for the place where `told` resumes: whole seconds."""
    since = (told.since_ns or 0) // SECOND_NS * SECOND_NS
    return [item for item in lines if (item.at_ns or 0) >= since]


@given(
    st.lists(st.tuples(_GAPS_MS, st.sampled_from("abc")), min_size=1, max_size=40),
    st.lists(st.integers(0, 40), max_size=6),
)
def test_each_line_is_told_once_wherever_streams_break(written: list[tuple[int, str]], breaks: list[int]) -> None:
    at_ms, lines = 5000, []
    for gap_ms, text in written:
        at_ms += gap_ms
        lines.append(line(text, at_s=at_ms / 1000))
    highest = lines[0].at_ns or 0
    for place, item in enumerate(lines):  # no line may be more than 0.9 s late
        highest = max(highest, item.at_ns or 0)
        lines[place] = StampedLine(max(item.at_ns or 0, highest - 900_000_000), item.text)
    told = Told()

    found = []
    for end in [*sorted(breaks), len(lines)]:
        found += [item for item in _stream(lines[:end], told) if told.is_new(item)]
        told.resume()

    assert sorted(found, key=lambda item: item.at_ns or 0) == sorted(lines, key=lambda item: item.at_ns or 0)


def test_lines_of_one_moment_and_one_text_are_counted() -> None:
    told, twice = Told(), [line("x", at_s=1), line("x", at_s=1)]
    assert [told.is_new(item) for item in twice] == [True, True]

    told.resume()

    assert [told.is_new(item) for item in [*twice, line("x", at_s=1)]] == [False, False, True]


def test_what_is_remembered_is_bounded_and_nothing_is_repeated_all_the_same() -> None:
    told = Told(most=10)
    lines = [line("x", at_s=1 + number / 1000) for number in range(100)]
    assert all(told.is_new(item) for item in lines)
    assert len(told._recent) == 10

    told.resume()

    assert [item for item in [*lines, line("new", at_s=1.2)] if told.is_new(item)] == [line("new", at_s=1.2)]


def test_words_of_the_kubelet_have_no_time_and_are_told_when_they_change() -> None:
    told = Told()
    words = ["unable to retrieve container logs", "unable to retrieve container logs", "failed to open"]

    assert [told.is_new(StampedLine(None, text)) for text in words] == [True, False, True]
    assert told.since_ns is None
