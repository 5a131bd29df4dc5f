"""Taking an object over whole: what people's tools wrote becomes ours, so that what we do not say goes away.

Server-side apply removes only what its own manager applied before. The fields of a hand-made object belong to the tool
that made it, so its command, its probes and its volumes would stay beside ours for ever. Their ownership is therefore
moved to us first, as `kubectl apply --server-side` does with what it applied from the client, and then we apply.
"""

from __future__ import annotations

import json

from tfk8s.manifest import JsonObject, JsonValue, Manifest
from tfk8s.manifest.fields import object_at, objects_at, text_at, value_at
from tfk8s.manifest.ownership import MANAGER
from tfk8s.plan.managers import applied_fields

_PEOPLE = frozenset({"before-first-apply", "kubectl", "helm", "Helm", "OpenAPI-Generator"})
"""Managers that write for a person; controllers have other names, and keep what is theirs."""

_REPLICAS = ("f:spec", "f:replicas")


def is_by_hand(entry: JsonObject) -> bool:
    """Whether an entry of managedFields is of a person's tool."""
    manager = text_at(entry, "manager")
    is_person = manager in _PEOPLE or manager.startswith("kubectl-")
    return is_person and not text_at(entry, "subresource")


def makers(live: JsonObject) -> tuple[str, ...]:
    """The tools that wrote the object by hand, () when none did or when it is ours already."""
    if applied_fields(live):
        return ()
    entries = [entry for entry in objects_at(live, "metadata", "managedFields") if is_by_hand(entry)]
    return tuple(dict.fromkeys(text_at(entry, "manager") for entry in entries))


def moved_fields(live: JsonObject, *, counts_replicas: bool) -> list[JsonValue]:
    """The managedFields of the object with what people wrote moved to us.

    Args:
        live: the object as it was read.
        counts_replicas: whether our manifest holds `.spec.replicas`; if not, the field stays whose it was, because a
            count that nobody holds is reset to 1.
    """
    moved: JsonObject = {}
    version = ""
    kept: list[JsonValue] = []
    for entry in objects_at(live, "metadata", "managedFields"):
        fields = object_at(entry, "fieldsV1")
        same = not version or text_at(entry, "apiVersion") == version
        if not is_by_hand(entry) or not fields or not same:
            kept.append(entry)
            continue
        version = text_at(entry, "apiVersion")
        if not counts_replicas and value_at(fields, *_REPLICAS) is not None:
            kept.append({**entry, "fieldsV1": {"f:spec": {"f:replicas": {}}}})
            fields = _without_replicas(fields)
        moved = _union(moved, fields)
    ours: JsonObject = {"manager": MANAGER, "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": moved}
    return [*kept, {**ours, "apiVersion": version or text_at(live, "apiVersion")}]


def _without_replicas(fields: JsonObject) -> JsonObject:
    spec = {key: value for key, value in object_at(fields, "f:spec").items() if key != "f:replicas"}
    return {**fields, "f:spec": spec}


def _union(one: JsonObject, other: JsonObject) -> JsonObject:
    joined = dict(one)
    for key, value in other.items():
        mine = joined.get(key)
        joined[key] = _union(mine, value) if isinstance(mine, dict) and isinstance(value, dict) else value
    return joined


def outcome(manifest: Manifest, live: JsonObject) -> Manifest:
    """What the object will hold: our manifest, and of its labels, annotations and replicas what controllers keep."""
    body: JsonObject = json.loads(json.dumps(manifest.body))
    metadata = object_at(body, "metadata")
    for key in ("labels", "annotations"):
        theirs = _owned_by_hand(live, key)
        others = {name: value for name, value in object_at(live, "metadata", key).items() if name not in theirs}
        joined = {**others, **object_at(metadata, key)}
        if joined:
            metadata[key] = joined
    replicas = value_at(live, "spec", "replicas")
    if manifest.ref.kind == "Deployment" and replicas is not None:
        object_at(body, "spec").setdefault("replicas", replicas)
    return Manifest.of(body)


def _owned_by_hand(live: JsonObject, key: str) -> set[str]:
    found: set[str] = set()
    for entry in objects_at(live, "metadata", "managedFields"):
        if is_by_hand(entry):
            found |= {name.removeprefix("f:") for name in object_at(entry, "fieldsV1", "f:metadata", f"f:{key}")}
    return found
