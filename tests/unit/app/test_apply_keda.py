"""Who counts the replicas when KEDA does, or did, or is to: one autoscaler at most, and no pod lost."""

from __future__ import annotations

import pytest

from tests.fakes.cluster import FakeCluster
from tests.fakes.keda import WITH_KEDA, FakeKeda, autoscaler_ref
from tests.fakes.service import NAME, small_service
from tests.unit.app.apply_stage import DeadError, Stage
from tfk8s.app.service import Deployable
from tfk8s.errors import ClusterRejectedError, PreconditionError, WaitTimeoutError
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.scalers import KEDA_API, SCALED_OBJECT, is_of_keda, made_by
from tfk8s.plan import owners_of
from tfk8s.ports import Note, Warn
from tfk8s.ports.cluster import ObjectQuery

FIXED = small_service(replicas=4)
BY_KUBERNETES = small_service(replicas=None)
BY_KEDA = small_service(replicas=None, by_keda=True)
SLEEPING = small_service(replicas=None, by_keda=True, least=0)
SCALED = ObjectRef(api_version=KEDA_API, kind=SCALED_OBJECT, namespace="serving", name=NAME)
DEPLOYMENT = FIXED.deployment


def keda_stage() -> tuple[Stage, FakeKeda]:
    stage = Stage(FakeCluster(served=WITH_KEDA))
    return stage, FakeKeda(stage.cluster)


def watch(stage: Stage) -> tuple[list[int], list[int]]:
    """Replicas and autoscalers before each write, and at the end when read then."""
    counts, scalers = [stage.replicas()], [count_scalers(stage)]

    def look(_: str) -> None:
        counts.append(stage.replicas())
        scalers.append(count_scalers(stage))

    stage.cluster.before_write = look
    return counts, scalers


def count_scalers(stage: Stage) -> int:
    """Autoscalers of the Deployment; a ScaledObject and what KEDA makes of it are one."""
    scaled = stage.cluster.list(ObjectQuery(api_version=KEDA_API, kind=SCALED_OBJECT, namespace="serving"))
    uids = {text_at(body, "metadata", "uid") for body in scaled}
    query = ObjectQuery(api_version="autoscaling/v2", kind="HorizontalPodAutoscaler", namespace="serving")
    others = [body for body in stage.cluster.list(query) if text_at(made_by(body), "uid") not in uids]
    return len(scaled) + len(others)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (FIXED, BY_KEDA),
        (BY_KUBERNETES, BY_KEDA),
        (BY_KEDA, BY_KUBERNETES),
        (BY_KEDA, FIXED),
        (BY_KEDA, SLEEPING),
    ],
)
def test_no_pod_is_lost_and_no_two_autoscalers_meet(before: Deployable, after: Deployable) -> None:
    stage, _ = keda_stage()
    stage.apply(FIXED)
    stage.apply(before)
    stage.cluster.scale(DEPLOYMENT, 4)
    counts, scalers = watch(stage)

    stage.apply(after)

    assert set(counts) == {4}
    assert stage.replicas() == 4
    assert max(scalers) <= 1
    assert count_scalers(stage) == (0 if after is FIXED else 1)


def test_an_autoscaler_after_keda_is_our_own_and_stays() -> None:
    stage, keda = keda_stage()
    stage.apply(BY_KEDA)
    keda.is_slow = True

    stage.apply(BY_KUBERNETES)
    keda.is_slow = False
    keda.reconcile()

    live = stage.cluster.get(autoscaler_ref(NAME))
    assert live is not None
    assert not is_of_keda(live)
    assert stage.cluster.get(SCALED) is None


@pytest.mark.parametrize(
    "moment", [f"delete {SCALED}", f"delete {autoscaler_ref(NAME)}", f"apply {autoscaler_ref(NAME)}"]
)
def test_a_run_that_dies_between_keda_and_kubernetes_is_finished_by_the_next(moment: str) -> None:
    stage, keda = keda_stage()
    stage.apply(BY_KEDA)
    stage.cluster.scale(DEPLOYMENT, 3)
    keda.is_slow = True

    def die(what: str) -> None:
        if what == moment:
            raise DeadError

    stage.cluster.before_write = die
    with pytest.raises(DeadError):
        stage.apply(BY_KUBERNETES)
    stage.cluster.before_write = lambda _: None
    stage.apply(BY_KUBERNETES)
    keda.is_slow = False
    keda.reconcile()

    live = stage.cluster.get(autoscaler_ref(NAME))
    assert live is not None
    assert not is_of_keda(live)
    assert (stage.replicas(), count_scalers(stage)) == (3, 1)


def test_what_keda_made_under_the_old_name_is_not_pruned_by_a_run_that_finishes_another() -> None:
    stage, _ = keda_stage()
    stage.apply(BY_KUBERNETES)

    def die(what: str) -> None:
        if what.startswith("apply ConfigMap/resnet-inventory") and stage.cluster.get(SCALED) is not None:
            raise DeadError

    stage.cluster.before_write = die
    with pytest.raises(DeadError):
        stage.apply(BY_KEDA)
    stage.cluster.before_write = lambda _: None
    stage.cluster.writes.clear()
    stage.apply(BY_KEDA)

    assert not [write for write in stage.cluster.writes if write.startswith("delete")]
    assert count_scalers(stage) == 1


def test_a_service_that_keda_let_sleep_is_woken_for_an_autoscaler_that_never_would() -> None:
    stage, _ = keda_stage()
    stage.apply(SLEEPING)
    stage.cluster.scale(DEPLOYMENT, 0, manager="keda")

    stage.apply(small_service(replicas=None, least=2))

    assert stage.replicas() == 2


def test_a_service_that_keda_let_sleep_gets_its_fixed_count() -> None:
    stage, _ = keda_stage()
    stage.apply(FIXED)
    stage.apply(SLEEPING)
    stage.cluster.scale(DEPLOYMENT, 0, manager="keda")

    stage.apply(FIXED)

    assert stage.replicas() == 4
    live = stage.cluster.get(DEPLOYMENT)
    assert live is not None
    assert [owner.manager for owner in owners_of(live, "spec", "replicas")] == ["tfk8s"]


def _theirs(kind: str) -> JsonObject:
    made = BY_KEDA if kind == SCALED_OBJECT else BY_KUBERNETES
    body = next(item.body for item in made.manifests if item.ref.kind == kind)
    spec = {key: value for key, value in body["spec"].items() if key != "advanced"}  # type: ignore[union-attr]
    return {**body, "metadata": {"name": "theirs", "namespace": "serving"}, "spec": spec}


@pytest.mark.parametrize("wanted", [BY_KUBERNETES, BY_KEDA])
@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("HorizontalPodAutoscaler", "kubectl -n serving delete hpa theirs"),
        (SCALED_OBJECT, "kubectl -n serving delete scaledobject theirs"),
    ],
)
def test_an_autoscaler_of_others_stops_ours_before_anything_is_changed(
    wanted: Deployable, kind: str, command: str
) -> None:
    stage, keda = keda_stage()
    stage.apply(FIXED)
    stage.cluster.put(_theirs(kind))
    keda.reconcile()
    stage.cluster.writes.clear()

    with pytest.raises(ClusterRejectedError) as refusal:
        stage.apply(wanted)

    ours = next(item.ref for item in wanted.manifests if item.ref.kind in (SCALED_OBJECT, "HorizontalPodAutoscaler"))
    assert refusal.value.message.startswith(f"{ours}: {kind}/theirs in serving counts the pods of {DEPLOYMENT}")
    assert command in (refusal.value.hint or "")
    assert stage.cluster.writes == []
    with pytest.raises(ClusterRejectedError):
        stage.apply(wanted, force_conflicts=True)


def test_an_autoscaler_of_others_beside_a_fixed_count_is_told_with_the_command() -> None:
    stage, _ = keda_stage()
    stage.cluster.put(_theirs("HorizontalPodAutoscaler"))

    stage.apply(FIXED)

    (told,) = [event for event in stage.told.events if isinstance(event, Warn) and "theirs" in event.message]
    assert "kubectl -n serving delete hpa theirs" in (told.hint or "")


def test_metrics_apis_are_looked_for_as_far_as_the_login_may() -> None:
    stage, _ = keda_stage()
    stage.cluster.forbidden = frozenset({"APIService"})

    stage.apply(BY_KUBERNETES)

    (told,) = [event for event in stage.told.events if isinstance(event, Warn) and "metrics.k8s.io" in event.message]
    assert "metrics-server" in (told.hint or "")


def test_a_metrics_api_that_does_not_answer_is_told_and_stops_nothing() -> None:
    stage, _ = keda_stage()
    condition: JsonObject = {"type": "Available", "status": "False", "reason": "FailedDiscoveryCheck", "message": "no"}
    where: JsonObject = {"namespace": "keda", "name": "keda-operator-metrics-apiserver"}
    body: JsonObject = {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService"}
    body |= {"metadata": {"name": "v1beta1.external.metrics.k8s.io"}, "status": {"conditions": [condition]}}
    stage.cluster.put({**body, "spec": {"group": "external.metrics.k8s.io", "service": where}})

    stage.apply(BY_KEDA)

    (told,) = [event for event in stage.told.events if isinstance(event, Warn) and "external" in event.message]
    assert "registered and does not answer (Service keda/keda-operator-metrics-apiserver): FailedDiscoveryCheck" in (
        told.message
    )


def test_a_kind_that_the_cluster_does_not_know_stops_everything_with_what_installs_it() -> None:
    stage = Stage()

    with pytest.raises(PreconditionError) as refusal:
        stage.apply(BY_KEDA)

    assert "does not serve ScaledObject of keda.sh/v1alpha1" in refusal.value.message
    assert "kubectl apply --server-side -f keda-VERSION.yaml" in (refusal.value.hint or "")
    assert stage.cluster.writes == []


def test_a_service_that_sleeps_is_not_waited_for_and_not_called_proven() -> None:
    stage, _ = keda_stage()
    stage.apply(SLEEPING)
    stage.cluster.scale(DEPLOYMENT, 0, manager="keda")

    applied = stage.apply(small_service(replicas=None, by_keda=True, least=0, config="two"))

    assert (applied.answers, applied.revision) == ((), 1)
    assert [event for event in stage.told.events if isinstance(event, Note) and "the service sleeps" in event.message]


def test_zero_pods_without_an_autoscaler_that_allows_them_are_no_sleep() -> None:
    stage, _ = keda_stage()
    stage.apply(BY_KEDA)
    stage.cluster.scale(DEPLOYMENT, 0, manager="kubectl")

    with pytest.raises(WaitTimeoutError):
        stage.apply(small_service(replicas=None, by_keda=True, config="two"), timeout_s=5.0)
