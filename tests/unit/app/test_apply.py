"""What apply writes, what it refuses to write, and what it prunes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.fakes.cluster import FakeCluster
from tests.fakes.service import config_map, small_service
from tests.unit.app.apply_stage import Stage
from tfk8s.app.service import Deployable
from tfk8s.errors import ClusterRejectedError, InputError, PreconditionError
from tfk8s.manifest import Manifest
from tfk8s.manifest.fields import text_at
from tfk8s.ports import Note


def test_the_first_apply_creates_everything_and_a_prediction_is_answered() -> None:
    stage = Stage()

    applied = stage.apply(small_service())

    assert {manifest.ref for manifest in small_service().manifests} <= stage.cluster.refs()
    assert [str(answer) for answer in applied.answers] == [
        "a prediction was answered by version 1 (signature serving_default)"
    ]
    assert applied.revision == 1


def test_the_cluster_and_namespace_are_named_before_the_first_write() -> None:
    stage = Stage()

    def first_write(_: str) -> None:
        assert any(
            isinstance(event, Note) and event.message == "context fake (https://127.0.0.1:6443), namespace serving"
            for event in stage.told.events
        )

    stage.cluster.before_write = first_write
    stage.apply(small_service())

    assert stage.cluster.writes


def test_applying_twice_writes_nothing() -> None:
    stage = Stage()
    stage.apply(small_service())
    written = [write for write in stage.cluster.writes if write.startswith("apply")]

    again = stage.apply(small_service())

    assert again.changed == ()
    assert [write for write in stage.cluster.writes if write.startswith("apply")] == written


def test_an_object_that_is_no_longer_desired_is_pruned_and_a_foreign_one_is_not() -> None:
    stage = Stage()
    more, foreign = config_map("resnet-more", a="1"), config_map("foreign", a="1")
    stage.apply(small_service(extra=(more,)))
    stage.cluster.put(foreign.body)

    stage.apply(small_service())

    assert more.ref not in stage.cluster.refs()
    assert foreign.ref in stage.cluster.refs()


def test_a_recorded_object_that_lost_our_labels_is_not_pruned() -> None:
    stage = Stage()
    more = config_map("resnet-more", a="1")
    stage.apply(small_service(extra=(more,)))
    stage.cluster.put({**more.body, "metadata": {"name": "resnet-more", "namespace": "serving"}})

    stage.apply(small_service())

    assert more.ref in stage.cluster.refs()


def test_a_field_of_another_manager_blocks_everything() -> None:
    stage = Stage()
    stage.cluster.put(small_service(config="theirs").manifests[1].body, manager="kubectl-client-side-apply")
    stage.cluster.writes.clear()

    with pytest.raises(ClusterRejectedError) as refusal:
        stage.apply(small_service(config="ours"))

    assert stage.cluster.writes == []
    assert refusal.value.exit_code == 5
    assert any(".data.models.config" in line and "kubectl-client-side-apply" in line for line in refusal.value.details)
    assert "--force-conflicts" in (refusal.value.hint or "")


def test_force_conflicts_takes_the_field_over() -> None:
    stage = Stage()
    stage.cluster.put(small_service(config="theirs").manifests[1].body, manager="kubectl-client-side-apply")

    stage.apply(small_service(config="ours"), force_conflicts=True)

    assert stage.config() == "ours"


def test_a_changed_selector_needs_recreate_and_nothing_is_deleted_without() -> None:
    stage = Stage()
    stage.apply(small_service())
    before = stage.cluster.get(small_service().deployment)
    other = _with_other_selector(small_service())

    with pytest.raises(ClusterRejectedError, match=r"spec\.selector.*--recreate"):
        stage.apply(other)
    kept = stage.cluster.get(small_service().deployment)
    stage.apply(other, recreate=True)
    after = stage.cluster.get(small_service().deployment)

    assert text_at(kept, "metadata", "uid") == text_at(before, "metadata", "uid")
    assert text_at(after, "metadata", "uid") != text_at(before, "metadata", "uid")


def _with_other_selector(deployable: Deployable) -> Deployable:
    def changed(manifest: Manifest) -> Manifest:
        if manifest.ref.kind != "Deployment":
            return manifest
        body = json.loads(json.dumps(manifest.body))
        body["spec"]["selector"]["matchLabels"]["tier"] = "x"
        return Manifest.of(body)

    return replace(deployable, manifests=tuple(changed(manifest) for manifest in deployable.manifests))


def test_a_missing_namespace_ends_before_any_write() -> None:
    stage = Stage(FakeCluster(namespaces=()))

    with pytest.raises(PreconditionError, match="namespace serving does not exist") as failure:
        stage.apply(small_service())

    assert failure.value.exit_code == 4
    assert stage.cluster.writes == []


def test_a_namespace_of_the_service_is_made_first() -> None:
    stage = Stage(FakeCluster(namespaces=()))

    applied = stage.apply(small_service(makes_namespace=True))

    assert applied.changed[0] == "create: Namespace/serving"
    assert len(applied.changed) == 6


def test_a_kind_that_the_cluster_does_not_serve_ends_before_any_write() -> None:
    wheel = Manifest.of(
        {"apiVersion": "example.test/v1", "kind": "Wheel", "metadata": {"name": "w", "namespace": "serving"}}
    )
    stage = Stage()

    with pytest.raises(PreconditionError, match=r"Wheel of example\.test/v1.*Wheel/w"):
        stage.apply(small_service(extra=(wheel,)))

    assert stage.cluster.writes == []


def test_a_kind_that_is_not_served_is_found_in_a_fresh_namespace_too() -> None:
    wheel = Manifest.of(
        {"apiVersion": "example.test/v1", "kind": "Wheel", "metadata": {"name": "w", "namespace": "serving"}}
    )
    stage = Stage(FakeCluster(namespaces=()))

    with pytest.raises(PreconditionError, match=r"Wheel of example\.test/v1"):
        stage.apply(small_service(makes_namespace=True, extra=(wheel,)))

    assert stage.cluster.writes == []


def test_an_unknown_field_is_the_users_mistake() -> None:
    stage = Stage()
    service = small_service()
    body = json.loads(json.dumps(service.manifests[-2].body))
    assert body["kind"] == "Deployment"
    body["spec"]["replica"] = 3
    wrong = replace(service, manifests=(*service.manifests[:-2], Manifest.of(body), service.manifests[-1]))

    with pytest.raises(InputError, match=r"\.spec\.replica"):
        stage.apply(wrong)

    assert stage.cluster.writes == []
