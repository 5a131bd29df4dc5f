"""`docs/cases.md` and the tests that it names stay in step."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "cases.md"
NODE = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
TAG = re.compile(r"\bK(\d\d)(?:\.(\d))?\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One numbered line of a case, and the tests that hold it as pairs of file and name."""

    case: str
    number: int
    text: str

    @property
    def name(self) -> str:
        return f"{self.case}.{self.number}"

    @property
    def tests(self) -> list[tuple[str, str]]:
        return NODE.findall(self.text)

    @property
    def state(self) -> str:
        missing = "not yet" in self.text
        return "in part" if missing and self.tests else "not yet" if missing else "held"


@cache
def sections() -> dict[str, str]:
    """The text of each case by its number."""
    parts = re.split(r"^## (K\d\d): .+$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@cache
def lines() -> tuple[Line, ...]:
    found = []
    for case, text in sections().items():
        parts = re.split(r"^- (\d): ", text, flags=re.MULTILINE)
        found += [
            Line(case=case, number=int(number), text=rest)
            for number, rest in zip(parts[1::2], parts[2::2], strict=True)
        ]
    return tuple(found)


@cache
def names_in(path: str) -> frozenset[str]:
    """Names of the test functions in a file, those of classes included; nothing is imported."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def tags() -> Iterator[tuple[str, str, str]]:
    """Each mention of a case in a test's file: the file, the case, and the line's number or ""."""
    for file in sorted((ROOT / "tests").rglob("*.py")):
        if file == Path(__file__):
            continue
        for number, line in TAG.findall(file.read_text(encoding="utf-8")):
            yield file.relative_to(ROOT).as_posix(), f"K{number}", line


def test_every_case_is_there_with_its_addresses_and_numbered_lines() -> None:
    assert list(sections()) == [f"K{number:02}" for number in range(1, 40)]
    for case, text in sections().items():
        numbers = [line.number for line in lines() if line.case == case]
        assert numbers == list(range(1, len(numbers) + 1)), case
        assert numbers, case
        assert re.search(r"^<https://github\.com/[\w./-]+/(issues|pull)/\d+>", text, re.MULTILINE), case


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.name)
def test_a_line_names_tests_that_exist_or_says_not_yet(line: Line) -> None:
    assert line.tests or line.state == "not yet"
    assert line.text.count("::") == len(line.tests), "a test's name is not written as `tests/FILE.py::test_NAME`"
    for file, name in line.tests:
        assert (ROOT / file).is_file(), file
        assert name in names_in(file), f"{file} has no test {name}"


def test_the_page_counts_its_lines_right() -> None:
    states = [line.state for line in lines()]

    said = re.search(r"Held: (\d+)\. In part: (\d+)\. Not yet: (\d+)\. Of (\d+) lines", PAGE.read_text("utf-8"))
    assert said is not None
    counted = (states.count("held"), states.count("in part"), states.count("not yet"), len(states))
    assert tuple(map(int, said.groups())) == counted


def test_every_case_that_a_test_mentions_is_on_the_page_and_the_line_names_that_file() -> None:
    known = {line.name: {file for file, _ in line.tests} for line in lines()}
    mentioned = list(tags())

    assert len(mentioned) > 30
    assert {case for _, case, _ in mentioned} <= set(sections())
    strays = [
        f"{file}: {case}.{line}" for file, case, line in mentioned if line and file not in known[f"{case}.{line}"]
    ]
    assert strays == [], "name these tests in docs/cases.md, at the line that they are about"
