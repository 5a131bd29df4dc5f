"""Who counts the replicas of a Deployment: we, or the autoscaler. Changing that must not lose a pod.

Two facts of server-side apply (measured on a real API server) make it a step of its own:
- a sole owner that drops `.spec.replicas` resets the Deployment to 1, so somebody else must hold the field meanwhile;
- the autoscaler writes through the `scale` subresource, so applying another count is refused with a conflict.
"""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.manifest import JsonObject, Manifest
from tfk8s.manifest.difference import Difference, differences
from tfk8s.manifest.fields import integer_at, value_at
from tfk8s.manifest.ownership import MANAGER
from tfk8s.plan.change import Action, Change, HandOver
from tfk8s.plan.managers import HAND_OVER_MANAGER, Owner, holds_alone, owners_of
from tfk8s.plan.observation import Observation, Predicted, RefusalReason, Refused

_PATH = ".spec.replicas"
_SCALER_MANAGER = "kube-controller-manager"
"""Runs the autoscalers; its mark stays on the field after the last of them has gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalers:
    """Which autoscalers count, or counted, the replicas.

    Attributes:
        ours_leaves: an autoscaler of this service is being removed (or was, by a run that died).
        foreign: a live autoscaler that we do not own aims at the Deployment.
        least: what a plain autoscaler that follows on KEDA's must begin with; 0 when none does.
    """

    ours_leaves: bool = False
    foreign: bool = False
    least: int = 0


def hand_over(manifest: Manifest, seen: Observation, *, scalers: Scalers) -> Change | None:
    """The hand-over that applying `manifest` needs, or None."""
    if manifest.ref.kind != "Deployment" or seen.live is None:
        return None
    desired = value_at(manifest.body, "spec", "replicas")
    live = integer_at(seen.live, "spec", "replicas", default=1)
    if desired is None and isinstance(seen.prediction, Predicted):
        if not live and scalers.least:
            return _woken(manifest, seen.live, after=seen.prediction.body, least=scalers.least)
        if holds_alone(seen.live, "spec", "replicas"):
            return _to_scaler(manifest, seen.live, after=seen.prediction.body, live=live)
    if isinstance(desired, int) and _is_taken_back(seen, live=seen.live, scalers=scalers):
        return Change(
            ref=manifest.ref,
            action=Action.HAND_OVER,
            reason=f"replicas come back from the autoscaler, starting from {live}",
            manifest=manifest,
            differences=() if desired == live else (Difference(path=_PATH, before=live, after=desired),),
            hand_over=HandOver(live=live, desired=desired),
        )
    return None


def _woken(manifest: Manifest, before: JsonObject, *, after: JsonObject, least: int) -> Change:
    others = tuple(item for item in differences(before, after) if item.path != _PATH)
    return Change(
        ref=manifest.ref,
        action=Action.HAND_OVER,
        reason=f"KEDA left no pod, and an autoscaler of Kubernetes does nothing at 0: it begins with {least}",
        manifest=manifest,
        differences=(Difference(path=_PATH, before=0, after=least), *others),
        hand_over=HandOver(live=0, desired=None, least=least),
    )


def _to_scaler(manifest: Manifest, before: JsonObject, *, after: JsonObject, live: int) -> Change:
    others = tuple(item for item in differences(before, after) if item.path != _PATH)
    return Change(
        ref=manifest.ref,
        action=Action.HAND_OVER,
        reason=f"the autoscaler counts replicas from now on; {live} stay",
        manifest=manifest,
        differences=others,
        hand_over=HandOver(live=live, desired=None),
    )


def _is_taken_back(seen: Observation, *, live: JsonObject, scalers: Scalers) -> bool:
    """Only a count that no autoscaler keeps any more, and our own half-done hand-over, are taken unasked."""
    refused = seen.prediction
    if not isinstance(refused, Refused) or refused.reason is not RefusalReason.CONFLICT:
        return False
    if any(cause.field != _PATH for cause in refused.causes):
        return False
    others = [owner for owner in owners_of(live, "spec", "replicas") if owner.manager != MANAGER]
    return bool(others) and all(
        owner.manager == HAND_OVER_MANAGER or _is_gone_scaler(owner, scalers=scalers) for owner in others
    )


def _is_gone_scaler(owner: Owner, *, scalers: Scalers) -> bool:
    if owner.subresource != "scale" or scalers.foreign:
        return False
    return scalers.ours_leaves or owner.manager == _SCALER_MANAGER
