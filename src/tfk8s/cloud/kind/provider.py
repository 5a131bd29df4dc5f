"""Makes a kind cluster exist: each part is looked at first and done only when it is missing."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from tfk8s.clock import Clock
from tfk8s.cloud.kind.commands import CREATE_TIMEOUT_S, Kind
from tfk8s.cloud.kind.config import KindRequest, context_of, kind_request
from tfk8s.cloud.kind.journal import Journal, opened
from tfk8s.cloud.kind.kubectl import Kubectl
from tfk8s.cloud.kind.nodes import NodeContainer, list_nodes, start
from tfk8s.cloud.kind.process import Runner
from tfk8s.cloud.kind.readiness import missing, serve_metrics, wait_for_nodes
from tfk8s.ports import (
    ClusterAccess,
    ClusterPreview,
    ClusterRequest,
    ClusterState,
    EnsuredCluster,
    EnsureOutcome,
    FieldDifference,
    Note,
    Reporter,
    SilentReporter,
)


class KindProvider:
    """Implements `tfk8s.ports.ClusterProvider` with the programs `kind`, `docker` and `kubectl`."""

    def __init__(self, run: Runner, *, clock: Clock, state: Path, kubeconfig: Path | None) -> None:
        """Take the runner of programs, and the folder for what must be remembered."""
        self._run, self._clock, self._state, self._kubeconfig = run, clock, state / "kind", kubeconfig

    def access(self, name: str) -> ClusterAccess:
        """Name the context by kind's rule."""
        kubectl = self._kind(name).kubectl
        is_current = kubectl.current_context() == kubectl.context
        return ClusterAccess(context=kubectl.context, kubeconfig=self._kubeconfig, is_current=is_current)

    def describe(self, name: str) -> ClusterState:
        """Look at the node containers alone."""
        nodes = list_nodes(self._run, cluster=name)
        if not nodes:
            return ClusterState.ABSENT
        return ClusterState.RUNNING if all(node.is_running for node in nodes) else ClusterState.STOPPED

    def preview(self, request: ClusterRequest) -> ClusterPreview:
        """Look at the node containers; a cluster on this computer costs nothing but its memory."""
        wanted = kind_request(request)
        state = self.describe(request.name)
        if state is ClusterState.ABSENT:
            shape = f"as {wanted.config} says" if wanted.config else f"{wanted.nodes} nodes"
            return ClusterPreview(state=state, creates=(f"kind cluster {request.name} on this computer, {shape}",))
        containers = list_nodes(self._run, cluster=request.name)
        return ClusterPreview(state=state, differences=_differences(wanted, containers))

    def is_ours(self, name: str) -> bool:
        """Whether the cluster that exists now was made, or begun, by this tool on this computer."""
        nodes = list_nodes(self._run, cluster=name)
        if not nodes or not (self._state / name).exists():
            return False
        with self._journal(name, SilentReporter()) as journal:
            return journal.is_unfinished or journal.has_made(nodes[0].id)

    def ensure(self, request: ClusterRequest, *, reporter: Reporter) -> EnsuredCluster:
        """Create or start the cluster as needed, wait for its nodes, and see that it serves resource metrics."""
        wanted = kind_request(request)
        with self._journal(request.name, reporter) as journal:
            outcome = self._exists(wanted, journal, reporter=reporter)
            containers = list_nodes(self._run, cluster=request.name)
            for difference in _differences(wanted, containers):
                reporter.emit(
                    Note(message=f"the cluster has {difference.found} nodes, not {difference.wanted} as the spec says")
                )
            count = _count(containers)
            kind = self._kind(request.name)
            wait_for_nodes(kind, nodes=count, clock=self._clock, reporter=reporter)
            serve_metrics(kind.kubectl, clock=self._clock, reporter=reporter)
            if journal.is_unfinished:
                journal.finish(containers[0].id)
        return EnsuredCluster(access=self.access(request.name), outcome=outcome)

    def delete(self, name: str, *, reporter: Reporter | None = None) -> bool:
        """Delete the containers and the kubeconfig's entry."""
        with self._journal(name, reporter or SilentReporter()) as journal:
            existed = bool(list_nodes(self._run, cluster=name))
            if existed:
                self._kind(name).delete()
            journal.forget()
        return existed

    def _exists(self, request: KindRequest, journal: Journal, *, reporter: Reporter) -> EnsureOutcome:
        name = request.name
        nodes = list_nodes(self._run, cluster=name)
        if nodes and journal.is_unfinished and not self._is_ready(name, nodes):
            reporter.emit(Note(message=f"an earlier run left the cluster {name} half-made; making it anew"))
            self._kind(name).delete()
            nodes = ()
        if not nodes:
            journal.begin()
            self._kind(name).create(request, lock=journal.handle)
            return EnsureOutcome.CREATED
        if any(not node.is_running for node in nodes):
            start(self._run, nodes)
            return EnsureOutcome.STARTED
        return EnsureOutcome.UNCHANGED

    def _is_ready(self, name: str, nodes: tuple[NodeContainer, ...]) -> bool:
        return all(node.is_running for node in nodes) and not missing(self._kind(name).kubectl, nodes=_count(nodes))

    def _kind(self, name: str) -> Kind:
        return Kind(name=name, kubectl=Kubectl(run=self._run, context=context_of(name), kubeconfig=self._kubeconfig))

    def _journal(self, name: str, reporter: Reporter) -> AbstractContextManager[Journal]:
        return opened(self._state / name, clock=self._clock, timeout_s=CREATE_TIMEOUT_S, reporter=reporter)


def _differences(wanted: KindRequest, containers: tuple[NodeContainer, ...]) -> tuple[FieldDifference, ...]:
    count = _count(containers)
    if wanted.config is not None or count == wanted.nodes:
        return ()
    remedy = "kind cannot change it: delete the cluster and make it anew"
    return (FieldDifference(field="nodes", wanted=str(wanted.nodes), found=str(count), remedy=remedy),)


def _count(containers: tuple[NodeContainer, ...]) -> int:
    return sum(container.is_node for container in containers)
