"""What a failed command tells of everything around the service."""

from __future__ import annotations

import pytest

from tests.fakes.model_server import refused
from tests.fakes.service import NAME, small_service
from tests.unit.app.apply_stage import Stage
from tfk8s.app.carry_out import World
from tfk8s.app.causes import causes_around, details_of
from tfk8s.diagnose import Finding
from tfk8s.errors import RolloutFailedError
from tfk8s.manifest import JsonObject
from tfk8s.ports import ServerCode

WALL: JsonObject = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "wall", "namespace": "serving"},
    "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
}


def test_pods_that_are_ready_and_answer_nobody_are_told_with_the_policy_before_them() -> None:
    stage = Stage()
    stage.cluster.put({**WALL})

    def silent(_: object) -> dict[str, object]:
        raise refused(ServerCode.UNAVAILABLE, "no answer")

    stage.server.answer = silent  # type: ignore[assignment]

    with pytest.raises(RolloutFailedError, match="no prediction is answered") as failure:
        stage.apply(small_service(), rollback=False)

    assert any("NetworkPolicy/wall: it lets nobody reach the pods on 8501" in line for line in failure.value.details)
    assert "ingress rule" in (failure.value.hint or "")


def test_where_nothing_may_be_read_the_failure_itself_counts() -> None:
    stage = Stage()
    stage.apply(small_service())
    stage.cluster.forbidden = frozenset({"Pod"})
    world = World(cluster=stage.cluster, clock=stage.clock, reporter=stage.told)

    assert causes_around(small_service().name, world=world) == ()


def test_details_end_with_the_command_where_there_is_one() -> None:
    found = Finding(code="c", place=f"Service/{NAME}", cause="why", fix="do", command="kubectl get svc")

    assert details_of((found,)) == (f"Service/{NAME}: why", "fix: do", "$ kubectl get svc")
