"""Who counts the replicas, apply after apply."""

from __future__ import annotations

import json

import pytest

from tests.fakes.service import small_service
from tests.unit.app.apply_stage import Stage
from tfk8s.errors import ClusterRejectedError
from tfk8s.plan import HAND_OVER_MANAGER, owners_of


def test_turning_autoscaling_on_keeps_the_count() -> None:
    stage = Stage()
    stage.apply(small_service(replicas=4))
    counts = _watch_counts(stage)

    stage.apply(small_service(replicas=None))

    assert set(counts) == {4}
    live = stage.cluster.get(small_service().deployment)
    assert live is not None
    assert [owner.manager for owner in owners_of(live, "spec", "replicas")] == [HAND_OVER_MANAGER]


def test_the_autoscaler_keeps_its_count_over_further_applies() -> None:
    stage = Stage()
    stage.apply(small_service(replicas=4))
    stage.apply(small_service(replicas=None))
    stage.cluster.scale(small_service().deployment, 5)
    counts = _watch_counts(stage)

    stage.apply(small_service(replicas=None, config="two"))

    assert set(counts) == {5}


@pytest.mark.parametrize("wanted", [2, 5, 7])
def test_turning_autoscaling_off_starts_from_the_live_count(wanted: int) -> None:
    stage = Stage()
    stage.apply(small_service(replicas=4))
    stage.apply(small_service(replicas=None))
    stage.cluster.scale(small_service().deployment, 5)
    counts = _watch_counts(stage)

    stage.apply(small_service(replicas=wanted))

    assert list(dict.fromkeys(counts)) == list(dict.fromkeys([5, wanted]))
    live = stage.cluster.get(small_service().deployment)
    assert live is not None
    assert "tfk8s" in [owner.manager for owner in owners_of(live, "spec", "replicas")]


def test_after_autoscaling_was_turned_off_the_count_can_be_changed_again() -> None:
    stage = Stage()
    stage.apply(small_service(replicas=4))
    stage.apply(small_service(replicas=None))
    stage.cluster.scale(small_service().deployment, 5)
    stage.apply(small_service(replicas=5))

    stage.apply(small_service(replicas=3))

    assert stage.replicas() == 3


def test_a_foreign_autoscaler_keeps_its_count() -> None:
    stage = Stage()
    stage.apply(small_service(replicas=2))
    scaler = json.loads(json.dumps(small_service(replicas=None).manifests[-1].body))
    scaler["metadata"] = {"name": "theirs", "namespace": "serving"}
    stage.cluster.put(scaler)
    stage.cluster.scale(small_service().deployment, 5)

    with pytest.raises(ClusterRejectedError) as refusal:
        stage.apply(small_service(replicas=2))

    assert any(".spec.replicas" in line for line in refusal.value.details)


def test_a_count_that_a_person_scaled_is_a_conflict() -> None:
    stage = Stage()
    stage.apply(small_service(replicas=2))
    stage.cluster.scale(small_service().deployment, 3, manager="kubectl")

    with pytest.raises(ClusterRejectedError) as refusal:
        stage.apply(small_service(replicas=2))

    assert any(".spec.replicas" in line and "kubectl" in line for line in refusal.value.details)


def _watch_counts(stage: Stage) -> list[int]:
    """The count before each write."""
    counts = [stage.replicas()]
    stage.cluster.before_write = lambda _: counts.append(stage.replicas())
    return counts
