"""Reads what registries and layouts hold: manifests, indexes, and which image of an index is for our platform."""

from __future__ import annotations

import json
from typing import Final

from tfk8s.errors import RegistryError
from tfk8s.image.descriptor import OCI_INDEX, OCI_MANIFEST, Descriptor
from tfk8s.image.manifest import PLATFORM
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.ports import Digest

DOCKER_LIST: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
ACCEPTED: Final = (OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST)
_SCHEMA_1: Final = 1


def read_document(document: bytes, *, name: str) -> JsonObject:
    """Parse a manifest, an index or a config.

    Raises:
        RegistryError: it is no JSON object, or a manifest in the form of before 2016.
    """
    try:
        value: JsonValue = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise _no_image(name, "it is not JSON") from error
    if not isinstance(value, dict):
        raise _no_image(name, "it is no JSON object")
    if value.get("schemaVersion") == _SCHEMA_1:
        raise RegistryError(
            f"{name} is an image in Docker's old form (schema 1), which cannot be built on",
            hint="pull it with Docker and push it again, which writes the present form",
        )
    return value


def read_manifest(document: bytes, *, name: str) -> JsonObject:
    """Parse the manifest of an image.

    Raises:
        RegistryError: it is something else, as a Helm chart or a signature.
    """
    value = read_document(document, name=name)
    media_type = value.get("mediaType", OCI_MANIFEST)
    if media_type not in {OCI_MANIFEST, DOCKER_MANIFEST} or "manifests" in value:
        raise _no_image(name, f"it is of the type {media_type}")
    if not isinstance(value.get("config"), dict) or not isinstance(value.get("layers"), list):
        raise _no_image(name, "its manifest names no config or no layers")
    return value


def descriptor(value: JsonValue, *, name: str) -> Descriptor:
    """Read a descriptor.

    Raises:
        RegistryError: a field of it is missing or has another type.
    """
    entry = value if isinstance(value, dict) else {}
    media_type, digest, size = entry.get("mediaType"), entry.get("digest"), entry.get("size")
    is_digest = isinstance(digest, str) and is_sha256(digest)
    if not is_digest or not isinstance(size, int) or size < 0 or not isinstance(media_type, str):
        raise _no_image(name, "a descriptor in its manifest has no media type, size or SHA-256 digest")
    return Descriptor(media_type=media_type, digest=Digest(str(digest)), size_bytes=size)


def is_sha256(digest: str) -> bool:
    """Whether this is a digest of the one kind that we work out."""
    algorithm, _, digits = digest.partition(":")
    return algorithm == "sha256" and len(digits) == 64 and set(digits) <= set("0123456789abcdef")


def for_platform(index: JsonObject, *, name: str) -> Descriptor:
    """Choose the image of an index that the nodes can run.

    Raises:
        RegistryError: there is none.
    """
    entries = index.get("manifests")
    images = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    fitting = [entry for entry in images if _platform(entry) == PLATFORM]
    if fitting:
        # Builders name no variant for the plain processor; v2 and later are for newer ones alone.
        return descriptor(min(fitting, key=_has_variant), name=name)
    others = platforms_of(index)
    raise RegistryError(
        f"{name} does not exist for {'/'.join(PLATFORM)}" + (f", only for {', '.join(others)}" if others else ""),
        hint="set image.base to an image of TensorFlow Serving for linux/amd64; there is no other official one",
    )


def is_index(document: JsonObject) -> bool:
    """Whether this lists images instead of being one."""
    return document.get("mediaType") in {OCI_INDEX, DOCKER_LIST} or (
        "mediaType" not in document and isinstance(document.get("manifests"), list)
    )


def annotations_of(document: JsonObject) -> dict[str, str]:
    """The annotations of a manifest."""
    found = document.get("annotations")
    return {name: text for name, text in found.items() if isinstance(text, str)} if isinstance(found, dict) else {}


def platforms_of(index: JsonObject) -> tuple[str, ...]:
    """What the images of an index are for, as `linux/amd64`; what builders attach to them is no image."""
    entries = index.get("manifests")
    images = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return tuple(sorted({"/".join(found) for found in map(_platform, images) if "unknown" not in found}))


def _platform(entry: JsonObject) -> tuple[str, str]:
    platform = entry.get("platform")
    found = platform if isinstance(platform, dict) else {}
    return str(found.get("os", "unknown")), str(found.get("architecture", "unknown"))


def _has_variant(entry: JsonObject) -> bool:
    platform = entry.get("platform")
    return isinstance(platform, dict) and platform.get("variant") not in {None, "", "v1"}


def _no_image(name: str, why: str) -> RegistryError:
    return RegistryError(f"{name} is no image that can be used: {why}", hint="name an image of a model server")
