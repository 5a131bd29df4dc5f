"""A text that is too long, too deep or all wrong stops being read, whatever else stands in it."""

from __future__ import annotations

import pytest

from tfk8s.manifest.yaml import read_documents
from tfk8s.manifest.yaml_aliases import MAX_COPIED_TEXT, MAX_RECORDED
from tfk8s.manifest.yaml_builder import MAX_PARTS, MAX_PROBLEMS


def problems(text: str, *, follows_aliases: bool = False) -> list[str]:
    reading = read_documents(text, source="t.yaml", follows_aliases=follows_aliases)
    return [str(problem) for problem in reading.problems]


@pytest.mark.parametrize(
    "text",
    ["[" + "1," * MAX_PARTS + "]", "- 1\n" * MAX_PARTS, "a: 1\n---\n" * (MAX_PARTS // 4), "---\n" * MAX_PARTS],
)
def test_reading_stops_at_more_parts_than_any_file_of_objects_has(text: str) -> None:
    (problem,) = problems(text)

    assert "holds more than 300,000 parts, no file of objects does" in problem


def test_as_many_parts_as_are_taken_are_read() -> None:
    assert problems("[" + "1," * (MAX_PARTS - 10) + "]") == []


def test_reading_stops_after_a_hundred_errors_and_says_so() -> None:
    found = problems("- no\n" * 100_000)

    assert len(found) == MAX_PROBLEMS + 1
    assert found[-1] == "t.yaml:101:3: more than 100 errors: the rest is not read"


def test_a_long_text_is_not_repeated_without_end() -> None:
    text = f"- &a {'x' * (MAX_COPIED_TEXT // 2)}\n- *a\n- *a\n"

    assert problems(text, follows_aliases=True) == []
    (problem,) = problems(text + "- *a\n", follows_aliases=True)
    assert "aliases repeat more than 1,048,576 characters" in problem


def test_anchors_in_anchors_do_not_keep_one_part_many_times() -> None:
    opened = "".join(f"&a{level} [" for level in range(50))

    (problem,) = problems(opened + "1," * (MAX_RECORDED // 50), follows_aliases=True)

    assert "more than 100,000 parts stand below anchors" in problem
