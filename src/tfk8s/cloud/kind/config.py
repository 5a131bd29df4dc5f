"""What kind is asked for, as pure functions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.ports import ClusterRequest
from tfk8s.spec import KindCluster


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRequest:
    """A cluster as kind is asked for it; `config` is a file in kind's own format, which excludes `nodes`."""

    name: str
    nodes: int = 1
    node_image: str | None = None
    config: Path | None = None


def kind_request(request: ClusterRequest) -> KindRequest:
    """Take what kind needs.

    Raises:
        InputError: the cluster is one of another provider.
    """
    cluster = request.cluster
    if not isinstance(cluster, KindCluster):
        raise InputError(f"{cluster.name} is no cluster of kind", hint="write `provider: kind` in the spec's cluster")
    config = request.base / cluster.config if cluster.config else None
    return KindRequest(name=cluster.name, nodes=cluster.nodes, node_image=cluster.node_image, config=config)


def context_of(cluster: str) -> str:
    """Name of the kubeconfig context, by kind's own rule."""
    return f"kind-{cluster}"


def cluster_config(request: KindRequest) -> bytes:
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


def create_command(request: KindRequest) -> list[str]:
    """The command that makes the cluster; a generated configuration is read from standard input."""
    command = ["kind", "create", "cluster", "--name", request.name]
    command += ["--config", str(request.config) if request.config else "-"]
    if request.config and request.node_image:
        command += ["--image", request.node_image]
    return command
