"""Desired manifests and observations to a plan. The server predicts; this module only compares and decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from typing_extensions import assert_never

from tfk8s.manifest import JsonObject, Manifest, Manifests, ObjectRef
from tfk8s.manifest.difference import differences
from tfk8s.manifest.fields import labels_of, text_at
from tfk8s.manifest.ownership import is_owned
from tfk8s.manifest.scalers import AUTOSCALER, SCALED_OBJECT, bounds_of, counts, is_of_keda, made_by, target_of
from tfk8s.plan import replicas
from tfk8s.plan.change import Action, Change, Plan, PlanWarning
from tfk8s.plan.managers import applied_fields
from tfk8s.plan.observation import Cause, NotAsked, Observation, Predicted, RefusalReason, Refused
from tfk8s.plan.rivals import Rival

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
        foreign_scaler: a live autoscaler that we do not own counts the pods of the Deployment, or may do so unseen.
        rivals: the autoscalers of others that were seen.
    """

    objects: Mapping[ObjectRef, Observation]
    leftovers: tuple[JsonObject, ...] = ()
    recorded: frozenset[ObjectRef] = frozenset()
    foreign_scaler: bool = False
    rivals: tuple[Rival, ...] = ()

    def live(self, ref: ObjectRef) -> JsonObject | None:
        """A desired object as it is; None for one that is not there, or was not looked for."""
        seen = self.objects.get(ref)
        return None if seen is None else seen.live


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
    scalers = _scalers(desired, observed)
    applied = [
        _contested(manifest, observed.rivals)
        or _change(manifest, observed.objects[manifest.ref], options=allowed, scalers=scalers)
        for manifest in desired
    ]
    pruned = [_prune(body, instance=allowed.instance) for body in reversed(observed.leftovers)]
    removed = [change for change in pruned if change is not None]
    first = [change for change in removed if counts(change.ref)]
    last = [change for change in removed if not counts(change.ref)]
    return Plan(changes=(*first, *applied, *last), warnings=warnings)


def _scalers(desired: Manifests, observed: Observed) -> replicas.Scalers:
    leaving = [ref for ref in observed.recorded if counts(ref) and ref not in observed.objects]
    least = 0
    if any(ref.kind == SCALED_OBJECT for ref in leaving):
        least = max((bounds_of(item.body)[0] for item in desired if item.ref.kind == AUTOSCALER), default=0)
    return replicas.Scalers(ours_leaves=bool(leaving), foreign=observed.foreign_scaler, least=least)


def _contested(manifest: Manifest, rivals: tuple[Rival, ...]) -> Change | None:
    """An autoscaler of ours beside one of somebody else: the two would undo each other's work for ever."""
    if not counts(manifest.ref):
        return None
    target = target_of(manifest.body)
    on_same = [item for item in rivals if (item.deployment.kind, item.deployment.name) == target]
    if not on_same:
        return None
    first = on_same[0]
    causes = tuple(Cause(field="", message=f"{rival}; {rival.remedy}") for rival in on_same)
    blocked = _blocked(manifest, reason=f"{first}, and two autoscalers undo each other's work", causes=causes)
    return replace(blocked, remedy=f"{' && '.join(item.remedy for item in on_same)}{_or_keep(manifest, first)}")


def _or_keep(manifest: Manifest, rival: Rival) -> str:
    if not rival.ref.kind == manifest.ref.kind == AUTOSCALER:
        return ""
    return f"; or keep that object, with existing: {{autoscaler: {rival.ref.name}}} in the spec"


def _prune(body: JsonObject, *, instance: str) -> Change | None:
    """What a controller made is its own to remove, whatever labels it copied: KEDA's autoscaler bears ours."""
    ref = Manifest.of(body).ref
    if ref.kind in NEVER_PRUNED or made_by(body) or not is_owned(labels_of(body), instance=instance):
        return None
    return Change(ref=ref, action=Action.PRUNE, reason="no longer part of the service", uid=_uid(body))


def _uid(body: JsonObject | None) -> str | None:
    return text_at(body, "metadata", "uid") or None


def _change(manifest: Manifest, seen: Observation, *, options: PlanOptions, scalers: replicas.Scalers) -> Change:
    if manifest.ref.kind == AUTOSCALER and seen.live is not None and is_of_keda(seen.live):
        return _replaced_keda(manifest, seen.live)
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


def _replaced_keda(manifest: Manifest, live: JsonObject) -> Change:
    """It goes with its ScaledObject, sooner or later, and would take with it what we wrote into it."""
    made = text_at(made_by(live), "name")
    reason = f"KEDA made it of ScaledObject/{made}, with which it goes: it is made anew"
    return Change(ref=manifest.ref, action=Action.RECREATE, reason=reason, manifest=manifest, uid=_uid(live))


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
        return replace(_blocked(manifest, reason=refused.message, causes=refused.causes), remedy=refused.remedy)
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
