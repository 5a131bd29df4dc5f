from __future__ import annotations

import pytest

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.plan import differences


def changes(before: JsonObject, after: JsonObject) -> list[tuple[str, JsonValue, JsonValue]]:
    return [(item.path, item.before, item.after) for item in differences(before, after)]


def test_lists_of_named_things_are_compared_by_name() -> None:
    before: JsonObject = {"spec": {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "1"}]}}
    after: JsonObject = {"spec": {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "2"}]}}

    assert changes(before, after) == [(".spec.containers[b].image", "1", "2")]


def test_another_order_of_named_things_is_a_difference() -> None:
    before: JsonObject = {"env": [{"name": "a"}, {"name": "b"}]}
    after: JsonObject = {"env": [{"name": "b"}, {"name": "a"}]}

    assert changes(before, after) == [(".env (order)", ["a", "b"], ["b", "a"])]


def test_other_lists_are_compared_by_position() -> None:
    assert changes({"args": ["a", "b"]}, {"args": ["a", "c", "d"]}) == [
        (".args[1]", "b", "c"),
        (".args[2]", None, "d"),
    ]


@pytest.mark.parametrize(("one", "other"), [(1, True), (0, False), ("1", 1), (None, "")])
def test_values_of_another_type_differ(one: JsonValue, other: JsonValue) -> None:
    assert changes({"x": one}, {"x": other}) == [(".x", one, other)]


def test_keys_with_dots_stand_in_brackets() -> None:
    before: JsonObject = {"metadata": {"labels": {"app.kubernetes.io/name": "a"}}}
    after: JsonObject = {"metadata": {"labels": {"app.kubernetes.io/name": "b"}}}

    assert changes(before, after) == [(".metadata.labels[app.kubernetes.io/name]", "a", "b")]


def test_the_revision_that_the_controller_writes_is_no_difference() -> None:
    before: JsonObject = {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "1"}}}

    assert changes(before, {"metadata": {}}) == []


def test_each_difference_says_its_path_step_by_step() -> None:
    before: JsonObject = {"spec": {"containers": [{"name": "a", "args": ["x"]}]}}
    after: JsonObject = {"spec": {"containers": [{"name": "a", "args": ["y"]}]}}

    assert [item.steps for item in differences(before, after)] == [("spec", "containers", "[a]", "args", "[0]")]
