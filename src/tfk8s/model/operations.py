"""Which operations of a graph a model server cannot run, or runs with an effect outside of the model.

`operation_names/tensorflow.txt` is what TensorFlow itself registers (tools/list_operations.py writes it);
`server_extras.txt` is what the official image adds: TensorFlow Text 2.21.1 and the inference operations of Decision
Forests (`SUPPORTED_TENSORFLOW_OPS` in tensorflow_serving/model_servers/BUILD); `outside.txt` are those of TensorFlow's
that read or write files or speak to the network.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING

from tfk8s.model import rules
from tfk8s.model.shown import listed, shown

if TYPE_CHECKING:
    from tfk8s.model.finding import Finding, Rule

_PYTHON = frozenset({"PyFunc", "PyFuncStateless", "EagerPyFunc"})
_ASSET_READERS = frozenset({"InitializeTableFromTextFile", "InitializeTableFromTextFileV2", "ReadFile"})


def reads_assets(operations: Iterable[str]) -> bool:
    """Whether an operation is among them that reads a file of `assets/`."""
    return not _ASSET_READERS.isdisjoint(operations)


def is_suspect(operation: str) -> bool:
    """Whether an operation needs a word: it calls Python, leaves the model, or is not the official image's."""
    return operation in _PYTHON or operation in _names("outside") or is_custom(operation)


def is_custom(operation: str) -> bool:
    """Whether the official image does not bring the operation; names with a leading underscore are TensorFlow's own."""
    return (
        not operation.startswith("_")
        and operation not in _names("tensorflow")
        and operation not in _names("server_extras")
    )


def check_operations(reached: Mapping[str, str], *, unreached: Mapping[str, str], where: str) -> tuple[Finding, ...]:
    """Judge suspect operations.

    Args:
        reached: for each operation that a request can come to, the function that holds it, or "" for the graph itself.
        unreached: the same for operations in functions that nothing calls, such as a left-over training step.
        where: the path of the graph's file.
    """
    custom = {name for name in reached if is_custom(name)}
    found = (
        _finding(rules.OPERATION_PYTHON, _PYTHON & reached.keys(), places=reached, where=where),
        _finding(rules.OPERATION_CUSTOM, custom, places=reached, where=where),
        _finding(rules.OPERATION_OUTSIDE, _names("outside") & reached.keys(), places=reached, where=where),
        _finding(rules.OPERATION_UNUSED, unreached.keys(), places=unreached, where=where),
    )
    return tuple(finding for finding in found if finding)


@functools.cache
def _names(listing: str) -> frozenset[str]:
    return frozenset((Path(__file__).with_name("operation_names") / f"{listing}.txt").read_text("utf-8").split())


def _finding(rule: Rule, operations: AbstractSet[str], *, places: Mapping[str, str], where: str) -> Finding | None:
    if not operations:
        return None
    names = sorted(operations)
    function = places[names[0]]
    inside = f" (in function {shown(function)})" if function else ""
    return rule.found(f"the graph uses {listed(names)}{inside}", where=where)
