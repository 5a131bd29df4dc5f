"""An environment is laid over the rest of the file; what is wrong is told at its own line, whoever said it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies.specs import spec_values
from tests.strategies.values import json_values
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.yaml import dump
from tfk8s.spec import Autoscaled, Fixed, KindCluster, load_environments, load_spec, load_whole
from tfk8s.spec.environments import merge

HEAD = """\
apiVersion: tfk8s.dev/v1
name: resnet
model: {source: ./models/resnet}
scaling: {min: 3, max: 5}
labels: {team: vision, tier: gold}
environments:
"""
"""Six lines; what is added begins in line 7."""


def complaints(text: str, environment: str | None = None) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_spec(text, source="t.yaml", environment=environment)
    return [*caught.value.details]


def test_maps_merge_lists_and_scalars_replace_and_null_takes_away() -> None:
    text = HEAD + "  dev:\n    namespace: dev\n    labels: {tier: null, cost: low}\n    expose: {ports: [grpc]}\n"

    spec = load_spec(text, environment="dev")

    assert (spec.name, spec.namespace, dict(spec.labels)) == ("resnet", "dev", {"team": "vision", "cost": "low"})
    assert (spec.expose.ports, dict(spec.environments)) == (("grpc",), {})


def test_without_an_environment_the_spec_is_the_rest_of_the_file() -> None:
    text = HEAD + "  dev: {namespace: dev}\n  prod: {namespace: prod}\n"

    spec, environments = load_whole(text)

    assert spec == load_spec(text)
    assert (spec.namespace, list(spec.environments)) == ("default", ["dev", "prod"])
    assert environments == load_environments(text)
    assert {name: found.namespace for name, found in environments.items()} == {"dev": "dev", "prod": "prod"}
    assert load_environments(HEAD.removesuffix("environments:\n")) == {}


def test_another_form_replaces_the_whole() -> None:
    fixed = load_spec(HEAD + "  dev: {scaling: {replicas: 1}}\n", environment="dev")
    wider = load_spec(HEAD + "  prod: {scaling: {max: 9}}\n", environment="prod")
    gke = "cluster: {provider: gke, project: my-project, location: us-central1, name: c, nodes: 5}\n"
    local = load_spec(gke + HEAD + "  dev: {cluster: {provider: kind}}\n", environment="dev")

    assert fixed.scaling == Fixed(replicas=1)
    assert isinstance(wider.scaling, Autoscaled)
    assert (wider.scaling.min, wider.scaling.max) == (3, 9)
    assert local.cluster == KindCluster(provider="kind")


@pytest.mark.parametrize(
    ("added", "complaint"),
    [
        ("  p: {resources: {cpu: two}}", "7:24: environments.p.resources.cpu: "),
        ("  p: {resources: {cpus: 2}}", "7:19: environments.p.resources.cpus: is no known field: did you mean cpu?"),
        ("  p: {labels: {tier: no}}", "7:22: environments.p.labels.tier: no would be read as the boolean false"),
        ("  p: {model: null}", "7:14: environments.p.model: is missing"),
        ("  p: {scaling: {min: 7}}", "7:22: environments.p.scaling.min: is 7, more than max, which is 5"),
        ("  p: {scaling: {max: 2}}", "4:16: scaling.min: is 3, more than max, which is 2 (in environment p)"),
        ("  p: {nspace: null}", "7:7: environments.p.nspace: is no known field: did you mean namespace?"),
        ("  p: {expose: {ports: [null]}}", "7:24: environments.p.expose.ports[0]: is empty"),
        ("  p: {apiVersion: tfk8s.dev/v1}", "7:19: environments.p.apiVersion: belongs to the whole file"),
        ("  p: {environments: {}}", "7:21: environments.p.environments: belongs to the whole file"),
        ("  P: {}", "7:3: environments.P: P cannot name a Kubernetes object"),
        ("  p:", "7:5: environments.p: must be a map, not null"),
        ("  [p]", "7:3: environments: must be a map, not a list"),
    ],
)
def test_a_mistake_is_told_at_the_place_that_made_it(added: str, complaint: str) -> None:
    (found,) = complaints(HEAD + added + "\n")

    assert found.startswith(f"t.yaml:{complaint}")


def test_mistakes_of_all_environments_and_of_the_rest_are_told_once_each() -> None:
    text = HEAD.replace("min: 3", "min: -1") + "  dev: {namespace: Dev}\n  prod: {namespace: Prod}\n"

    found = complaints(text)

    assert [line.split(": ")[1] for line in found] == [
        "scaling.min",
        "environments.dev.namespace",
        "environments.prod.namespace",
    ]
    assert [line.split(": ")[1] for line in complaints(text, "prod")] == ["scaling.min", "environments.prod.namespace"]


def test_what_is_missing_in_the_rest_may_be_said_by_each_environment() -> None:
    text = "apiVersion: tfk8s.dev/v1\nname: resnet\nenvironments: {dev: {model: {source: ./m}}}\n"

    assert load_spec(text, environment="dev") == load_environments(text)["dev"]
    assert complaints(text)[0].startswith("t.yaml:1:1: model: is missing")


def test_an_unknown_environment_is_refused_with_those_there_are_nearest_first() -> None:
    with pytest.raises(InputError, match=r"t\.yaml has no environment prd: it has prod, dev") as near:
        load_spec(HEAD + "  dev: {}\n  prod: {}\n", source="t.yaml", environment="prd")
    with pytest.raises(InputError, match="has no environments, so no prod") as none:
        load_spec(HEAD.removesuffix("environments:\n"), environment="prod")

    assert near.value.hint == "add prd: {} to its environments when nothing differs there"
    assert "environments: {prod: {}}" in str(none.value.hint)


@given(spec_values())
def test_an_empty_environment_changes_nothing(value: JsonObject) -> None:
    spec = load_spec(dump(value))

    assert load_spec(dump({**value, "environments": {"prod": {}}}), environment="prod") == spec


@given(spec_values(), spec_values())
def test_what_is_taken_away_leaves_nothing_behind(base: JsonObject, other: JsonObject) -> None:
    nothing = merge(base, dict.fromkeys(base))

    assert nothing == {}
    assert merge(nothing, other) == other


def _maps() -> st.SearchStrategy[JsonObject]:
    return st.dictionaries(st.sampled_from(["scaling", "cluster", "labels", "replicas", "a"]), json_values())


@given(_maps(), _maps())
def test_laying_it_on_twice_is_as_once(base: JsonObject, environment: JsonObject) -> None:
    once = merge(base, environment)

    assert merge(once, environment) == once
