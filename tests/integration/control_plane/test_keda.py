"""Who counts the replicas when KEDA does: its kinds on a real API server, its operator played by what it writes."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.control_plane.conftest import SCALED, Desk
from tests.testbed import replicas
from tests.testbed.fixtures import Cluster
from tfk8s.plan import owners_of

pytestmark = pytest.mark.control_plane

METRICS_API = "v1beta1.external.metrics.k8s.io"

KEDA = (
    "{min: 1, max: 5, metrics: [{requestsPerSecond: 50}], source: {kind: keda, server: 'http://prometheus.monitoring'}}"
)
SLEEPING = (
    "{min: 0, max: 5, metrics: [{requestsPerSecond: 50}], wake: {query: up}, "
    "source: {kind: keda, server: 'http://prometheus.monitoring'}}"
)


@pytest.fixture
def keda_desk(control_plane_with_kinds: Cluster, kinds_namespace: str, tmp_path: Path) -> Desk:
    return Desk(testbed=control_plane_with_kinds, namespace=kinds_namespace, folder=tmp_path)


def every_count(desk: Desk) -> AbstractContextManager[list[int]]:
    """The count in each version of the Deployment that the API server stores meanwhile."""
    return replicas.every_count(desk.testbed, namespace=desk.namespace, deployment="resnet")


def scaling_is(desk: Desk, scaling: str) -> None:
    desk.write_spec(scaling=scaling)
    desk.apply()
    if "keda" in scaling:
        play_keda(desk)


def play_keda(desk: Desk) -> None:
    """Write what KEDA writes: its label on the ScaledObject, and an autoscaler that it owns, with our labels."""
    scaled = live(desk, "scaledobject")
    name = scaled["metadata"]["name"]
    desk.kubectl("label", "--field-manager=keda", "scaledobject", name, f"scaledobject.keda.sh/name={name}")
    owner = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "name": name, "controller": True}
    owner |= {"uid": scaled["metadata"]["uid"], "blockOwnerDeletion": True}
    labels = {key: value for key, value in scaled["metadata"]["labels"].items() if "managed-by" not in key}
    body = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "resnet", "labels": labels, "ownerReferences": [owner]},
        "spec": {"scaleTargetRef": scaled["spec"]["scaleTargetRef"], "minReplicas": 1, "maxReplicas": 5},
    }
    desk.kubectl("create", "--field-manager=keda", "-f", "-", stdin=json.dumps(body))


def live(desk: Desk, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(desk.kubectl("get", kind, "resnet", "-o", "json"))
    return found


def kinds(desk: Desk) -> set[str]:
    """Which autoscalers there are, with whether KEDA owns them."""
    listed = json.loads(desk.kubectl("get", "hpa,scaledobject", "-o", "json"))["items"]
    return {f"{item['kind']}{' of KEDA' if item['metadata'].get('ownerReferences') else ''}" for item in listed}


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        ([KEDA], {"ScaledObject", "HorizontalPodAutoscaler of KEDA"}),
        ([SCALED, KEDA], {"ScaledObject", "HorizontalPodAutoscaler of KEDA"}),
        ([KEDA, SCALED], {"HorizontalPodAutoscaler"}),
        ([KEDA, "{replicas: 4}"], set()),
    ],
    ids=["fixed to KEDA", "Kubernetes to KEDA", "KEDA to Kubernetes", "KEDA to fixed"],
)
def test_no_pod_is_lost_whoever_counts_next(keda_desk: Desk, steps: list[str], left: set[str]) -> None:
    scaling_is(keda_desk, "{replicas: 4}")

    with every_count(keda_desk) as counts:
        for step in steps:
            scaling_is(keda_desk, step)

    assert set(counts) == {4}
    assert kinds(keda_desk) == left


def test_an_autoscaler_that_follows_on_a_service_that_sleeps_begins_with_its_fewest(keda_desk: Desk) -> None:
    scaling_is(keda_desk, SLEEPING)
    replicas.scale_as_autoscaler(keda_desk.testbed, namespace=keda_desk.namespace, deployment="resnet", count=0)

    with every_count(keda_desk) as counts:
        scaling_is(keda_desk, "{min: 2, max: 5, metrics: [{cpu: 60}]}")

    assert list(dict.fromkeys(counts)) == [0, 2]
    owners = owners_of(keda_desk.objects("deploy")["Deployment/resnet"], "spec", "replicas")
    assert "tfk8s" not in {owner.manager for owner in owners}


def test_what_keda_writes_into_our_objects_is_no_change_and_no_drift(keda_desk: Desk) -> None:
    scaling_is(keda_desk, SLEEPING)
    finalizer = json.dumps({"metadata": {"finalizers": ["finalizer.keda.sh"]}})
    keda_desk.kubectl("patch", "--field-manager=keda", "scaledobject", "resnet", "--type=merge", "--patch", finalizer)
    try:
        diff = keda_desk.run("diff", "--exit-code")
        drift = keda_desk.run("drift")
    finally:
        none = json.dumps({"metadata": {"finalizers": None}})
        keda_desk.kubectl("patch", "scaledobject", "resnet", "--type=merge", "--patch", none)

    assert diff.exit_code == 0, diff.output
    assert drift.exit_code == 0, drift.output


@pytest.mark.parametrize("wanted", [SCALED, KEDA])
def test_an_autoscaler_of_others_stops_ours_with_the_command_that_makes_way(keda_desk: Desk, wanted: str) -> None:
    scaling_is(keda_desk, "{replicas: 2}")
    keda_desk.kubectl("autoscale", "deployment", "resnet", "--name=theirs", "--max=3")
    keda_desk.write_spec(scaling=wanted)

    told = keda_desk.run("diff")
    refused = keda_desk.run("apply", "--no-wait", "--force-conflicts")

    assert refused.exit_code == 5, refused.output
    command = f"kubectl -n {keda_desk.namespace} delete hpa theirs"
    assert "HorizontalPodAutoscaler/theirs" in refused.stderr
    assert "counts the pods of Deployment/resnet" in refused.stderr
    assert command in refused.stderr
    assert "theirs" in told.output
    assert keda_desk.objects("deploy")["Deployment/resnet"]["spec"]["replicas"] == 2


def test_a_metrics_api_that_is_registered_and_does_not_answer_is_told_with_its_condition(keda_desk: Desk) -> None:
    keda_desk.write_spec(scaling=KEDA)
    api = {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": METRICS_API},
        "spec": {
            "group": "external.metrics.k8s.io",
            "version": "v1beta1",
            "service": {"name": "keda-metrics-apiserver", "namespace": keda_desk.namespace},
            "insecureSkipTLSVerify": True,
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
        },
    }
    absent = keda_desk.run("diff")

    keda_desk.testbed.kubectl("create", "-f", "-", stdin=json.dumps(api))
    try:
        keda_desk.testbed.kubectl("wait", f"apiservice/{METRICS_API}", "--for=condition=Available=False")
        silent = keda_desk.run("diff")
    finally:
        keda_desk.testbed.kubectl("delete", "apiservice", METRICS_API)

    assert "the cluster has no API (external.metrics.k8s.io)" in absent.output
    assert "install KEDA with its metrics server" in absent.output
    assert "external.metrics.k8s.io is registered and does not answer" in silent.output
    assert f"(Service {keda_desk.namespace}/keda-metrics-apiserver): ServiceNotFound" in silent.output
