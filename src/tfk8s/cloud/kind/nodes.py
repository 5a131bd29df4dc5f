"""The node containers of a kind cluster, as Docker knows them."""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.cloud.kind.process import Completed, Runner
from tfk8s.errors import CloudError, PreconditionError

DOCKER_TIMEOUT_S = 60.0
_BALANCER = "external-load-balancer"  # a container of the cluster that is no node
_CLUSTER = "io.x-k8s.kind.cluster"
_FIELDS = '{{.ID}}\t{{.Names}}\t{{.State}}\t{{.Label "io.x-k8s.kind.role"}}'


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeContainer:
    """One container of a cluster."""

    id: str
    name: str
    state: str
    role: str

    @property
    def is_running(self) -> bool:
        """Whether its processes run."""
        return self.state == "running"

    @property
    def is_node(self) -> bool:
        """Whether it is a Kubernetes node, and so keeps images."""
        return self.role != _BALANCER


def list_nodes(run: Runner, *, cluster: str) -> tuple[NodeContainer, ...]:
    """Find every container of a cluster, control plane first.

    Raises:
        PreconditionError: there is no Docker, or its daemon does not answer.
    """
    found = run(
        [
            *("docker", "ps", "--all", "--no-trunc", "--format", _FIELDS),
            *("--filter", f"label={_CLUSTER}={cluster}"),
        ],
        timeout_s=DOCKER_TIMEOUT_S,
    )
    if found.code != 0:
        raise _no_daemon(found)
    nodes = [
        NodeContainer(**dict(zip(("id", "name", "state", "role"), line.split("\t"), strict=True)))
        for line in found.text.splitlines()
    ]
    return tuple(sorted(nodes, key=lambda node: (node.role != "control-plane", node.name)))


def cluster_names(run: Runner) -> tuple[str, ...]:
    """Names of all clusters, in alphabetic order.

    Raises:
        PreconditionError: there is no Docker, or its daemon does not answer.
    """
    found = run(
        ["docker", "ps", "--all", "--filter", f"label={_CLUSTER}", "--format", f'{{{{.Label "{_CLUSTER}"}}}}'],
        timeout_s=DOCKER_TIMEOUT_S,
    )
    if found.code != 0:
        raise _no_daemon(found)
    return tuple(sorted(set(found.text.split())))


def start(run: Runner, nodes: tuple[NodeContainer, ...]) -> None:
    """Start the containers that do not run.

    Raises:
        CloudError: Docker refused.
    """
    names = [node.name for node in nodes if not node.is_running]
    done = run(["docker", "start", *names], timeout_s=DOCKER_TIMEOUT_S)
    if done.code != 0:
        raise done.failure(f"the stopped nodes {', '.join(names)} could not be started")


def running_nodes(run: Runner, *, cluster: str) -> tuple[str, ...]:
    """Names of the nodes that keep images.

    Raises:
        CloudError: the cluster does not exist or does not run.
    """
    nodes = [node for node in list_nodes(run, cluster=cluster) if node.is_node]
    stopped = [node.name for node in nodes if not node.is_running]
    if not nodes or stopped:
        why = f"its node {stopped[0]} is stopped" if stopped else "it does not exist"
        raise CloudError(f"the kind cluster {cluster} does not run: {why}", hint="run `tfk8s up`, which starts it")
    return tuple(node.name for node in nodes)


def _no_daemon(found: Completed) -> PreconditionError:
    return PreconditionError(
        "Docker does not answer",
        hint="start the Docker daemon, and see that `docker ps` works for this user",
        details=found.last_lines,
    )
