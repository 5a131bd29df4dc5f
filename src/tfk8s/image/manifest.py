"""Appends layers to an image: manifest and config of a base in, manifest and config of the new image out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tfk8s.errors import RegistryError
from tfk8s.image.descriptor import OCI_CONFIG, OCI_MANIFEST, Descriptor, encode
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.json_text import parse_json
from tfk8s.ports import BaseImage, Digest

PLATFORM: Final = ("linux", "amd64")
"""The one platform that TensorFlow Serving is published for (serving issues 1816 and 1948)."""

_OCI_TYPES: Final = {
    "application/vnd.docker.image.rootfs.diff.tar": "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip": "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.docker.image.rootfs.diff.tar.zstd": "application/vnd.oci.image.layer.v1.tar+zstd",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDocuments:
    """The two documents of an image; everything else is layers."""

    manifest: bytes
    config: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """What is put on a base.

    Attributes:
        layers: in order.
        diff_ids: digests of the same layers without compression.
        history: what made each layer, one line each.
        labels: of the config, for whoever inspects a running container.
        env: set in the container; replaces a variable of the same name.
        annotations: of the manifest, for whoever looks at a registry.
    """

    layers: tuple[Descriptor, ...]
    diff_ids: tuple[Digest, ...]
    history: tuple[str, ...]
    labels: Mapping[str, str]
    env: Mapping[str, str]
    annotations: Mapping[str, str]


def append_layers(base: BaseImage, addition: Addition) -> ImageDocuments:
    """Put the layers on the base. The result is an OCI image for the base's own platform, whatever machine this is.

    Raises:
        RegistryError: the base is no image, or not one for linux/amd64.
    """
    base_manifest, base_config = _read(base, base.manifest), _read(base, base.config)
    check_platform(base)
    config = encode(_config(base, base_config, addition=addition))
    layers = _entries(base, base_manifest, field="layers")
    manifest: JsonObject = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": Descriptor.of(config, media_type=OCI_CONFIG).as_json(),
        "layers": [*map(_as_oci, layers), *(layer.as_json() for layer in addition.layers)],
        "annotations": dict(addition.annotations),
    }
    return ImageDocuments(manifest=encode(manifest), config=config)


def _config(base: BaseImage, config: JsonObject, *, addition: Addition) -> JsonObject:
    rootfs = config.get("rootfs")
    diff_ids = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    if not isinstance(diff_ids, list):
        raise _not_an_image(base, "its config lists no rootfs.diff_ids")
    run = config.get("config")
    new: JsonObject = {
        **config,
        "config": _run_settings(run if isinstance(run, dict) else {}, addition),
        "rootfs": {"type": "layers", "diff_ids": [*diff_ids, *addition.diff_ids]},
    }
    history = config.get("history")
    if isinstance(history, list):
        made: list[JsonValue] = [{"created_by": line} for line in addition.history]
        new["history"] = [*history, *made]
    return new


def _run_settings(run: JsonObject, addition: Addition) -> JsonObject:
    labels, env = run.get("Labels"), run.get("Env")
    kept = [line for line in env if str(line).partition("=")[0] not in addition.env] if isinstance(env, list) else []
    return {
        **run,
        "Labels": {**(labels if isinstance(labels, dict) else {}), **addition.labels},
        "Env": [*kept, *(f"{name}={value}" for name, value in sorted(addition.env.items()))],
    }


def check_platform(base: BaseImage) -> None:
    """Look whether an image is for the one platform that nodes and model server share.

    Raises:
        RegistryError: it is not, or its config cannot be read.
    """
    config = _read(base, base.config)
    found = (config.get("os"), config.get("architecture"))
    if found != PLATFORM:
        raise RegistryError(
            f"the base image {base.reference} is for {found[0]}/{found[1]}, not for {'/'.join(PLATFORM)}",
            hint="set image.base to an image of TensorFlow Serving for linux/amd64; there is no other official one",
        )


def image_labels(base: BaseImage) -> Mapping[str, str]:
    """The labels of an image's config.

    Raises:
        RegistryError: the config cannot be read.
    """
    run = _read(base, base.config).get("config")
    labels = run.get("Labels") if isinstance(run, dict) else None
    return {name: text for name, text in labels.items() if isinstance(text, str)} if isinstance(labels, dict) else {}


def _as_oci(entry: JsonObject) -> JsonObject:
    media_type = str(entry.get("mediaType"))
    return {**entry, "mediaType": _OCI_TYPES.get(media_type, media_type)}


def _read(base: BaseImage, document: bytes) -> JsonObject:
    try:
        value: JsonValue = parse_json(document)
    except ValueError as error:
        raise _not_an_image(base, "its manifest or config is not JSON") from error
    if not isinstance(value, dict):
        raise _not_an_image(base, "its manifest or config is no JSON object")
    return value


def _entries(base: BaseImage, manifest: JsonObject, *, field: str) -> list[JsonObject]:
    entries = manifest.get(field)
    if not isinstance(entries, list):
        raise _not_an_image(base, f"its manifest has no {field}")
    found = [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("digest"), str)]
    if len(found) != len(entries):
        raise _not_an_image(base, f"its manifest has {field} without a digest")
    return found


def _not_an_image(base: BaseImage, why: str) -> RegistryError:
    return RegistryError(f"{base.reference} is not an image that a model can be put on: {why}")
