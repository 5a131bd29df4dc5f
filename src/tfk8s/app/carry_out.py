"""Carries a plan out, one object after the other; every step may be repeated after a death at any moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tfk8s.clock import Clock, ticks
from tfk8s.errors import ClusterRejectedError, WaitTimeoutError
from tfk8s.manifest import JsonObject, Manifest, Manifests, ObjectRef
from tfk8s.manifest.fields import integer_at, object_at, text_at, value_at
from tfk8s.manifest.scalers import AUTOSCALER, AUTOSCALER_API, SCALED_OBJECT, counts, made_by
from tfk8s.plan import HAND_OVER_MANAGER, Action, Change, HandOver, Plan, takeover
from tfk8s.ports import ObjectChanged, Reporter, Waiting
from tfk8s.ports.cluster import ApplyOptions, Cluster, ObjectQuery

_DELETE_TIMEOUT_S = 180.0
_HAND_OVER_TRIES = 5
_HOLDING = ApplyOptions(field_manager=HAND_OVER_MANAGER, force_conflicts=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What carrying out needs.

    Attributes:
        admit: called with the objects of pods before the first is written; raises where their images may not run.
    """

    cluster: Cluster
    clock: Clock
    reporter: Reporter
    admit: Callable[[Manifests], None] = lambda _: None


@dataclass(slots=True)
class ApplyResult:
    """What has happened so far, in order; it is filled while the work goes on, so that it is right after a failure."""

    done: list[tuple[ObjectRef, Action]] = field(default_factory=list)

    def lines(self) -> tuple[str, ...]:
        """One line an object."""
        return tuple(f"{action.value}: {ref}" for ref, action in self.done)


def carry_out(plan: Plan, *, world: World, result: ApplyResult) -> None:
    """Make every pending change.

    Raises:
        ClusterRejectedError: the server refused one; `result` tells what was done before it.
    """
    for change in plan.pending:
        _make(change, world=world)
        result.done.append((change.ref, change.action))
        world.reporter.emit(ObjectChanged(ref=change.ref, action=change.action.value))


def _make(change: Change, *, world: World) -> None:
    if change.action is Action.PRUNE:
        _prune(change, world=world)
        return
    assert change.manifest is not None  # noqa: S101 - only a prune has none
    if change.action is Action.RECREATE:
        world.cluster.delete(change.ref, uid=change.uid)
        wait_gone(change.ref, uid=change.uid, world=world)
    if change.hand_over is not None:
        _hand_over(change.manifest, change.hand_over, cluster=world.cluster)
        return
    if change.take_over:
        _take_over(change.manifest, cluster=world.cluster)
    world.cluster.apply(change.manifest, options=ApplyOptions(force_conflicts=change.force))


def _prune(change: Change, *, world: World) -> None:
    """Delete it; an autoscaler counts against us while it lives, and so does one that KEDA made of a ScaledObject."""
    heirs = _made_of(change, cluster=world.cluster) if change.ref.kind == SCALED_OBJECT else ()
    world.cluster.delete(change.ref, uid=change.uid)
    if not counts(change.ref):
        return
    wait_gone(change.ref, uid=change.uid, world=world)
    for ref, uid in heirs:
        world.cluster.delete(ref, uid=uid)
        wait_gone(ref, uid=uid, world=world)


def _made_of(change: Change, *, cluster: Cluster) -> tuple[tuple[ObjectRef, str], ...]:
    query = ObjectQuery(api_version=AUTOSCALER_API, kind=AUTOSCALER, namespace=change.ref.namespace)
    found = (body for body in cluster.list(query) if text_at(made_by(body), "uid") == change.uid)
    return tuple((Manifest.of(body).ref, text_at(body, "metadata", "uid")) for body in found)


def _take_over(manifest: Manifest, *, cluster: Cluster) -> None:
    """Make what people's tools wrote ours; a controller that writes meanwhile makes it another try.

    Raises:
        ClusterRejectedError: somebody writes all the time.
    """
    counts = value_at(manifest.body, "spec", "replicas") is not None
    for _ in range(_HAND_OVER_TRIES):
        live = cluster.get(manifest.ref)
        if live is None or not takeover.makers(live):
            return
        fields = takeover.moved_fields(live, counts_replicas=counts)
        if cluster.reassign(manifest.ref, fields=fields, version=text_at(live, "metadata", "resourceVersion")):
            return
    raise ClusterRejectedError(
        f"{manifest.ref} changes all the time: its fields could not be taken over",
        hint="see who writes it (kubectl get -o yaml --show-managed-fields), and run the command again",
    )


def wait_gone(ref: ObjectRef, *, uid: str | None, world: World, timeout_s: float = _DELETE_TIMEOUT_S) -> None:
    """Wait until the object of that identity is gone; a new one under its name is none of our business.

    Raises:
        WaitTimeoutError: it is still there.
    """
    looked = is_told = False
    for _ in ticks(world.clock, timeout_s=timeout_s, interval_s=0.5):
        live = world.cluster.get(ref)
        if live is None or (uid is not None and text_at(live, "metadata", "uid") != uid):
            return
        if looked and not is_told:
            is_told = True
            world.reporter.emit(Waiting(what=f"the end of {ref}", reasons=("it is being deleted",)))
        looked = True
    raise WaitTimeoutError(f"{ref} is still being deleted after {timeout_s:.0f} s", hint=_held_by(ref))


def _held_by(ref: ObjectRef) -> str:
    if ref.kind != SCALED_OBJECT:
        return "kubectl describe it: a finalizer or a pod that does not end holds it; then run the command again"
    clear = """--type merge -p '{"metadata":{"finalizers":null}}'"""
    return (
        "KEDA's operator takes its finalizer off: see that it runs (kubectl get pods -A -l app=keda-operator); where "
        f"KEDA is gone: kubectl -n {ref.namespace} patch scaledobject {ref.name} {clear}; then run the command again"
    )


def _hand_over(manifest: Manifest, handed: HandOver, *, cluster: Cluster) -> None:
    """Change who counts replicas without losing a pod.

    To the autoscaler: a second manager holds the field at its live value while we let go, because a field that nobody
    holds is reset to 1. Back from it: we apply the live count first, which cannot conflict, and then the wanted one,
    which takes the field over; everything else is ours already by then.
    """
    if handed.desired is None:
        live = _replicas(cluster, manifest.ref, default=handed.live)
        cluster.apply(_only_replicas(manifest, live or handed.least), options=_HOLDING)
        cluster.apply(manifest)
        return
    live = _apply_with_live_count(manifest, handed, cluster=cluster)
    if live != handed.desired:
        cluster.apply(manifest, options=ApplyOptions(force_conflicts=True))


def _apply_with_live_count(manifest: Manifest, handed: HandOver, *, cluster: Cluster) -> int:
    """Apply all but the wanted count; the autoscaler that has just gone may write once more, so read again then."""
    live = _replicas(cluster, manifest.ref, default=handed.live)
    for _ in range(_HAND_OVER_TRIES):
        refused = _refusal(_with_replicas(manifest, live), cluster=cluster)
        if refused is None:
            return live
        before, live = live, _replicas(cluster, manifest.ref, default=live)
        if live == before:
            raise refused
    raise ClusterRejectedError(
        f"{manifest.ref}: something keeps changing .spec.replicas",
        hint="find what scales it (kubectl get hpa), and run the command again",
    )


def _refusal(manifest: Manifest, *, cluster: Cluster) -> ClusterRejectedError | None:
    try:
        cluster.apply(manifest)
    except ClusterRejectedError as error:
        return error
    return None


def _replicas(cluster: Cluster, ref: ObjectRef, *, default: int) -> int:
    live = cluster.get(ref)
    return default if live is None else integer_at(live, "spec", "replicas", default=default)


def _only_replicas(manifest: Manifest, count: int) -> Manifest:
    ref = manifest.ref
    body: JsonObject = {
        "apiVersion": ref.api_version,
        "kind": ref.kind,
        "metadata": {"name": ref.name, "namespace": ref.namespace},
        "spec": {"replicas": count},
    }
    return Manifest(ref=ref, body=body)


def _with_replicas(manifest: Manifest, count: int) -> Manifest:
    spec = {**object_at(manifest.body, "spec"), "replicas": count}
    return Manifest(ref=manifest.ref, body={**manifest.body, "spec": spec})
