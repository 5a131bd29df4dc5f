from __future__ import annotations

import pytest

from tfk8s.manifest import JsonObject
from tfk8s.manifest.scalers import (
    bounds_of,
    follows_use,
    is_of_keda,
    is_paused,
    name_given_by,
    pauses_of,
    sets_requests,
    target_of,
)


def _scaled(**spec: object) -> JsonObject:
    metadata: JsonObject = {"name": "resnet", "namespace": "serving"}
    found: JsonObject = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": metadata}
    return {**found, "spec": {"scaleTargetRef": {"name": "resnet"}, **spec}}  # type: ignore[dict-item]


def test_keda_aims_at_a_deployment_and_goes_from_none_to_a_hundred_where_nothing_is_said() -> None:
    assert target_of(_scaled()) == ("Deployment", "resnet")
    assert bounds_of(_scaled()) == (0, 100)
    assert bounds_of(_scaled(minReplicaCount=2, maxReplicaCount=7)) == (2, 7)


def test_an_autoscaler_has_one_pod_at_least_where_nothing_is_said() -> None:
    assert bounds_of({"kind": "HorizontalPodAutoscaler", "spec": {"maxReplicas": 4}}) == (1, 4)


def test_the_autoscaler_of_a_scaled_object_is_called_as_it_says() -> None:
    named = _scaled(advanced={"horizontalPodAutoscalerConfig": {"name": "resnet"}})

    assert name_given_by(_scaled()) == "keda-hpa-resnet"
    assert name_given_by(named) == "resnet"
    assert name_given_by({**named, "status": {"hpaName": "before"}}) == "before"


def test_an_autoscaler_with_a_scaled_object_as_its_controller_is_of_keda() -> None:
    owner: JsonObject = {"kind": "ScaledObject", "name": "resnet", "controller": True}

    assert is_of_keda({"metadata": {"ownerReferences": [owner]}})
    assert not is_of_keda({"metadata": {"ownerReferences": [{**owner, "controller": False}]}})
    assert not is_of_keda({"metadata": {}})


def test_what_is_followed_is_read_from_every_form() -> None:
    resource: JsonObject = {"type": "Resource", "resource": {"name": "cpu"}}
    inside: JsonObject = {"type": "ContainerResource", "containerResource": {"name": "memory"}}
    triggers = [{"type": "cpu"}, {"type": "prometheus"}]

    assert follows_use({"spec": {"metrics": [resource, inside]}}) == {"cpu", "memory"}
    assert follows_use({"spec": {"targetCPUUtilizationPercentage": 60}}) == {"cpu"}
    assert follows_use({"spec": {"metrics": [{"type": "External"}]}}) == frozenset()
    assert follows_use(_scaled(triggers=triggers)) == {"cpu"}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, {"cpu", "memory"}),
        ({"updatePolicy": {"updateMode": "Off"}}, set()),
        ({"resourcePolicy": {"containerPolicies": [{"containerName": "*", "mode": "Off"}]}}, set()),
        ({"resourcePolicy": {"containerPolicies": [{"controlledResources": ["memory"]}]}}, {"memory"}),
    ],
)
def test_a_vertical_autoscaler_sets_what_it_controls(spec: JsonObject, expected: set[str]) -> None:
    assert sets_requests({"kind": "VerticalPodAutoscaler", "spec": spec}) == expected


@pytest.mark.parametrize(
    ("annotations", "status", "paused"),
    [
        ({}, "False", False),
        ({}, "True", True),
        ({"autoscaling.keda.sh/paused": "true"}, "Unknown", True),
        ({"autoscaling.keda.sh/paused": "false"}, "False", False),
        ({"autoscaling.keda.sh/paused-replicas": "2"}, "False", True),
    ],
)
def test_keda_pauses_by_its_condition_or_as_it_is_told(annotations: JsonObject, status: str, *, paused: bool) -> None:
    condition: JsonObject = {"type": "Paused", "status": status}
    body: JsonObject = {"metadata": {"annotations": annotations}, "status": {"conditions": [condition]}}

    assert is_paused(body) is paused
    assert pauses_of(body) == tuple(key for key, value in annotations.items() if value != "false")
