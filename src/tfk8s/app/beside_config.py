"""What of a service changes beside its server's configuration, which running servers can be told."""

from __future__ import annotations

from collections.abc import Iterator

from tfk8s.manifest import JsonObject, Manifests
from tfk8s.manifest.fields import object_at
from tfk8s.manifest.ownership import CONFIG_HASH_ANNOTATION


def pod_changes(before: Manifests, after: Manifests) -> tuple[str, ...]:
    """Objects that differ in more than the server's configuration and its hash."""
    old = {item.ref: _without_hash(item.body) for item in before}
    return tuple(
        str(item.ref)
        for item in after
        if item.ref.kind != "ConfigMap" and old.get(item.ref) != _without_hash(item.body)
    )


def field_changes(before: Manifests, after: Manifests) -> Iterator[str]:
    """What else than the configuration and its hash another spec changes."""
    from tfk8s.manifest.difference import differences

    old = {item.ref: item.body for item in before}
    for item in after:
        if item.ref.kind == "ConfigMap":
            continue
        for found in differences(_without_hash(old.get(item.ref, {})), _without_hash(item.body)):
            yield f"{item.ref.kind}/{item.ref.name} {found.path}"


def _without_hash(body: JsonObject) -> JsonObject:
    spec, template = object_at(body, "spec"), object_at(body, "spec", "template")
    if not template:
        return body
    metadata = object_at(template, "metadata")
    kept = {key: value for key, value in object_at(metadata, "annotations").items() if key != CONFIG_HASH_ANNOTATION}
    new: JsonObject = {**template, "metadata": {**metadata, "annotations": kept}}
    return {**body, "spec": {**spec, "template": new}}
