"""Which objects are read to explain an autoscaler, and what is said where the login may not."""

from __future__ import annotations

import json

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.cluster import SERVED as KINDS
from tests.fakes.cluster import FakeCluster
from tests.unit.autoscale.scalers import LABELS, QUEUE, READY, condition, deployment, pod, scaler, usage
from tfk8s.app.autoscale_live import find_scaler, look_at_scaler
from tfk8s.app.autoscale_why import why, why_json, why_lines
from tfk8s.app.service import ServiceName
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.snapshot import name_of
from tfk8s.ports.cluster import ForbiddenError

NAME = ServiceName(name="resnet", namespace="serving")
KEDA = ("keda.sh/v1alpha1", "ScaledObject")
METRICS = ("metrics.k8s.io/v1beta1", "PodMetrics")
API = ("apiregistration.k8s.io/v1", "APIService")
BLIND = condition("ScalingActive", "False", "FailedGetResourceMetric", "no metrics")


def cluster(*objects: JsonObject, kinds: frozenset[tuple[str, str]] = KINDS | {KEDA, METRICS, API}) -> FakeCluster:
    made = FakeCluster(served=kinds)
    for each in objects:
        made.put(each)
    return made


def api_service(status: str, reason: str = "Passed") -> JsonObject:
    return {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": "v1beta1.metrics.k8s.io"},
        "status": {"conditions": [condition("Available", status, reason, "all checks passed")]},
    }


def metrics(name: str, cpu: str, **labels: str) -> JsonObject:
    body = usage(name, cpu)
    wanted: JsonObject = {**(labels or LABELS)}
    return {
        **body,
        "apiVersion": METRICS[0],
        "kind": METRICS[1],
        "metadata": {"name": name, "namespace": "serving", "labels": wanted},
    }


def scaled_object(name: str, target: str = "resnet", **metadata: JsonObject) -> JsonObject:
    return {
        "apiVersion": KEDA[0],
        "kind": KEDA[1],
        "metadata": {"name": name, "namespace": "serving", **metadata},
        "spec": {"scaleTargetRef": {"name": target}},
        "status": {"hpaName": "keda-hpa-resnet"} if name == "resnet" else {},
    }


def test_pods_and_metrics_of_others_are_left_out() -> None:
    other = pod("other-0")
    other["metadata"] = {"name": "other-0", "namespace": "serving", "labels": {"app": "other"}}
    made = cluster(
        scaler(), deployment(), pod("resnet-0"), other, api_service("True"),
        metrics("resnet-0", "600m"), metrics("other-0", "9", app="other"),
    )  # fmt: skip

    seen = look_at_scaler(NAME, cluster=made, clock=FakeClock())

    assert [name_of(each) for each in seen.pods] == ["resnet-0"]
    assert seen.pod_metrics is not None
    assert [name_of(each) for each in seen.pod_metrics] == ["resnet-0"]
    assert (seen.release, seen.notes) == ((1, 34), ())


def test_an_autoscaler_of_another_name_is_found_by_what_it_scales() -> None:
    made = cluster(scaler(name="keda-hpa-resnet"), deployment(), scaled_object("resnet"))
    found = find_scaler(NAME, cluster=made)

    assert name_of(found.scaler) == "keda-hpa-resnet"
    assert found.scaled_object is not None
    assert (found.siblings, found.rivals) == ((), ())


def test_rivals_of_either_kind_are_found() -> None:
    made = cluster(scaler(), scaler(name="by-hand"), deployment(), scaled_object("second"))
    found = find_scaler(NAME, cluster=made)

    assert [name_of(each) for each in (*found.siblings, *found.rivals)] == ["by-hand", "second"]


def test_nothing_that_scales_the_service_is_an_error_with_the_way_on() -> None:
    with pytest.raises(PreconditionError, match="nothing scales Deployment/resnet in namespace serving") as caught:
        why(NAME, cluster=cluster(deployment()), clock=FakeClock())

    assert caught.value.hint is not None
    assert "scaling.min" in caught.value.hint


def test_a_paused_scaled_object_without_an_autoscaler_says_so() -> None:
    paused = scaled_object("resnet", annotations={"autoscaling.keda.sh/paused": "true"})

    with pytest.raises(PreconditionError, match="KEDA has made no HorizontalPodAutoscaler") as caught:
        why(NAME, cluster=cluster(deployment(), paused), clock=FakeClock())

    assert "it is paused" in caught.value.details[0]


@pytest.mark.parametrize(
    ("service", "code"),
    [((), "no-metrics-api"), ((api_service("False", "MissingEndpoints"),), "metrics-api-unavailable")],
)
def test_an_api_that_is_absent_and_one_that_does_not_answer_are_two_causes(
    service: tuple[JsonObject, ...], code: str
) -> None:
    made = cluster(scaler(conditions=(READY, BLIND)), deployment(), pod("resnet-0"), *service)

    assert [each.code for each in why(NAME, cluster=made, clock=FakeClock()).explanation.troubles] == [code]


def test_a_login_that_may_not_read_api_services_asks_the_api_itself() -> None:
    made = cluster(scaler(conditions=(READY, BLIND)), deployment(), pod("resnet-0"), kinds=KINDS)
    made.forbidden = frozenset({"APIService"})

    assert why(NAME, cluster=made, clock=FakeClock()).explanation.troubles[0].code == "no-metrics-api"


def test_what_may_not_be_read_is_a_note_and_not_an_absence() -> None:
    made = cluster(scaler(QUEUE), deployment(), pod("resnet-0"))
    made.forbidden = frozenset({"APIService", "Event", "ScaledObject"})

    found = why(NAME, cluster=made, clock=FakeClock())

    assert "the login may not list events: earlier decisions are not told" in found.explanation.notes
    assert any("whether external.metrics.k8s.io is served is not known" in note for note in found.explanation.notes)


@pytest.mark.parametrize("kind", ["HorizontalPodAutoscaler", "Deployment", "Pod"])
def test_what_it_cannot_do_without_fails_with_the_missing_right(kind: str) -> None:
    made = cluster(scaler(), deployment(), pod("resnet-0"), api_service("True"))
    made.forbidden = frozenset({kind})

    with pytest.raises(ForbiddenError):
        why(NAME, cluster=made, clock=FakeClock())


def test_pods_that_do_not_count_are_explained_by_what_is_wrong_with_them() -> None:
    broken = pod("resnet-0", ready=False, waiting="ImagePullBackOff")
    made = cluster(
        scaler(conditions=(READY, BLIND)), deployment(), broken, api_service("True"), metrics("resnet-0", "1")
    )
    made.pod_logs = {}
    found = why(NAME, cluster=made, clock=FakeClock())

    assert [each.code for each in found.explanation.troubles] == ["pods-unready"]


def test_the_lines_tell_troubles_first_and_json_has_the_same() -> None:
    made = cluster(scaler(conditions=(READY, BLIND)), deployment(), pod("resnet-0"))
    found = why(NAME, cluster=made, clock=FakeClock())

    lines = list(why_lines(found))
    assert lines[0] == "resnet in serving: Deployment/resnet, 3 pods, 1 ready, 3 wanted, 1 to 10 allowed"
    assert lines[2].startswith("APIService/metrics.k8s.io: the cluster has no metrics API for cpu")
    document = json.loads(json.dumps(why_json(found)))
    assert document["troubles"][0]["code"] == "no-metrics-api"
    assert document["next"]["replicas"] == 3
    assert document["time"] == "2026-01-01T00:00:00Z"


def test_words_of_the_cluster_cannot_break_a_line() -> None:
    said = condition("ScalingActive", "False", "FailedGetResourceMetric", "two\nlines\x1b[31m")
    made = cluster(scaler(conditions=(READY, said)), deployment(), pod("resnet-0"))

    lines = list(why_lines(why(NAME, cluster=made, clock=FakeClock())))

    assert not any("\n" in line or "\x1b" in line for line in lines)


def test_a_value_that_is_only_missing_in_the_last_status_comes_with_the_next_sync() -> None:
    made = cluster(
        scaler(conditions=(READY, BLIND)), deployment(1), pod("resnet-0"), api_service("True"), metrics("resnet-0", "1")
    )
    found = why(NAME, cluster=made, clock=FakeClock()).explanation

    assert [each.code for each in found.troubles] == ["no-value"]
    assert (found.wanted, found.outlook.replicas) == (2, 2)
