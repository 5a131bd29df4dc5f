"""Which operations of a graph a model server cannot run, or runs with an effect outside of the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from tfk8s.model import rules
from tfk8s.model.shown import listed, shown

if TYPE_CHECKING:
    from tfk8s.model.finding import Finding, Rule

_PYTHON = frozenset({"PyFunc", "PyFuncStateless", "EagerPyFunc"})
_FILE = frozenset({"MatchingFiles", "ReadFile", "WriteFile"})


def check_operations(places: Mapping[str, str], *, where: str) -> tuple[Finding, ...]:
    """Judge operations by name.

    Args:
        places: for each operation the function that holds it, or "" for the graph itself.
        where: the path of the graph's file.
    """
    found = (
        _finding(rules.OPERATION_PYTHON, _PYTHON & places.keys(), places=places, where=where),
        _finding(rules.OPERATION_FILE, _FILE & places.keys(), places=places, where=where),
        _finding(rules.OPERATION_CUSTOM, filter(is_custom, places), places=places, where=where),
    )
    return tuple(finding for finding in found if finding)


def is_custom(operation: str) -> bool:
    """Whether the name has a namespace (`Addons>Op`), which TensorFlow's own operations never have."""
    return ">" in operation


def _finding(rule: Rule, operations: Iterable[str], *, places: Mapping[str, str], where: str) -> Finding | None:
    names = sorted(operations)
    if not names:
        return None
    functions = sorted({places[name] for name in names} - {""})
    inside = f" (in function {shown(functions[0])})" if functions else ""
    return rule.found(f"the graph uses {listed(names)}{inside}", where=where)
