"""Reads an image from an OCI image layout in a directory: a base image without a registry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tfk8s.errors import RegistryError
from tfk8s.image.archive import CONTAINERD_NAME, REF_NAME, blob_path
from tfk8s.image.descriptor import Descriptor, digest_of
from tfk8s.image.documents import annotations_of, descriptor, for_platform, is_index, read_document, read_manifest
from tfk8s.image.manifest import check_platform
from tfk8s.manifest import JsonObject
from tfk8s.ports import BaseImage, Blob

_PREFIX: Final = "oci:"
_CHUNK_BYTES: Final = 1 << 20


def is_layout(reference: str) -> bool:
    """Whether this names a layout instead of an image in a registry."""
    return reference.startswith(_PREFIX)


def layout_image(reference: str) -> BaseImage:
    """Read the image that `oci:DIRECTORY[:TAG]` names.

    Raises:
        RegistryError: as `layout_base`.
    """
    text = reference.removeprefix(_PREFIX)
    path, colon, tag = text.rpartition(":")
    if not colon or "/" in tag or Path(text).is_dir():
        return layout_base(Path(text))
    return layout_base(Path(path), tag=tag)


def layout_base(directory: Path, *, tag: str | None = None) -> BaseImage:
    """Read an image of a layout; its layers are read when they are asked for.

    Args:
        directory: with `index.json` and `blobs`.
        tag: which image; None when there is only one.

    Raises:
        RegistryError: there is no such image, none for linux/amd64, or it cannot be read.
    """
    name = f"{_PREFIX}{directory}" + (f":{tag}" if tag else "")
    entry = _chosen(read_document(_read(directory / "index.json"), name=name), tag=tag, name=name)
    manifest = _content(directory, descriptor(entry, name=name))
    document = read_document(manifest, name=name)
    if is_index(document):
        manifest = _content(directory, for_platform(document, name=name))
    document = read_manifest(manifest, name=name)
    layers = document["layers"]
    found = [descriptor(layer, name=name) for layer in layers] if isinstance(layers, list) else []
    image = BaseImage(
        reference=annotations_of(entry).get(CONTAINERD_NAME, name),
        manifest=manifest,
        config=_content(directory, descriptor(document["config"], name=name)),
        blobs=tuple(_blob(directory, layer) for layer in found),
    )
    check_platform(image)
    return image


def _chosen(index: JsonObject, *, tag: str | None, name: str) -> JsonObject:
    listed = index.get("manifests")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    fitting = [entry for entry in entries if tag is None or annotations_of(entry).get(REF_NAME) == tag]
    if len(fitting) == 1:
        return fitting[0]
    tags = {annotations_of(entry).get(REF_NAME) for entry in entries}
    known = ", ".join(sorted(tag or "one without a tag" for tag in tags)) or "none"
    if not fitting:
        raise RegistryError(f"there is no image {name}", hint=f"the layout has: {known}")
    chosen = {annotations_of(entry).get(REF_NAME) for entry in fitting}
    if len(chosen) > 1:
        raise RegistryError(
            f"{name} holds {len(fitting)} images", hint=f"name one as {_PREFIX}DIRECTORY:TAG; it has: {known}"
        )
    platforms: JsonObject = {"manifests": [*fitting]}
    wanted = for_platform(platforms, name=name).digest
    return next(entry for entry in fitting if entry.get("digest") == wanted)


def _content(directory: Path, content: Descriptor) -> bytes:
    document = _read(directory / blob_path(content.digest))
    if digest_of(document) != content.digest:
        raise _damaged(directory, content)
    return document


def _blob(directory: Path, content: Descriptor) -> Blob:
    def chunks() -> Iterator[bytes]:
        path = directory / blob_path(content.digest)
        seen = hashlib.sha256()
        try:
            with path.open("rb") as handle:
                while chunk := handle.read(_CHUNK_BYTES):
                    seen.update(chunk)
                    yield chunk
        except OSError as error:
            raise _unreadable(path, error) from error
        if f"sha256:{seen.hexdigest()}" != content.digest:
            raise _damaged(directory, content)

    return Blob(media_type=content.media_type, digest=content.digest, size_bytes=content.size_bytes, chunks=chunks)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> RegistryError:
    return RegistryError(
        f"{path} cannot be read: {(error.strerror or '').lower()}", hint="name the directory of an OCI image layout"
    )


def _damaged(directory: Path, content: Descriptor) -> RegistryError:
    return RegistryError(
        f"the layout {directory} is damaged: {content.digest} has other bytes", hint="write the layout again"
    )
