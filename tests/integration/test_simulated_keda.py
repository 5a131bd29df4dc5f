"""The simulation reads a ScaledObject as the autoscaler that the real KEDA makes of it."""

from __future__ import annotations

import json
import time

import pytest

from tests.golden.golden_cases import CASES
from tests.testbed.fixtures import Cluster
from tfk8s.autoscale.config import Config, Metric, Source
from tfk8s.autoscale.objects import config_of
from tfk8s.autoscale.scaled_object import read_scaled_object
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import objects_at

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

CASE_NAMES = ("scaling-keda", "scaling-keda-zero")
MADE_WITHIN_S = 240.0


@pytest.mark.parametrize("name", CASE_NAMES)
def test_a_scaled_object_is_read_as_keda_makes_its_autoscaler(keda: Cluster, namespace: str, name: str) -> None:
    case = next(case for case in CASES if case.name == name)
    bodies = {item.ref.kind: dict(item.body) for item in case.render().manifests}
    for kind in ("Deployment", "ScaledObject"):
        bodies[kind]["metadata"] = {"name": "resnet", "namespace": namespace}
    deployment = bodies["Deployment"]
    assert isinstance(deployment["spec"], dict)
    deployment["spec"] = {**deployment["spec"], "replicas": 0}

    keda.kubectl("apply", "-f", "-", stdin=json.dumps(deployment))
    keda.kubectl("apply", "-f", "-", stdin=json.dumps(bodies["ScaledObject"]))

    assert comparable(config_of(made(keda, namespace))) == comparable(
        config_of(read_scaled_object(bodies["ScaledObject"]).autoscaler)
    )


def made(keda: Cluster, namespace: str) -> JsonObject:
    """The autoscaler, once it is there."""
    until = time.monotonic() + MADE_WITHIN_S
    while time.monotonic() < until:
        found = objects_at(json.loads(keda.kubectl("get", "hpa", "-n", namespace, "-o", "json")), "items")
        if found:
            return {**found[0], "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler"}
        time.sleep(1)
    raise AssertionError("KEDA made no autoscaler")


def comparable(config: Config) -> tuple[object, ...]:
    """Everything but what external metrics are called, and the order of the metrics, which decide nothing."""
    return config.minimum, config.maximum, config.behavior, sorted(map(_plain, config.metrics), key=repr)


def _plain(metric: Metric) -> tuple[object, ...]:
    name = "" if metric.source is Source.EXTERNAL else metric.name
    return metric.source, metric.target, name, metric.container
