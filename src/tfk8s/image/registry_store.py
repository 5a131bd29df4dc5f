"""The images of a registry, for clusters whose nodes pull: the adapter behind `tfk8s.ports.ImageStore`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from tfk8s.clock import Clock, SystemClock
from tfk8s.errors import PreconditionError, RegistryError, Tfk8sError
from tfk8s.image.answer import Exchanger
from tfk8s.image.client import RegistryClient
from tfk8s.image.contents import image_contents
from tfk8s.image.delivery import ImageDelivery
from tfk8s.image.descriptor import digest_of
from tfk8s.image.documents import annotations_of, read_document
from tfk8s.image.download import RemoteImage
from tfk8s.image.layout_reader import is_layout, layout_image
from tfk8s.image.lookup import look_up, unanswered
from tfk8s.image.reference import Reference, parse_reference, push_target
from tfk8s.image.referrers import Referrers
from tfk8s.image.registry_options import RegistryOptions
from tfk8s.image.upload import UploadTarget
from tfk8s.image.upload_journal import UploadJournal
from tfk8s.manifest.registry_answer import ImageAnswer
from tfk8s.ports import Attachment, BaseImage, Delivery, Digest, Logins, ModelImage, Note, Reporter

if TYPE_CHECKING:
    from typing_extensions import Self

BASE_DIGEST: Final = "org.opencontainers.image.base.digest"


class RegistryImageStore:
    """Implements `tfk8s.ports.ImageStore` for every registry: the base may be in another one than the image."""

    def __init__(
        self,
        logins: Logins,
        *,
        state: Path | None = None,
        options: RegistryOptions | None = None,
        clock: Clock | None = None,
        wire: Exchanger | None = None,
    ) -> None:
        """Nothing is sent yet.

        Args:
            logins: where logins are.
            state: directory that remembers uploads under way; None forgets them with the process.
            options: of the connections.
            clock: for waits.
            wire: sends the requests; by default over the network.
        """
        self._logins, self._options, self._clock = logins, options or RegistryOptions(), clock or SystemClock()
        self._journal = UploadJournal(state, clock=self._clock)
        self._clients: dict[str, RegistryClient] = {}
        self._wire = wire

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connections."""
        if self._wire is not None:
            self._wire.close()

    def base(self, reference: str, *, reporter: Reporter) -> BaseImage:
        """Read an image from its registry, or from an OCI layout named `oci:DIRECTORY[:TAG]`.

        Raises:
            RegistryError: it is not there, not for linux/amd64, or cannot be read.
        """
        if is_layout(reference):
            return layout_image(reference)
        reporter.emit(Note(message=f"reading {reference}"))
        return self._remote(reference).read()

    def holds(self, reference: str, *, base: str) -> bool:
        """Whether the tag is there, and was built on what the base's name leads to now.

        A base that cannot be asked for is no reason to build again: nothing better could be built.
        """
        manifest = self._remote(reference).manifest()
        if manifest is None:
            return False
        built_on = annotations_of(read_document(manifest, name=reference)).get(BASE_DIGEST)
        return built_on is not None and self._base_digest(base) in {None, built_on}

    def deliver(self, image: ModelImage, *, base: BaseImage, reporter: Reporter) -> Delivery:
        """Send what the repository lacks; the tag is given last, and only to a complete image."""
        target = push_target(image.reference)
        if self._remote(image.reference).digest() == image.digest:
            whole = sum(blob.size_bytes for blob in image_contents(image, base=base))
            return Delivery(digest=image.digest, sent_bytes=0, reused_bytes=whole)
        place = self._place(target)
        origin = None if is_layout(base.reference) else parse_reference(base.reference)
        is_near = origin is not None and origin.registry == target.registry and origin.repository != target.repository
        delivery = ImageDelivery(image, base=base, target=place, journal=self._journal, reporter=reporter)
        return delivery.run(mount_from=origin if is_near else None)

    def present(self, image: ModelImage, *, base: BaseImage) -> frozenset[Digest]:
        """Which contents of the image, its manifest among them, the repository has already; changes nothing.

        Raises:
            RegistryError: the registry refused, as it would refuse the push, or cannot be reached.
        """
        place = self._place(push_target(image.reference))
        found = {blob.digest for blob in image_contents(image, base=base) if place.has(blob)}
        named = {image.digest} if self._remote(image.reference).digest() == image.digest else set()
        return frozenset(found | named)

    def look_up(self, image: str) -> ImageAnswer:
        """See `tfk8s.ports.registry.ImageLookup`."""
        try:
            return look_up(self._remote(image))
        except Tfk8sError as error:
            return unanswered(image, error)

    def attach(self, image: str, attachment: Attachment) -> Digest:
        """See `tfk8s.ports.ImageAttachments.attach`."""
        return self._referrers(image).attach(attachment)

    def attached(self, image: str, *, artifact_type: str) -> tuple[Attachment, ...]:
        """See `tfk8s.ports.ImageAttachments.attached`."""
        return self._referrers(image).attached(artifact_type)

    def _referrers(self, image: str) -> Referrers:
        return Referrers(image=self._remote(image), target=self._place(parse_reference(image)))

    def _place(self, target: Reference) -> UploadTarget:
        client = self._client(target.registry)
        return UploadTarget(client=client, image=target, clock=self._clock, chunk_bytes=self._options.chunk_bytes)

    def _base_digest(self, base: str) -> Digest | None:
        try:
            manifest = layout_image(base).manifest if is_layout(base) else self._remote(base).manifest()
        except (RegistryError, PreconditionError):
            return None
        return None if manifest is None else digest_of(manifest)

    def _remote(self, text: str) -> RemoteImage:
        reference = parse_reference(text)
        client = self._client(reference.registry)
        return RemoteImage(client=client, reference=reference, clock=self._clock, text=text)

    def _client(self, registry: str) -> RegistryClient:
        if registry not in self._clients:
            self._clients[registry] = RegistryClient(
                registry,
                wire=self._opened(),
                logins=self._logins,
                clock=self._clock,
                is_plain_http=registry in self._options.plain_http,
                tries=self._options.tries,
            )
        return self._clients[registry]

    def _opened(self) -> Exchanger:
        if self._wire is None:
            from tfk8s.image.wire import Wire  # loads requests

            self._wire = Wire(ca_file=self._options.ca_file, timeout_s=self._options.timeout_s)
        return self._wire
