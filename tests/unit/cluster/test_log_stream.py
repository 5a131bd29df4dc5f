"""A stream of bytes as lines with their times, bounded whatever a container writes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.cluster.log_stream import LONGEST_LINE_BYTES, lines_of, log_parameters, stamped
from tfk8s.ports.logs import LogStreamQuery, StampedLine

MIDNIGHT_NS = 1_767_225_600 * 10**9


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-01T00:00:00.000000001Z hello", StampedLine(MIDNIGHT_NS + 1, "hello")),
        ("2026-01-01T01:00:00.5+01:00  two blanks", StampedLine(MIDNIGHT_NS + 500_000_000, " two blanks")),
        ("2026-01-01T00:00:00Z", StampedLine(MIDNIGHT_NS, "")),
        ("2026-01-01T00:00:00.000000000Z ", StampedLine(MIDNIGHT_NS, "")),
        ("2026-13-01T00:00:00.000000000Z x", StampedLine(None, "2026-13-01T00:00:00.000000000Z x")),
        ("unable to retrieve container logs", StampedLine(None, "unable to retrieve container logs")),
        ("", StampedLine(None, "")),
    ],
)
def test_the_time_is_told_from_the_text(text: str, expected: StampedLine) -> None:
    assert stamped(text) == expected


@given(st.text(max_size=60))
def test_any_text_is_a_line(text: str) -> None:
    found = stamped(text)

    assert text.endswith(found.text)


@given(st.lists(st.binary(max_size=40)))
def test_lines_do_not_depend_on_how_the_bytes_came(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)

    assert list(lines_of(chunks)) == list(lines_of([whole])) == list(lines_of(bytes([one]) for one in whole))
    ends = whole.split(b"\n")
    expected = [item.removesuffix(b"\r").decode(errors="replace") for item in ends[: -1 if not ends[-1] else None]]
    assert list(lines_of(chunks)) == expected


def test_a_line_without_an_end_is_cut_and_its_rest_is_counted_in_little_memory() -> None:
    def endless() -> Iterator[bytes]:
        yield from (b"x" * 16 * 1024 for _ in range(4096))
        yield b"\nnext"

    tracemalloc.start()
    try:
        first, second = lines_of(endless())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert first == "x" * LONGEST_LINE_BYTES + f" ... ({4095 * 16 * 1024} bytes more)"
    assert second == "next"
    assert peak < 1024 * 1024


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (LogStreamQuery(container="c"), {}),
        (
            LogStreamQuery(container="c", previous=True, follow=True, tail_lines=0, since_s=5),
            {"previous": "true", "follow": "true", "tailLines": "0", "sinceSeconds": "5"},
        ),
        (LogStreamQuery(container="c", since_ns=MIDNIGHT_NS + 1, since_s=5), {"sinceTime": "2026-01-01T00:00:00Z"}),
    ],
)
def test_a_query_in_the_words_of_the_api(query: LogStreamQuery, expected: dict[str, str]) -> None:
    assert dict(log_parameters(query)) == {"container": "c", "timestamps": "true", **expected}
