"""What `up --dry-run` and `down` say before anything happens; looks at the world and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.app.apply import summary
from tfk8s.app.planning import plan_service
from tfk8s.app.preparation import Prepared, UpRequest, prepare, rendered_for
from tfk8s.app.up import UpWorld
from tfk8s.plan import PlanOptions
from tfk8s.ports import ClusterState


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """One step, and what it would do; `is_needed` is False when there is nothing to do."""

    step: str
    what: str
    is_needed: bool


def foresee_up(request: UpRequest, *, world: UpWorld) -> tuple[Foreseen, ...]:
    """Say what each step of `up` would do.

    Raises:
        Tfk8sError: as `up` would, as far as that can be known without changing anything.
    """
    prepared = prepare(request)
    state = world.clusters.describe(prepared.cluster.name) if prepared.cluster else ClusterState.RUNNING
    steps = [_cluster(prepared, state), _image(request, prepared, state, world=world)]
    return (*(step for step in steps if step is not None), _service(request, prepared, state, world=world))


def _cluster(prepared: Prepared, state: ClusterState) -> Foreseen | None:
    if prepared.cluster is None:
        return None
    name = prepared.cluster.name
    match state:
        case ClusterState.ABSENT:
            return Foreseen(step="cluster", what=f"create {name}", is_needed=True)
        case ClusterState.STOPPED:
            return Foreseen(step="cluster", what=f"start {name}", is_needed=True)
        case ClusterState.RUNNING:
            return Foreseen(step="cluster", what=f"{name} runs", is_needed=False)


def _image(request: UpRequest, prepared: Prepared, state: ClusterState, *, world: UpWorld) -> Foreseen | None:
    if prepared.image is None or prepared.cluster is None:
        return None
    is_running = state is ClusterState.RUNNING
    base = request.spec.image.base
    if is_running and world.images(prepared.cluster.name).holds(prepared.image, base=base):
        return Foreseen(step="image", what=f"{prepared.image} is there", is_needed=False)
    unless = "" if state is not ClusterState.STOPPED else ", unless they have it"
    return Foreseen(step="image", what=f"build {prepared.image} and load it into the nodes{unless}", is_needed=True)


def _service(request: UpRequest, prepared: Prepared, state: ClusterState, *, world: UpWorld) -> Foreseen:
    service = f"{prepared.service.name} in {prepared.service.namespace}"
    if state is not ClusterState.RUNNING:
        count = len(prepared.rendered.deployable.manifests)
        return Foreseen(step="service", what=f"{service}: apply {count} objects", is_needed=True)
    access = world.clusters.access(prepared.cluster.name) if prepared.cluster else None
    cluster = world.connect(access).cluster
    deployable = rendered_for(cluster, request=request, prepared=prepared).deployable
    plan = plan_service(deployable, cluster=cluster, options=PlanOptions(instance=deployable.name.name)).plan
    return Foreseen(step="service", what=f"{service}: {summary(plan)}", is_needed=bool(plan.pending))
