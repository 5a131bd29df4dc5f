"""Everything that an image consists of beside its manifest, as blobs that can be streamed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from tfk8s.errors import RegistryError
from tfk8s.image.descriptor import OCI_CONFIG, Descriptor, digest_of
from tfk8s.image.documents import descriptor, read_manifest
from tfk8s.ports import BaseImage, Blob, ModelImage


def image_contents(image: ModelImage, *, base: BaseImage) -> tuple[Blob, ...]:
    """List the base's layers, the model layers and the config, each once, in the order of the manifest.

    A layer of the base that cannot be streamed is in the list all the same; it fails when it is read.

    Raises:
        RegistryError: the image's manifest cannot be read.
    """
    known = {blob.digest: blob for blob in (*base.blobs, *image.blobs)}
    manifest = read_manifest(image.manifest, name=image.reference)
    layers = manifest["layers"]
    found = [descriptor(layer, name=image.reference) for layer in layers] if isinstance(layers, list) else []
    blobs = [known.get(layer.digest) or _absent(layer, base=base) for layer in found]
    return tuple({blob.digest: blob for blob in (*blobs, _config(image))}.values())


def checked(blob: Blob) -> Blob:
    """The same content, held against its digest: for places that do not look at it themselves."""

    def chunks() -> Iterator[bytes]:
        seen = hashlib.sha256()
        for chunk in blob.chunks():
            seen.update(chunk)
            yield chunk
        if f"sha256:{seen.hexdigest()}" != blob.digest:
            raise RegistryError(
                f"{blob.digest} could not be written: other bytes were read", hint="run the same command again"
            )

    return replace(blob, chunks=chunks)


def _config(image: ModelImage) -> Blob:
    return Blob(
        media_type=OCI_CONFIG,
        digest=digest_of(image.config),
        size_bytes=len(image.config),
        chunks=lambda: iter((image.config,)),
    )


def _absent(layer: Descriptor, *, base: BaseImage) -> Blob:
    def chunks() -> Iterator[bytes]:
        raise RegistryError(
            f"the layer {layer.digest} of the base image {base.reference} is not at hand",
            hint="name the base image by a registry that can be reached from here",
        )

    return Blob(media_type=layer.media_type, digest=layer.digest, size_bytes=layer.size_bytes, chunks=chunks)
