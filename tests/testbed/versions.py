"""Every version the testbed pins, and nothing else; a change here renews what was built from it."""

from __future__ import annotations

from typing import Final

CLUSTER_NAME: Final = "tfk8s-testbed"
CONTEXT: Final = f"kind-{CLUSTER_NAME}"  # kind's own rule for context names

# Built from Go modules (the packages way, and the control planes of both ways).
KUBERNETES_NODE: Final = "1.34.4"
KUBERNETES_NEWEST: Final = "1.37.2"
CONTROL_PLANES: Final = (KUBERNETES_NODE, KUBERNETES_NEWEST)
ETCD: Final = "3.6.5"
COREDNS: Final = "1.12.1"
METRICS_SERVER: Final = "0.8.0"
KIND: Final = "0.30.0"
CRI_TOOLS: Final = "1.34.0"
LOCAL_PATH_PROVISIONER: Final = "0.0.30"
NETLINK: Final = "1.3.1"
PAUSE: Final = "3.10.1"

# What kubeadm and the manifests of KUBERNETES_NODE ask for by name.
ETCD_IMAGE: Final = f"registry.k8s.io/etcd:{ETCD}-0"
COREDNS_IMAGE: Final = f"registry.k8s.io/coredns/coredns:v{COREDNS}"
PAUSE_IMAGE: Final = f"registry.k8s.io/pause:{PAUSE}"
METRICS_SERVER_IMAGE: Final = f"registry.k8s.io/metrics-server/metrics-server:v{METRICS_SERVER}"

# Images that exist in the testbed alone.
OWN_IMAGES: Final = "docker.io/tfk8s-testbed"
KINDNET_IMAGE: Final = f"{OWN_IMAGES}/kindnet:1"
BUSYBOX_IMAGE: Final = f"{OWN_IMAGES}/busybox:1"
LOCAL_PATH_IMAGE: Final = f"{OWN_IMAGES}/local-path-provisioner:v{LOCAL_PATH_PROVISIONER}"
NODE_IMAGE_NAME: Final = "tfk8s-testbed/node"

# Debian, for the packages way's node.
DEBIAN: Final = "bookworm"

# Published images, for the public way.
PUBLIC_BUSYBOX_IMAGE: Final = "docker.io/library/busybox:1.37"
PUBLIC_NODE_IMAGE: Final = "kindest/node:v1.34.0"
TENSORFLOW_SERVING: Final = "2.20.0"
TENSORFLOW_SERVING_IMAGE: Final = f"tensorflow/serving:{TENSORFLOW_SERVING}"


def staging_version(kubernetes: str) -> str:
    """Return the version of the k8s.io/* libraries that belong to a Kubernetes release (1.34.4 -> 0.34.4)."""
    major, _, rest = kubernetes.partition(".")
    if major != "1" or not rest:
        raise ValueError(f"not a Kubernetes 1.x release: {kubernetes!r}")
    return f"0.{rest}"


def minor_of(kubernetes: str) -> str:
    """Return the minor release as a string (1.34.4 -> "34")."""
    return kubernetes.split(".")[1]
