"""The kind cluster's configuration, as values. JSON is YAML: kind and kubeadm read it as such."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from tests.testbed.versions import CLUSTER_NAME
from tests.testbed.way import Way

if TYPE_CHECKING:
    from pathlib import Path

HOST_PORTS: Final = (30080, 30081)  # of the tests
DEMO_PORT: Final = 30082  # of its own: the demo's service may be there while the tests run
PATCHES_IN_NODE: Final = "/kind/tfk8s-patches"

# Quicker autoscaling than the defaults: sync 15 s, CPU initialisation 5 min, initial readiness delay 30 s.
AUTOSCALER_FLAGS: Final = {
    "horizontal-pod-autoscaler-sync-period": "5s",
    "horizontal-pod-autoscaler-cpu-initialization-period": "20s",
    "horizontal-pod-autoscaler-initial-readiness-delay": "5s",
}
# kubeadm's own requests take 0.65 of two cores, and CoreDNS's two pods 0.2; what is left over is for our pods.
SYSTEM_CPU_REQUESTS: Final = {
    "kube-apiserver": "100m",
    "etcd": "50m",
    "kube-controller-manager": "30m",
    "kube-scheduler": "20m",
}
COREDNS_CPU_REQUEST: Final = "20m"
# The API server is what takes most of the processor: it collects its garbage less often, for more memory.
VARIABLES: Final = {"kube-apiserver": {"GOGC": "300"}}


def cluster_config(
    way: Way,
    *,
    image: str,
    patches: Path,
    workers: int = 0,
    name: str = CLUSTER_NAME,
    ports: tuple[int, ...] = (*HOST_PORTS, DEMO_PORT),
) -> str:
    """Return the configuration for `kind create cluster`.

    Args:
        way: In the packages way the kubelet tolerates what a machine without CAP_SYS_RESOURCE refuses.
        image: The node image.
        patches: Folder on this machine with kubeadm's patches.
        workers: Nodes beside the control plane's.
        name: Of the cluster.
        ports: Of 127.0.0.1 that lead to the node ports of the same number.
    """
    mount = {"hostPath": str(patches), "containerPath": PATCHES_IN_NODE, "readOnly": True}
    mappings = [{"containerPort": port, "hostPort": port, "listenAddress": "127.0.0.1"} for port in ports]
    control_plane = {"role": "control-plane", "image": image, "extraMounts": [mount], "extraPortMappings": mappings}
    config = {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "name": name,
        "featureGates": {"KubeletInUserNamespace": True} if way is Way.PACKAGES else {},
        "networking": {"apiServerAddress": "127.0.0.1"},
        "kubeadmConfigPatches": [
            _document("ClusterConfiguration", {"controllerManager": {"extraArgs": AUTOSCALER_FLAGS}}),
            _document("InitConfiguration", {"patches": {"directory": PATCHES_IN_NODE}}),
        ],
        "nodes": [control_plane, *({"role": "worker", "image": image} for _ in range(workers))],
    }
    return json.dumps(config, indent=2) + "\n"


def kubeadm_patches() -> dict[str, str]:
    """Return kubeadm's patches by file name: smaller CPU requests, variables, and one CoreDNS."""
    patches: dict[str, object] = {
        f"{name}+strategic.json": {"spec": {"containers": [_container(name, cpu)]}}
        for name, cpu in SYSTEM_CPU_REQUESTS.items()
    }
    pod = {"spec": {"containers": [_container("coredns", COREDNS_CPU_REQUEST)]}}
    patches["corednsdeployment+strategic.json"] = {"spec": {"replicas": 1, "template": pod}}
    return {name: json.dumps(patch, indent=2) + "\n" for name, patch in patches.items()}


def _container(name: str, cpu: str) -> dict[str, object]:
    variables = [{"name": key, "value": value} for key, value in VARIABLES.get(name, {}).items()]
    return {"name": name, "resources": {"requests": {"cpu": cpu}}, **({"env": variables} if variables else {})}


def _document(kind: str, fields: dict[str, object]) -> str:
    return json.dumps({"kind": kind, **fields})
