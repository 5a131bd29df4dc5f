"""Before a cluster is made, its description is held against what the pods need."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.render.specs import model, spec
from tfk8s.render import RenderOptions, RenderWarning, render

REPOSITORY = "registry.example.com/m"


def advice(cluster: dict[str, Any], **fields: Any) -> list[RenderWarning]:
    described = {"provider": "gke", "project": "my-project", "location": "us-central1-a", "name": "c", **cluster}
    image = {"repository": REPOSITORY, "digest": "sha256:" + "0" * 64}
    made = spec(**{"image": image, "cluster": described, **fields})
    return [*render(made, {"resnet": model()}, options=RenderOptions(kubernetes_minor=34)).warnings]


def told(cluster: dict[str, Any], **fields: Any) -> list[str]:
    return [warning.code for warning in advice(cluster, **fields)]


LARGE = {"machineType": "e2-standard-4"}


def test_a_described_cluster_that_has_all_the_service_needs_is_no_reason_to_warn() -> None:
    assert told(LARGE) == []


def test_the_default_machine_is_too_small_for_a_default_pod_and_a_larger_one_is_proposed() -> None:
    """GKE's e2-medium leaves 0.94 of a core to pods, and a pod asks for 1."""
    (warning,) = advice({})

    assert warning.code == "machine-small"
    assert "one pod requests 1 CPU" in warning.message
    assert "a node of e2-medium offers 0.94" in warning.message
    assert "machineType: e2-standard-2" in (warning.hint or "")


def test_a_pod_that_wants_all_cpus_of_a_machine_is_told_before_the_cluster_is_made() -> None:
    """K31.3."""
    (warning,) = advice(LARGE, resources={"cpu": 4})

    assert "4 CPU" in warning.message
    assert "3.92" in warning.message
    assert "e2-standard-8" in (warning.hint or "")


def test_a_further_pool_of_large_machines_is_enough() -> None:
    assert told({"nodePools": [{"name": "large", "nodes": 1, "machineType": "n2-standard-8"}]}) == []


def test_an_unknown_machine_is_not_called_too_small() -> None:
    assert told({"machineType": "c4-standard-2"}, resources={"cpu": 64}) == []


@pytest.mark.parametrize(
    ("nodes", "most", "is_told"),
    [
        ({"nodes": 2}, 6, False),
        ({"nodes": 2}, 7, True),
        ({"nodes": 1, "autoscaling": {"min": 1, "max": 3}}, 9, False),
        ({"nodes": 1, "autoscaling": {"min": 1, "max": 3}}, 10, True),
        ({"location": "us-central1", "nodes": 1}, 9, False),
        ({"location": "us-central1", "nodes": 1, "autoscaling": {"totalMin": 1, "totalMax": 4}}, 13, True),
    ],
)
def test_more_pods_than_the_most_nodes_hold_is_a_warning(nodes: dict[str, Any], most: int, is_told: bool) -> None:
    found = advice({**LARGE, **nodes}, scaling={"min": 1, "max": most}, resources={"cpu": 1, "memory": "3Gi"})

    assert [warning.code for warning in found] == (["nodes-few"] if is_told else [])


def test_the_number_of_nodes_that_would_do_is_told() -> None:
    (warning,) = advice({**LARGE, "nodes": 2}, scaling={"min": 1, "max": 12}, resources={"memory": "3Gi"})

    assert "12 pods, and at most 2 nodes have room for 6" in warning.message
    assert "up to 4 nodes in all" in (warning.hint or "")


def test_a_gpu_that_no_described_node_has_is_a_warning() -> None:
    gpu: dict[str, Any] = {"resources": {"gpu": 1, "cpu": 4}, "scaling": {"replicas": 2}}
    pool = {"name": "gpu", "nodes": 2, "machineType": "g2-standard-8", "gpu": {"type": "nvidia-l4"}}

    assert told(LARGE, **gpu) == ["gpu-nodes-missing"]
    assert told({"nodePools": [pool]}, **gpu) == []
    assert told({"nodePools": [pool]}, resources={"gpu": 2}, scaling={"replicas": 2}) == ["gpu-nodes-missing"]


def test_an_identity_needs_a_cluster_that_knows_identities() -> None:
    account: dict[str, Any] = {"serviceAccount": {"googleServiceAccount": "reader@my-project.iam.gserviceaccount.com"}}

    assert told(LARGE, **account) == ["identity-off"]
    assert told({**LARGE, "workloadIdentity": True}, **account) == []
    assert told(LARGE, serviceAccount={"googleServiceAccount": "none"}) == []


def test_a_gateway_needs_a_cluster_with_the_gateway_api() -> None:
    expose: dict[str, Any] = {"expose": {"type": "Gateway", "tls": "none", "auth": "none"}}

    assert told(LARGE, **expose) == ["gateway-api-off"]
    assert told({**LARGE, "gatewayApi": "standard"}, **expose) == []


@pytest.mark.parametrize(
    "cluster", [{**LARGE, "gatewayApi": "standard"}, {"location": "us-central1", "autopilot": True}]
)
def test_a_gateway_of_several_clusters_needs_a_fleet(cluster: dict[str, Any]) -> None:
    expose: dict[str, Any] = {
        "expose": {"type": "Gateway", "tls": "none", "auth": "none", "gateway": {"multiCluster": {}}}
    }

    assert told(cluster, **expose) == ["fleet-missing"]
    assert told({**cluster, "fleet": "my-project"}, **expose) == []


def test_autopilot_makes_whatever_pods_need() -> None:
    autopilot = {"location": "us-central1", "autopilot": True}

    assert told(autopilot, resources={"cpu": 30}, scaling={"min": 1, "max": 500}) == []


def test_a_cluster_on_this_computer_is_not_judged() -> None:
    made = spec(cluster={"provider": "kind"}, resources={"cpu": 64})
    found = render(made, {"resnet": model()}, options=RenderOptions(kubernetes_minor=34))

    assert [warning.code for warning in found.warnings] == ["image-not-built"]
