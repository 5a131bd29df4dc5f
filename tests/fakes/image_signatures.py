"""Signatures in memory: who signed which image."""

from __future__ import annotations

from dataclasses import dataclass, field

from tfk8s.errors import UnverifiedError
from tfk8s.ports import ByKey, Digest, Signatory


@dataclass
class FakeSignatures:
    """Implements `tfk8s.ports.ImageSignatures`.

    Attributes:
        signed: digests of images, and who signed them; a signature by whatever key counts for its public half.
        missing: what `require` raises, as where there is no cosign.
        verified: images that were asked about, in order.
    """

    signed: list[tuple[str, Signatory | None]] = field(default_factory=list)
    missing: Exception | None = None
    verified: list[str] = field(default_factory=list)

    def require(self) -> None:
        if self.missing is not None:
            raise self.missing

    def sign(self, image: str, *, key: ByKey | None) -> None:
        self.require()
        self.signed.append((image.partition("@")[2], key))

    def verify(self, image: str, *, signatory: Signatory) -> Digest:
        self.require()
        self.verified.append(image)
        digest = image.partition("@")[2]
        if (digest, signatory) not in self.signed:
            raise UnverifiedError(f"{image} is not verified", hint="sign it")
        return Digest(digest)
