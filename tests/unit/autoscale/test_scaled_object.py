"""What a ScaledObject comes to."""

from __future__ import annotations

import pytest

from tfk8s.autoscale.config import AverageValue, Metric, Source, Utilization, Value
from tfk8s.autoscale.objects import config_of
from tfk8s.autoscale.scaled_object import read_scaled_object
from tfk8s.autoscale.zero import Trigger, Zero
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue

ASKED: JsonObject = {
    "type": "prometheus",
    "name": "requests-per-second",
    "metadata": {"query": "sum(x)", "threshold": "50.5", "activationThreshold": "2"},
}
CRON: JsonObject = {
    "type": "cron",
    "metadata": {"timezone": "Etc/UTC", "start": "0 8 * * *", "end": "0 18 * * *", "desiredReplicas": "4"},
}


def scaled(*triggers: JsonValue, **spec: JsonValue) -> JsonObject:
    return {"kind": "ScaledObject", "metadata": {"name": "resnet"}, "spec": {"triggers": [*triggers], **spec}}


def test_each_trigger_is_a_metric_of_the_autoscaler_that_is_made() -> None:
    found = read_scaled_object(
        scaled(
            ASKED,
            {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "60"}},
            {"type": "memory", "metricType": "AverageValue", "metadata": {"value": "1Gi", "containerName": "server"}},
            {"type": "prometheus", "metricType": "Value", "metadata": {"threshold": "200"}},
            CRON,
            minReplicaCount=2,
        )
    )
    config = config_of(found.autoscaler)

    assert (config.minimum, config.maximum, config.behavior, found.zero) == (2, 100, None, None)
    assert config.metrics == (
        Metric(source=Source.EXTERNAL, target=AverageValue(50_500), name="requests-per-second"),
        Metric(source=Source.RESOURCE, target=Utilization(60), name="cpu"),
        Metric(source=Source.CONTAINER_RESOURCE, target=AverageValue(2**30 * 1000), name="memory", container="server"),
        Metric(source=Source.EXTERNAL, target=Value(200_000), name="s3-prometheus"),
        Metric(source=Source.EXTERNAL, target=AverageValue(1000), name="s4-cron"),
    )
    assert list(found.schedules) == [4]


def test_zero_is_for_keda_and_one_for_the_autoscaler() -> None:
    cpu: JsonObject = {"type": "cpu", "metadata": {"value": "60"}}
    found = read_scaled_object(scaled(cpu, ASKED, maxReplicaCount=7, pollingInterval=15, cooldownPeriod=60))

    assert config_of(found.autoscaler).minimum == 1
    assert found.zero == Zero(triggers=(Trigger(metric=1, activation=2.0),), polling_s=15, cooldown_s=60)


def test_its_behavior_is_that_of_the_autoscaler() -> None:
    behavior: JsonObject = {"scaleDown": {"stabilizationWindowSeconds": 60}}
    body = scaled(ASKED, advanced={"horizontalPodAutoscalerConfig": {"behavior": behavior}})
    found = config_of(read_scaled_object(body).autoscaler).behavior

    assert found is not None
    assert found.down.window_s == 60


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (scaled(), r"ScaledObject resnet: spec\.triggers is empty"),
        (scaled({"type": "cpu", "metadata": {"value": "60"}}), "no trigger could wake the service"),
        (scaled({"type": "prometheus", "metadata": {}}), r"triggers\[0\]\.metadata\.threshold is missing"),
        (scaled({**ASKED, "metricType": "Utilization"}), "prometheus takes AverageValue or Value"),
        (scaled({**ASKED, "metadata": {"threshold": "1", "activationThreshold": "x"}}), "activationThreshold cannot"),
    ],
)
def test_what_cannot_be_read_is_named(body: JsonObject, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_scaled_object(body)
