"""Writes an image as a stream: a tar file in the OCI image layout, which containerd, Docker and registries' tools read.

The archive may be thin: a content that the reader has already is named by the manifest, but not carried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tfk8s.image.descriptor import OCI_INDEX, OCI_MANIFEST, Descriptor, digest_of, encode
from tfk8s.image.manifest import PLATFORM, ImageDocuments
from tfk8s.image.tar_stream import TAR_END, tar_header, tar_padding
from tfk8s.manifest import JsonObject
from tfk8s.ports import Blob, Digest

LAYOUT_FILE = encode({"imageLayoutVersion": "1.0.0"})
"""What the file `oci-layout` says."""

CONTAINERD_NAME = "io.containerd.image.name"
REF_NAME = "org.opencontainers.image.ref.name"


def oci_layout(
    documents: ImageDocuments, layers: Sequence[Blob], *, reference: str, without: frozenset[Digest]
) -> Iterator[bytes]:
    """Stream the archive.

    Args:
        documents: manifest and config of the image.
        layers: the layers that may be carried.
        reference: the name that the reader gives to the image.
        without: contents that are left out, because the reader has them.
    """
    yield from tar_file("oci-layout", LAYOUT_FILE)
    yield from tar_file("index.json", encode(index_of(index_entry(documents.manifest, reference=reference))))
    for document in (documents.manifest, documents.config):
        yield from tar_file(blob_path(digest_of(document)), document)
    for layer in layers:
        if layer.digest not in without:
            yield from tar_blob(layer)
    yield TAR_END


def index_of(*entries: JsonObject) -> JsonObject:
    """The index of a layout."""
    return {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [*entries]}


def index_entry(manifest: bytes, *, reference: str) -> JsonObject:
    """The image's entry in an index."""
    system, architecture = PLATFORM
    return {
        **Descriptor.of(manifest, media_type=OCI_MANIFEST).as_json(),
        "platform": {"os": system, "architecture": architecture},
        # containerd takes the whole name from the first, other readers the tag from the second
        "annotations": {CONTAINERD_NAME: reference, REF_NAME: reference.rpartition(":")[2]},
    }


def blob_path(digest: Digest) -> str:
    """Where a layout keeps a content."""
    algorithm, _, digits = digest.partition(":")
    return f"blobs/{algorithm}/{digits}"


def tar_file(name: str, content: bytes) -> Iterator[bytes]:
    """One small file of a tar file."""
    yield tar_header(name, size_bytes=len(content)) + content + tar_padding(len(content))


def tar_blob(blob: Blob) -> Iterator[bytes]:
    """One content of a tar file."""
    yield tar_header(blob_path(blob.digest), size_bytes=blob.size_bytes)
    yield from blob.chunks()
    yield tar_padding(blob.size_bytes)
