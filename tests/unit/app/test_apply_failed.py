"""What apply says of a roll-out that does not work, and what it leaves."""

from __future__ import annotations

import pytest

from tests.fakes.model_server import refused
from tests.fakes.service import config_map, small_service
from tests.fakes.workloads import NEVER_READY, NO_MODEL, PULL_FAILS
from tests.unit.app.apply_stage import BAD, Stage
from tfk8s.app.planning import read_inventory
from tfk8s.errors import RolloutFailedError, WaitTimeoutError
from tfk8s.manifest import JsonObject
from tfk8s.ports import Note, ServerCode
from tfk8s.ports.cluster import ClusterUnreachableError


def test_an_image_that_cannot_be_pulled_fails_early_and_the_last_revision_comes_back() -> None:
    stage = Stage()
    stage.apply(small_service())
    stage.workloads.fates[BAD] = PULL_FAILS
    started_s = stage.clock.monotonic_s()

    with pytest.raises(RolloutFailedError) as failure:
        stage.apply(small_service(image=BAD, config="two"))

    assert failure.value.exit_code == 6
    assert "ImagePullBackOff" in failure.value.message
    assert "rolled back to release 1, which answers predictions" in failure.value.message
    assert any("Back-off pulling image" in line for line in failure.value.details)
    assert stage.clock.monotonic_s() - started_s < 60
    assert stage.config() == "one"
    assert BAD not in stage.image()


def test_after_going_back_the_record_is_exactly_the_old_revision() -> None:
    stage = Stage()
    more = config_map("resnet-more", a="1")
    stage.apply(small_service())
    stage.workloads.fates[BAD] = PULL_FAILS

    with pytest.raises(RolloutFailedError):
        stage.apply(small_service(image=BAD, extra=(more,)))

    inventory = read_inventory(small_service().name, cluster=stage.cluster)
    assert inventory.objects == {manifest.ref for manifest in small_service().manifests}
    assert more.ref not in stage.cluster.refs()


def test_the_fields_that_change_are_shown_before_they_do() -> None:
    stage = Stage()
    stage.apply(small_service())
    stage.told.events.clear()

    def first_write(verb: str) -> None:
        if "ConfigMap/resnet-config" in verb:
            told = [event.message for event in stage.told.events if isinstance(event, Note)]
            assert any('.data[models.config]: "one" -> "two"' in message for message in told)

    stage.cluster.before_write = first_write
    stage.apply(small_service(config="two"))

    assert stage.config() == "two"


def test_a_request_that_no_node_can_meet_is_told_with_both_numbers_in_the_evidence() -> None:
    stage = Stage()
    stage.workloads.fates[BAD] = PULL_FAILS
    node: JsonObject = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}
    stage.cluster.put({**node, "status": {"allocatable": {"cpu": "50m", "memory": "1Gi"}}})

    with pytest.raises(RolloutFailedError) as failure:
        stage.apply(small_service(image=BAD))

    assert any("requests cpu 0.1, and the largest node offers 0.05" in line for line in failure.value.details)


def test_without_rollback_the_broken_revision_stays() -> None:
    stage = Stage()
    stage.apply(small_service())
    stage.workloads.fates[BAD] = PULL_FAILS

    with pytest.raises(RolloutFailedError, match="left as it is"):
        stage.apply(small_service(image=BAD), rollback=False)

    assert BAD in stage.image()


def test_a_first_deployment_that_fails_is_left_for_inspection() -> None:
    stage = Stage()
    stage.workloads.fates[BAD] = PULL_FAILS

    with pytest.raises(RolloutFailedError, match="no earlier release"):
        stage.apply(small_service(image=BAD))

    assert BAD in stage.image()


def test_a_rollback_that_fails_too_is_said() -> None:
    stage = Stage()
    stage.apply(small_service())
    stage.workloads.fates |= {BAD: PULL_FAILS, "example.test/server:1": NEVER_READY}

    with pytest.raises(RolloutFailedError, match="the way back to release 1 failed too"):
        stage.apply(small_service(image=BAD, config="two"), rollback_timeout_s=30.0)


def test_a_model_path_that_is_missing_fails_within_a_minute_with_path_and_fix() -> None:
    stage = Stage()
    stage.workloads.fates[BAD] = NO_MODEL

    with pytest.raises(RolloutFailedError) as failure:
        stage.apply(small_service(image=BAD))

    assert "/models/resnet" in failure.value.message
    assert "model.source" in (failure.value.hint or "")
    assert stage.clock.monotonic_s() <= 60


def test_time_that_is_up_without_a_failure_has_a_code_of_its_own() -> None:
    stage = Stage()
    stage.workloads.fates[BAD] = NEVER_READY

    with pytest.raises(WaitTimeoutError) as timeout:
        stage.apply(small_service(image=BAD), timeout_s=120.0)

    assert timeout.value.exit_code == 7
    assert timeout.value.details == ("0 of 2 new pods are available",)
    assert 120 <= stage.clock.monotonic_s() < 125


def test_the_progress_deadline_fails_the_rollout() -> None:
    stage = Stage()
    stage.workloads.fates[BAD] = NEVER_READY
    stage.workloads.deadline_s = 50.0

    with pytest.raises(RolloutFailedError, match="progress deadline"):
        stage.apply(small_service(image=BAD))


def test_ready_pods_that_answer_no_prediction_fail_the_rollout() -> None:
    stage = Stage()

    def broken(_: object) -> dict[str, object]:
        raise refused(ServerCode.FAILED_PRECONDITION, "uninitialized value")

    stage.server.answer = broken  # type: ignore[assignment]

    with pytest.raises(RolloutFailedError, match=r"no prediction is answered.*uninitialized value"):
        stage.apply(small_service())


def test_a_cluster_that_is_away_while_we_wait_is_waited_for() -> None:
    stage = Stage()
    played = stage.cluster.before_read

    def away() -> None:
        if 1.0 <= stage.clock.monotonic_s() <= 4.0:
            raise ClusterUnreachableError("the cluster does not answer")
        played()

    stage.cluster.before_read = away

    assert stage.apply(small_service()).revision == 1
