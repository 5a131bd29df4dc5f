"""The use-case of `tfk8s cluster delete`: what goes is named first, and nothing that is billed is left behind."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tfk8s.app.carry_out import World, wait_gone
from tfk8s.app.cluster_choice import ChosenCluster
from tfk8s.app.cluster_contents import fronts_in, outliving, workloads_in
from tfk8s.app.cluster_world import ClusterWorld
from tfk8s.app.delete import Target
from tfk8s.app.repository_deletion import our_repository, repository_deleted
from tfk8s.app.service import expected_context
from tfk8s.app.steps import Done, Steps
from tfk8s.errors import InputError, PreconditionError, Tfk8sError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import labels_of, text_at
from tfk8s.manifest.ownership import MANAGED_BY_LABEL, MANAGER
from tfk8s.ports import ClusterDetail, ObjectChanged, Warn
from tfk8s.ports.cluster import Cluster
from tfk8s.spec import GkeCluster


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterDeletion:
    """What will go.

    Attributes:
        detail: the cluster; None when there is none.
        fronts: load balancers of our services, which go first.
        lost: workloads and load balancers of others.
        unseen: why it is not known what runs in the cluster, or "".
        repository: image repository that goes with every image in it, or None.
    """

    chosen: ChosenCluster
    detail: ClusterDetail | None
    fronts: tuple[Target, ...] = ()
    lost: tuple[str, ...] = ()
    unseen: str = ""
    repository: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to delete."""
        return self.detail is None and self.repository is None

    def lines(self) -> tuple[str, ...]:
        """A line for each thing that goes, and for what is lost with it."""
        images = f"delete the image repository of {self.repository} with every image in it"
        return (*self._cluster_lines(), *([images] if self.repository is not None else []))

    def _cluster_lines(self) -> tuple[str, ...]:
        if self.detail is None:
            return (f"there is no cluster {self.chosen.request.name}",)
        summary = self.detail.summary
        lines = [f"delete the load balancer of {target.ref}" for target in self.fronts]
        lines.append(f"delete the cluster {summary} with everything in it")
        lines += [
            f"delete the node pool {pool.name}: {pool.nodes} nodes of {pool.machine_type} and their disks"
            for pool in self.detail.pools
        ]
        lines += [f"  also in it: {workload}" for workload in self.lost]
        if self.unseen:
            lines.append(f"  unknown what runs in it: {self.unseen}")
            lines.append("  a load balancer of it would stay and be billed: look in the console of the cloud")
        if not summary.is_ours:
            lines.append(f"  {summary.name} was not made by tfk8s")
        return tuple(lines)

    def as_json(self) -> JsonObject:
        """The stable form of `-o json`."""
        fronts: list[JsonValue] = [str(target.ref) for target in self.fronts]
        lost: list[JsonValue] = list(self.lost)
        pools: list[JsonValue] = [pool.name for pool in self.detail.pools] if self.detail is not None else []
        return {
            "cluster": self.chosen.request.name if self.detail is not None else None,
            "pools": pools,
            "loadBalancers": fronts,
            "lost": lost,
            "unseen": self.unseen or None,
            "repository": self.repository,
        }


def plan_cluster_deletion(
    chosen: ChosenCluster, *, world: ClusterWorld, delete_images: bool = False
) -> ClusterDeletion:
    """Look at what is there; changes nothing.

    Raises:
        InputError: images are to be deleted, and no spec says which.
        PreconditionError: the cluster was not made by this tool, and the user did not name it; or the images are not
            ours to delete.
        CloudError: it cannot be found out.
    """
    plan = _plan(chosen, world=world)
    if not delete_images:
        return plan
    if chosen.service is None:
        raise InputError("no spec says which images to delete", hint="give the spec of the service with -f")
    return replace(plan, repository=our_repository(chosen.service, repositories=world.repositories))


def _plan(chosen: ChosenCluster, *, world: ClusterWorld) -> ClusterDeletion:
    name = chosen.request.name
    detail = world.clusters.detail(chosen.request)
    if detail is None:
        return ClusterDeletion(chosen=chosen, detail=None)
    if not detail.summary.is_ours and not chosen.is_named:
        raise PreconditionError(
            f"the cluster {name} was not made by tfk8s, so it is not deleted on the word of a spec",
            hint=f"to delete it all the same, name it: tfk8s cluster delete {name}",
        )
    try:
        cluster = world.connect(world.clusters.access(name))
        fronts, lost = _inside(cluster)
    except Tfk8sError as error:  # a cluster that is broken must be deletable too
        return ClusterDeletion(chosen=chosen, detail=detail, unseen=error.message)
    return ClusterDeletion(chosen=chosen, detail=detail, fronts=fronts, lost=lost)


def delete_cluster(deletion: ClusterDeletion, *, world: ClusterWorld, timeout_s: float) -> None:
    """Carry the plan out; may be repeated after a death at any moment, also when the cluster is gone already.

    Raises:
        WaitTimeoutError: a load balancer is still there, or the cloud still works on the cluster.
        CloudError: the cluster could not be deleted.
    """
    request = deletion.chosen.request
    steps = Steps(clock=world.clock, reporter=world.reporter)
    if deletion.fronts:
        steps.run("load balancers", lambda: _fronts_deleted(deletion, world=world, timeout_s=timeout_s))
    if deletion.detail is not None:
        steps.run("cluster", lambda: _cluster_deleted(request.name, world=world))
    if isinstance(request.cluster, GkeCluster):  # kind takes its own entry out
        steps.run("kubeconfig", lambda: _entry_removed(deletion.chosen, world=world))
    if deletion.repository is not None and world.repositories is not None:
        repository, repositories = deletion.repository, world.repositories
        steps.run("registry", lambda: repository_deleted(repository, repositories, reporter=world.reporter))


def _inside(cluster: Cluster) -> tuple[tuple[Target, ...], tuple[str, ...]]:
    """Our load balancers, and what others have in the cluster."""
    fronts: list[Target] = []
    lost: list[str] = []
    for ref, item in fronts_in(cluster):
        if labels_of(item).get(MANAGED_BY_LABEL) == MANAGER:
            fronts.append(Target(ref=ref, uid=text_at(item, "metadata", "uid")))
        else:
            lost.append(outliving(ref))
    lost += [str(ref) for ref in workloads_in(cluster)]
    return tuple(fronts), tuple(lost)


def _fronts_deleted(deletion: ClusterDeletion, *, world: ClusterWorld, timeout_s: float) -> Done[None]:
    cluster = world.connect(world.clusters.access(deletion.chosen.request.name))
    inside = World(cluster=cluster, clock=world.clock, reporter=world.reporter)
    for target in deletion.fronts:
        cluster.delete(target.ref, uid=target.uid)
    for target in deletion.fronts:
        wait_gone(target.ref, uid=target.uid, world=inside, timeout_s=timeout_s)
        world.reporter.emit(ObjectChanged(ref=target.ref, action="delete"))
    return Done(value=None, outcome=f"{len(deletion.fronts)} deleted")


def _cluster_deleted(name: str, *, world: ClusterWorld) -> Done[None]:
    existed = world.clusters.delete(name, reporter=world.reporter)
    return Done(value=None, outcome=f"{name} deleted" if existed else f"{name} was gone")


def _entry_removed(chosen: ChosenCluster, *, world: ClusterWorld) -> Done[None]:
    context = expected_context(chosen.request.cluster)
    assert context is not None  # noqa: S101 - a cluster has one
    try:
        change = world.kubeconfig.remove(context)
    except PreconditionError as error:  # the cluster is gone; what is left costs nothing
        world.reporter.emit(Warn(message=error.message, hint=f"take the context {context} out by hand"))
        return Done(value=None, outcome="left as it is")
    return Done(value=None, outcome=f"context {context} taken out" if change.is_changed else "had no such context")
