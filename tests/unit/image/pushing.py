"""A base image and model images in a registry in memory, and a store that meets it."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.clock import FakeClock
from tests.fakes.events import Recorder
from tests.fakes.registry import RegistryInMemory, digest_of
from tfk8s.image import ModelImageBuilder, RegistryImageStore, RegistryOptions
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.ports import BaseImage, Blob, Delivery, Digest, Login, ModelContent, ModelImage

OCI = "application/vnd.oci.image"
BASE = "registry.test/base:1"
TARGET = "registry.test/model:v1"
CHUNK_BYTES = 1000
LAYER_BYTES = 3500


@dataclass(frozen=True, slots=True)
class LoginsOf:
    """Satisfies `tfk8s.ports.Logins`."""

    known: dict[str, Login] = field(default_factory=dict)

    def login(self, host: str) -> Login | None:
        return self.known.get(host)


def login(username: str, secret: str, *, identity_token: str = "") -> Login:
    return Login(username=username, secret=secret, identity_token=identity_token, source="the test's login")


def content(data: bytes, media_type: str) -> JsonObject:
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data)}


def encoded(document: JsonValue) -> bytes:
    return json.dumps(document).encode()


def config(*, architecture: str = "amd64", labels: dict[str, str] | None = None) -> bytes:
    return encoded(
        {
            "os": "linux",
            "architecture": architecture,
            "config": {"Labels": {**(labels or {})}},
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "1" * 64]},
        }
    )


def put_base(
    registry: RegistryInMemory, *, architecture: str = "amd64", repository: str = "base", tag: str = "1"
) -> bytes:
    """Put an image with one layer of 2500 bytes into the registry; returns its manifest."""
    layer, settings = bytes(range(250)) * 10, config(architecture=architecture)
    registry.put_blob(repository, layer)
    registry.put_blob(repository, settings)
    manifest = encoded(
        {
            "schemaVersion": 2,
            "mediaType": f"{OCI}.manifest.v1+json",
            "config": content(settings, f"{OCI}.config.v1+json"),
            "layers": [content(layer, f"{OCI}.layer.v1.tar+gzip")],
        }
    )
    registry.put_manifest(repository, manifest, tag=tag)
    return manifest


def index(*entries: tuple[bytes, str]) -> bytes:
    """An index of manifests, each for a platform written as `linux/arm64`."""
    listed: list[JsonValue] = []
    for manifest, platform in entries:
        system, architecture, *variant = platform.split("/")
        place: JsonObject = {"os": system, "architecture": architecture, **({"variant": variant[0]} if variant else {})}
        listed.append({**content(manifest, f"{OCI}.manifest.v1+json"), "platform": place})
    return encoded({"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json", "manifests": listed})


def model(folder: Path, *, size_bytes: int = LAYER_BYTES) -> ModelContent:
    """A model directory with one version of random bytes, the same each time."""
    version = folder / "model" / "1"
    version.mkdir(parents=True, exist_ok=True)
    (version / "saved_model.pb").write_bytes(random.Random(size_bytes).randbytes(size_bytes))  # noqa: S311
    return ModelContent(name="m", root=version.parent, versions=((1, version),))


def blob(data: bytes) -> Blob:
    """A content in memory, in pieces of 300 bytes."""
    return Blob(
        media_type="application/octet-stream",
        digest=Digest(digest_of(data)),
        size_bytes=len(data),
        chunks=lambda: (data[start : start + 300] for start in range(0, len(data), 300)),
    )


@dataclass
class Pushing:
    """Somebody who pushes to a registry in memory.

    Attributes:
        registry: where to.
        logins: what is known.
        state: directory that remembers uploads; None for none.
    """

    registry: RegistryInMemory
    logins: LoginsOf = field(default_factory=LoginsOf)
    state: Path | None = None
    clock: FakeClock = field(default_factory=FakeClock)
    told: Recorder = field(default_factory=Recorder)
    chunk_bytes: int = CHUNK_BYTES

    @property
    def store(self) -> RegistryImageStore:
        """A run of its own: nothing but the directory is remembered."""
        options = RegistryOptions(chunk_bytes=self.chunk_bytes)
        return RegistryImageStore(self.logins, state=self.state, options=options, clock=self.clock, wire=self.registry)

    def base(self, reference: str = BASE) -> BaseImage:
        return self.store.base(reference, reporter=self.told)

    def built(self, contents: ModelContent, *, base: BaseImage | None = None, reference: str = TARGET) -> ModelImage:
        return ModelImageBuilder().build([contents], base=base or self.base(), reference=reference)

    def deliver(self, image: ModelImage, *, base: BaseImage | None = None) -> Delivery:
        return self.store.deliver(image, base=base or self.base(), reporter=self.told)


def layer_in(registry: RegistryInMemory, image: ModelImage) -> bytes:
    """The model's layer as the registry holds it."""
    return registry.blobs["model", image.layers[0]]


def is_named(registry: RegistryInMemory) -> bool:
    """Whether the target has its name."""
    return ("model", "v1") in registry.manifests
