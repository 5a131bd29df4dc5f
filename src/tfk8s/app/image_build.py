"""The use-case of `tfk8s image build`: works out the image, and writes it where it is wanted, or nowhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tfk8s.app.image_request import ImageRequest, ImageWorld, OutputForm, WantedImage, wanted_image
from tfk8s.app.steps import Done, Steps
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.names.registry import closed_registry
from tfk8s.ports import BaseImage, Delivery, Digest, ImageStore, ModelImage, Reporter, Warn

MIB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLayer:
    """The layer of one version of one model."""

    model: str
    version: int
    digest: Digest
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltImage:
    """An image that is worked out.

    Attributes:
        base_digest: of the base's manifest, which the image is built on whatever its tag says tomorrow.
        pinned: the digest that the spec pins, or None.
    """

    image: ModelImage
    base: BaseImage
    base_digest: str
    layers: tuple[ModelLayer, ...]
    pinned: str | None

    @property
    def pinned_reference(self) -> str:
        """`repository@digest`: names these very bytes wherever they are."""
        return f"{self.image.reference.rpartition(':')[0]}@{self.image.digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where on this computer an image is written: an OCI layout in a folder, or a tar file of one."""

    form: OutputForm
    path: Path


def build_image(
    request: ImageRequest, *, world: ImageWorld, destinations: tuple[Destination, ...] = ()
) -> tuple[BuiltImage, tuple[Delivery, ...]]:
    """Build, and write the image to every destination.

    Returns:
        The image, and what was written to each destination.

    Raises:
        InputError: the models, a name or a destination cannot be used.
        RegistryError: the base cannot be had, or is no image for linux/amd64.
    """
    steps = Steps(clock=world.clock, reporter=world.reporter)
    wanted = steps.run("check", lambda: checked(request))
    warn_of_closed_registry(wanted, reporter=world.reporter)
    built = steps.run("build", lambda: build(wanted, store=world.registry, world=world))
    written = [steps.run("write", partial(_written, built, to, world=world)) for to in destinations]
    return built, tuple(written)


def load_image(request: ImageRequest, *, cluster: str, world: ImageWorld) -> tuple[BuiltImage, Delivery]:
    """Build on the base image that the nodes of a kind cluster have, and give the image to those that lack it.

    Raises:
        InputError: as `build_image`.
        PreconditionError: there is no such cluster.
        RegistryError: the base cannot be had, or a node refused the image.
    """
    steps = Steps(clock=world.clock, reporter=world.reporter)
    wanted = steps.run("check", lambda: checked(request))
    store = world.nodes(cluster)
    built = steps.run("build", lambda: build(wanted, store=store, world=world))
    return built, steps.run("load", lambda: delivered(built, store=store, verb="loaded", world=world))


def foresee_load(request: ImageRequest, *, cluster: str, world: ImageWorld) -> tuple[str, bool]:
    """The name that the image would have in the nodes, and whether they have it already; changes nothing.

    Raises:
        InputError: as `build_image`.
        PreconditionError: there is no such cluster.
    """
    wanted = wanted_image(request)
    reference = wanted.reference("")
    return reference, world.nodes(cluster).holds(reference, base=wanted.base)


def checked(request: ImageRequest) -> Done[WantedImage]:
    """Read the models, as a step."""
    wanted = wanted_image(request)
    return Done(value=wanted, outcome=f"{', '.join(content.name for content in wanted.contents)} can be served")


def build(wanted: WantedImage, *, store: ImageStore, world: ImageWorld) -> Done[BuiltImage]:
    """Work out the image on the base that the store has, as a step."""
    base = store.base(wanted.base, reporter=world.reporter)
    base_digest = f"sha256:{hashlib.sha256(base.manifest).hexdigest()}"
    reference = wanted.reference(base_digest)
    image = world.builder.build(wanted.contents, base=base, reference=reference)
    names = [(content.name, number) for content in wanted.contents for number, _ in content.versions]
    layers = tuple(
        ModelLayer(model=model, version=number, digest=blob.digest, size_bytes=blob.size_bytes)
        for (model, number), blob in zip(names, image.blobs, strict=True)
    )
    built = BuiltImage(image=image, base=base, base_digest=base_digest, layers=layers, pinned=wanted.pinned)
    count = f"{len(layers)} model layer{'s' if len(layers) > 1 else ''}"
    return Done(value=built, outcome=f"{count}, {image.size_bytes / MIB:.1f} MiB, on {wanted.base}")


def delivered(built: BuiltImage, *, store: ImageStore, verb: str, world: ImageWorld) -> Done[Delivery]:
    """Give the image to the store, as a step."""
    delivery = store.deliver(built.image, base=built.base, reporter=world.reporter)
    return Done(value=delivery, outcome=f"{built.image.reference} {verb}, {amounts(delivery)}")


def amounts(delivery: Delivery) -> str:
    """How much was sent, and how much was there."""
    return f"{delivery.sent_bytes / MIB:.1f} MiB sent, {delivery.reused_bytes / MIB:.1f} MiB there already"


def warn_of_closed_registry(wanted: WantedImage, *, reporter: Reporter) -> None:
    """Explain a name at gcr.io, which is accepted."""
    closed = closed_registry(f"{wanted.repository}:{wanted.tag or 'TAG'}")
    if closed is not None:
        reporter.emit(Warn(message=closed.message, hint=closed.hint))


def as_json(built: BuiltImage) -> JsonObject:
    """The stable form of `-o json`."""
    layers: list[JsonValue] = [
        {"model": layer.model, "version": layer.version, "digest": layer.digest, "sizeBytes": layer.size_bytes}
        for layer in built.layers
    ]
    return {
        "image": built.image.reference,
        "digest": built.image.digest,
        "pinned": built.pinned_reference,
        "base": {"image": built.base.reference, "digest": built.base_digest},
        "layers": layers,
        "sizeBytes": built.image.size_bytes,
    }


def delivery_json(delivery: Delivery) -> JsonObject:
    """What was sent, for `-o json`."""
    return {"sentBytes": delivery.sent_bytes, "reusedBytes": delivery.reused_bytes}


def _written(built: BuiltImage, to: Destination, *, world: ImageWorld) -> Done[Delivery]:
    delivery = world.writers[to.form](built.image, to.path, base=built.base, reporter=world.reporter)
    size = delivery.sent_bytes / MIB
    return Done(value=delivery, outcome=f"{to.path}, {size:.1f} MiB written")
