"""Writes an image as a stream: a tar file in the OCI image layout, which containerd, Docker and registries' tools read.

The archive may be thin: a content that the reader has already is named by the manifest, but not carried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tfk8s.image.descriptor import OCI_INDEX, OCI_MANIFEST, Descriptor, digest_of, encode
from tfk8s.image.layer import TAR_END, Layer, tar_header, tar_padding
from tfk8s.image.manifest import PLATFORM, ImageDocuments
from tfk8s.manifest import JsonValue
from tfk8s.ports import Digest


def oci_layout(
    documents: ImageDocuments, layers: Sequence[Layer], *, reference: str, without: frozenset[Digest]
) -> Iterator[bytes]:
    """Stream the archive.

    Args:
        documents: manifest and config of the image.
        layers: the layers that may be carried.
        reference: the name that the reader gives to the image.
        without: contents that are left out, because the reader has them.
    """
    yield from _file("oci-layout", encode({"imageLayoutVersion": "1.0.0"}))
    yield from _file("index.json", encode(_index(documents, reference)))
    for document in (documents.manifest, documents.config):
        yield from _file(_blob(digest_of(document)), document)
    for layer in layers:
        if layer.descriptor.digest in without:
            continue
        yield tar_header(_blob(layer.descriptor.digest), size_bytes=layer.descriptor.size_bytes)
        yield from layer.chunks()
        yield tar_padding(layer.descriptor.size_bytes)
    yield TAR_END


def _index(documents: ImageDocuments, reference: str) -> JsonValue:
    system, architecture = PLATFORM
    return {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [
            {
                **Descriptor.of(documents.manifest, media_type=OCI_MANIFEST).as_json(),
                "platform": {"os": system, "architecture": architecture},
                # containerd takes the whole name from the first, other readers the tag from the second
                "annotations": {
                    "io.containerd.image.name": reference,
                    "org.opencontainers.image.ref.name": reference.rpartition(":")[2],
                },
            }
        ],
    }


def _blob(digest: Digest) -> str:
    algorithm, _, digits = digest.partition(":")
    return f"blobs/{algorithm}/{digits}"


def _file(name: str, content: bytes) -> Iterator[bytes]:
    yield tar_header(name, size_bytes=len(content)) + content + tar_padding(len(content))
