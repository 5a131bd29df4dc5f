"""Why an autoscaler has no numbers or does nothing: each cause with what ends it."""

from __future__ import annotations

import pytest

from tests.unit.autoscale.scalers import (
    ABSENT,
    ACTIVE,
    CPU_60,
    FREE,
    QUEUE,
    READY,
    ago,
    condition,
    cpu_status,
    deployment,
    live,
    pod,
    pods,
    queue_status,
    scaler,
    usage,
    usages,
)
from tfk8s.autoscale.explain import explain
from tfk8s.autoscale.explanation import Trouble
from tfk8s.autoscale.live import EXTERNAL_METRICS, RESOURCE_METRICS, LiveScaler, MetricsApi
from tfk8s.manifest import JsonObject

WORDS = "the HPA was unable to compute the replica count"
NO_CPU = condition("ScalingActive", "False", "FailedGetResourceMetric", WORDS)
NO_QUEUE = condition("ScalingActive", "False", "FailedGetExternalMetric", WORDS)
CONTAINER: JsonObject = {
    "type": "ContainerResource",
    "containerResource": {
        "name": "cpu",
        "container": "srv",
        "target": {"type": "Utilization", "averageUtilization": 60},
    },
}


def only(seen: LiveScaler) -> Trouble:
    (trouble,) = explain(seen).troubles
    return trouble


def blind(*metrics: JsonObject, reason: JsonObject = NO_CPU) -> JsonObject:
    return scaler(*metrics, conditions=(READY, reason))


def scaled_object(*conditions: JsonObject, **parts: object) -> JsonObject:
    body: JsonObject = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "resnet", "namespace": "serving"},
        "spec": {"scaleTargetRef": {"name": "resnet"}, "minReplicaCount": 0, "fallback": {"replicas": 4}},
        "status": {"conditions": [*conditions]},
    }
    body.update(parts)  # type: ignore[arg-type]  # parts of a test's own
    return body


def test_a_healthy_autoscaler_has_no_trouble() -> None:
    assert explain(live()).troubles == ()


def test_without_a_metrics_api_it_is_said_to_be_missing() -> None:
    """K33.1: `autoscale why` says that the API is missing, and how to get one."""
    found = only(live(blind(), apis={RESOURCE_METRICS: ABSENT}, pod_metrics=None))

    assert found.code == "no-metrics-api"
    assert found.cause == "the cluster has no metrics API for cpu: nothing serves metrics.k8s.io"
    assert "metrics-server" in found.fix
    assert found.evidence == (f"ScalingActive is False (FailedGetResourceMetric): {WORDS}",)


def test_an_api_whose_server_is_away_is_told_with_the_words_of_its_condition() -> None:
    api = MetricsApi(is_registered=True, is_available=False, message="Available is False (MissingEndpoints): none")
    found = only(live(blind(), apis={RESOURCE_METRICS: api}, pod_metrics=None))

    assert found.code == "metrics-api-unavailable"
    assert found.evidence[0] == api.message


def test_a_container_without_a_request_is_named() -> None:
    """K33.2: the condition of a metric that failed is quoted, with the cause and what ends it."""
    found = only(live(blind(), pods=(pod("resnet-0", sidecar=True),), pod_metrics=(usage("resnet-0", "1"),)))

    assert (found.code, found.place) == ("no-request", "Deployment/resnet")
    assert found.cause.startswith("container proxy without a request of cpu")
    assert "containerCpu" in found.fix
    assert WORDS in found.evidence[0]


def test_a_container_that_no_pod_has_is_named_beside_those_that_there_are() -> None:
    reason = condition("ScalingActive", "False", "FailedGetContainerResourceMetric", WORDS)
    found = only(live(blind(CONTAINER, reason=reason)))

    assert (found.code, found.cause) == ("no-container", "no pod has a container srv; there are server")


def test_a_selector_that_finds_no_pod_is_quoted() -> None:
    found = only(live(blind(), pods=(), pod_metrics=()))

    assert found.code == "no-pods"
    assert "(app=resnet)" in found.cause


@pytest.mark.parametrize(("age_s", "code"), [(20, "pods-young"), (600, "no-samples")])
def test_pods_without_numbers_are_young_or_metrics_server_does_not_see_them(age_s: float, code: str) -> None:
    assert only(live(blind(), pods=(pod("resnet-0", age_s=age_s),), pod_metrics=())).code == code


def test_pods_that_run_nowhere_are_told_with_what_the_scheduler_says() -> None:
    waiting = pod("resnet-0", ready=False, phase="Pending")
    waiting["status"] = {
        "phase": "Pending",
        "conditions": [condition("PodScheduled", "False", "Unschedulable", "0/3 nodes are available")],
    }
    found = only(live(blind(), pods=(waiting,), pod_metrics=()))

    assert found.code == "pods-not-running"
    assert found.evidence[0] == "Pod/resnet-0: 0/3 nodes are available"


def test_pods_that_are_not_ready_do_not_count_and_are_listed_with_their_state() -> None:
    crashing = tuple(pod(f"resnet-{index}", ready=False, age_s=60, waiting="CrashLoopBackOff") for index in range(5))
    found = only(live(blind(), pods=crashing, pod_metrics=usages(5, "1")))

    assert found.code == "pods-unready"
    assert found.evidence[:4] == (*(f"Pod/resnet-{index}: CrashLoopBackOff" for index in range(3)), "and 2 more")


def test_one_metric_without_a_value_beside_one_with_it_is_told_too() -> None:
    found = explain(live(scaler(CPU_60, QUEUE, current=(cpu_status(60, "600m"), {"type": ""}))))

    (trouble,) = found.troubles
    assert trouble.code == "no-series"
    assert "/apis/external.metrics.k8s.io/v1beta1/namespaces/serving/queue" in trouble.fix
    assert [metric.current for metric in found.metrics] == ["60 % (600m per pod)", "unknown"]


def test_an_external_metric_that_nobody_serves_names_what_would() -> None:
    found = only(live(blind(QUEUE, reason=NO_QUEUE), apis={EXTERNAL_METRICS: ABSENT}))

    assert found.code == "no-metrics-api"
    assert "KEDA, prometheus-adapter" in found.fix


def test_a_target_that_does_not_exist_is_named_and_nothing_else_is_blamed() -> None:
    able = condition("AbleToScale", "False", "FailedGetScale", 'deployments.apps "resnet" not found')
    found = only(live(scaler(conditions=(able,)), target=None, pods=(), pod_metrics=None))

    assert found.code == "no-target"
    assert found.cause == "it scales Deployment/resnet, which does not exist in namespace serving"
    assert "not found" in found.evidence[0]


def test_a_count_that_cannot_be_written_quotes_the_refusal() -> None:
    able = condition("AbleToScale", "False", "FailedUpdateScale", "admission webhook denied the request")

    assert only(live(scaler(conditions=(able, ACTIVE), current=(cpu_status(60, "1"),)))).code == "no-scale"


def test_two_autoscalers_on_one_deployment_are_both_named() -> None:
    shared = condition("ScalingActive", "False", "AmbiguousSelector", "pods are controlled by multiple HPAs")
    seen = live(scaler(conditions=(READY, shared)), siblings=(scaler(name="by-hand"),))
    found = only(seen)

    assert found.code == "two-autoscalers"
    assert found.cause == ("HorizontalPodAutoscaler/resnet and HorizontalPodAutoscaler/by-hand both set its replicas")
    assert found.fix == "keep one of them: kubectl -n serving delete hpa by-hand"
    assert explain(seen).outlook.words == "the metrics are not asked (AmbiguousSelector)"


def test_a_selector_that_finds_the_pods_of_another_deployment_is_told() -> None:
    shared = condition("ScalingActive", "False", "AmbiguousSelector", "pods are controlled by multiple HPAs")

    assert only(live(scaler(conditions=(READY, shared)))).code == "shared-pods"


def test_a_scale_without_a_selector_is_told() -> None:
    bad = condition("ScalingActive", "False", "InvalidSelector", "the HPA target's scale is missing a selector")

    assert only(live(scaler(conditions=(READY, bad)))).code == "no-selector"


def test_replicas_that_somebody_set_to_zero_switch_it_off() -> None:
    off = condition("ScalingActive", "False", "ScalingDisabled", "the replica count of the target is zero")
    found = only(live(scaler(conditions=(READY, off), replicas=0), count=0))

    assert found.code == "scaled-to-zero"
    assert found.fix.startswith("kubectl -n serving scale Deployment/resnet --replicas=1")


def test_kedas_sleep_is_no_trouble_and_says_what_wakes_it() -> None:
    off = condition("ScalingActive", "False", "ScalingDisabled", "the replica count of the target is zero")
    asleep = scaled_object(condition("Ready", "True", "ScaledObjectReady"), condition("Active", "False", "NotActive"))
    found = explain(live(scaler(QUEUE, conditions=(READY, off), replicas=0), count=0, scaled_object=asleep))

    assert found.troubles == ()
    assert [hold.code for hold in found.holds] == ["Asleep"]
    assert "until a trigger is active" in found.outlook.words


def test_a_paused_scaled_object_is_told_with_the_command_that_ends_it() -> None:
    paused = scaled_object(
        metadata={
            "name": "resnet",
            "namespace": "serving",
            "annotations": {"autoscaling.keda.sh/paused-replicas": "2"},
        }
    )
    found = only(live(scaler(QUEUE, current=(queue_status("30"),)), scaled_object=paused))

    assert (found.code, found.cause) == ("keda-paused", "it is paused at 2 replicas: nothing scales the service")
    assert found.fix.startswith("kubectl -n serving annotate scaledobject resnet autoscaling.keda.sh/paused-")


def test_a_failing_trigger_and_its_fallback_are_told() -> None:
    failing = scaled_object(
        condition("Ready", "False", "ScaledObjectCheckFailed", "connection refused"),
        condition("Fallback", "True", "FallbackExists", "at least one trigger is falling back"),
    )
    failing["status"] = {
        "conditions": [
            condition("Ready", "False", "ScaledObjectCheckFailed", "connection refused"),
            condition("Fallback", "True", "FallbackExists", "at least one trigger is falling back"),
        ],
        "health": {"s0-prometheus": {"numberOfFailures": 4, "status": "Failing"}},
    }
    found = explain(live(scaler(QUEUE, current=(queue_status("30"),)), scaled_object=failing)).troubles

    assert [each.code for each in found] == ["keda-trigger", "keda-fallback"]
    assert found[0].cause == "a trigger of it fails: s0-prometheus (4 failures)"
    assert "connection refused" in found[0].evidence[0]
    assert "4 replicas" in found[1].cause


def test_a_count_outside_the_bounds_is_no_missing_metric() -> None:
    rescaled = condition("AbleToScale", "True", "SucceededRescale")
    body = scaler(conditions=(rescaled, ACTIVE, FREE), replicas=14)

    assert explain(live(body, count=14)).troubles == ()


def test_a_pod_that_is_leaving_counts_for_nothing() -> None:
    leaving = pod("resnet-0")
    leaving["metadata"] = {"name": "resnet-0", "namespace": "serving", "deletionTimestamp": ago(3)}

    assert only(live(blind(), pods=(leaving,), pod_metrics=(usage("resnet-0", "1"),))).code == "pods-unready"


def test_the_pods_of_the_target_alone_are_looked_at() -> None:
    assert explain(live(target=deployment(3), pods=pods(3))).ready == 3


def test_the_health_of_a_trigger_without_a_fallback_is_an_old_one() -> None:
    sound = scaled_object(condition("Ready", "True", "ScaledObjectReady"))
    sound["spec"] = {"scaleTargetRef": {"name": "resnet"}}
    sound["status"] = {"health": {"s0-prometheus": {"numberOfFailures": 4, "status": "Failing"}}}

    assert explain(live(scaler(QUEUE, current=(queue_status("30"),)), scaled_object=sound)).troubles == ()


def test_a_metric_of_keda_without_a_value_is_the_triggers_trouble_alone() -> None:
    refused: JsonObject = {
        "reason": "KEDAScalerFailed",
        "message": "dial tcp: connection refused",
        "involvedObject": {"kind": "ScaledObject", "name": "resnet"},
        "metadata": {"creationTimestamp": ago(5)},
    }
    broken = scaled_object(condition("Ready", "False", "TriggerError", "not working"))
    found = only(live(blind(QUEUE, reason=NO_QUEUE), scaled_object=broken, events=(refused,)))

    assert (found.code, found.place) == ("keda-trigger", "ScaledObject/resnet")
    assert found.evidence[0] == "event KEDAScalerFailed: dial tcp: connection refused"


def test_selectors_as_go_prints_them_are_left_out_of_words() -> None:
    selector = "&LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]LabelSelectorRequirement{},}"
    reason = condition(
        "ScalingActive", "False", "FailedGetExternalMetric", f"unable to get serving/queue/{selector}: no"
    )

    assert only(live(blind(QUEUE, reason=reason))).evidence == (
        "ScalingActive is False (FailedGetExternalMetric): unable to get serving/queue: no",
    )


def test_the_labels_that_a_metric_is_asked_with_are_named_and_put_into_the_command() -> None:
    metric: JsonObject = {
        "type": "External",
        "external": {
            "metric": {"name": "queue", "selector": {"matchLabels": {"service": "resnet", "namespace": "serving"}}},
            "target": {"type": "AverageValue", "averageValue": "30"},
        },
    }
    found = only(live(blind(metric, reason=NO_QUEUE)))

    assert "no value of queue with namespace=serving, service=resnet" in found.cause
    assert "/namespaces/serving/queue?labelSelector=namespace%3Dserving%2Cservice%3Dresnet'" in found.fix
