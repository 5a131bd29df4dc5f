"""Autoscalers that people wrote, of Kubernetes and of KEDA: what becomes of each in the spec, and what is told."""

from __future__ import annotations

import pytest

from tests.unit.adoption.imports import imported, server, told
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import object_at

HPA = """---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: resnet}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: resnet}
  minReplicas: 1
  maxReplicas: 5
"""
SCALED_OBJECT = """---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: resnet}
spec:
  scaleTargetRef: {name: resnet}
"""
TRIGGER = """  triggers:
  - type: prometheus
    metadata: {serverAddress: "http://prom:9090", query: sum(queue), threshold: "10"}
"""


def scaling(text: str) -> JsonObject:
    return object_at(imported(server() + text).document, "scaling")


def lines(text: str, about: str) -> list[str]:
    return [line.split(": ", 2)[2] for line in told(imported(server() + text)) if about in line]


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (
            "{type: ContainerResource, containerResource: {name: cpu, container: server, "
            "target: {type: Utilization, averageUtilization: 70}}}",
            {"containerCpu": 70},
        ),
        (
            "{type: ContainerResource, containerResource: {name: memory, container: istio-proxy, "
            "target: {type: Utilization, averageUtilization: 70}}}",
            {"containerMemory": 70, "container": "istio-proxy"},
        ),
        (
            "{type: External, external: {metric: {name: queue, selector: {matchLabels: {q: a}}}, "
            "target: {type: AverageValue, averageValue: 30}}}",
            {"external": {"name": "queue", "selector": {"q": "a"}, "averageValue": "30"}},
        ),
        (
            "{type: External, external: {metric: {name: queue}, target: {type: Value, value: 500m}}}",
            {"external": {"name": "queue", "value": "500m"}},
        ),
    ],
)
def test_a_metric_that_a_spec_has_is_carried_over_and_nothing_of_it_is_lost(metric: str, expected: JsonObject) -> None:
    text = f"{HPA}  metrics: [{metric}]\n"

    assert scaling(text)["metrics"] == [expected]
    assert [line for line in lines(text, "spec.metrics") if "lost" in line] == []


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        (
            "{type: Pods, pods: {metric: {name: rps}, target: {type: AverageValue, averageValue: 1k}}}",
            "a metric of each pod has no place in a spec: requestsPerSecond, inFlight or external may stand for it",
        ),
        (
            "{type: Object, object: {metric: {name: rps}, describedObject: {kind: Ingress, name: a}, "
            "target: {type: Value, value: 10k}}}",
            "a metric of another object has no place in a spec: external may stand for it",
        ),
        (
            "{type: External, external: {metric: {name: queue, selector: {matchExpressions: [{key: a, operator: "
            "Exists}]}}, target: {type: Value, value: 30}}}",
            "a spec takes labels and no expressions: this metric is left out",
        ),
        (
            "{type: Resource, resource: {name: cpu, target: {type: AverageValue, averageValue: 500m}}}",
            "tfk8s follows CPU and memory in percent of the request: this target is left out",
        ),
    ],
)
def test_a_metric_that_no_spec_has_is_told_by_its_name(metric: str, words: str) -> None:
    text = f"{HPA}  metrics: [{metric}]\n"

    assert f"spec.metrics[0]: lost: {words}" in lines(text, "spec.metrics[0]")
    assert scaling(text)["metrics"] == [{"cpu": 60}]


def test_a_container_that_is_not_carried_over_is_followed_no_more() -> None:
    beside = server(more="      - {name: log, image: example.test/log:1}\n")
    metric = (
        "{type: ContainerResource, containerResource: {name: cpu, container: log, target: {averageUtilization: 9}}}"
    )

    found = imported(f"{beside}{HPA}  metrics: [{metric}]\n")

    assert [line for line in told(found) if "the container log is not carried over" in line]


def test_paces_are_carried_over_and_those_that_a_spec_means_anyway_are_left_out() -> None:
    behavior = (
        "  behavior:\n"
        "    scaleUp: {stabilizationWindowSeconds: 30, selectPolicy: Min, tolerance: 50m, policies: "
        "[{type: Pods, value: 4, periodSeconds: 15}, {type: Percent, value: 100, periodSeconds: 15}]}\n"
        "    scaleDown: {stabilizationWindowSeconds: 300, selectPolicy: Max, policies: "
        "[{type: Pods, value: 1, periodSeconds: 30}, {type: Percent, value: 50, periodSeconds: 30}]}\n"
    )

    assert scaling(HPA + behavior)["behavior"] == {
        "scaleUpWindowSeconds": 30,
        "scaleUp": {
            "policies": [{"pods": 4, "seconds": 15}, {"percent": 100, "seconds": 15}],
            "select": "min",
            "tolerancePercent": 5,
        },
    }


def test_a_direction_that_is_switched_off_stays_so() -> None:
    assert scaling(f"{HPA}  behavior: {{scaleDown: {{selectPolicy: Disabled}}}}\n")["behavior"] == {
        "scaleDown": {"select": "disabled"}
    }


def test_a_scaled_object_becomes_the_same_question_to_the_same_prometheus() -> None:
    found = scaling(f"{SCALED_OBJECT}  minReplicaCount: 2\n  maxReplicaCount: 9\n{TRIGGER}")

    assert found == {
        "min": 2,
        "max": 9,
        "metrics": [{"external": {"name": "prometheus-1", "query": "sum(queue)", "averageValue": "10"}}],
        "source": {"kind": "keda", "server": "http://prom:9090"},
    }


def test_schedules_and_use_come_with_it_and_other_scalers_are_told() -> None:
    triggers = (
        f"{TRIGGER}"
        "  - {type: cron, metadata: {timezone: Europe/Berlin, start: 0 8 * * *, end: 0 18 * * *, "
        'desiredReplicas: "4"}}\n'
        '  - {type: cpu, metricType: Utilization, metadata: {value: "70"}}\n'
        "  - {type: kafka, metadata: {topic: images}}\n"
    )
    text = f"{SCALED_OBJECT}  minReplicaCount: 1\n{triggers}"

    found = scaling(text)

    assert found["schedules"] == [{"start": "0 8 * * *", "end": "0 18 * * *", "timezone": "Europe/Berlin", "min": 4}]
    assert {"cpu": 70} in found["metrics"]  # type: ignore[operator]
    assert lines(text, "triggers[3]") == [
        "spec.triggers[3]: lost: KEDA's scaler kafka has no place in a spec: external may stand for it"
    ]


def test_zero_pods_stay_where_something_that_is_kept_wakes_them() -> None:
    asleep = scaling(f"{SCALED_OBJECT}  minReplicaCount: 0\n{TRIGGER}")
    trigger = '{type: cpu, metadata: {type: Utilization, value: "70"}}'
    cpu = f"{SCALED_OBJECT}  minReplicaCount: 0\n  triggers: [{trigger}]\n"

    assert asleep["min"] == 0
    assert scaling(cpu)["min"] == 1
    assert "nothing that is kept would start the first pod" in lines(cpu, "minReplicaCount")[0]


def test_two_prometheuses_are_one_too_many() -> None:
    other = TRIGGER.splitlines()[1:]
    text = f"{SCALED_OBJECT}  minReplicaCount: 1\n{TRIGGER}" + "\n".join(other).replace("prom:", "other:") + "\n"

    assert "asks http://other:9090, and a spec asks one Prometheus" in lines(text, "triggers[1]")[0]


def test_a_scaled_object_under_another_name_must_go_before_ours_comes() -> None:
    text = SCALED_OBJECT.replace("metadata: {name: resnet}", "metadata: {name: theirs}") + TRIGGER

    (line,) = lines(text, "ScaledObject/theirs: metadata.name")

    assert "unsafe: tfk8s calls it resnet: delete this one before you apply" in line
    assert "kubectl delete scaledobject theirs" in line


def test_a_scaled_object_of_ours_that_somebody_changed_is_read_as_it_is_now() -> None:
    owned = "labels: {app.kubernetes.io/managed-by: tfk8s, app.kubernetes.io/instance: resnet}"
    asked = 'metadata: {serverAddress: "http://prom:9090", query: up'
    ours = SCALED_OBJECT.replace("{name: resnet}\nspec", f"{{name: resnet, {owned}}}\nspec") + (
        "  minReplicaCount: 0\n  triggers:\n"
        f'  - {{type: prometheus, name: wake, {asked}, threshold: "9", activationThreshold: "0.5"}}}}\n'
        f'  - {{type: prometheus, name: latency-milliseconds, {asked}, threshold: "2k"}}}}\n'
    )

    found = scaling(ours)

    assert (found["wake"], found["metrics"]) == ({"query": "up"}, [{"latencyMilliseconds": 2000}])
    assert "starts above 0, not above 0.5" in lines(ours, "activationThreshold")[0]


def test_what_keda_makes_of_a_scaled_object_is_read_as_part_of_it() -> None:
    owner = "  ownerReferences: [{kind: ScaledObject, name: resnet, controller: true}]\n"
    made = HPA.replace("metadata: {name: resnet}\n", f"metadata:\n  name: keda-hpa-resnet\n{owner}")

    assert scaling(f"{SCALED_OBJECT}  minReplicaCount: 1\n{TRIGGER}{made}")["source"]
    assert lines(f"{SCALED_OBJECT}  minReplicaCount: 1\n{TRIGGER}{made}", "HorizontalPodAutoscaler") == []
    assert "a ScaledObject that is not here" in lines(made, "HorizontalPodAutoscaler")[0]


def test_a_vertical_autoscaler_that_sets_what_is_measured_against_is_unsafe() -> None:
    vertical = (
        "---\napiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata: {name: sizes}\n"
        "spec: {targetRef: {apiVersion: apps/v1, kind: Deployment, name: resnet}}\n"
    )
    on_cpu = f"{HPA}  metrics: [{{type: Resource, resource: {{name: cpu, target: {{averageUtilization: 60}}}}}}]\n"

    (line,) = lines(on_cpu + vertical, "VerticalPodAutoscaler/sizes")

    assert "changes the cpu request that HorizontalPodAutoscaler/resnet measures cpu against" in line
    assert "updateMode to Off" in line
