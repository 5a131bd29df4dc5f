"""Looks at the cluster and makes the plan; shared by diff, apply and going back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from tfk8s.app.scaling_foresight import live_scalers, metric_warnings
from tfk8s.app.service import Deployable, ServiceName
from tfk8s.errors import InputError, PreconditionError
from tfk8s.manifest import JsonObject, Manifest, Manifests, ObjectRef
from tfk8s.manifest.order import apply_rank
from tfk8s.manifest.scalers import counts
from tfk8s.plan import (
    Inventory,
    NotAsked,
    Observation,
    Observed,
    Plan,
    PlanOptions,
    PlanWarning,
    RefusalReason,
    Refused,
    from_config_map,
    inventory_ref,
    make_plan,
    takeover,
)
from tfk8s.plan.rivals import Rival, rival_warnings, rivals
from tfk8s.ports.cluster import Cluster, ForbiddenError, ObjectQuery, unserved

if TYPE_CHECKING:
    from tfk8s.rollout.canary_record import CanaryRecord

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, the record that it was made against, and what was seen."""

    plan: Plan
    inventory: Inventory
    observed: Observed


def read_inventory(name: ServiceName, *, cluster: Cluster) -> Inventory:
    """The record of what we applied; empty before the first time."""
    return from_config_map(cluster.get(inventory_ref(name=name.name, namespace=name.namespace)))


def plan_service(deployable: Deployable, *, cluster: Cluster, options: PlanOptions) -> Planned:
    """Read the record, the live objects and the server's predictions, and decide.

    Raises:
        PreconditionError: the namespace, a kind, or what a front needs does not exist; nothing was changed.
        InputError: a claim that the pods cannot share.
    """
    from tfk8s.app.canary_live import beside_canary
    from tfk8s.app.following import following
    from tfk8s.app.front_conditions import require_kinds

    canary = _canary(deployable.name, cluster=cluster)
    deployable = replace(deployable, manifests=beside_canary(deployable.manifests, canary, name=deployable.name))
    inventory = read_inventory(deployable.name, cluster=cluster)
    require_kinds(deployable.manifests, cluster=cluster)
    deployable = replace(deployable, manifests=following(deployable.manifests, cluster=cluster))
    desired = deployable.manifests
    found = _rivals(deployable, inventory=inventory, cluster=cluster)
    observed = Observed(
        objects={seen.ref: seen for seen in _observe(deployable, cluster=cluster)},
        leftovers=_leftovers(inventory, desired=desired, cluster=cluster),
        recorded=inventory.objects,
        foreign_scaler=found is None or any(counts(rival.ref) for rival in found),
        rivals=found or (),
    )
    told = rival_warnings(desired, observed.rivals)
    forbidden = _forbidden_warnings(observed)
    warnings = (*forbidden, *_canary_warnings(canary), *told, *_foresee(deployable, cluster=cluster))
    plan = make_plan(desired, observed, options=options, warnings=warnings)
    return Planned(plan=plan, inventory=inventory, observed=observed)


def _forbidden_warnings(observed: Observed) -> tuple[PlanWarning, ...]:
    """A dry run that is forbidden shows nothing: it says that, and what would let it."""
    refused = [seen.prediction for seen in observed.objects.values() if isinstance(seen.prediction, Refused)]
    forbidden = [each for each in refused if each.reason is RefusalReason.FORBIDDEN and each.remedy]
    if not forbidden:
        return ()
    message = (
        f"what would change in {len(forbidden)} of the objects is not known: a dry run needs the rights of writing"
    )
    return (PlanWarning(message=message, hint=forbidden[0].remedy),)


def _canary(name: ServiceName, *, cluster: Cluster) -> CanaryRecord | None:
    """What is written down of a canary of the service: a plan keeps the routes that lead to it."""
    from tfk8s.app.canary_live import live_canary

    live = if_allowed(lambda: live_canary(name, cluster=cluster), otherwise=None)
    return live.record if live is not None else None


def _canary_warnings(canary: CanaryRecord | None) -> tuple[PlanWarning, ...]:
    """Not while it is promoted: then this plan is part of that."""
    if canary is None or canary.phase in ("promoting", "removing"):
        return ()
    hint = (
        "it stays, and is compared with whatever the service is from now on; "
        f"tfk8s versions canary {canary.version} sees it to its end, --abort removes it"
    )
    return (PlanWarning(message=str(canary), hint=hint),)


def _observe(deployable: Deployable, *, cluster: Cluster) -> Iterator[Observation]:
    desired, names = deployable.manifests, deployable.name.objects
    adopted = names.adopted if names is not None else frozenset()
    made_here = {item.ref.name for item in desired if item.ref.kind == "Namespace"}
    absent: set[str] = set()  # asking again would cost a twentieth of a second an object: the server waits for it
    for manifest in desired:
        if manifest.ref.namespace in absent:
            yield _in_absent_namespace(manifest.ref, cluster=cluster)
            continue
        prediction = cluster.dry_run(manifest)
        if isinstance(prediction, Refused) and prediction.reason is RefusalReason.NO_NAMESPACE:
            if manifest.ref.namespace not in made_here:
                raise _no_namespace(manifest)
            absent.add(manifest.ref.namespace)
            yield _in_absent_namespace(manifest.ref, cluster=cluster)
            continue
        if isinstance(prediction, Refused) and prediction.reason is RefusalReason.UNKNOWN_FIELD:
            raise InputError(
                f"{manifest.ref}: {prediction.message}",
                hint="this Kubernetes version does not know the field; nothing was changed",
            )
        live = cluster.get(manifest.ref)
        made = takeover.makers(live) if live is not None and (manifest.ref.kind, manifest.ref.name) in adopted else ()
        if live is not None and made:
            prediction = cluster.dry_run_replace(takeover.outcome(manifest, live), live=live)
        yield Observation(ref=manifest.ref, live=live, prediction=prediction, makers=made)


def _in_absent_namespace(ref: ObjectRef, *, cluster: Cluster) -> Observation:
    if not cluster.serves(api_version=ref.api_version, kind=ref.kind):
        raise unserved(ref)
    return Observation(ref=ref, live=None, prediction=NotAsked(why="its namespace does not exist yet"))


def _no_namespace(manifest: Manifest) -> PreconditionError:
    name = manifest.ref.namespace
    return PreconditionError(
        f"the namespace {name} does not exist",
        hint=f"kubectl create namespace {name}, or createNamespace: true in the spec",
    )


def _leftovers(inventory: Inventory, *, desired: Manifests, cluster: Cluster) -> tuple[JsonObject, ...]:
    gone = inventory.objects - {item.ref for item in desired}
    ordered = sorted(gone, key=lambda ref: (apply_rank(ref), ref))
    live = (cluster.get(ref) for ref in ordered)
    return tuple(body for body in live if body is not None)


def _rivals(deployable: Deployable, *, inventory: Inventory, cluster: Cluster) -> tuple[Rival, ...] | None:
    """Autoscalers of others on our Deployment; None when the login may not see any: one may be there all the same."""
    try:
        live = live_scalers(deployable.name.namespace, cluster=cluster)
    except ForbiddenError:
        return None
    ours = inventory.objects | {item.ref for item in deployable.manifests}
    return rivals(deployable.manifests, live, ours=ours)


def _foresee(deployable: Deployable, *, cluster: Cluster) -> tuple[PlanWarning, ...]:
    """What the cluster could never run, scale or let clients reach; left out where the login may not look."""
    from tfk8s.app.front_conditions import check_fronts
    from tfk8s.plan.capacity import check_claims, check_nodes, claims_used

    desired = deployable.manifests
    claims = [
        cluster.get(
            ObjectRef(api_version="v1", kind="PersistentVolumeClaim", namespace=deployable.name.namespace, name=name)
        )
        for name in claims_used(desired)
    ]
    check_claims(desired, [claim for claim in claims if claim is not None])
    fronts = check_fronts(desired, cluster=cluster)
    return (*check_nodes(desired, nodes_of(cluster)), *metric_warnings(desired, cluster=cluster), *fronts)


def nodes_of(cluster: Cluster) -> tuple[JsonObject, ...]:
    """The nodes, () when the login may not list them."""
    return if_allowed(lambda: cluster.list(ObjectQuery(api_version="v1", kind="Node")), otherwise=())


def is_there(ref: ObjectRef, *, cluster: Cluster) -> bool:
    """Whether it is there, or may be: what the login cannot see is not called missing."""
    try:
        return cluster.get(ref) is not None
    except ForbiddenError:
        return True


def if_allowed(read: Callable[[], T], *, otherwise: T) -> T:
    """What is only nice to know: `otherwise` where the login has not the right to read it."""
    try:
        return read()
    except ForbiddenError:
        return otherwise
