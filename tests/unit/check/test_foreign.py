"""Manifests of others: our policies are for the model server and for what is around it, and for nothing else."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.unit.check.objects import AUTOSCALER, DEPLOYMENT, LABELS, SERVICE, budget, changed, container, pod
from tfk8s.check.policies import foreign_findings
from tfk8s.check.selection import WORKLOADS
from tfk8s.check.servers import Server
from tfk8s.manifest import Manifest

_SCALED = changed(DEPLOYMENT, lambda body: body["spec"].pop("replicas"))


def _codes(*bodies: dict[str, Any], servers: dict[str, int] | None = None) -> list[str]:
    manifests = tuple(Manifest.of(body) for body in bodies)
    named = servers if servers is not None else {"resnet": 0}
    found = {
        item.ref: Server(container=named[item.ref.name], release=(2, 20))
        for item in manifests
        if item.ref.kind in WORKLOADS and item.ref.name in named
    }
    return [finding.code for finding in foreign_findings(manifests, servers=found)]


def _web() -> dict[str, Any]:
    body = copy.deepcopy(DEPLOYMENT)
    body["metadata"]["name"] = "web"
    for labels in (body["spec"]["selector"]["matchLabels"], body["spec"]["template"]["metadata"]["labels"]):
        labels.clear()
        labels["app"] = "web"
    body["spec"]["template"]["spec"] = {"containers": [{"name": "web", "image": "nginx"}]}
    return body


def _of_web(body: dict[str, Any], **fields: Any) -> dict[str, Any]:
    made = copy.deepcopy(body)
    made["metadata"]["name"] = "web"
    made["spec"].update(fields)
    return made


def test_another_application_is_held_to_its_form_alone() -> None:
    service = _of_web(SERVICE, selector={"app": "web"}, type="LoadBalancer", loadBalancerSourceRanges=[])
    scaler = _of_web(AUTOSCALER, scaleTargetRef={"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"})
    guard = _of_web(budget(minAvailable="100%"), selector={"matchLabels": {"app": "web"}})

    assert _codes(DEPLOYMENT, SERVICE, _web(), service, scaler, guard) == []
    assert _codes(_web(), service, scaler, guard, servers={}) == []


def test_the_server_and_what_is_around_it_are_held_to_every_policy() -> None:
    open_to_all = changed(SERVICE, lambda body: body["spec"].pop("loadBalancerSourceRanges"))
    ingress = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "front", "namespace": "serving"},
        "spec": {"rules": [{"http": {"paths": [{"path": "/", "backend": {"service": {"name": "resnet"}}}]}}]},
    }

    found = _codes(_SCALED, open_to_all, AUTOSCALER, AUTOSCALER, budget(minAvailable=1), ingress)

    assert sorted(found) == ["budget", "front-path", "open-balancer", "plain-http", "two-autoscalers"]


def test_a_selector_of_expressions_finds_pods_as_one_of_labels_does() -> None:
    terms = [{"key": key, "operator": "In", "values": [value]} for key, value in LABELS.items()]
    by_terms = changed(DEPLOYMENT, lambda body: body["spec"].update(selector={"matchExpressions": terms}))
    shut = [*terms[:-1], {**terms[-1], "operator": "NotIn"}]
    beside_itself = changed(DEPLOYMENT, lambda body: body["spec"].update(selector={"matchExpressions": shut}))
    guard = _of_web(budget(minAvailable="100%"), selector={"matchExpressions": terms})

    assert _codes(by_terms, SERVICE) == []
    assert _codes(beside_itself) == ["selector"]
    assert _codes(DEPLOYMENT, guard) == ["budget"]


def test_a_budget_counts_the_pods_of_its_own_namespace() -> None:
    elsewhere = changed(DEPLOYMENT, lambda body: body["metadata"].update(namespace="other"))

    assert _codes(DEPLOYMENT, elsewhere, budget(minAvailable=2)) == ["budget"]


def test_a_service_of_the_servers_ports_that_leads_nowhere_is_told_of() -> None:
    lost = changed(SERVICE, lambda body: body["spec"].update(selector={"app": "resnett"}))
    other = changed(lost, lambda body: body["spec"].update(ports=[{"port": 80}]))

    assert _codes(DEPLOYMENT, lost) == ["service-selector"]
    assert _codes(DEPLOYMENT, other) == []


def test_a_neighbour_in_the_pod_is_not_asked_for_the_servers_probes() -> None:
    def proxied(body: dict[str, Any]) -> None:
        proxy = copy.deepcopy(container(body))
        for key in ("readinessProbe", "startupProbe", "lifecycle"):
            proxy.pop(key)
        proxy["args"] = ["proxy", "sidecar"]
        pod(body)["containers"].insert(0, proxy)

    assert _codes(changed(DEPLOYMENT, proxied), servers={"resnet": 1}) == []


def test_labels_of_anothers_selector_and_what_a_cluster_wrote_are_as_they_are() -> None:
    def by_app(body: dict[str, Any]) -> None:
        body["spec"]["selector"]["matchLabels"]["app"] = "resnet"
        body["spec"]["template"]["metadata"]["labels"]["app"] = "resnet"
        body["metadata"]["creationTimestamp"] = None
        body["metadata"]["name"] = "resnet.v2"
        body["status"] = {"replicas": 2}

    assert _codes(changed(DEPLOYMENT, by_app), servers={"resnet.v2": 0}) == []


def test_a_name_that_no_object_may_have_is_found_with_anybody() -> None:
    assert _codes(changed(SERVICE, lambda body: body["metadata"].update(name="Resnet")), servers={}) == ["name"]


def test_a_command_that_opens_both_ports_is_a_warning() -> None:
    command = ["tensorflow_model_server", "--port=8500", "--rest_api_port=8501"]

    assert _codes(changed(DEPLOYMENT, lambda body: container(body).update(command=command))) == ["command-plain"]
    closed = ["tensorflow_model_server", "--port=8500"]
    assert _codes(changed(DEPLOYMENT, lambda body: container(body).update(command=closed))) == ["command"]
    entrypoint = ["/usr/bin/tf_serving_entrypoint.sh"]
    assert _codes(changed(DEPLOYMENT, lambda body: container(body).update(command=entrypoint))) == []


def test_an_autoscaler_of_the_first_version_follows_the_processor() -> None:
    def old(body: dict[str, Any]) -> None:
        body["apiVersion"] = "autoscaling/v1"
        body["spec"].pop("metrics")
        body["spec"]["targetCPUUtilizationPercentage"] = 60

    assert _codes(_SCALED, changed(AUTOSCALER, old)) == []
    assert _codes(_SCALED, changed(AUTOSCALER, lambda body: body["spec"].pop("metrics"))) == ["scale-metrics"]


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
def test_a_server_in_another_workload_is_held_to_the_same_policies(kind: str) -> None:
    def other(body: dict[str, Any]) -> None:
        body["kind"] = kind
        del body["spec"]["progressDeadlineSeconds"]
        container(body).pop("lifecycle")

    sound = changed(DEPLOYMENT, lambda body: body.update(kind=kind))

    assert _codes(sound, SERVICE) == []
    assert _codes(changed(DEPLOYMENT, other), SERVICE) == ["drain"]


def test_a_stateful_set_has_its_number_of_pods_from_one_and_a_daemon_set_from_its_nodes() -> None:
    counted, everywhere = ({**DEPLOYMENT, "kind": kind} for kind in ("StatefulSet", "DaemonSet"))
    scaler = changed(AUTOSCALER, lambda body: body["spec"]["scaleTargetRef"].update(kind="StatefulSet"))

    assert _codes(counted, budget(minAvailable="100%")) == ["budget"]
    assert _codes(counted, scaler) == ["replicas"]
    assert _codes(everywhere, budget(minAvailable="100%")) == []
