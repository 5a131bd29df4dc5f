"""The use-case of `tfk8s down`: the reverse of `up`. The service goes; the cluster too, when `up` made it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tfk8s.app.carry_out import World
from tfk8s.app.cluster_contents import fronts_in, outliving, workloads_in
from tfk8s.app.delete import Deletion, delete_service, plan_deletion
from tfk8s.app.preparation import UpRequest, wanted_cluster
from tfk8s.app.repository_deletion import our_repository, repository_deleted
from tfk8s.app.service import ServiceName
from tfk8s.app.steps import Done, Steps
from tfk8s.app.up_world import UpWorld
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.ports import ClusterState, Note
from tfk8s.ports.cluster import Cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class DownPlan:
    """What `down` will do; looking it up changes nothing.

    Attributes:
        service: which service it is about.
        deletion: its objects; None when they cannot be asked for, or go with the cluster.
        cluster: name of the cluster that is deleted, or None.
        repository: image repository that is deleted with every image in it, or None.
        kept: why the cluster of the spec stays, or "".
        lost: workloads of others that go with the cluster, as text.
    """

    service: ServiceName
    deletion: Deletion | None = None
    cluster: str | None = None
    repository: str | None = None
    kept: str = ""
    lost: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to take down."""
        nothing_inside = self.deletion is None or not self.deletion.targets
        return self.cluster is None and self.repository is None and nothing_inside

    def lines(self) -> tuple[str, ...]:
        """One line for everything that goes, and for what stays or is lost with it."""
        targets = self.deletion.targets if self.deletion else ()
        kept = self.deletion.kept if self.deletion else ()
        lines = [f"delete {target.ref}" for target in targets]
        lines += [f"keep   {ref}: {reason}" for ref, reason in kept]
        if self.cluster is not None:
            lines.append(f"delete the cluster {self.cluster} with everything in it")
        lines += [f"  also in it: {workload}" for workload in self.lost]
        if self.repository is not None:
            lines.append(f"delete the image repository of {self.repository} with every image in it")
        if self.kept:
            lines.append(f"keep   the cluster: {self.kept}")
        return tuple(lines)

    def as_json(self) -> JsonObject:
        """The stable form of `-o json`."""
        targets: list[JsonValue] = [str(target.ref) for target in self.deletion.targets] if self.deletion else []
        lost: list[JsonValue] = list(self.lost)
        return {
            "objects": targets,
            "cluster": self.cluster,
            "repository": self.repository,
            "kept": self.kept or None,
            "lost": lost,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DownOptions:
    """What `down` leaves, and takes beyond the service and the cluster."""

    keep_cluster: bool = False
    delete_images: bool = False


def plan_down(request: UpRequest, *, world: UpWorld, options: DownOptions) -> DownPlan:
    """Look at what is there.

    Raises:
        PreconditionError: the cluster is stopped and not ours, or does not answer; the images are not ours to delete.
    """
    plan = _plan_cluster(request, world=world, keep_cluster=options.keep_cluster)
    if not options.delete_images:
        return plan
    return replace(plan, repository=our_repository(request.spec, repositories=world.repositories))


def _plan_cluster(request: UpRequest, *, world: UpWorld, keep_cluster: bool) -> DownPlan:
    service = ServiceName.of(request.spec)
    wanted = wanted_cluster(request)
    if wanted is None:
        return DownPlan(service=service, deletion=_deletion(service, world.connect(None).cluster, world=world))
    preview = world.clusters.preview(wanted)
    if preview.state is ClusterState.ABSENT:
        return DownPlan(service=service)
    goes = not keep_cluster and world.clusters.is_ours(wanted.name)
    if preview.state is ClusterState.STOPPED and goes:
        return DownPlan(service=service, cluster=wanted.name)
    if preview.state is ClusterState.STOPPED:
        raise PreconditionError(
            f"the cluster {wanted.name} is stopped, so its service cannot be deleted",
            hint="start it with `tfk8s up`, then run this again",
        )
    cluster = world.connect(world.clusters.access(wanted.name)).cluster
    if goes:
        # A load balancer outlives the cluster that asked for it, and is billed on: the service goes first.
        deletion = _deletion(service, cluster, world=world) if preview.runs else None
        return DownPlan(service=service, deletion=deletion, cluster=wanted.name, lost=_others(service, cluster))
    kept = "--keep-cluster" if keep_cluster else f"{wanted.name} was not made by `tfk8s up`"
    return DownPlan(service=service, deletion=_deletion(service, cluster, world=world), kept=kept)


def down(plan: DownPlan, request: UpRequest, *, world: UpWorld, timeout_s: float) -> None:
    """Carry the plan out; may be repeated after a death at any moment.

    Raises:
        WaitTimeoutError: an object is still there.
        CloudError: the cluster could not be deleted.
    """
    steps = Steps(clock=world.clock, reporter=world.reporter)
    if plan.deletion is not None and plan.deletion.targets:
        deletion = plan.deletion
        steps.run("service", lambda: _deleted(deletion, request, world=world, timeout_s=timeout_s))
    if plan.cluster is not None:
        name = plan.cluster
        steps.run("cluster", lambda: _cluster_deleted(name, world=world))
    if plan.repository is not None and world.repositories is not None:
        repository, repositories = plan.repository, world.repositories
        steps.run("registry", lambda: repository_deleted(repository, repositories, reporter=world.reporter))


def _deleted(deletion: Deletion, request: UpRequest, *, world: UpWorld, timeout_s: float) -> Done[None]:
    wanted = wanted_cluster(request)
    cluster = world.connect(world.clusters.access(wanted.name) if wanted else None).cluster
    delete_service(deletion, world=_world(cluster, world), timeout_s=timeout_s)
    return Done(value=None, outcome=f"{len(deletion.targets)} objects deleted")


def _cluster_deleted(name: str, *, world: UpWorld) -> Done[None]:
    existed = world.clusters.delete(name, reporter=world.reporter)
    return Done(value=None, outcome=f"{name} deleted" if existed else f"{name} was gone")


def _deletion(service: ServiceName, cluster: Cluster, *, world: UpWorld) -> Deletion:
    world.reporter.emit(Note(message=f"{cluster.identity}, namespace {service.namespace}"))
    return plan_deletion(service, world=_world(cluster, world))


def _world(cluster: Cluster, world: UpWorld) -> World:
    return World(cluster=cluster, clock=world.clock, reporter=world.reporter)


def _others(service: ServiceName, cluster: Cluster) -> tuple[str, ...]:
    """Workloads and load balancers in the cluster that are neither the system's nor of this service."""
    fronts = [(ref, outliving(ref)) for ref, _ in fronts_in(cluster)]
    workloads = [(ref, str(ref)) for ref in workloads_in(cluster)]
    own = (service.namespace, service.name)
    return tuple(sorted(line for ref, line in (*fronts, *workloads) if (ref.namespace, ref.name) != own))
