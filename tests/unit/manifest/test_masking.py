from __future__ import annotations

import json

import pytest

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.difference import differences
from tfk8s.manifest.masking import is_secret_name, masked

OLD, NEW = "old-hidden", "new-hidden"


def secret(**data: str) -> JsonObject:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": dict(data)}


def pod(env: list[JsonValue], *, args: list[JsonValue] | None = None) -> JsonObject:
    containers: list[JsonValue] = [{"name": "c", "env": env, "args": args or []}]
    return {"kind": "Deployment", "metadata": {"name": "d"}, "spec": {"containers": containers}}


def changes(before: JsonObject, after: JsonObject) -> list[tuple[str, JsonValue, JsonValue]]:
    found = [(item.path, item.before, item.after) for item in differences(before, after)]
    assert "hidden" not in json.dumps(found)
    return found


def test_a_value_of_a_secret_shows_only_whether_it_changed() -> None:
    assert changes(secret(a=OLD, b=OLD, c=OLD), secret(a=NEW, b=OLD, d=NEW)) == [
        (".data.a", "(before, masked)", "(after, masked)"),
        (".data.c", "(before, masked)", None),
        (".data.d", None, "(after, masked)"),
    ]


def test_what_kubectl_remembers_of_a_secret_is_as_secret() -> None:
    remembered: JsonObject = {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": OLD}}

    assert "hidden" not in json.dumps(masked({**secret(a=NEW), "metadata": remembered}))


def test_a_variable_or_flag_that_is_named_like_a_secret_is_masked_wherever_it_stands() -> None:
    before = pod([{"name": "API_TOKEN", "value": OLD}, {"name": "LEVEL", "value": "1"}], args=[f"--auth_key={OLD}"])
    after = pod([{"name": "API_TOKEN", "value": NEW}, {"name": "LEVEL", "value": "2"}], args=[f"--auth_key={NEW}"])

    assert changes(before, after) == [
        (".spec.containers[c].args[0]", "--auth_key=(before, masked)", "--auth_key=(after, masked)"),
        (".spec.containers[c].env[API_TOKEN].value", "(before, masked)", "(after, masked)"),
        (".spec.containers[c].env[LEVEL].value", "1", "2"),
    ]
    assert "hidden" not in json.dumps([item.after for item in differences({"kind": "Deployment"}, after)])


def test_a_masked_variable_that_only_moves_is_not_said_to_change() -> None:
    token: JsonValue = {"name": "API_TOKEN", "value": OLD}

    assert changes(pod([token]), pod([{"name": "A", "value": "1"}, token])) == [
        (".spec.containers[c].env[A]", None, {"name": "A", "value": "1"})
    ]


def test_of_a_variable_that_stands_twice_either_value_counts() -> None:
    twice: list[JsonValue] = [{"name": "KEY", "value": OLD}, {"name": "KEY", "value": "same"}]

    assert changes(pod(twice), pod([{"name": "KEY", "value": NEW}, twice[1]]))


@pytest.mark.parametrize("name", ["DB_PASSWORD", "apiKey", "AWS_SECRET_ACCESS_KEY", "SSH_KEY", "x-auth", "TOKEN"])
def test_names_that_mean_a_secret(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["MONKEY", "KEYBOARD", "AUTHOR", "PASSENGERS", "TF_CPP_MIN_LOG_LEVEL", "HOME"])
def test_names_that_do_not(name: str) -> None:
    assert not is_secret_name(name)
