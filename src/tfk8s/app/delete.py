"""The use-case of `tfk8s delete`: what the record names and our labels mark, in reverse order, the record last."""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.app.carry_out import World, wait_gone
from tfk8s.app.planning import read_inventory
from tfk8s.app.rbac_check import require_delete
from tfk8s.app.service import ServiceName
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import labels_of, text_at
from tfk8s.manifest.order import apply_rank
from tfk8s.manifest.ownership import is_owned
from tfk8s.plan import Action, inventory_ref
from tfk8s.plan.planner import NEVER_PRUNED
from tfk8s.ports import ObjectChanged
from tfk8s.render.canary import canary_refs


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One live object that will be deleted; `uid` makes sure that it is this one."""

    ref: ObjectRef
    uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """What delete will do.

    Attributes:
        targets: in the order of deleting, the record last.
        kept: recorded objects that stay, each with the reason.
    """

    targets: tuple[Target, ...]
    kept: tuple[tuple[ObjectRef, str], ...]


def plan_deletion(name: ServiceName, *, world: World) -> Deletion:
    """Find what is live of the record, and of a canary beside it; empty when all of it is gone."""
    cluster = world.cluster
    recorded = read_inventory(name, cluster=cluster).objects | set(
        canary_refs(name=name.name, namespace=name.namespace)
    )
    ordered = sorted(recorded, key=lambda ref: (apply_rank(ref), ref), reverse=True)
    targets: list[Target] = []
    kept: list[tuple[ObjectRef, str]] = []
    for ref in (*ordered, inventory_ref(name=name.name, namespace=name.namespace)):
        live = cluster.get(ref)
        if live is None:
            continue
        reason = _stays(live, ref=ref, name=name)
        if reason:
            kept.append((ref, reason))
        else:
            targets.append(Target(ref=ref, uid=text_at(live, "metadata", "uid")))
    return Deletion(targets=tuple(targets), kept=tuple(kept))


def _stays(live: JsonObject, *, ref: ObjectRef, name: ServiceName) -> str:
    if ref.kind in NEVER_PRUNED:
        return "it may hold what others need"
    return "" if is_owned(labels_of(live), instance=name.name) else "it does not carry our labels any more"


def delete_service(deletion: Deletion, *, world: World, timeout_s: float) -> None:
    """Delete, wait for the end of each, and delete the record when all else is gone; may be repeated at any time.

    Raises:
        ForbiddenError: the login may not delete all of them; nothing was changed.
        WaitTimeoutError: an object is still there.
    """
    require_delete((target.ref for target in deletion.targets), cluster=world.cluster)
    objects, record = deletion.targets[:-1], deletion.targets[-1:]
    for part in (objects, record):
        for target in part:
            world.cluster.delete(target.ref, uid=target.uid)
        for target in part:
            _ended(target, world=world, timeout_s=timeout_s)


def _ended(target: Target, *, world: World, timeout_s: float) -> None:
    wait_gone(target.ref, uid=target.uid, world=world, timeout_s=timeout_s)
    world.reporter.emit(ObjectChanged(ref=target.ref, action="delete"))


def as_json(deletion: Deletion) -> JsonObject:
    """The stable form of `delete --dry-run -o json`."""
    return {
        "action": Action.PRUNE.value,
        "delete": [str(target.ref) for target in deletion.targets],
        "keep": [{"object": str(ref), "reason": reason} for ref, reason in deletion.kept],
    }
