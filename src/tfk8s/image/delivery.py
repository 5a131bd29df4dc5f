"""Pushes one image: what the repository lacks, then the config, and the manifest under its tag last."""

from __future__ import annotations

from tfk8s.errors import RegistryError
from tfk8s.image.challenge import pull_scope
from tfk8s.image.client import Request
from tfk8s.image.contents import image_contents
from tfk8s.image.descriptor import OCI_MANIFEST
from tfk8s.image.documents import is_sha256
from tfk8s.image.meter import Meter
from tfk8s.image.reference import Reference
from tfk8s.image.source import BlobSource
from tfk8s.image.upload import BlobUpload, UploadTarget
from tfk8s.image.upload_journal import UploadJournal
from tfk8s.ports import BaseImage, Blob, Delivery, ModelImage, Reporter


class ImageDelivery:
    """The push of one image to one repository."""

    def __init__(
        self, image: ModelImage, *, base: BaseImage, target: UploadTarget, journal: UploadJournal, reporter: Reporter
    ) -> None:
        """Nothing is sent yet."""
        self._image, self._base, self._target, self._journal = image, base, target, journal
        self._reporter = reporter
        self._sent_bytes = 0

    def run(self, *, mount_from: Reference | None) -> Delivery:
        """Return once the tag names the image.

        Args:
            mount_from: the base's repository, when the same registry has it.

        Raises:
            RegistryError: the registry refused something; the tag is as it was.
            InputError: a file of the model changed.
        """
        contents = image_contents(self._image, base=self._base)
        missing = [blob for blob in contents if not self._target.has(blob)]
        own = frozenset(blob.digest for blob in (*self._image.blobs, contents[-1]))
        total = sum(blob.size_bytes for blob in missing)
        meter = Meter("push", total_bytes=total, reporter=self._reporter)
        for blob in missing:
            source = mount_from if mount_from is not None and blob.digest not in own else None
            self._send(blob, mount_from=source, meter=meter)
        self._name()
        whole = sum(blob.size_bytes for blob in contents)
        return Delivery(
            digest=self._image.digest,
            sent_bytes=self._sent_bytes,
            reused_bytes=max(whole - self._sent_bytes, 0),
        )

    def _send(self, blob: Blob, *, mount_from: Reference | None, meter: Meter) -> None:
        def sent(size_bytes: int) -> None:
            self._sent_bytes += size_bytes
            meter.advance(size_bytes)

        before = meter.done_bytes
        location = "" if mount_from is None else self._mounted(blob, mount_from)
        if location is not None:
            with self._journal.entry(self._target.image.name, digest=blob.digest) as entry:
                source = BlobSource(blob, on_read=sent)
                BlobUpload(blob, target=self._target, source=source, entry=entry).run(location=location)
        # What was mounted, or had been sent by an earlier run, counts as done; what was sent twice counts once.
        meter.advance(before + blob.size_bytes - meter.done_bytes)

    def _mounted(self, blob: Blob, source: Reference) -> str | None:
        """Ask the registry to take the blob from another repository; None when it did, else where to send it."""
        client, repository = self._target.client, self._target.image.repository
        path = f"/v2/{repository}/blobs/uploads/?mount={blob.digest}&from={source.repository}"
        scopes = (*self._target.scopes, pull_scope(source.repository))
        try:
            answer = client.send(Request(method="POST", target=path, scopes=scopes))
        except RegistryError:
            return ""  # a token server may refuse what a registry would only not mount
        if answer.status == 201:
            return None
        location = answer.headers.get("location", "") if answer.status == 202 else ""
        return client.absolute(location, base=client.url(path)) if location else ""

    def _name(self) -> None:
        answer = self._target.client.send(
            Request(
                method="PUT",
                target=f"/v2/{self._target.image.repository}/manifests/{self._target.image.wanted}",
                scopes=self._target.scopes,
                headers={"content-type": OCI_MANIFEST},
                body=self._image.manifest,
            )
        )
        if answer.status not in {200, 201, 202}:
            raise self._target.refused(answer, f"the manifest of {self._target.image}")
        told = answer.headers.get("docker-content-digest", "")
        if is_sha256(told) and told != self._image.digest:
            raise RegistryError(
                f"{self._target.image} was stored as {told}, not as {self._image.digest}",
                hint="something on the way changes the data; do not use the image",
            )
