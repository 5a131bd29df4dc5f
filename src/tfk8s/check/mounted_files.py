"""Which text a container finds at a path, where a ConfigMap among the manifests holds it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import NamedTuple

from tfk8s.manifest import JsonObject, Manifest, Manifests
from tfk8s.manifest.fields import object_at, objects_at, text_at


class MountedFile(NamedTuple):
    """A file of a ConfigMap.

    Attributes:
        config_map: its name.
        key: of its data.
        owner: the object, None when it is not among the manifests or has no such key.
        text: what the container reads; "" without the object.
    """

    config_map: str
    key: str
    owner: Manifest | None
    text: str


def mounted_file(path: str, *, container: JsonObject, deployment: Manifest, manifests: Manifests) -> MountedFile | None:
    """The file at `path`; None when it comes from the image or from another kind of volume."""
    pod = object_at(deployment.body, "spec", "template", "spec")
    volumes = {text_at(volume, "name"): volume for volume in objects_at(pod, "volumes")}
    found: list[tuple[int, MountedFile]] = []
    for mount in objects_at(container, "volumeMounts"):
        place = PurePosixPath(text_at(mount, "mountPath") or "/")
        volume = volumes.get(text_at(mount, "name"), {})
        name = text_at(volume, "configMap", "name")
        if not name or not PurePosixPath(path).is_relative_to(place):
            continue
        below = "" if PurePosixPath(path) == place else str(PurePosixPath(path).relative_to(place))
        inner = "/".join(part for part in (text_at(mount, "subPath"), below) if part)
        key = {text_at(item, "path"): text_at(item, "key") for item in objects_at(volume, "configMap", "items")}.get(
            inner, inner
        )
        found.append((len(place.parts), _file(name, key, deployment=deployment, manifests=manifests)))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _file(name: str, key: str, *, deployment: Manifest, manifests: Manifests) -> MountedFile:
    for item in manifests:
        if (item.ref.kind, item.ref.name, item.ref.namespace) == ("ConfigMap", name, deployment.ref.namespace):
            text = object_at(item.body, "data").get(key)
            if isinstance(text, str):
                return MountedFile(config_map=name, key=key, owner=item, text=text)
    return MountedFile(config_map=name, key=key, owner=None, text="")
