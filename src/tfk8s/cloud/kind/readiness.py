"""Waits until a cluster can be used: its nodes are ready, and it serves the figures that an autoscaler needs."""

from __future__ import annotations

from importlib.resources import as_file, files

from tfk8s.clock import Clock, ticks
from tfk8s.cloud.kind.commands import Kind
from tfk8s.cloud.kind.kubectl import Kubectl, missing_nodes
from tfk8s.errors import WaitTimeoutError
from tfk8s.ports import Reporter, Waiting

READY_TIMEOUT_S = 180.0
_INTERVAL_S = 1.0


def missing(kubectl: Kubectl, *, nodes: int) -> tuple[str, ...]:
    """What keeps the cluster from being ready now."""
    return missing_nodes(kubectl.ask("get", "nodes", "--output=json"), wanted=nodes)


def wait_for_nodes(kind: Kind, *, nodes: int, clock: Clock, reporter: Reporter) -> None:
    """Return once every node is ready.

    Raises:
        WaitTimeoutError: with what was still missing.
    """
    if not kind.kubectl.knows_context():
        kind.export_kubeconfig()
    told: tuple[str, ...] = ()
    for _ in ticks(clock, timeout_s=READY_TIMEOUT_S, interval_s=_INTERVAL_S):
        reasons = missing(kind.kubectl, nodes=nodes)
        if not reasons:
            return
        if not told:
            kind.export_kubeconfig()  # the context may be that of an older cluster of the same name
        if reasons != told:
            reporter.emit(Waiting(what=f"cluster {kind.name}", reasons=reasons))
        told = reasons
    raise WaitTimeoutError(
        f"the kind cluster {kind.name} is not ready after {READY_TIMEOUT_S:.0f} s: {'; '.join(told)}",
        hint=f"run the same command again to go on waiting, or start over: kind delete cluster --name {kind.name}",
    )


def serve_metrics(kubectl: Kubectl, *, clock: Clock, reporter: Reporter) -> None:
    """Install metrics-server unless the cluster has one, and return once it has figures.

    Raises:
        CloudError: it could not be installed.
        WaitTimeoutError: it has no figures in time.
    """
    if _has_figures(kubectl):
        return
    found = kubectl.ask("get", "apiservices", "v1beta1.metrics.k8s.io", "--ignore-not-found", "--output=name")
    if found.code == 0 and not found.text.strip():
        _install_metrics_server(kubectl)
    reporter.emit(Waiting(what=f"context {kubectl.context}", reasons=("metrics-server has no figures yet",)))
    for _ in ticks(clock, timeout_s=READY_TIMEOUT_S, interval_s=_INTERVAL_S):
        if _has_figures(kubectl):
            return
    raise WaitTimeoutError(
        f"metrics-server gives no figures after {READY_TIMEOUT_S:.0f} s, and an autoscaler needs them",
        hint=f"look with: kubectl --context {kubectl.context} --namespace kube-system get pods",
    )


def _install_metrics_server(kubectl: Kubectl) -> None:
    with as_file(files("tfk8s.cloud.kind").joinpath("metrics-server.yaml")) as manifest:
        applied = kubectl.ask("apply", "--server-side", "--field-manager=tfk8s", "--filename", str(manifest))
    if applied.code != 0:
        raise applied.failure("metrics-server could not be installed, and an autoscaler needs it")


def _has_figures(kubectl: Kubectl) -> bool:
    return kubectl.ask("get", "--raw", "/apis/metrics.k8s.io/v1beta1").code == 0
