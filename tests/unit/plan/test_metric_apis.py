from __future__ import annotations

import json

import pytest

from tests.fakes.service import small_service
from tfk8s.manifest import JsonObject, JsonValue, Manifest
from tfk8s.plan.metric_apis import MetricsApi, apis_read, check_metrics, metrics_api

CPU: JsonObject = {"type": "Resource", "resource": {"name": "cpu"}}
EXTERNAL: JsonObject = {"type": "External", "external": {"metric": {"name": "tfk8s_in_flight"}}}
OF_GOOGLE: JsonObject = {"type": "External", "external": {"metric": {"name": "prometheus.googleapis.com|a|gauge"}}}


def on(*metrics: JsonObject) -> Manifest:
    body = json.loads(json.dumps(small_service(replicas=None).manifests[-1].body))
    body["spec"]["metrics"] = list(metrics)
    return Manifest.of(body)


def scaled_object(*triggers: str) -> Manifest:
    found: list[JsonValue] = [{"type": kind} for kind in triggers]
    body: JsonObject = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "spec": {"triggers": found}}
    return Manifest.of({**body, "metadata": {"name": "resnet", "namespace": "serving"}})


def test_each_kind_of_metric_has_its_api() -> None:
    every = on(CPU, {"type": "ContainerResource"}, {"type": "Pods"}, {"type": "Object"}, EXTERNAL)

    assert apis_read((every,)) == ("metrics.k8s.io", "custom.metrics.k8s.io", "external.metrics.k8s.io")
    assert apis_read((scaled_object("prometheus", "cron", "cpu"),)) == ("external.metrics.k8s.io", "metrics.k8s.io")
    assert apis_read(small_service(replicas=2).manifests) == ()


def test_an_autoscaler_without_metrics_is_warned_of() -> None:
    service = small_service(replicas=None).manifests

    (warning,) = check_metrics(service, {"metrics.k8s.io": None})

    assert "metrics-server" in warning.hint
    assert check_metrics(service, {"metrics.k8s.io": MetricsApi()}) == ()
    assert check_metrics(small_service(replicas=2).manifests, {}) == ()


@pytest.mark.parametrize(
    ("scaler", "remedy"),
    [
        (scaled_object("prometheus"), "install KEDA"),
        (on(EXTERNAL), "install prometheus-adapter"),
        (on(OF_GOOGLE), "install Google's adapter: kubectl apply"),
    ],
)
def test_what_installs_the_api_of_external_metrics_depends_on_who_asks(scaler: Manifest, remedy: str) -> None:
    (warning,) = check_metrics((scaler,), {"external.metrics.k8s.io": None})

    assert "external.metrics.k8s.io" in warning.message
    assert warning.hint.startswith(remedy)


def test_an_api_that_nobody_could_ask_for_is_not_called_missing() -> None:
    assert check_metrics((on(EXTERNAL),), {}) == ()


def test_an_api_that_is_registered_and_does_not_answer_is_told_with_its_condition() -> None:
    condition: JsonObject = {"type": "Available", "status": "False", "reason": "MissingEndpoints"}
    condition["message"] = "endpoints have no addresses"
    where: JsonObject = {"namespace": "kube-system", "name": "metrics-server"}
    service: JsonObject = {"spec": {"service": where}, "status": {"conditions": [condition]}}

    (warning,) = check_metrics((on(CPU),), {"metrics.k8s.io": metrics_api(service)})

    assert "MissingEndpoints: endpoints have no addresses" in warning.message
    assert "(Service kube-system/metrics-server)" in warning.message
    assert "kubectl -n kube-system get" in warning.hint


@pytest.mark.parametrize(
    ("scaler", "provider", "is_told"),
    [
        (scaled_object("prometheus"), "keda/keda-operator-metrics-apiserver", False),
        (scaled_object("prometheus"), "custom-metrics/custom-metrics-stackdriver-adapter", True),
        (on(EXTERNAL), "monitoring/prometheus-adapter", False),
        (on(EXTERNAL), "keda/keda-operator-metrics-apiserver", True),
        (on(OF_GOOGLE), "custom-metrics/custom-metrics-stackdriver-adapter", False),
        (on(OF_GOOGLE), "monitoring/prometheus-adapter", True),
        (on(CPU), "kube-system/metrics-server", False),
    ],
)
def test_external_metrics_that_another_server_answers_are_told(
    scaler: Manifest, provider: str, *, is_told: bool
) -> None:
    served = dict.fromkeys(apis_read((scaler,)), MetricsApi(provider=provider))

    assert [provider in warning.message for warning in check_metrics((scaler,), served)] == [True] * is_told
