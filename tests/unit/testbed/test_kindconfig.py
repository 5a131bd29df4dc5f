from __future__ import annotations

from pathlib import Path

import yaml

from tests.testbed import kindconfig
from tests.testbed.way import Way


def config(way: Way, *, workers: int = 0) -> dict[str, object]:
    text = kindconfig.cluster_config(way, image="node:1", patches=Path("/cache/patches"), workers=workers)
    parsed = yaml.safe_load(text)
    assert isinstance(parsed, dict)
    return parsed


def nodes(way: Way, *, workers: int = 0) -> list[dict[str, object]]:
    found = config(way, workers=workers)["nodes"]
    assert isinstance(found, list)
    return found


def test_there_is_one_node_by_default() -> None:
    assert [node["role"] for node in nodes(Way.PACKAGES)] == ["control-plane"]


def test_workers_come_on_request_and_use_the_same_image() -> None:
    found = nodes(Way.PACKAGES, workers=2)

    assert [node["role"] for node in found] == ["control-plane", "worker", "worker"]
    assert {node["image"] for node in found} == {"node:1"}


def test_node_ports_are_reached_on_loopback_alone() -> None:
    mappings = nodes(Way.PUBLIC)[0]["extraPortMappings"]

    assert mappings == [
        {"containerPort": 30080, "hostPort": 30080, "listenAddress": "127.0.0.1"},
        {"containerPort": 30081, "hostPort": 30081, "listenAddress": "127.0.0.1"},
        {"containerPort": 30082, "hostPort": 30082, "listenAddress": "127.0.0.1"},
    ]
    assert config(Way.PUBLIC)["networking"] == {"apiServerAddress": "127.0.0.1"}


def test_only_the_packages_way_tolerates_missing_capabilities() -> None:
    assert config(Way.PACKAGES)["featureGates"] == {"KubeletInUserNamespace": True}
    assert config(Way.PUBLIC)["featureGates"] == {}


def test_the_autoscaler_runs_on_short_timers() -> None:
    patches = config(Way.PACKAGES)["kubeadmConfigPatches"]
    assert isinstance(patches, list)
    manager = next(patch for patch in map(yaml.safe_load, patches) if patch["kind"] == "ClusterConfiguration")

    assert manager["controllerManager"]["extraArgs"]["horizontal-pod-autoscaler-sync-period"] == "5s"


def test_system_pods_ask_for_little_processor_time() -> None:
    requests = [
        container["resources"]["requests"]["cpu"]
        for name, patch in kindconfig.kubeadm_patches().items()
        if not name.startswith("coredns")
        for container in yaml.safe_load(patch)["spec"]["containers"]
    ]

    assert sum(int(request.removesuffix("m")) for request in requests) <= 250


def test_the_api_server_alone_collects_garbage_less_often() -> None:
    patches = {name: yaml.safe_load(patch) for name, patch in kindconfig.kubeadm_patches().items()}
    variables = {
        name.partition("+")[0]: container["env"]
        for name, patch in patches.items()
        for container in patch["spec"].get("containers", [])
        if "env" in container
    }

    assert variables == {"kube-apiserver": [{"name": "GOGC", "value": "300"}]}


def test_one_coredns_is_enough() -> None:
    patch = yaml.safe_load(kindconfig.kubeadm_patches()["corednsdeployment+strategic.json"])

    assert patch["spec"]["replicas"] == 1


def test_patch_files_bear_names_that_kubeadm_knows() -> None:
    assert sorted(name.partition("+")[0] for name in kindconfig.kubeadm_patches()) == [
        "corednsdeployment",
        "etcd",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
    ]
