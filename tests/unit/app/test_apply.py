from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.cluster import FakeCluster
from tests.fakes.model_server import FakeModelServer, refused
from tests.fakes.service import NAME, config_map, small_service
from tests.fakes.workloads import NEVER_READY, NO_MODEL, PULL_FAILS, FakeWorkloads
from tfk8s.app.apply import Applied, ApplyOptions, apply_service
from tfk8s.app.carry_out import World
from tfk8s.app.planning import read_inventory
from tfk8s.app.reach import ClusterReach
from tfk8s.app.service import Deployable
from tfk8s.app.wait import ServerAccess
from tfk8s.errors import ClusterRejectedError, InputError, PreconditionError, RolloutFailedError, WaitTimeoutError
from tfk8s.manifest import JsonObject, Manifest
from tfk8s.manifest.fields import integer_at, object_at, text_at
from tfk8s.model import DType, Signature, TensorSpec
from tfk8s.plan import HAND_OVER_MANAGER, owners_of
from tfk8s.ports import Event, Note, ServerCode, ServingState, VersionState
from tfk8s.ports.cluster import ClusterUnreachableError

BAD = "example.test/bad:1"
X = TensorSpec(key="x", name="x:0", dtype=DType.DT_FLOAT, shape=(None,))
SIGNATURE = Signature(name="serving_default", method_name="tensorflow/serving/predict", inputs=(X,), outputs=(X,))


class Nowhere:
    def can_connect(self, host: str, port: int) -> bool:
        del host, port
        return False


class Events:
    def __init__(self) -> None:
        self.seen: list[Event] = []

    def emit(self, event: Event) -> None:
        self.seen.append(event)


class Stage:
    """A fake cluster with controllers, a model server, and a clock."""

    def __init__(self, cluster: FakeCluster | None = None) -> None:
        self.cluster = cluster or FakeCluster()
        self.clock = FakeClock()
        self.workloads = FakeWorkloads(self.cluster, self.clock)
        self.events = Events()
        self.server = FakeModelServer(
            model=NAME, states=(VersionState(number=1, state=ServingState.AVAILABLE),), signatures=(SIGNATURE,)
        )

    def apply(self, deployable: Deployable, **options: Any) -> Applied:
        return apply_service(
            deployable,
            world=World(cluster=self.cluster, clock=self.clock, reporter=self.events),
            access=ServerAccess(reach=ClusterReach(self.cluster, dialer=Nowhere()), servers=self.server),
            options=replace(ApplyOptions(), **options),
        )

    def replicas(self) -> int:
        live = self.cluster.get(small_service().deployment)
        assert live is not None
        return integer_at(live, "spec", "replicas")

    def image(self) -> str:
        live = self.cluster.get(small_service().deployment)
        return json.dumps(live)

    def config(self) -> str:
        live = self.cluster.get(config_map(f"{NAME}-config").ref)
        assert live is not None
        return text_at(live, "data", "models.config")


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
            for event in stage.events.seen
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


def test_an_image_that_cannot_be_pulled_fails_early_and_the_last_revision_comes_back() -> None:
    stage = Stage()
    stage.apply(small_service())
    stage.workloads.fates[BAD] = PULL_FAILS
    started_s = stage.clock.monotonic_s()

    with pytest.raises(RolloutFailedError) as failure:
        stage.apply(small_service(image=BAD, config="two"))

    assert failure.value.exit_code == 6
    assert "ImagePullBackOff" in failure.value.message
    assert "rolled back to revision 1, which answers predictions" in failure.value.message
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
    stage.events.seen.clear()

    def first_write(verb: str) -> None:
        if "ConfigMap/resnet-config" in verb:
            told = [event.message for event in stage.events.seen if isinstance(event, Note)]
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

    with pytest.raises(RolloutFailedError, match="no earlier revision"):
        stage.apply(small_service(image=BAD))

    assert BAD in stage.image()


def test_a_rollback_that_fails_too_is_said() -> None:
    stage = Stage()
    stage.apply(small_service())
    stage.workloads.fates |= {BAD: PULL_FAILS, "example.test/server:1": NEVER_READY}

    with pytest.raises(RolloutFailedError, match="the way back to revision 1 failed too"):
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


class DeadError(Exception):
    """The process died here."""


@dataclass(frozen=True)
class Story:
    name: str
    before: tuple[Deployable, ...]
    wanted: Deployable


STORIES = (
    Story("first", (), small_service()),
    Story("namespace", (), small_service(namespace="fresh", makes_namespace=True)),
    Story("update and prune", (small_service(extra=(config_map("resnet-more", a="1"),)),), small_service(config="two")),
    Story("autoscaling on", (small_service(replicas=4),), small_service(replicas=None)),
    Story("autoscaling off", (small_service(replicas=4), small_service(replicas=None)), small_service(replicas=2)),
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_run_that_dies_before_any_of_its_writes_is_finished_by_the_next(story: Story) -> None:
    total = _run(story, dies_at=None)
    assert total >= 3

    for dies_at in range(1, total + 1):
        _run(story, dies_at=dies_at)


def _run(story: Story, *, dies_at: int | None) -> int:
    stage = Stage()
    for before in story.before:
        stage.apply(before)
    if len(story.before) > 1:
        stage.cluster.scale(small_service().deployment, 5)
    writes = 0

    def maybe_die(verb: str) -> None:
        nonlocal writes
        if "Pod/" in verb or "ReplicaSet/" in verb:
            return
        writes += 1
        if writes == dies_at:
            raise DeadError

    stage.cluster.before_write = maybe_die
    _until_dead(lambda: stage.apply(story.wanted), dies=dies_at is not None)
    seen = writes
    stage.cluster.before_write = lambda _: None
    stage.apply(story.wanted)

    wanted = {manifest.ref for manifest in story.wanted.manifests}
    inventory = read_inventory(story.wanted.name, cluster=stage.cluster)
    assert inventory.objects == wanted
    ours = {ref for ref in stage.cluster.refs() if ref.kind not in ("Pod", "ReplicaSet", "EndpointSlice")}
    assert {ref for ref in ours if not ref.name.endswith("-inventory")} == {
        ref for ref in wanted if ref.kind != "Namespace"
    }
    live = stage.cluster.get(story.wanted.deployment)
    spec = object_at(story.wanted.manifests[-2].body, "spec")
    expected = integer_at(spec, "replicas", default=4) if story.before else 2
    assert integer_at(live, "spec", "replicas") == expected
    return seen


def _until_dead(work: Callable[[], object], *, dies: bool) -> None:
    if dies:
        with pytest.raises(DeadError):
            work()
    else:
        work()
