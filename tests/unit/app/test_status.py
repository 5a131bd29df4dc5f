from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.fakes.cluster import FakeCluster
from tests.fakes.keda import WITH_KEDA, FakeKeda
from tests.fakes.model_server import FakeModelServer, refused
from tests.fakes.service import NAME, small_service
from tests.unit.app.apply_stage import Stage
from tfk8s.app.status import ServiceStatus, as_json, require_sound, scaler_status, service_status
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import objects_at
from tfk8s.ports import Endpoint, ModelServer, ServerCode, ServingState, VersionState
from tfk8s.rollout import RolloutState

NAMED = small_service().name


def served(*numbers: int, failed: int | None = None) -> FakeModelServer:
    states = [VersionState(number=number, state=ServingState.AVAILABLE) for number in numbers]
    if failed is not None:
        states.append(
            VersionState(number=failed, state=ServingState.END, error_code="NOT_FOUND", error_message="no such bucket")
        )
    return FakeModelServer(model=NAME, states=tuple(states))


@dataclass
class EachPod:
    """A model server a pod, by the number at the end of the pod's name."""

    servers: list[FakeModelServer]

    @contextmanager
    def connect(self, endpoint: Endpoint) -> Iterator[ModelServer]:
        yield self.servers[int(endpoint.how.rpartition("-")[2])]


def status_of(stage: Stage, *servers: FakeModelServer) -> ServiceStatus:
    return service_status(
        NAMED, models=(NAME,), cluster=stage.cluster, servers=EachPod(list(servers)), clock=stage.clock
    )


@pytest.fixture
def stage() -> Stage:
    made = Stage()
    made.apply(small_service(replicas=2))
    return made


def test_each_pod_is_asked_for_its_versions(stage: Stage) -> None:
    status = status_of(stage, served(1), served(1))

    assert [pod.available for pod in status.pods] == [{(NAME, 1)}, {(NAME, 1)}]
    assert status.differing == ()
    assert status.revision == 1
    assert all(present for _, present in status.objects)


def test_a_fleet_whose_pods_serve_different_versions_is_told(stage: Stage) -> None:
    status = status_of(stage, served(1, 2), served(1, failed=2))

    assert len(status.differing) == 1
    assert status.differing[0].endswith(f"-1 lacks version 2 of {NAME}")
    value = as_json(status)
    assert json.dumps(value["pods"]).count("no such bucket") == 1
    assert [finding.code for finding in status.look.failures] == ["load-failed"]
    assert json.dumps(value["versionFindings"]).count("no such bucket") == 1


def test_a_pod_that_is_still_loading_is_on_its_way_and_no_failure(stage: Stage) -> None:
    loading = served(1)
    loading.states = (*loading.states, VersionState(number=2, state=ServingState.LOADING))

    status = status_of(stage, served(1, 2), loading)

    require_sound(status)
    assert [finding.code for finding in status.look.findings] == ["version-loading"]


def test_a_service_that_is_sound_is_told_as_before_and_with_its_labels(stage: Stage) -> None:
    value = as_json(status_of(stage, served(1), served(1)))

    (first, _) = objects_at(value, "pods")
    assert first["versions"] == {NAME: [{"version": 1, "state": "AVAILABLE", "error": ""}]}
    assert first["labels"] == {NAME: {}}
    assert first["component"] == "model-server"
    assert value["versionFindings"] == []
    assert value["configured"] is None


def test_a_pod_that_does_not_answer_is_a_problem_and_no_difference(stage: Stage) -> None:
    silent = served(1)

    def status(model: str) -> tuple[VersionState, ...]:
        del model
        raise refused(ServerCode.UNAVAILABLE, "not now")

    silent.status = status  # type: ignore[method-assign]

    found = status_of(stage, served(1), silent)

    assert [pod.problem for pod in found.pods] == ["", "not now"]
    assert found.differing == ()


def test_an_object_that_is_missing_is_shown_as_such(stage: Stage) -> None:
    account = ObjectRef(api_version="v1", kind="ServiceAccount", namespace="serving", name=NAME)
    stage.cluster.delete(account)

    status = status_of(stage, served(1), served(1))

    assert [ref for ref, present in status.objects if not present] == [account]


def test_a_service_that_is_not_there_is_no_empty_answer() -> None:
    with pytest.raises(PreconditionError, match="no service resnet in namespace serving") as failure:
        status_of(Stage())

    assert failure.value.exit_code == 4


def test_the_autoscaler_is_shown_with_numbers_and_conditions() -> None:
    cpu: JsonObject = {"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 60}}}
    rate: JsonObject = {"type": "Pods", "pods": {"metric": {"name": "qps"}, "target": {"averageValue": "100"}}}
    now: JsonObject = {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 12}}}
    active: JsonObject = {"type": "ScalingActive", "status": "False", "reason": "FailedGet", "message": "no metrics"}
    scaler: JsonObject = {
        "spec": {"minReplicas": 2, "maxReplicas": 7, "metrics": [cpu, rate]},
        "status": {"currentReplicas": 3, "desiredReplicas": 4, "currentMetrics": [now], "conditions": [active]},
    }

    found = scaler_status(scaler)

    assert (found.minimum, found.maximum, found.current, found.desired) == (2, 7, 3, 4)
    assert found.metrics == ("cpu: 12% of 60%", "qps: unknown of 100")
    assert found.conditions == ("ScalingActive=False (FailedGet): no metrics",)


def keda_stage(*, least: int) -> tuple[Stage, FakeKeda]:
    stage = Stage(FakeCluster(served=WITH_KEDA))
    keda = FakeKeda(stage.cluster)
    stage.apply(small_service(replicas=None, by_keda=True, least=least))
    return stage, keda


def test_the_autoscaler_that_keda_makes_is_shown_as_ours() -> None:
    stage, _ = keda_stage(least=2)

    status = status_of(stage, served(1))

    assert status.scaler is not None
    assert (status.scaler.minimum, status.scaler.maximum) == (2, 5)
    assert status.scaler.made_by == f"ScaledObject/{NAME}"
    assert as_json(status)["autoscaler"]["madeBy"] == f"ScaledObject/{NAME}"  # type: ignore[index,call-overload]


def test_a_service_that_sleeps_is_complete_and_has_no_pod_to_ask() -> None:
    stage, _ = keda_stage(least=0)
    stage.cluster.scale(small_service().deployment, 0, manager="keda")
    assert stage.replicas() == 0
    stage.clock.sleep(5.0)

    status = status_of(stage)

    assert (status.rollout.state, status.rollout.reasons) == (RolloutState.COMPLETE, ())
    assert status.scaler is not None
    assert (status.scaler.minimum, status.scaler.desired) == (0, 0)
