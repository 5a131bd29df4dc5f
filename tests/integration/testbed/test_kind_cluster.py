"""The kind cluster runs pods, measures them, and lets nothing dial out."""

from __future__ import annotations

import http.client
import json
import urllib.request
from pathlib import Path

import pytest

from tests.integration.metrics import wait_for_numbers
from tests.integration.service import PATIENCE_S
from tests.testbed import fixtures
from tests.testbed.fixtures import Cluster
from tests.testbed.layout import layout
from tests.testbed.process import wait_until

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]


def pod(name: str, *, image: str, command: list[str]) -> str:
    container = {
        "name": "main",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
    }
    spec = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "containers": [container]}
    metadata = {"name": name, "labels": {"app": name}}
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})


def start(cluster: Cluster, namespace: str, *, name: str, command: list[str], image: str = "") -> None:
    text = pod(name, image=image or cluster.busybox_image, command=command)
    cluster.kubectl("apply", "--namespace", namespace, "--filename=-", stdin=text)


def phase(cluster: Cluster, namespace: str, *, name: str) -> str:
    return cluster.kubectl("get", "pod", name, "--namespace", namespace, "--output=jsonpath={.status.phase}")


def test_it_has_a_kubeconfig_of_its_own(cluster: Cluster) -> None:
    assert cluster.kubeconfig == layout().kubeconfig
    assert cluster.context == "kind-tfk8s-testbed"
    assert not cluster.kubeconfig.is_relative_to(Path.home() / ".kube")


def test_most_of_the_processors_are_left_for_the_tests(cluster: Cluster) -> None:
    listed = json.loads(cluster.kubectl("get", "pods", "--namespace=kube-system", "--output=json"))
    requests = [
        container.get("resources", {}).get("requests", {}).get("cpu", "0m")
        for item in listed["items"]
        for container in item["spec"]["containers"]
    ]

    assert sum(int(request.removesuffix("m")) for request in requests) <= 400


@pytest.mark.xdist_group("host ports")
def test_a_host_port_leads_to_a_node_port(cluster: Cluster, namespace: str) -> None:
    start(cluster, namespace, name="web", command=["sh", "-c", "echo ready > /tmp/x && httpd -f -p 8080 -h /tmp"])
    port = {"port": 80, "targetPort": 8080, "nodePort": cluster.host_ports[1]}
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"type": "NodePort", "selector": {"app": "web"}, "ports": [port]},
    }
    cluster.kubectl("apply", "--namespace", namespace, "--filename=-", stdin=json.dumps(service))

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{cluster.host_ports[1]}/x", timeout=2) as response:
                return bool(response.read() == b"ready\n")
        except (OSError, http.client.HTTPException):  # the port may still lead to what a test before this one served
            return False

    try:
        wait_until(answers, timeout_s=PATIENCE_S, what="an answer through the host port")
    finally:
        cluster.kubectl("delete", "service", "web", "--namespace", namespace)  # node ports are the cluster's, not ours


def test_pods_find_services_by_name(cluster: Cluster, namespace: str) -> None:
    start(
        cluster,
        namespace,
        name="ask",
        command=["sh", "-c", "until nslookup kubernetes.default.svc.cluster.local; do sleep 1; done"],
    )

    wait_until(lambda: phase(cluster, namespace, name="ask") == "Succeeded", timeout_s=PATIENCE_S, what="a DNS answer")


def test_pods_are_measured(cluster: Cluster, namespace: str) -> None:
    start(cluster, namespace, name="busy", command=["sh", "-c", "while :; do sleep 0.01; done"])

    wait_for_numbers(cluster, of=f"namespaces/{namespace}/pods")


def test_a_missing_image_is_refused_at_once(cluster: Cluster, namespace: str) -> None:
    start(cluster, namespace, name="lost", command=["true"], image="docker.io/tfk8s-testbed/absent:1")
    reason = "--output=jsonpath={.status.containerStatuses[0].state.waiting.reason}"

    wait_until(
        lambda: (
            cluster.kubectl("get", "pod", "lost", "--namespace", namespace, reason)
            in {"ErrImagePull", "ImagePullBackOff"}
        ),
        timeout_s=PATIENCE_S,
        what="the refusal",
    )


def test_evidence_holds_events_and_last_words(cluster: Cluster, namespace: str) -> None:
    start(cluster, namespace, name="dies", command=["sh", "-c", "echo my last words; exit 3"])
    wait_until(lambda: phase(cluster, namespace, name="dies") == "Failed", timeout_s=PATIENCE_S, what="the pod's end")

    def is_told() -> bool:
        text = fixtures.evidence(cluster, namespace)
        return all(words in text for words in ("my last words", "pod/dies", "Created"))

    wait_until(is_told, timeout_s=PATIENCE_S, what="its words and its events, which come a little later")
