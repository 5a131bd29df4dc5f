"""The autoscaler of a service beside a canary whose pods crash: its numbers come from the real metrics API."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.scaled import seconds_until
from tests.integration.service import MODEL, Service, service
from tests.testbed.fixtures import Cluster
from tfk8s.app.canary_spec import CanaryTarget, tried_spec
from tfk8s.app.rendering import render_service
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at
from tfk8s.render.canary import CanaryWish, canary_manifests
from tfk8s.spec import load_spec, object_names

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

SYNCS_S = 20.0
"""The controller looks every 5 s here, and metrics-server measures every 15 s."""


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        made.write(
            model={"name": MODEL, "source": f"./{MODEL}", "versions": [1, 2], "labels": {"stable": 1}},
            scaling={"min": 1, "max": 3, "metrics": [{"cpu": 95}]},
            resources={"cpu": "100m"},
        )
        made.up()
        yield made


def crashing(half: Service) -> JsonObject:
    """Objects of a canary as `versions canary` makes them, but for a program that ends at once."""
    spec = load_spec(half.spec)
    tried = tried_spec(spec, CanaryTarget(model=MODEL, version=2, label="stable", before=1))
    become = render_service(tried, base=half.folder).deployable.manifests
    made = canary_manifests(become, CanaryWish(names=object_names(spec), replicas=2))
    bodies = [json.loads(json.dumps(manifest.body)) for manifest in made]
    deployment = next(body for body in bodies if body["kind"] == "Deployment")
    (live,) = half.objects("deployments")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    container["image"] = text_at(objects_at(live, "spec", "template", "spec", "containers")[0], "image")
    container["command"] = ["false"]
    return {"apiVersion": "v1", "kind": "List", "items": bodies}


def computed(half: Service) -> tuple[dict[str, tuple[str, str]], int, int]:
    """What the autoscaler says: its conditions with their reasons, pods that it counts, and pods that it wants."""
    (scaler,) = half.objects("horizontalpodautoscalers")
    status = object_at(scaler, "status")
    conditions = {
        text_at(item, "type"): (text_at(item, "status"), text_at(item, "reason"))
        for item in objects_at(status, "conditions")
    }
    return conditions, integer_at(status, "currentReplicas"), integer_at(status, "desiredReplicas")


def has_number(half: Service) -> bool:
    (scaler,) = half.objects("horizontalpodautoscalers")
    conditions = objects_at(scaler, "status", "conditions") if "conditions" in object_at(scaler, "status") else []
    return any(text_at(item, "reason") == "ValidMetricFound" for item in conditions)


def restarts(half: Service) -> list[int]:
    """Of the canary's pods."""
    pods = (pod for pod in half.objects("pods") if text_at(pod, "metadata", "name").startswith("half-canary"))
    return [integer_at(each, "restartCount") for pod in pods for each in objects_at(pod, "status", "containerStatuses")]


def test_crashing_canary_pods_change_nothing_of_what_the_autoscaler_computes(half: Service) -> None:
    """K38.2."""
    seconds_until(lambda: has_number(half), what="numbers of the metrics API", half=half)
    before = computed(half)

    half.cluster.kubectl("apply", "--namespace", half.namespace, "--filename=-", stdin=json.dumps(crashing(half)))
    seconds_until(lambda: len(restarts(half)) == 2 and min(restarts(half)) >= 1, what="crashes", half=half)
    seen = []
    for _ in range(int(SYNCS_S)):
        seen.append(computed(half))
        time.sleep(1)

    assert before[0]["ScalingActive"] == ("True", "ValidMetricFound")
    assert before[1:] == (1, 1)
    assert seen == [before] * len(seen)
