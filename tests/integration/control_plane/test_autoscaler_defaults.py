"""An autoscaler is read as a real API server would give it back, and refused where that refuses it."""

from __future__ import annotations

import json
from typing import Final

import pytest

from tests.testbed.fixtures import Cluster
from tests.testbed.progress import SetupError
from tfk8s.autoscale.objects import config_of
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue

pytestmark = pytest.mark.control_plane

QUEUE: Final[JsonObject] = {
    "type": "External",
    "external": {"metric": {"name": "queue"}, "target": {"type": "AverageValue", "averageValue": "1100u"}},
}
POLICY: Final[JsonObject] = {"type": "Percent", "value": 10, "periodSeconds": 60}
NOT_WRITTEN: Final[dict[str, JsonObject]] = {
    "nothing": {},
    "no-metrics": {"metrics": []},
    "empty-behavior": {"behavior": {}},
    "null-behavior": {"behavior": None},
    "select": {"behavior": {"scaleUp": {"selectPolicy": "Disabled"}}},
    "window": {"behavior": {"scaleUp": {"stabilizationWindowSeconds": 30}, "scaleDown": {"policies": [POLICY]}}},
    "null-policies": {"behavior": {"scaleDown": {"policies": None, "selectPolicy": "Min"}}},
    "quantity": {"metrics": [QUEUE], "minReplicas": 2},
}
WRONG: Final[dict[str, JsonObject]] = {
    "no-policies": {"behavior": {"scaleUp": {"policies": []}}},
    "policy-value": {"behavior": {"scaleUp": {"policies": [{**POLICY, "value": 0}]}}},
    "policy-period": {"behavior": {"scaleUp": {"policies": [{**POLICY, "periodSeconds": 1801}]}}},
    "window": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 3601}}},
    "select": {"behavior": {"scaleDown": {"selectPolicy": "max"}}},
    "bounds": {"minReplicas": 6},
    "zero-without-a-waker": {"minReplicas": 0},
    "no-maximum": {"maxReplicas": 0},
    "kind": {"metrics": [{"type": "Cpu"}]},
    "no-part": {"metrics": [{"type": "Pods"}]},
    "no-target": {"metrics": [{**QUEUE, "external": {"metric": {"name": "x"}, "target": {"type": "Value"}}}]},
    "zero-target": {
        "metrics": [{**QUEUE, "external": {"metric": {"name": "x"}, "target": {"type": "Value", "value": "0"}}}]
    },
    "two-targets": {
        "metrics": [
            {**QUEUE, "external": {"metric": {"name": "x"}, "target": {"type": "Value", "value": 1, "averageValue": 1}}}
        ]
    },
}


def hpa(name: str, spec: JsonObject, *, namespace: str, version: str = "v2") -> JsonObject:
    target: JsonValue = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "resnet"}
    return {
        "apiVersion": f"autoscaling/{version}",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"scaleTargetRef": target, "maxReplicas": 5, **spec},
    }


@pytest.mark.parametrize("name", NOT_WRITTEN)
def test_what_is_not_written_is_what_the_api_server_fills_in(
    control_plane: Cluster, cp_namespace: str, name: str
) -> None:
    sent = hpa(name, NOT_WRITTEN[name], namespace=cp_namespace)
    given_back = json.loads(control_plane.kubectl("create", "-f", "-", "-o", "json", stdin=json.dumps(sent)))

    assert config_of(sent) == config_of(given_back)


def test_version_one_is_what_the_api_server_makes_of_it(control_plane: Cluster, cp_namespace: str) -> None:
    for name, spec in (("said", {"targetCPUUtilizationPercentage": 55}), ("unsaid", {})):
        sent = hpa(name, {**spec}, namespace=cp_namespace, version="v1")
        control_plane.kubectl("create", "-f", "-", stdin=json.dumps(sent))
        path = f"/apis/autoscaling/v2/namespaces/{cp_namespace}/horizontalpodautoscalers/{name}"

        assert config_of(sent) == config_of(json.loads(control_plane.kubectl("get", "--raw", path)))


@pytest.mark.parametrize("name", WRONG)
def test_what_is_refused_the_api_server_refuses_too(control_plane: Cluster, cp_namespace: str, name: str) -> None:
    sent = hpa(name, WRONG[name], namespace=cp_namespace)

    with pytest.raises(InputError):
        config_of(sent)
    with pytest.raises(SetupError, match=r"(?i)invalid|unsupported|required"):
        control_plane.kubectl("create", "-f", "-", stdin=json.dumps(sent))
