"""A registry of images in memory that keeps contents by digest, and writers that keep what they were given."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.provider import alive
from tfk8s.errors import RegistryError
from tfk8s.ports import Attachment, BaseImage, Delivery, Digest, ModelImage, Progress, Reporter


@dataclass
class FakeImageRegistry:
    """Implements `tfk8s.ports.ImageRegistry` and `tfk8s.ports.ImageAttachments`.

    Attributes:
        attachments: by the image that they are tied to.
        bases: images that can be had, by the name that they are asked for.
        contents: digests of what it has.
        tags: digest of the image that each name leads to.
        before: called with the name of each call that changes something, before it does; may raise.
    """

    bases: dict[str, BaseImage] = field(default_factory=dict)
    contents: set[Digest] = field(default_factory=set)
    tags: dict[str, Digest] = field(default_factory=dict)
    before: Callable[[str], None] = alive
    attachments: dict[str, list[Attachment]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def base(self, reference: str, *, reporter: Reporter) -> BaseImage:
        del reporter
        self.asked.append(reference)
        if reference not in self.bases:
            raise RegistryError(f"{reference} does not exist", hint="correct image.base")
        return self.bases[reference]

    def holds(self, reference: str, *, base: str) -> bool:
        assert base
        return reference in self.tags

    def deliver(self, image: ModelImage, *, base: BaseImage, reporter: Reporter) -> Delivery:
        del base
        self.before("deliver")
        missing = [blob for blob in image.blobs if blob.digest not in self.contents]
        sent = sum(len(b"".join(blob.chunks())) for blob in missing)
        self.contents |= {image.digest, *(blob.digest for blob in image.blobs)}
        self.tags[image.reference] = image.digest
        reporter.emit(Progress(what="push", done=sent, total=sent, unit="bytes"))
        return Delivery(digest=image.digest, sent_bytes=sent, reused_bytes=image.size_bytes - sent)

    def attach(self, image: str, attachment: Attachment) -> Digest:
        self.before("attach")
        assert image.partition("@")[2] in self.contents, "nothing is tied to an image that is not there"
        self.attachments.setdefault(image, []).append(attachment)
        return Digest(f"sha256:{hashlib.sha256(attachment.content).hexdigest()}")

    def attached(self, image: str, *, artifact_type: str) -> tuple[Attachment, ...]:
        return tuple(one for one in self.attachments.get(image, []) if one.artifact_type == artifact_type)

    def present(self, image: ModelImage, *, base: BaseImage) -> frozenset[Digest]:
        wanted = {blob.digest for blob in image.blobs} | {image.digest, *layers_of(base)}
        return frozenset(wanted & self.contents)


@dataclass
class FakeWriter:
    """Implements `tfk8s.ports.ImageWriter`."""

    written: list[tuple[Digest, Path]] = field(default_factory=list)

    def __call__(self, image: ModelImage, path: Path, /, *, base: BaseImage, reporter: Reporter) -> Delivery:
        del base, reporter
        self.written.append((image.digest, path))
        return Delivery(digest=image.digest, sent_bytes=image.size_bytes, reused_bytes=0)


def layers_of(base: BaseImage) -> tuple[Digest, ...]:
    """Digests of a base's layers."""
    return tuple(Digest(layer["digest"]) for layer in json.loads(base.manifest)["layers"])
