"""Autoscalers as objects: what the API server fills in, and what it would refuse."""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.autoscale.config import (
    DEFAULT_DOWN,
    DEFAULT_UP,
    AverageValue,
    Behavior,
    Flags,
    Metric,
    Policy,
    PolicyKind,
    SelectPolicy,
    Source,
    Utilization,
    Value,
)
from tfk8s.autoscale.objects import config_of
from tfk8s.autoscale.scaled_object import read_scaled_object
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue

QUEUE: Final[JsonObject] = {
    "type": "External",
    "external": {"metric": {"name": "queue"}, "target": {"type": "AverageValue", "averageValue": "30"}},
}


def hpa(*, version: str = "v2", **spec: JsonValue) -> JsonObject:
    return hpa_of(spec, version=version)


def hpa_of(spec: JsonObject, *, version: str = "v2") -> JsonObject:
    body: JsonObject = {"scaleTargetRef": {"kind": "Deployment", "name": "resnet"}, "maxReplicas": 5, **spec}
    return {
        "apiVersion": f"autoscaling/{version}",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "resnet"},
        "spec": body,
    }


def metric(kind: str, **part: JsonValue) -> JsonObject:
    return {"type": kind, kind[0].lower() + kind[1:]: part}


def test_what_is_not_written_is_what_the_api_server_fills_in() -> None:
    found = config_of(hpa())

    assert (found.minimum, found.maximum, found.behavior) == (1, 5, None)
    assert found.metrics == (Metric(source=Source.RESOURCE, target=Utilization(80), name="cpu"),)


def test_every_kind_of_metric_is_read_in_its_order() -> None:
    container: JsonObject = {"name": "memory", "container": "server", "target": {"averageValue": "1Gi"}}
    described: JsonObject = {"metric": {"name": "hits"}, "target": {"value": "2k"}}
    found = config_of(
        hpa(
            metrics=[
                QUEUE,
                metric("Resource", name="cpu", target={"type": "Utilization", "averageUtilization": 60}),
                {"type": "ContainerResource", "containerResource": container},
                metric("Pods", metric={"name": "rps"}, target={"averageValue": "100m"}),
                metric("Object", **described),
                metric("External", metric={"name": "depth"}, target={"value": "1.5"}),
            ]
        )
    )

    assert found.metrics == (
        Metric(source=Source.EXTERNAL, target=AverageValue(30_000), name="queue"),
        Metric(source=Source.RESOURCE, target=Utilization(60), name="cpu"),
        Metric(source=Source.CONTAINER_RESOURCE, target=AverageValue(2**30 * 1000), name="memory", container="server"),
        Metric(source=Source.PODS, target=AverageValue(100), name="rps"),
        Metric(source=Source.OBJECT, target=Value(2_000_000), name="hits"),
        Metric(source=Source.EXTERNAL, target=Value(1500), name="depth"),
    )


def test_a_quantity_finer_than_a_thousandth_is_rounded_up_as_the_controller_does() -> None:
    found = config_of(hpa(metrics=[metric("Pods", metric={"name": "x"}, target={"averageValue": "1100u"})]))

    assert found.metrics[0].target == AverageValue(2)


def test_an_empty_behavior_is_its_defaults_and_not_none() -> None:
    assert config_of(hpa(behavior={})).behavior == Behavior()
    assert config_of(hpa(behavior=None)).behavior is None


def test_each_field_of_a_direction_has_its_default_by_itself() -> None:
    policy: JsonObject = {"type": "Percent", "value": 10, "periodSeconds": 60}
    found = config_of(
        hpa(
            behavior={
                "scaleUp": {"selectPolicy": "Min", "stabilizationWindowSeconds": 30},
                "scaleDown": {"policies": [policy], "tolerance": "50m"},
            }
        )
    ).behavior

    assert found is not None
    assert (found.up.policies, found.up.select, found.up.window_s) == (DEFAULT_UP.policies, SelectPolicy.MIN, 30)
    assert found.down.policies == (Policy(kind=PolicyKind.PERCENT, value=10, period_s=60),)
    assert (found.down.select, found.down.window_s, found.down.tolerance) == (SelectPolicy.MAX, None, 0.05)


def test_a_direction_that_is_not_written_has_its_defaults() -> None:
    found = config_of(hpa(behavior={"scaleUp": {"selectPolicy": "Disabled"}})).behavior

    assert found is not None
    assert (found.down, found.up.select) == (DEFAULT_DOWN, SelectPolicy.DISABLED)


def test_version_one_follows_the_processor_alone() -> None:
    assert config_of(hpa(version="v1", targetCPUUtilizationPercentage=55)).metrics[0].target == Utilization(55)
    assert config_of(hpa(version="v1")).metrics[0].target == Utilization(80)


def test_the_flags_of_the_controller_are_handed_on() -> None:
    assert config_of(hpa(), flags=Flags(tolerance=0.2)).flags.tolerance == 0.2


def test_zero_pods_need_a_metric_that_is_there_without_pods() -> None:
    assert config_of(hpa(minReplicas=0, metrics=[QUEUE])).minimum == 0
    with pytest.raises(InputError, match=r"spec.minReplicas is 0"):
        config_of(hpa(minReplicas=0))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"maxReplicas": None}, r"HorizontalPodAutoscaler resnet: spec\.maxReplicas is missing"),
        ({"maxReplicas": 0}, r"spec\.maxReplicas is 0; it can be 1 to"),
        ({"minReplicas": 6}, r"spec\.maxReplicas is 5; it can be 6 to"),
        ({"minReplicas": True}, r"spec\.minReplicas is not a whole number"),
        ({"metrics": {}}, r"spec\.metrics is not a list"),
        ({"metrics": ["cpu"]}, r"spec\.metrics\[0\] is no object"),
        ({"metrics": [{"type": "Cpu"}]}, r"spec\.metrics\[0\]\.type is Cpu; it can be Resource, "),
        ({"metrics": [{"type": "Pods"}]}, r"spec\.metrics\[0\]\.pods is missing"),
        (
            {"metrics": [metric("Pods", metric={"name": "x"}, target={"averageUtilization": 5})]},
            r"spec\.metrics\[0\]\.pods\.target has averageUtilization; Pods takes averageValue",
        ),
        (
            {"metrics": [metric("External", metric={"name": "x"}, target={"value": 1, "averageValue": 2})]},
            r"has averageValue and value; External takes averageValue or value",
        ),
        ({"metrics": [metric("External", metric={"name": "x"}, target={})]}, "has nothing"),
        ({"metrics": [metric("External", metric={}, target={"value": 1})]}, r"external\.metric\.name is missing"),
        ({"metrics": [metric("External", metric={"name": "x"}, target={"value": "ten"})]}, '"ten" is no quantity'),
        ({"metrics": [metric("External", metric={"name": "x"}, target={"value": "0"})]}, r"target\.value is 0"),
        ({"metrics": [metric("External", metric={"name": "x"}, target={"value": True})]}, "is not a quantity"),
        ({"behavior": {"scaleUp": {"policies": []}}}, r"spec\.behavior\.scaleUp\.policies is empty"),
        ({"behavior": {"scaleUp": {"selectPolicy": "max"}}}, "selectPolicy is max; it can be Max, Min or Disabled"),
        ({"behavior": {"scaleDown": {"stabilizationWindowSeconds": 3601}}}, "is 3601; it can be 0 to 3600"),
        ({"behavior": {"scaleUp": {"policies": [{"type": "Pod", "value": 1}]}}}, r"policies\[0\]\.type is Pod;"),
        (
            {"behavior": {"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 1801}]}}},
            r"policies\[0\]\.periodSeconds is 1801",
        ),
    ],
)
def test_what_the_api_server_would_refuse_is_refused_with_its_path(spec: JsonObject, message: str) -> None:
    with pytest.raises(InputError, match=message):
        config_of(hpa_of(spec))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "object without a name: kind is not HorizontalPodAutoscaler"),
        ({"kind": "Deployment", "metadata": {"name": "x"}}, "Deployment x: kind is not"),
        (hpa(version="v2beta2"), "apiVersion is autoscaling/v2beta2"),
    ],
)
def test_what_is_no_autoscaler_of_a_known_version_is_refused(body: JsonObject, message: str) -> None:
    with pytest.raises(InputError, match=message):
        config_of(body)


def test_metrics_that_version_one_has_no_fields_for_are_not_passed_over() -> None:
    body = hpa(version="v1")
    body["metadata"] = {"name": "x", "annotations": {"autoscaling.alpha.kubernetes.io/metrics": "[]"}}

    with pytest.raises(InputError, match="metrics that autoscaling/v1 has no fields for"):
        config_of(body)


ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)
PLACES = (
    ("metadata",),
    ("spec",),
    ("spec", "minReplicas"),
    ("spec", "metrics"),
    ("spec", "metrics", 0),
    ("spec", "metrics", 0, "external"),
    ("spec", "metrics", 0, "external", "target", "averageValue"),
    ("spec", "behavior"),
    ("spec", "behavior", "scaleUp", "policies"),
    ("spec", "behavior", "scaleDown", "tolerance"),
    ("spec", "triggers"),
    ("spec", "triggers", 0),
    ("spec", "triggers", 0, "metadata"),
    ("spec", "triggers", 0, "metadata", "threshold"),
    ("spec", "minReplicaCount"),
    ("spec", "advanced"),
)


@given(ANYTHING, st.sampled_from(PLACES))
def test_anything_in_any_place_is_read_or_refused(junk: JsonValue, place: tuple[str | int, ...]) -> None:
    rules: JsonObject = {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}
    trigger: JsonObject = {"type": "prometheus", "metadata": {"threshold": "5"}}
    body: Any = copy.deepcopy(hpa(metrics=[QUEUE], behavior={"scaleUp": rules, "scaleDown": {}}, triggers=[trigger]))
    body["spec"]["advanced"] = {}
    inner = body
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = junk
    for read in (config_of, read_scaled_object):
        with suppress(InputError):
            read(body)
