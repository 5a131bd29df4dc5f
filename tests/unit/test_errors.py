from __future__ import annotations

import ast
import re
from pathlib import Path

from tfk8s import errors
from tfk8s.errors import CHANGES_PENDING, INTERRUPTED, OBJECTIVE_MISSED, WARNINGS_FOUND, Tfk8sError

README = Path(__file__).parents[2] / "README.md"
NO_FAILURES = (0, 1, 2, CHANGES_PENDING, OBJECTIVE_MISSED, WARNINGS_FOUND, INTERRUPTED)
"""Codes that no family of failures has; 1 is a bug, and 2 is click's."""


def _families() -> list[type[Tfk8sError]]:
    found: list[type[Tfk8sError]] = []
    pending = list(Tfk8sError.__subclasses__())
    while pending:
        family = pending.pop()
        found.append(family)
        pending += family.__subclasses__()
    return found


def test_each_family_has_an_exit_code_of_its_own() -> None:
    codes = [family.exit_code for family in _families() if family.__module__ == errors.__name__]

    assert len(codes) == 9
    assert len({*codes, *NO_FAILURES}) == len(codes) + len(NO_FAILURES)


def test_the_readme_lists_each_exit_code_once_and_in_order() -> None:
    codes = {family.exit_code for family in _families()} | {*NO_FAILURES}

    listed = re.findall(r"^\| (\d+) \| ", README.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert [int(code) for code in listed] == sorted(codes)


def test_an_error_reads_as_its_message_and_keeps_hint_and_details() -> None:
    error = errors.InputError("spec.yaml:3:1: no field nmae", hint="did you mean name?", details=("a", "b"))

    assert str(error) == "spec.yaml:3:1: no field nmae"
    assert error.hint == "did you mean name?"
    assert error.details == ("a", "b")


def test_every_failure_that_is_raised_says_what_to_do_next() -> None:
    families = {family.__name__ for family in _families()}
    without = []
    for file in Path(errors.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
                has_hint = any(keyword.arg in ("hint", None) for keyword in node.exc.keywords)
                if node.exc.func.id in families and not has_hint:
                    without.append(f"{file.name}:{node.lineno}")

    assert without == []
