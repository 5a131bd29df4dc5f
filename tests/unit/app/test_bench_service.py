from __future__ import annotations

import pytest

from tests.unit.app.bench_stage import BenchStage, a_pod
from tfk8s.app.bench_service import BenchService
from tfk8s.manifest import JsonObject


def service(stage: BenchStage) -> BenchService:
    found = stage.world().service
    assert found is not None
    return found


def test_what_a_pod_requests_is_known_only_when_all_its_containers_do() -> None:
    stage = BenchStage()
    stage.cluster.put(a_pod("resnet-b", cpu=None))

    assert service(stage).cpu_request_cores("resnet-a") == 1.5
    assert service(stage).cpu_request_cores("resnet-b") is None
    assert service(stage).cpu_request_cores("gone") is None


def scaler(kind: str, api_version: str, spec: JsonObject, annotations: JsonObject | None = None) -> JsonObject:
    metadata: JsonObject = {"name": "resnet", "namespace": "serving", "annotations": annotations or {}}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


HPA = scaler("HorizontalPodAutoscaler", "autoscaling/v2", {"minReplicas": 1, "maxReplicas": 5})
FIXED = scaler("HorizontalPodAutoscaler", "autoscaling/v2", {"minReplicas": 2, "maxReplicas": 2})
KEDA = scaler("ScaledObject", "keda.sh/v1alpha1", {"minReplicaCount": 0, "maxReplicaCount": 3})
PAUSED = scaler("ScaledObject", "keda.sh/v1alpha1", {}, {"autoscaling.keda.sh/paused-replicas": "1"})


@pytest.mark.parametrize(
    ("objects", "told"),
    [
        ([], None),
        ([FIXED], None),
        ([PAUSED, HPA], None),
        ([HPA], "an HPA may change the number of pods while it is measured (1 to 5)"),
        ([KEDA], "KEDA may change the number of pods while it is measured (0 to 3)"),
        ([KEDA, HPA], "KEDA may change the number of pods while it is measured (0 to 3)"),
    ],
)
def test_what_may_change_the_number_of_pods_is_told(objects: list[JsonObject], told: str | None) -> None:
    stage = BenchStage()
    for body in objects:
        stage.cluster.put(body)

    note = service(stage).autoscaler_note()

    assert (note is None) == (told is None)
    assert note is None or note.startswith(str(told))


def test_an_autoscaler_that_may_not_be_read_is_none() -> None:
    stage = BenchStage()
    stage.cluster.put(HPA)
    stage.cluster.forbidden = frozenset({"HorizontalPodAutoscaler", "ScaledObject"})

    assert service(stage).autoscaler_note() is None
