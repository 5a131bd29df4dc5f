from __future__ import annotations

import pytest

from tests.fakes.service import NAME, config_map, small_service
from tests.unit.app.apply_stage import DeadError, Stage
from tfk8s.app.carry_out import World
from tfk8s.app.delete import delete_service, plan_deletion
from tfk8s.errors import WaitTimeoutError
from tfk8s.manifest import JsonObject

NAMED = small_service().name


def world(stage: Stage) -> World:
    return World(cluster=stage.cluster, clock=stage.clock, reporter=stage.told)


def delete(stage: Stage) -> None:
    delete_service(plan_deletion(NAMED, world=world(stage)), world=world(stage), timeout_s=60.0)


def ours(stage: Stage) -> set[str]:
    kinds = ("Pod", "ReplicaSet", "EndpointSlice")
    return {f"{ref.kind}/{ref.name}" for ref in stage.cluster.refs() if ref.kind not in kinds}


@pytest.fixture
def stage() -> Stage:
    made = Stage()
    made.apply(small_service(replicas=None))
    return made


def test_everything_that_was_recorded_goes_and_the_record_last(stage: Stage) -> None:
    stage.cluster.writes.clear()

    delete(stage)

    assert ours(stage) == set()
    deleted = [write for write in stage.cluster.writes if "Pod/" not in write and "ReplicaSet" not in write]
    assert deleted[0] == f"delete HorizontalPodAutoscaler/{NAME} in serving"
    assert deleted[-1] == f"delete ConfigMap/{NAME}-inventory in serving"


def test_foreign_objects_and_those_without_our_labels_stay(stage: Stage) -> None:
    stage.cluster.put(config_map("foreign").body)
    config = config_map(f"{NAME}-config").ref
    body: JsonObject = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": config.name, "namespace": "serving"},
    }
    stage.cluster.put(body)

    deletion = plan_deletion(NAMED, world=world(stage))
    delete(stage)

    assert deletion.kept == ((config, "it does not carry our labels any more"),)
    assert ours(stage) == {"ConfigMap/foreign", f"ConfigMap/{NAME}-config"}


def test_the_namespace_stays() -> None:
    made = Stage()
    made.apply(small_service(namespace="fresh", makes_namespace=True))
    named = small_service(namespace="fresh").name

    deletion = plan_deletion(named, world=world(made))

    assert [(ref.kind, reason) for ref, reason in deletion.kept] == [("Namespace", "it may hold what others need")]
    assert "Namespace" not in {target.ref.kind for target in deletion.targets}


def test_what_was_never_applied_needs_no_deleting() -> None:
    made = Stage()

    assert plan_deletion(NAMED, world=world(made)).targets == ()
    delete(made)


def test_a_deletion_that_dies_anywhere_is_finished_by_the_next(stage: Stage) -> None:
    total = len(plan_deletion(NAMED, world=world(stage)).targets)
    assert total >= 7

    for dies_at in range(total):
        left = [dies_at]

        def die(verb: str, left: list[int] = left) -> None:
            if "Pod/" in verb or "ReplicaSet" in verb:
                return
            if left[0] == 0:
                raise DeadError
            left[0] -= 1

        made = Stage()
        made.apply(small_service(replicas=None))
        made.cluster.before_write = die
        with pytest.raises(DeadError):
            delete(made)
        made.cluster.before_write = lambda _: None
        delete(made)
        assert ours(made) == set()


def test_an_object_that_does_not_end_is_named(stage: Stage) -> None:
    deletion = plan_deletion(NAMED, world=world(stage))
    real = stage.cluster.delete
    stage.cluster.delete = lambda ref, *, uid=None: ref.kind == "Deployment" or real(ref, uid=uid)  # type: ignore[method-assign]

    with pytest.raises(WaitTimeoutError, match=f"Deployment/{NAME} in serving is still being deleted"):
        delete_service(deletion, world=world(stage), timeout_s=30.0)
