"""What a path in the container leads to: a claim, a bucket, a file of a ConfigMap, or the image itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from tfk8s.adoption.notes import NoteKind
from tfk8s.adoption.objects import Found, Part
from tfk8s.manifest.fields import object_at, text_at

_GCS_FUSE = "gcsfuse.csi.storage.gke.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A mount of the container with its volume; `rest` is the path below the mount."""

    mount: Part
    volume: Part
    rest: str

    def use(self) -> None:
        """Both are carried over."""
        self.mount.use_keys("name", "mountPath", "subPath", "readOnly")
        self.volume.use("name")
        self.volume.at("persistentVolumeClaim").use_keys("claimName", "readOnly")
        self.volume.use("configMap", "name")
        for item in self.volume.items("configMap", "items"):
            item.use_keys("key", "path")


def mount_of(path: str, *, pod: Part, container: Part) -> Mount | None:
    """The deepest mount that holds the path; None when the image does."""
    volumes = {text_at(volume.value, "name"): volume for volume in pod.items("volumes")}
    found: list[tuple[int, Mount]] = []
    for mount in container.items("volumeMounts"):
        place = PurePosixPath(text_at(mount.value, "mountPath") or "/")
        volume = volumes.get(text_at(mount.value, "name"))
        if volume is not None and PurePosixPath(path).is_relative_to(place):
            below = str(PurePosixPath(path).relative_to(place))
            inner = "/".join(part for part in (text_at(mount.value, "subPath"), "" if below == "." else below) if part)
            found.append((len(place.parts), Mount(mount=mount, volume=volume, rest=inner)))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def source_of(path: str, *, pod: Part, container: Part, holds_model: bool) -> tuple[str | None, str]:
    """The `source` of a model whose versions lie at `path`, and why there is none.

    Args:
        path: as the server sees it.
        pod: its spec.
        container: the server's.
        holds_model: whether the image may hold one; the project's own images do not.
    """
    if path.startswith("gs://"):
        return path.rstrip("/"), ""
    if "://" in path:
        return None, f"{path.partition('://')[0]}:// cannot be read by the server since release 2.7"
    mount = mount_of(path, pod=pod, container=container)
    if mount is None:
        if holds_model:
            return f"image://{path}", ""
        return None, f"the image holds no model at {path}"
    claim = text_at(mount.volume.value, "persistentVolumeClaim", "claimName")
    bucket = text_at(mount.volume.value, "csi", "volumeAttributes", "bucketName")
    if claim:
        mount.use()
        return f"pvc://{claim}/{mount.rest}".rstrip("/"), ""
    if bucket and text_at(mount.volume.value, "csi", "driver") == _GCS_FUSE:
        mount.use()
        mount.volume.tell(NoteKind.CHANGED, f"the server reads gs://{bucket} by itself, without a mount")
        return f"gs://{bucket}/{mount.rest}".rstrip("/"), ""
    kinds = ", ".join(key for key in object_at(mount.volume.value) if key != "name") or "nothing"
    return None, f"{path} is in the volume {text_at(mount.volume.value, 'name')} ({kinds}), which tfk8s does not mount"


def config_text(path: str, *, pod: Part, container: Part, objects: tuple[Found, ...]) -> tuple[str, Part | None, str]:
    """The text of a configuration file, its place in a ConfigMap, and the name of a ConfigMap that is not there."""
    mount = mount_of(path, pod=pod, container=container)
    name = text_at(mount.volume.value, "configMap", "name") if mount is not None else ""
    if mount is None or not name:
        return "", None, ""
    for item in objects:
        if item.kind == "ConfigMap" and item.name == name:
            key = _key(mount)
            place = item.root.at("data", key)
            if isinstance(place.value, str):
                mount.use()
                place.use()
                item.is_part = True
                return place.value, place, ""
    return "", None, name


def _key(mount: Mount) -> str:
    """The key that the file is made of; `items` may give it another name."""
    chosen: Iterator[Part] = iter(mount.volume.items("configMap", "items"))
    named = {text_at(item.value, "path"): text_at(item.value, "key") for item in chosen}
    return named.get(mount.rest, mount.rest)
