from __future__ import annotations

import copy
from collections.abc import Iterable

import pytest
from hypothesis import given

from tests.strategies.values import json_values
from tfk8s.gitops.json_patch import Operation, is_same, json_patch, pointer
from tfk8s.manifest import JsonValue


def applied(value: JsonValue, operations: Iterable[Operation]) -> JsonValue:
    """What RFC 6902 makes of a value."""
    holder: dict[str, JsonValue] = {"": copy.deepcopy(value)}
    for operation in operations:
        *way, last = ("", *operation.path)
        node: JsonValue = holder
        for step in way:
            node = node[step]  # type: ignore[index,call-overload]
        assert isinstance(node, (dict, list))
        if operation.op == "remove":
            del node[last]  # type: ignore[arg-type]
        else:
            assert operation.op == "add" or (last in node if isinstance(node, dict) else True)
            node[last] = operation.value  # type: ignore[index]
    return holder[""]


@given(json_values(), json_values())
def test_a_patch_makes_the_one_of_the_other_and_nothing_of_the_same(before: JsonValue, after: JsonValue) -> None:
    assert is_same(applied(before, json_patch(before, after)), after)
    assert list(json_patch(after, after)) == []


def test_a_field_is_a_step_and_its_path_is_escaped() -> None:
    before: JsonValue = {"a": {"x/y": 1, "gone": 2}, "same": [1]}
    after: JsonValue = {"a": {"x/y": True, "~": 3}, "same": [1]}

    assert [step.as_json() for step in json_patch(before, after)] == [
        {"op": "remove", "path": "/a/gone"},
        {"op": "replace", "path": "/a/x~1y", "value": True},
        {"op": "add", "path": "/a/~0", "value": 3},
    ]


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        ([{"name": "a", "v": 1}, {"name": "b", "v": 1}], [{"name": "a", "v": 1}, {"name": "b", "v": 2}], ["/1/v"]),
        ([{"name": "a", "v": 1}], [{"name": "b", "v": 1}], [""]),
        (["a", "b"], ["a", "b", "c"], [""]),
        (["a", "b", "c"], ["a", "x", "c"], ["/1"]),
        (["a", "b", "c"], ["x", "y", "c"], [""]),
    ],
)
def test_a_list_is_patched_where_that_is_shorter_and_means_the_same_items(
    before: JsonValue, after: JsonValue, paths: list[str]
) -> None:
    assert [pointer(step.path) for step in json_patch(before, after)] == paths
