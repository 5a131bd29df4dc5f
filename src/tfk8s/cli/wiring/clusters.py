"""Wires clusters: their providers, their kubeconfigs, and connections to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tfk8s.app.carry_out import World
    from tfk8s.app.cluster_world import ClusterWorld
    from tfk8s.cli.cluster_options import Aim
    from tfk8s.cloud import Provider
    from tfk8s.ports import Cluster, ClusterAccess, Reporter
    from tfk8s.ports.fleets import Fleet
    from tfk8s.spec import ClusterSpec, ServiceSpec


def cluster(aim: Aim) -> Cluster:
    """The cluster that the command line means; nothing is sent yet."""
    from tfk8s.cluster import connect

    return connect(kubeconfig=aim.kubeconfig, context=aim.cluster_context())


def cluster_for(aim: Aim, *, spec: ServiceSpec) -> Cluster:
    """The cluster, refused when the spec means another one than the current context.

    Raises:
        PreconditionError: no usable kubeconfig, the wrong context, or no login of the cloud.
    """
    from tfk8s.app.service import expected_context, require_context

    direct = direct_cluster(aim, spec=spec)
    if direct is not None:
        return direct
    found = cluster(aim)
    require_context(expected_context(spec.cluster), found.identity, chosen=aim.context is not None)
    return found


def direct_cluster(aim: Aim, *, spec: ServiceSpec) -> Cluster | None:
    """The spec's cluster by its address and this computer's login, where no kubeconfig leads to it; else None.

    Neither --context nor --kubeconfig was given, and the kubeconfig has no context for the cluster or needs a plugin
    that is not installed.

    Raises:
        PreconditionError: no login of the cloud.
        CloudError: there is no such cluster, or it cannot be found out.
    """
    from tfk8s.app.service import expected_context
    from tfk8s.cluster import leads_to
    from tfk8s.errors import Tfk8sError

    wanted, context = spec.cluster, expected_context(spec.cluster)
    if wanted is None or wanted.provider != "gke" or context is None or aim.context or aim.kubeconfig:
        return None
    if leads_to(context):
        return None
    try:
        access = provider_for(aim, cluster=wanted).clusters.access(wanted.name)
    except Tfk8sError as error:
        why = f"no kubeconfig leads to the spec's cluster (context {context}), so it is looked for at its provider"
        error.details = (*error.details, why)
        raise
    return connected(access, kubeconfig=None)


def cluster_world(aim: Aim, *, spec: ServiceSpec, reporter: Reporter) -> World:
    """What changes to a cluster need.

    Raises:
        PreconditionError: see `cluster_for`.
    """
    from tfk8s.app.carry_out import World
    from tfk8s.cli.wiring.images import admission
    from tfk8s.clock import SystemClock

    admit = admission(spec, folder=aim.spec_file.parent, reporter=reporter)
    return World(cluster=cluster_for(aim, spec=spec), clock=SystemClock(), reporter=reporter, admit=admit)


def managed_world(aim: Aim, *, cluster: ClusterSpec, reporter: Reporter) -> ClusterWorld:
    """What the commands about clusters need; nothing is looked at yet."""
    import os

    from tfk8s.app.cluster_world import ClusterWorld
    from tfk8s.clock import SystemClock
    from tfk8s.cluster.kubeconfig_file import KubeconfigFile, kubeconfig_path

    clock = SystemClock()
    provider = provider_for(aim, cluster=cluster)
    return ClusterWorld(
        clusters=provider.clusters,
        kubeconfig=KubeconfigFile(kubeconfig_path(kubeconfig=aim.kubeconfig, environ=os.environ), clock=clock),
        export=provider.export_kubeconfig,
        connect=lambda access: connected(access, kubeconfig=aim.kubeconfig),
        clock=clock,
        reporter=reporter,
        repositories=provider.repositories,
    )


def provider_for(aim: Aim, *, cluster: ClusterSpec | None) -> Provider:
    """The provider of a cluster; of kind when there is none. Nothing is looked at yet."""
    from tfk8s.clock import SystemClock
    from tfk8s.cloud import PROVIDERS, Surroundings

    make = PROVIDERS[cluster.provider if cluster is not None else "kind"]
    return make(Surroundings(clock=SystemClock(), state=state_folder(), kubeconfig=aim.kubeconfig, cluster=cluster))


def fleet_of(project: str) -> Fleet:
    """The fleet of a project of Google's; nothing is sent yet.

    Raises:
        PreconditionError: no login of the cloud.
    """
    from tfk8s.clock import SystemClock
    from tfk8s.cloud.gke.hub import fleet_hub

    return fleet_hub(project, clock=SystemClock())


def connected(access: ClusterAccess, *, kubeconfig: Path | None) -> Cluster:
    """The cluster that a provider names: by its address where it has one, else by its context."""
    from tfk8s.cluster import connect, connect_endpoint

    if access.endpoint is not None:
        return connect_endpoint(access.endpoint, context=access.context)
    return connect(kubeconfig=kubeconfig, context=access.context)


def state_folder() -> Path:
    """Where is remembered what was begun: the XDG state folder."""
    import os
    from pathlib import Path

    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "tfk8s"
