"""Reads images from a registry: every byte is held against the digest that names it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from tfk8s.clock import Clock
from tfk8s.errors import RegistryError
from tfk8s.image.answer import Answer, LostError
from tfk8s.image.challenge import pull_scope
from tfk8s.image.client import RegistryClient, Request
from tfk8s.image.descriptor import Descriptor, digest_of
from tfk8s.image.documents import ACCEPTED, descriptor, for_platform, is_index, is_sha256, read_document, read_manifest
from tfk8s.image.manifest import check_platform
from tfk8s.image.patience import Patience
from tfk8s.image.reference import Reference
from tfk8s.image.refusal import Asked, refusal
from tfk8s.manifest import JsonObject
from tfk8s.ports import BaseImage, Blob, Digest

_OK: Final = 200
_PARTIAL: Final = 206
_NOT_FOUND: Final = 404
_CONFIG_LIMIT_BYTES: Final = 8 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteImage:
    """An image in a registry.

    Attributes:
        client: of its registry.
        reference: its name.
        clock: for waits.
        text: its name as the user wrote it.
    """

    client: RegistryClient
    reference: Reference
    clock: Clock
    text: str

    def manifest(self) -> bytes | None:
        """The manifest for our platform, chosen from an index where the name leads to one; None when it is not there.

        Raises:
            RegistryError: the registry refused or cannot be reached, or there is no image for our platform.
        """
        found = self.document(self.reference.wanted)
        if found is None:
            return None
        document = read_document(found, name=self.text)
        if not is_index(document):
            return found
        child = for_platform(document, name=self.text)
        below = self.document(child.digest)
        if below is None:
            raise RegistryError(
                f"{self.text} names an image for linux/amd64 that its registry does not have ({child.digest})",
                hint="push the base image again, or name another one",
            )
        return below

    def digest(self) -> Digest | None:
        """Digest of what the name leads to, without reading it; None when there is nothing, or it is not told."""
        answer = self.asked("HEAD", self.reference.wanted)
        told = answer.headers.get("docker-content-digest", "")
        return Digest(told) if answer.status == _OK and is_sha256(told) else None

    def read(self) -> BaseImage:
        """Read it as a base; its layers are read when they are asked for.

        Raises:
            RegistryError: it is not there, not for linux/amd64, or cannot be read.
        """
        manifest = self.manifest()
        if manifest is None:
            answer = self.asked("GET", self.reference.wanted)  # for the reason that the registry gives
            raise self._refused(answer)
        document = read_manifest(manifest, name=self.text)
        config = self.config(document)
        layers = document["layers"]
        image = BaseImage(
            reference=self.text,
            manifest=manifest,
            config=config,
            blobs=tuple(self._blob(descriptor(layer, name=self.text)) for layer in layers)
            if isinstance(layers, list)
            else (),
        )
        check_platform(image)
        return image

    def config(self, manifest: JsonObject) -> bytes:
        """The config that a manifest names.

        Raises:
            RegistryError: it cannot be read, or is none.
        """
        found = descriptor(manifest["config"], name=self.text)
        if found.size_bytes > _CONFIG_LIMIT_BYTES:
            raise RegistryError(
                f"the config of {self.text} is no config: it has {found.size_bytes} bytes",
                hint="an image's config is a few kilobytes: push the base image again, or name another one",
            )
        return self.content(found)

    def content(self, found: Descriptor) -> bytes:
        """A content of the repository, held against its digest.

        Raises:
            RegistryError: it cannot be read.
        """
        return b"".join(self._blob(found).chunks())

    def document(self, wanted: str) -> bytes | None:
        """The manifest or index under a tag or digest of the repository, held against the digest; None without it.

        Raises:
            RegistryError: the registry refused, cannot be reached, or gave other bytes.
        """
        answer = self.asked("GET", wanted)
        if answer.status == _NOT_FOUND:
            return None
        if answer.status != _OK:
            raise self._refused(answer)
        told = answer.headers.get("docker-content-digest", "")
        expected = wanted if is_sha256(wanted) else told
        if is_sha256(expected) and digest_of(answer.body) != expected:
            raise self._mismatch(expected)
        return answer.body

    def asked(self, method: Literal["GET", "HEAD"], wanted: str) -> Answer:
        """What the registry answers when it is asked for a manifest.

        Raises:
            RegistryError: it cannot be reached.
        """
        return self.client.send(
            Request(
                method=method,
                target=f"/v2/{self.reference.repository}/manifests/{wanted}",
                scopes=self._scopes,
                headers={"accept": ", ".join(ACCEPTED)},
            )
        )

    def _blob(self, content: Descriptor) -> Blob:
        return Blob(
            media_type=content.media_type,
            digest=content.digest,
            size_bytes=content.size_bytes,
            chunks=lambda: self._chunks(content),
        )

    def _chunks(self, content: Descriptor) -> Iterator[bytes]:
        """Stream a blob; where the connection breaks, go on from there."""
        seen, read, patience = hashlib.sha256(), 0, Patience(self.clock)
        while read < content.size_bytes:
            try:
                for chunk in self._from(content, start=read):
                    patience.renew()
                    seen.update(chunk)
                    read += len(chunk)
                    yield chunk
                if read != content.size_bytes:
                    break
            except LostError as error:
                if not patience.wait():
                    raise self.client.unreachable(error) from error
        if f"sha256:{seen.hexdigest()}" != content.digest:
            raise self._mismatch(content.digest)

    def _from(self, content: Descriptor, *, start: int) -> Iterator[bytes]:
        answer = self.client.send(
            Request(
                method="GET",
                target=f"/v2/{self.reference.repository}/blobs/{content.digest}",
                scopes=self._scopes,
                headers={"range": f"bytes={start}-"} if start else {},
                is_streamed=True,
            )
        )
        try:
            if answer.status not in {_OK, _PARTIAL}:
                raise self._refused(answer)
            skip = start if answer.status == _OK else 0  # a registry may take no notice of the range
            for chunk in answer.chunks():
                if skip >= len(chunk):
                    skip -= len(chunk)
                    continue
                yield chunk[skip:] if skip else chunk
                skip = 0
        finally:
            answer.close()

    @property
    def _scopes(self) -> tuple[str, ...]:
        return (pull_scope(self.reference.repository),)

    def _refused(self, answer: Answer) -> RegistryError:
        tried = self.client.auth.tried
        return refusal(
            answer, asked=Asked(what=f"the reading of {self.text}", image=self.reference, access="pull", tried=tried)
        )

    def _mismatch(self, digest: str) -> RegistryError:
        return RegistryError(
            f"the registry {self.client.registry} gave other bytes than {digest} names, for {self.text}",
            hint="run the same command again; if it fails again, something on the way changes the data",
        )
