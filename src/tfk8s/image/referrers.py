"""Documents that are tied to an image: manifests with a `subject`, found again by the image's digest.

OCI distribution specification 1.1, "Pushing manifests with subject" and "Listing referrers". A registry that does not
list them has the list under a tag made of the digest, which whoever pushes keeps up to date.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from tfk8s.errors import RegistryError
from tfk8s.image.challenge import pull_scope
from tfk8s.image.client import Request
from tfk8s.image.descriptor import OCI_EMPTY, OCI_INDEX, OCI_MANIFEST, Descriptor, digest_of, encode
from tfk8s.image.documents import annotations_of, descriptor, is_index, read_document
from tfk8s.image.download import RemoteImage
from tfk8s.image.refusal import Asked, refusal
from tfk8s.image.source import BlobSource
from tfk8s.image.upload import BlobUpload, UploadTarget
from tfk8s.image.upload_journal import UploadEntry
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.ports import Attachment, Blob, Digest

_EMPTY: Final = b"{}"
_OK: Final = 200
_CREATED: Final = 201
_NO_LIST: Final = frozenset({400, 404, 406})
"""Answers of registries that do not list referrers; the specification has 404, and others were seen."""

_LARGEST_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrers:
    """The documents of one image.

    Attributes:
        image: by whatever name.
        target: its repository, for writing.
    """

    image: RemoteImage
    target: UploadTarget

    def attach(self, attachment: Attachment) -> Digest:
        """See `tfk8s.ports.ImageAttachments.attach`."""
        subject = self._subject()
        content = Descriptor.of(attachment.content, media_type=attachment.artifact_type)
        empty = Descriptor.of(_EMPTY, media_type=OCI_EMPTY)
        manifest: JsonObject = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": attachment.artifact_type,
            "config": empty.as_json(),
            "layers": [content.as_json()],
            "subject": subject.as_json(),
            "annotations": dict(attachment.annotations),
        }
        document = encode(manifest)
        self._send(_EMPTY, empty)
        self._send(attachment.content, content)
        told = self._put(document, name=digest_of(document), media_type=OCI_MANIFEST)
        if not told:
            entry: JsonObject = {
                **Descriptor.of(document, media_type=OCI_MANIFEST).as_json(),
                "artifactType": attachment.artifact_type,
                "annotations": dict(attachment.annotations),
            }
            self._list(entry, subject=subject)
        return digest_of(document)

    def attached(self, artifact_type: str) -> tuple[Attachment, ...]:
        """See `tfk8s.ports.ImageAttachments.attached`."""
        found = [entry for entry in self._listed(artifact_type) if text_at(entry, "artifactType") == artifact_type]
        named = sorted((descriptor(entry, name=self.image.text) for entry in found), key=lambda entry: entry.digest)
        return tuple(attachment for entry in named for attachment in self._read(entry, artifact_type))

    def _subject(self) -> Descriptor:
        wanted = self.image.reference.wanted
        document = self.image.document(wanted)
        if document is None:
            raise RegistryError(f"{self.image.text} does not exist", hint="push it first: tfk8s image push")
        is_list = is_index(read_document(document, name=self.image.text))
        media_type = read_document(document, name=self.image.text).get("mediaType")
        default = OCI_INDEX if is_list else OCI_MANIFEST
        return Descriptor.of(document, media_type=media_type if isinstance(media_type, str) else default)

    def _send(self, content: bytes, named: Descriptor) -> None:
        blob = Blob(
            media_type=named.media_type,
            digest=named.digest,
            size_bytes=named.size_bytes,
            chunks=lambda: iter((content,)),
        )
        if not self.target.has(blob):
            source = BlobSource(blob, on_read=lambda _: None)
            BlobUpload(blob, target=self.target, source=source, entry=UploadEntry(None)).run()

    def _put(self, document: bytes, *, name: str, media_type: str) -> bool:
        """Store a manifest; whether the registry says that it lists it under its subject."""
        answer = self.target.client.send(
            Request(
                method="PUT",
                target=f"/v2/{self.target.image.repository}/manifests/{name}",
                scopes=self.target.scopes,
                headers={"content-type": media_type},
                body=document,
            )
        )
        if answer.status not in {_OK, _CREATED, 202}:
            raise self.target.refused(answer, f"a document about {self.image.text}")
        return "oci-subject" in answer.headers

    def _list(self, entry: JsonObject, *, subject: Descriptor) -> None:
        """Put the entry into the list under the tag of the digest, which this client keeps for the registry."""
        tag = _list_tag(subject.digest)
        known = [*self._tagged(tag)]
        if any(item.get("digest") == entry["digest"] for item in known):
            return
        entries: list[JsonValue] = [*known, entry]
        index: JsonObject = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
        self._put(encode(index), name=tag, media_type=OCI_INDEX)

    def _listed(self, artifact_type: str) -> tuple[JsonObject, ...]:
        digest = self._subject().digest
        repository = self.image.reference.repository
        answer = self.image.client.send(
            Request(
                method="GET",
                target=f"/v2/{repository}/referrers/{digest}?artifactType={quote(artifact_type, safe='')}",
                scopes=(pull_scope(repository),),
                headers={"accept": OCI_INDEX},
            )
        )
        is_page = answer.status == _OK and not answer.headers.get("content-type", "").startswith(OCI_INDEX)
        if answer.status in _NO_LIST or is_page:  # some answer every path that they do not know with a page
            return self._tagged(_list_tag(digest))
        if answer.status != _OK:
            what = f"the documents about {self.image.text}"
            tried = self.image.client.auth.tried
            raise refusal(answer, asked=Asked(what=what, image=self.image.reference, access="pull", tried=tried))
        return objects_at(read_document(answer.body, name=self.image.text), "manifests")

    def _tagged(self, tag: str) -> tuple[JsonObject, ...]:
        document = self.image.document(tag)
        return () if document is None else objects_at(read_document(document, name=self.image.text), "manifests")

    def _read(self, entry: Descriptor, artifact_type: str) -> Iterator[Attachment]:
        document = self.image.document(entry.digest)
        if document is None:
            return  # it was deleted, and the list of those that keep it themselves still has it
        manifest = read_document(document, name=self.image.text)
        for layer in objects_at(manifest, "layers")[:1]:
            found = descriptor(layer, name=self.image.text)
            if found.size_bytes > _LARGEST_BYTES:
                raise RegistryError(
                    f"a document about {self.image.text} has {found.size_bytes} bytes",
                    hint="no document that tfk8s attaches is that large",
                )
            content = self.image.content(found)
            yield Attachment(artifact_type=artifact_type, content=content, annotations=annotations_of(manifest))


def _list_tag(digest: str) -> str:
    return digest.replace(":", "-")
