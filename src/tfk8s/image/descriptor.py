"""The names of contents: digests and descriptors, as the OCI image specification 1.1 writes them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Final

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.ports import Digest

OCI_INDEX: Final = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG: Final = "application/vnd.oci.image.config.v1+json"
OCI_EMPTY: Final = "application/vnd.oci.empty.v1+json"
OCI_LAYER: Final = "application/vnd.oci.image.layer.v1.tar+gzip"


def digest_of(content: bytes) -> Digest:
    """Name a content that is held in memory."""
    return Digest("sha256:" + hashlib.sha256(content).hexdigest())


def encode(document: JsonValue) -> bytes:
    """Write JSON the same way every time: sorted keys, no white space."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """Points at a content: its type, name and size."""

    media_type: str
    digest: Digest
    size_bytes: int

    @classmethod
    def of(cls, content: bytes, *, media_type: str) -> Descriptor:
        """Describe a content that is held in memory."""
        return cls(media_type=media_type, digest=digest_of(content), size_bytes=len(content))

    def as_json(self) -> JsonObject:
        """The form that manifests and indexes use."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size_bytes}
