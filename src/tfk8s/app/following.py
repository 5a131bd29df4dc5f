"""Leaves the pods alone that were moved to the desired configuration already, whoever plans."""

from __future__ import annotations

from tfk8s.manifest import JsonObject, Manifest, Manifests
from tfk8s.manifest.fields import object_at, text_at
from tfk8s.plan import Predicted
from tfk8s.plan.followed import FOLLOWED_ANNOTATION, kept, replacing
from tfk8s.ports.cluster import Cluster, ForbiddenError


def following(manifests: Manifests, *, cluster: Cluster) -> Manifests:
    """The manifests, with the hash of each Deployment as its live pods want it: see `plan.followed`."""
    return tuple(followed(item, cluster=cluster) if item.ref.kind == "Deployment" else item for item in manifests)


def followed(desired: Manifest, *, cluster: Cluster) -> Manifest:
    """The Deployment to apply: with the live hash where nothing else of the template changes, else with its own."""
    live = cluster.get(desired.ref)
    quiet = kept(desired, live)
    if quiet is not None and live is not None:
        outcome = cluster.dry_run(quiet)
        if isinstance(outcome, Predicted) and _template(outcome.body) == _template(live):
            return quiet
    return replacing(desired, live)


def as_followed(manifests: Manifests, *, cluster: Cluster) -> Manifests:
    """The manifests as they are expected to be live: what is noted of pods that were moved is no drift."""
    return tuple(_as_followed(item, cluster=cluster) if item.ref.kind == "Deployment" else item for item in manifests)


def _as_followed(desired: Manifest, *, cluster: Cluster) -> Manifest:
    try:
        live = cluster.get(desired.ref)
    except ForbiddenError:
        return desired  # whoever looks at it next says so
    note = text_at(live, "metadata", "annotations", FOLLOWED_ANNOTATION)
    if not note:
        return desired
    body = (kept(desired, live) or replacing(desired, live)).body
    metadata = object_at(body, "metadata")
    annotations: JsonObject = {**object_at(metadata, "annotations"), FOLLOWED_ANNOTATION: note}
    return Manifest(ref=desired.ref, body={**body, "metadata": {**metadata, "annotations": annotations}})


def _template(deployment: JsonObject) -> JsonObject:
    return object_at(deployment, "spec", "template")
