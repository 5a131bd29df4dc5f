"""What kind is asked for, as pure functions."""

from __future__ import annotations

import json

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.ports import ClusterRequest


def context_of(cluster: str) -> str:
    """Name of the kubeconfig context, by kind's own rule."""
    return f"kind-{cluster}"


def cluster_config(request: ClusterRequest) -> bytes:
    """The configuration of a new cluster: the first node is the control plane, the API server listens on loopback."""
    image: JsonObject = {"image": request.node_image} if request.node_image else {}
    roles = ["control-plane", *["worker"] * (request.nodes - 1)]
    nodes: list[JsonValue] = [{"role": role, **image} for role in roles]
    config: JsonObject = {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "networking": {"apiServerAddress": "127.0.0.1"},
        "nodes": nodes,
    }
    return json.dumps(config).encode()  # JSON is YAML


def create_command(request: ClusterRequest) -> list[str]:
    """The command that makes the cluster; a generated configuration is read from standard input."""
    command = ["kind", "create", "cluster", "--name", request.name]
    command += ["--config", str(request.config) if request.config else "-"]
    if request.config and request.node_image:
        command += ["--image", request.node_image]
    return command
