"""Desired manifests and observations to a plan. The server predicts; this module only compares and decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from typing_extensions import assert_never

from tfk8s.manifest import JsonObject, Manifest, Manifests, ObjectRef
from tfk8s.manifest.difference import differences
from tfk8s.manifest.fields import labels_of, text_at
from tfk8s.manifest.ownership import is_owned
from tfk8s.plan import replicas
from tfk8s.plan.change import Action, Change, Plan, PlanWarning
from tfk8s.plan.managers import applied_fields
from tfk8s.plan.observation import Cause, NotAsked, Observation, Predicted, RefusalReason, Refused

NEVER_PRUNED = frozenset({"Namespace"})
"""Deleting a namespace deletes whatever others keep in it."""

_IMMUTABLE = frozenset(
    {
        ("Deployment", "spec.selector"),
        ("Service", "spec.clusterIP"),
        ("Service", "spec.clusterIPs[0]"),
        ("Secret", "type"),
    }
    | {("Secret", "data"), ("ConfigMap", "data")}
)
"""Fields that the API server keeps for life; a change of one needs another object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """What the user allows.

    Attributes:
        force_conflicts: take fields over from the managers that hold them.
        recreate: delete and make anew an object whose immutable field changes.
        instance: the service that an object must be labelled as part of before it is pruned.
    """

    force_conflicts: bool = False
    recreate: bool = False
    instance: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Everything that was seen: desired objects with their predictions, and the live ones that may be pruned.

    Attributes:
        leftovers: live bodies of recorded objects that are no longer desired, in the order of applying.
        recorded: what the inventory names, live or not.
        foreign_scaler: a live autoscaler that we do not own aims at the Deployment.
    """

    objects: Mapping[ObjectRef, Observation]
    leftovers: tuple[JsonObject, ...] = ()
    recorded: frozenset[ObjectRef] = frozenset()
    foreign_scaler: bool = False


def make_plan(
    desired: Manifests,
    observed: Observed,
    *,
    options: PlanOptions | None = None,
    warnings: tuple[PlanWarning, ...] = (),
) -> Plan:
    """Decide one action for each object, in the order of carrying them out.

    An autoscaler that gives a Deployment back goes first, because it would count against us; everything else that is
    pruned goes last, in the reverse order of applying.
    """
    allowed = options or PlanOptions()
    leaves = any(_is_autoscaler(ref) and ref not in observed.objects for ref in observed.recorded)
    scalers = replicas.Scalers(ours_leaves=leaves, foreign=observed.foreign_scaler)
    applied = [
        _change(manifest, observed.objects[manifest.ref], options=allowed, scalers=scalers) for manifest in desired
    ]
    pruned = [_prune(body, instance=allowed.instance) for body in reversed(observed.leftovers)]
    removed = [change for change in pruned if change is not None]
    first = [change for change in removed if _is_autoscaler(change.ref)]
    last = [change for change in removed if not _is_autoscaler(change.ref)]
    return Plan(changes=(*first, *applied, *last), warnings=warnings)


def _is_autoscaler(ref: ObjectRef) -> bool:
    return ref.kind == "HorizontalPodAutoscaler"


def _prune(body: JsonObject, *, instance: str) -> Change | None:
    ref = Manifest.of(body).ref
    if ref.kind in NEVER_PRUNED or not is_owned(labels_of(body), instance=instance):
        return None
    return Change(ref=ref, action=Action.PRUNE, reason="no longer part of the service", uid=_uid(body))


def _uid(body: JsonObject | None) -> str | None:
    return text_at(body, "metadata", "uid") or None


def _change(manifest: Manifest, seen: Observation, *, options: PlanOptions, scalers: replicas.Scalers) -> Change:
    if seen.makers:
        return _taken_over(manifest, seen, options=options)
    handed = replicas.hand_over(manifest, seen, scalers=scalers)
    if handed is not None:
        return handed
    match seen.prediction:
        case NotAsked(why=why):
            return Change(ref=manifest.ref, action=Action.CREATE, reason=why, manifest=manifest)
        case Predicted(body=after):
            return _compared(manifest, seen.live, after=after)
        case Refused() as refused:
            return _refused(manifest, seen.live, refused=refused, options=options)
        case _:
            assert_never(seen.prediction)


def _taken_over(manifest: Manifest, seen: Observation, *, options: PlanOptions) -> Change:
    """An object that the spec keeps was made by hand: nothing of it may stay that the manifest does not say."""
    by = " and ".join(seen.makers)
    if isinstance(seen.prediction, Refused):
        return _refused(manifest, seen.live, refused=seen.prediction, options=options)
    if not options.force_conflicts:
        causes = (Cause(field="", message=f"made by {by}; the spec keeps it, and takes it over whole"),)
        return _blocked(manifest, reason=f"it is managed by {by}", causes=causes)
    after = seen.prediction.body if isinstance(seen.prediction, Predicted) else {}
    return Change(
        ref=manifest.ref,
        action=Action.UPDATE,
        reason=f"takes over what {by} made",
        manifest=manifest,
        differences=differences(seen.live or {}, after),
        force=True,
        take_over=True,
    )


def _compared(manifest: Manifest, live: JsonObject | None, *, after: JsonObject) -> Change:
    if live is None:
        return Change(ref=manifest.ref, action=Action.CREATE, reason="it does not exist", manifest=manifest)
    found = differences(live, after)
    if found:
        count = "1 field differs" if len(found) == 1 else f"{len(found)} fields differ"
        return Change(ref=manifest.ref, action=Action.UPDATE, reason=count, manifest=manifest, differences=found)
    if applied_fields(live) != applied_fields(after):
        reason = "same content; the record of the fields that tfk8s manages changes"
        return Change(ref=manifest.ref, action=Action.UPDATE, reason=reason, manifest=manifest)
    return Change(ref=manifest.ref, action=Action.UNCHANGED, reason="already as desired", manifest=manifest)


def _refused(manifest: Manifest, live: JsonObject | None, *, refused: Refused, options: PlanOptions) -> Change:
    fixed = _immutable(manifest.ref, refused.causes) if live is not None else ()
    if not fixed and refused.reason is RefusalReason.CONFLICT:
        return _conflict(manifest, refused, force=options.force_conflicts)
    if not fixed:
        return _blocked(manifest, reason=refused.message, causes=refused.causes)
    fields = ", ".join(dict.fromkeys(_plain(cause.field) for cause in fixed))
    if options.recreate:
        reason = f"{fields} cannot be changed on a live object: it is deleted and made anew"
        return Change(
            ref=manifest.ref, action=Action.RECREATE, reason=reason, manifest=manifest, uid=_uid(live), causes=fixed
        )
    reason = f"{fields} cannot be changed on a live object; --recreate would delete it and make it anew"
    return _blocked(manifest, reason=reason, causes=fixed)


def _conflict(manifest: Manifest, refused: Refused, *, force: bool) -> Change:
    fields = ", ".join(cause.field for cause in refused.causes)
    if force:
        reason = f"takes over {fields}"
        return Change(
            ref=manifest.ref, action=Action.UPDATE, reason=reason, manifest=manifest, causes=refused.causes, force=True
        )
    return _blocked(manifest, reason=f"{fields} managed by somebody else", causes=refused.causes)


def _immutable(ref: ObjectRef, causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """A conflict over such a field means that our value differs: taking it over would be refused next."""
    return tuple(cause for cause in causes if (ref.kind, _plain(cause.field)) in _IMMUTABLE)


def _plain(field: str) -> str:
    """The field's path; conflicts write it with a dot in front, validation without."""
    return field.removeprefix(".")


def _blocked(manifest: Manifest, *, reason: str, causes: tuple[Cause, ...]) -> Change:
    return Change(ref=manifest.ref, action=Action.BLOCKED, reason=reason, manifest=manifest, causes=causes)
