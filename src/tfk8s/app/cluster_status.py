"""The use-cases of `tfk8s cluster list` and `status`: what there is, and whether the service's most pods fit in."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tfk8s.app.cluster_choice import ChosenCluster
from tfk8s.app.cluster_create import differences_json
from tfk8s.app.cluster_room import Remedy, remedy_for, room_of
from tfk8s.app.cluster_world import ClusterWorld
from tfk8s.app.rendering import render_service
from tfk8s.errors import PreconditionError, Tfk8sError
from tfk8s.manifest import JsonObject, JsonValue, Manifests
from tfk8s.plan.capacity import shown
from tfk8s.plan.room import Room
from tfk8s.ports import ClusterDetail, ClusterSummary, NodePool

_MIB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterStatus:
    """A cluster, and its room for the service of the spec.

    Attributes:
        room: None without a service, or when it cannot be found out.
        unknown: why not, or "".
        remedy: what to do when the pods do not fit.
    """

    detail: ClusterDetail
    room: Room | None = None
    unknown: str = ""
    remedy: Remedy | None = None


def cluster_status(chosen: ChosenCluster, *, world: ClusterWorld) -> ClusterStatus:
    """Look at the cluster, and at its nodes as far as it answers.

    Raises:
        PreconditionError: there is no such cluster.
        CloudError: it cannot be found out.
    """
    detail = world.clusters.detail(chosen.request)
    if detail is None:
        raise PreconditionError(
            f"there is no cluster {chosen.request.name}",
            hint="tfk8s cluster list shows those that there are, tfk8s cluster create makes it",
        )
    if chosen.service is None:
        return ClusterStatus(detail=detail, unknown="no spec whose cluster this is, so no service to fit in")
    try:
        manifests = _manifests(chosen)
        room = room_of(manifests, detail=detail, name=chosen.request.name, world=world)
    except Tfk8sError as error:
        return ClusterStatus(detail=detail, unknown=error.message)
    if room is None:
        return ClusterStatus(detail=detail, unknown="the cluster makes nodes as pods need them (Autopilot)")
    return ClusterStatus(detail=detail, room=room, remedy=remedy_for(room, chosen=chosen, pools=detail.pools))


def _manifests(chosen: ChosenCluster) -> Manifests:
    spec = chosen.service
    assert spec is not None  # noqa: S101 - the caller has looked
    # Only what pods ask for is looked at, so any image will do: none is built, no model is hashed.
    return render_service(spec, base=chosen.request.base, image=spec.image.base).deployable.manifests


def status_lines(status: ClusterStatus) -> tuple[str, ...]:
    """The status for people."""
    detail, summary = status.detail, status.detail.summary
    release = f", Kubernetes {summary.release}" if summary.release else ""
    owner = "made by tfk8s" if summary.is_ours else "not made by tfk8s"
    lines = [f"{summary}: {summary.status}{release}, {summary.nodes} nodes, {owner}"]
    lines += [f"  {condition}" for condition in detail.conditions]
    if detail.operation:
        lines.append(f"  operation {detail.operation} works on it")
    lines += [f"  {_pool_line(pool)}" for pool in detail.pools]
    lines += [
        f"  differs in {item.field}: wanted {item.wanted}, found {item.found}; {item.remedy}"
        for item in detail.differences
    ]
    return (*lines, *_room_lines(status))


def _pool_line(pool: NodePool) -> str:
    bounds = f", {pool.fewest_nodes} to {pool.most_nodes} by autoscaling" if pool.is_autoscaled else ""
    spot = ", spot" if pool.is_spot else ""
    machine = pool.machine_type or "unknown machines"
    return f"pool {pool.name}: {pool.nodes} nodes of {machine}{spot}{bounds}, {pool.status}"


def _room_lines(status: ClusterStatus) -> tuple[str, ...]:
    room = status.room
    if room is None:
        return (f"room for the service: unknown: {status.unknown}",)
    need = room.need
    gpu = f", {need.gpus} GPUs" if need.gpus else ""
    pod = f"{shown('cpu', _cores(need.cpu_millis))} cores, {need.memory_bytes // _MIB} MiB{gpu}"
    if room.short_of is None:
        return (f"room for the service: all {room.wanted} pods fit ({pod} each; {room.pods} would)",)
    lines = [f"room for the service: {room.pods} of {room.wanted} pods fit ({pod} each): short of {room.short_of}"]
    if status.remedy is not None:
        lines.append(f"  {status.remedy.what}: {status.remedy.command}")
    return tuple(lines)


def _cores(millis: int) -> Decimal:
    return Decimal(millis) / 1000


def status_json(status: ClusterStatus) -> JsonObject:
    """The stable form of `-o json`."""
    detail, room = status.detail, status.room
    conditions: list[JsonValue] = list(detail.conditions)
    return {
        **summary_json(detail.summary),
        "endpoint": detail.endpoint or None,
        "operation": detail.operation or None,
        "conditions": conditions,
        "pools": [_pool_json(pool) for pool in detail.pools],
        "differences": differences_json(detail.differences),
        "room": None
        if room is None
        else {
            "pods": room.pods,
            "wanted": room.wanted,
            "shortOf": room.short_of,
            "byPool": {pool.name: pool.holds(room.need) for pool in room.pools},
            "podCpuMillis": room.need.cpu_millis,
            "podMemoryBytes": room.need.memory_bytes,
            "podGpus": room.need.gpus,
            "remedy": status.remedy.command if status.remedy is not None else None,
        },
        "roomUnknown": status.unknown or None,
    }


def _pool_json(pool: NodePool) -> JsonObject:
    return {
        "name": pool.name,
        "machineType": pool.machine_type,
        "status": pool.status,
        "nodes": pool.nodes,
        "fewestNodes": pool.fewest_nodes,
        "mostNodes": pool.most_nodes,
        "autoscaled": pool.is_autoscaled,
        "spot": pool.is_spot,
        "gpus": pool.gpus,
    }


def summary_json(summary: ClusterSummary) -> JsonObject:
    """The stable form of one line of `list`."""
    return {
        "name": summary.name,
        "location": summary.location,
        "status": summary.status,
        "release": summary.release or None,
        "nodes": summary.nodes,
        "madeByTfk8s": summary.is_ours,
    }
