"""The use-case of `tfk8s image push`: make the repository when asked to, build, and send what is missing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tfk8s.app.image_build import BuiltImage, build, checked, delivered, warn_of_closed_registry
from tfk8s.app.image_build import as_json as image_json
from tfk8s.app.image_request import ImageRequest, ImageWorld, WantedImage, require_destination
from tfk8s.app.image_sbom import SbomWish, sbom_of
from tfk8s.app.image_sign import SigningWish, sign_image
from tfk8s.app.steps import Done, Steps
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.ports import Attachment, Delivery, Digest, Warn

ContentKind: TypeAlias = Literal["base layer", "model layer"]
ContentState: TypeAlias = Literal["there", "mount", "send"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedImage:
    """What was pushed, and what it took.

    Attributes:
        sbom: digest of what ties the bill of materials to the image; None when none was wanted.
        signatory: who signed it, in words; None when nobody was asked to.
    """

    built: BuiltImage
    delivery: Delivery
    made_repository: bool
    sbom: Digest | None = None
    signatory: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A layer, and what a push would do about it.

    Attributes:
        state: `mount` when the registry has it in the repository of the base, from which most registries take it.
    """

    kind: ContentKind
    digest: Digest
    size_bytes: int
    state: ContentState


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeseenPush:
    """What a push would do.

    Attributes:
        makes_repository: whether the repository would be made first.
        has_image: whether the registry has this very image, so that only its tag would be given again.
    """

    built: BuiltImage
    contents: tuple[Content, ...]
    makes_repository: bool
    has_image: bool

    @property
    def sent_bytes(self) -> int:
        """Bytes of layers that would be sent."""
        return sum(content.size_bytes for content in self.contents if content.state == "send")


def push_image(
    request: ImageRequest,
    *,
    create_repository: bool,
    world: ImageWorld,
    sbom: SbomWish | None = None,
    signing: SigningWish | None = None,
) -> PushedImage:
    """Push the image; what the registry has is not sent again, and the tag is given last.

    Args:
        request: which image.
        create_repository: whether a missing repository is made.
        world: the ports.
        sbom: how the bill of materials is written that is tied to the image; None for none.
        signing: how the image is signed in the end; None for not at all.

    Raises:
        InputError: the models or a name cannot be used.
        PreconditionError: there is nowhere to push to, or a login is broken.
        CloudError: the repository could not be made.
        RegistryError: the base cannot be had, or the registry refused the image.
    """
    if signing is not None:
        world.signatures.require()
    steps = Steps(clock=world.clock, reporter=world.reporter)
    wanted = steps.run("check", lambda: checked(request))
    require_destination(wanted)
    warn_of_closed_registry(wanted, reporter=world.reporter)
    makes = _lacks_repository(wanted, world=world) if create_repository else False
    if makes:
        steps.run("registry", lambda: _made(wanted, world=world))
    built = steps.run("build", lambda: build(wanted, store=world.registry, world=world))
    # Before the push: files that change from now on make it fail, so the bill is of what was pushed.
    bill = None if sbom is None else sbom_of(wanted, built, wish=sbom)
    delivery = steps.run("push", lambda: delivered(built, store=world.registry, verb="pushed", world=world))
    tied = None if bill is None else steps.run("sbom", lambda: _attached(bill, built, world=world))
    signed = None if signing is None else steps.run("sign", lambda: _signed(signing, built, world=world))
    _compare_with_pin(built, world=world)
    return PushedImage(built=built, delivery=delivery, made_repository=makes, sbom=tied, signatory=signed)


def foresee_push(request: ImageRequest, *, create_repository: bool, world: ImageWorld) -> ForeseenPush:
    """Say what a push would send; changes nothing.

    Raises:
        Tfk8sError: as `push_image`.
    """
    wanted = checked(request).value
    require_destination(wanted)
    warn_of_closed_registry(wanted, reporter=world.reporter)
    makes = _lacks_repository(wanted, world=world) if create_repository else False
    built = build(wanted, store=world.registry, world=world).value
    there = frozenset[Digest]() if makes else world.registry.present(built.image, base=built.base)
    is_near = built.base.reference.startswith(f"{wanted.repository.partition('/')[0]}/")
    contents = (
        *_contents("base layer", _base_layers(built), there=there, missing="mount" if is_near else "send"),
        *_contents("model layer", _model_layers(built), there=there, missing="send"),
    )
    return ForeseenPush(built=built, contents=contents, makes_repository=makes, has_image=built.image.digest in there)


def as_json(pushed: PushedImage) -> JsonObject:
    """The stable form of `-o json`."""
    return {
        **image_json(pushed.built),
        "sentBytes": pushed.delivery.sent_bytes,
        "reusedBytes": pushed.delivery.reused_bytes,
        "repositoryCreated": pushed.made_repository,
        "sbom": pushed.sbom,
        "signatory": pushed.signatory,
    }


def foreseen_json(foreseen: ForeseenPush) -> JsonObject:
    """The stable form of `--dry-run -o json`."""
    contents: list[JsonValue] = [
        {"kind": one.kind, "digest": one.digest, "sizeBytes": one.size_bytes, "state": one.state}
        for one in foreseen.contents
    ]
    return {
        **image_json(foreseen.built),
        "contents": contents,
        "sendsBytes": foreseen.sent_bytes,
        "present": foreseen.has_image,
        "createsRepository": foreseen.makes_repository,
    }


def _lacks_repository(wanted: WantedImage, *, world: ImageWorld) -> bool:
    if not world.repositories.manages(wanted.repository):
        raise InputError(
            f"{wanted.repository} is not in Artifact Registry, and only its repositories can be made",
            hint="leave out --create-repository, or name LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/NAME",
        )
    return not world.repositories.exists(wanted.repository)


def _made(wanted: WantedImage, *, world: ImageWorld) -> Done[None]:
    world.repositories.create(wanted.repository, reporter=world.reporter)
    return Done(value=None, outcome=f"repository for {wanted.repository} created")


def _attached(bill: Attachment, built: BuiltImage, *, world: ImageWorld) -> Done[Digest]:
    digest = world.attachments.attach(built.pinned_reference, bill)
    return Done(value=digest, outcome=f"{bill.artifact_type}, {len(bill.content) / 1024:.1f} KiB attached")


def _signed(signing: SigningWish, built: BuiltImage, *, world: ImageWorld) -> Done[str]:
    done = sign_image(built.pinned_reference, key=signing.key, signatures=world.signatures)
    return Done(value=done.signatory, outcome=f"{done.image} by {done.signatory}")


def _compare_with_pin(built: BuiltImage, *, world: ImageWorld) -> None:
    if built.pinned is not None and built.pinned != built.image.digest:
        world.reporter.emit(
            Warn(
                message=f"the spec pins {built.pinned}, and the image that was pushed is {built.image.digest}",
                hint="set image.digest in the spec to the new one, or leave it out",
            )
        )


def _contents(
    kind: ContentKind, layers: Iterable[tuple[Digest, int]], *, there: frozenset[Digest], missing: ContentState
) -> Iterator[Content]:
    for digest, size in layers:
        state: ContentState = "there" if digest in there else missing
        yield Content(kind=kind, digest=digest, size_bytes=size, state=state)


def _model_layers(built: BuiltImage) -> tuple[tuple[Digest, int], ...]:
    return tuple((layer.digest, layer.size_bytes) for layer in built.layers)


def _base_layers(built: BuiltImage) -> tuple[tuple[Digest, int], ...]:
    """The base's layers as its manifest lists them, which the builder has found in order."""
    manifest: JsonObject = json.loads(built.base.manifest)
    layers = manifest.get("layers")
    found = [layer for layer in layers if isinstance(layer, dict)] if isinstance(layers, list) else []
    return tuple((Digest(str(layer.get("digest"))), _size(layer.get("size"))) for layer in found)


def _size(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0
