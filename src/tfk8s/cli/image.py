"""`tfk8s image build` and `tfk8s image push`: the image with the models, without a daemon."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.image_options import image_options, image_request, licence_option
from tfk8s.cli.image_output import Outputs, Place, outputs_option
from tfk8s.cli.image_pin import pin_command
from tfk8s.cli.image_sbom import SBOM_FORMS, sbom_command
from tfk8s.cli.image_sign import sign_command, signing_options, signing_wish, verify_command
from tfk8s.cli.output import Format, output_option, present, tell
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter

if TYPE_CHECKING:
    from tfk8s.app.image_build import BuiltImage
    from tfk8s.app.image_push import ForeseenPush, PushedImage
    from tfk8s.app.image_request import ImageRequest, ImageWorld
    from tfk8s.app.image_sbom import SbomForm
    from tfk8s.manifest import JsonObject

_MIB = 2**20


@click.group("image")
def image_command() -> None:
    """Build and push the image with the models.

    It is the model server's image and one layer for each model version. No Docker is needed, and the same files give
    the same digest on any computer.

    \b
    Examples:
      tfk8s image build
      tfk8s image push --create-repository
    """


@image_command.command("build", short_help="Work out the image, and write or load it where that is asked for.")
@image_options
@outputs_option
@click.option("--load", metavar="kind[:NAME]", help="Load the image into the nodes of a kind cluster.")
@click.option("--dry-run", is_flag=True, help="Write and load nothing.")
@progress_option
def build_command(
    *,
    model_dir: Path | None,
    spec_file: Path | None,
    repository: str | None,
    base: str | None,
    tag: str | None,
    annotations: dict[str, str],
    plain_http: tuple[str, ...],
    outputs: Outputs,
    load: str | None,
    dry_run: bool,
    progress: ProgressStyle,
) -> None:
    """Work out the image of a spec, or of MODEL_DIR: its digest, its layers and their sizes.

    Nothing is written unless --output or --load says where. The base's manifest is read from its registry, its layers
    only when the image is written.

    \b
    Examples:
      tfk8s image build
      tfk8s image build -o oci:out -o json
      tfk8s image build models/resnet --repository registry.example.com/team/resnet -o tar:resnet.tar
      tfk8s image build --load kind:tfk8s
    """
    from tfk8s.cli import wiring

    if load is not None and (outputs.places or (base or "").startswith("oci:")):
        raise click.UsageError("--load puts the image on the base that the nodes have: leave out oci: and tar:")
    request = image_request(model_dir, spec_file, repository=repository, base=base, tag=tag)
    world = wiring.image_world(annotations=annotations, plain_http=plain_http, reporter=reporter(progress))
    if load is not None:
        _load(request, cluster=_kind_cluster(load, request), dry_run=dry_run, world=world, form=outputs.form)
        return
    _build(request, () if dry_run else outputs.places, world=world, form=outputs.form)


@image_command.command("push", short_help="Send the image to its registry, and print its digest.")
@image_options
@click.option("--create-repository", is_flag=True, help="Make the repository of Artifact Registry when it is missing.")
@click.option("--sbom", type=click.Choice(SBOM_FORMS), help="Attach the bill of materials to the image, in this form.")
@licence_option
@signing_options(when="in the end")
@click.option("--dry-run", is_flag=True, help="Only say what would be sent.")
@output_option
@progress_option
def push_command(
    *,
    model_dir: Path | None,
    spec_file: Path | None,
    repository: str | None,
    base: str | None,
    tag: str | None,
    annotations: dict[str, str],
    plain_http: tuple[str, ...],
    create_repository: bool,
    sbom: SbomForm | None,
    licence: str | None,
    sign: bool,
    key: str | None,
    transparency_log: bool,
    dry_run: bool,
    output: Format,
    progress: ProgressStyle,
) -> None:
    """Push the image of a spec, or of MODEL_DIR, to its registry, and print `repository@digest`.

    What the registry has is not sent again, and an interrupted push goes on where it was. Logins: Google's registries
    take that of gcloud (application default credentials, a service account, the metadata server, an access token); for
    every other, Docker's configuration and its credential helpers are used.

    \b
    Examples:
      tfk8s image push
      tfk8s image push --create-repository
      tfk8s image push --sbom spdx --licence Apache-2.0
      tfk8s image push --sign --key gcpkms://projects/p/locations/global/keyRings/r/cryptoKeys/k
      tfk8s image push models/resnet --repository us-docker.pkg.dev/my-project/serving/resnet --tag v1
      tfk8s image push --dry-run -o json
    """
    from tfk8s.app.image_push import as_json, foresee_push, foreseen_json, push_image
    from tfk8s.app.image_sbom import wished_sbom
    from tfk8s.cli import wiring

    if licence is not None and sbom is None:
        raise click.UsageError("--licence stands in the bill of materials: add --sbom spdx or cyclonedx")
    signing = signing_wish(sign=sign, key=key, transparency_log=transparency_log)
    wish = None if sbom is None else wished_sbom(sbom, licence=licence, environ=os.environ)
    request = image_request(model_dir, spec_file, repository=repository, base=base, tag=tag)
    world = wiring.image_world(annotations=annotations, plain_http=plain_http, reporter=reporter(progress))
    if dry_run:
        foreseen = foresee_push(request, create_repository=create_repository, world=world)
        present(foreseen_json(foreseen), output=output, text=lambda: "\n".join(_foreseen_lines(foreseen)))
        return
    pushed = push_image(request, create_repository=create_repository, world=world, sbom=wish, signing=signing)
    present(as_json(pushed), output=output, text=lambda: pushed.built.pinned_reference)
    if output == "text":
        tell(_pin_text(pushed))


image_command.add_command(pin_command)
image_command.add_command(sbom_command)
image_command.add_command(sign_command)
image_command.add_command(verify_command)


def _build(request: ImageRequest, places: tuple[Place, ...], *, world: ImageWorld, form: Format) -> None:
    from tfk8s.app.image_build import Destination, as_json, build_image, delivery_json

    destinations = tuple(Destination(form=place.kind, path=place.path) for place in places)
    built, deliveries = build_image(request, world=world, destinations=destinations)
    written = [
        {"form": to.form, "path": str(to.path), **delivery_json(delivery)}
        for to, delivery in zip(destinations, deliveries, strict=True)
    ]
    answer: JsonObject = {**as_json(built), "written": [*written]}
    present(answer, output=form, text=lambda: "\n".join(_built_lines(built)))
    if not written and form == "text":
        tell("nothing was written: `tfk8s image push` sends it to its registry, -o oci:DIR or tar:FILE writes it here")


def _load(request: ImageRequest, *, cluster: str, dry_run: bool, world: ImageWorld, form: Format) -> None:
    from tfk8s.app.image_build import as_json, delivery_json, foresee_load, load_image

    if dry_run:
        name, is_there = foresee_load(request, cluster=cluster, world=world)
        state = "is in the nodes already" if is_there else "would be built and loaded"
        answer: JsonObject = {"image": name, "cluster": cluster, "present": is_there}
        present(answer, output=form, text=lambda: f"{name} {state} (kind cluster {cluster})")
        return
    built, delivery = load_image(request, cluster=cluster, world=world)
    loaded: JsonObject = {**as_json(built), "loaded": {"cluster": cluster, **delivery_json(delivery)}}
    present(loaded, output=form, text=lambda: "\n".join(_built_lines(built)))


def _kind_cluster(load: str, request: ImageRequest) -> str:
    """NAME of `kind:NAME`; without one the spec's cluster, when it is one of kind, or the default name."""
    from tfk8s.app.image_request import OfSpec
    from tfk8s.spec import KindCluster

    provider, _, name = load.partition(":")
    if provider != "kind":
        raise click.BadParameter(f"{load!r}: write kind, or kind:NAME", param_hint="--load")
    cluster = request.models.spec.cluster if isinstance(request.models, OfSpec) else None
    return name or (cluster.name if isinstance(cluster, KindCluster) else KindCluster(provider="kind").name)


def _built_lines(built: BuiltImage) -> Iterator[str]:
    yield f"image   {built.image.reference}"
    yield f"digest  {built.image.digest}"
    yield f"base    {built.base.reference} ({built.base_digest})"
    for layer in built.layers:
        yield f"layer   {layer.model}/{layer.version}  {layer.size_bytes / _MIB:.1f} MiB  {layer.digest}"


def _foreseen_lines(foreseen: ForeseenPush) -> Iterator[str]:
    yield from _built_lines(foreseen.built)
    if foreseen.makes_repository:
        yield "the repository would be made"
    for content in foreseen.contents:
        yield f"{content.state:<6}  {content.kind:<11}  {content.size_bytes / _MIB:>8.1f} MiB  {content.digest}"
    yield (
        f"{foreseen.sent_bytes / _MIB:.1f} MiB of layers would be sent" if not foreseen.has_image else "nothing to send"
    )


def _pin_text(pushed: PushedImage) -> str:
    repository, _, digest = pushed.built.pinned_reference.partition("@")
    lines = ("to pin it, write into the spec:", "image:", f"  repository: {repository}", f"  digest: {digest}")
    return "\n".join(lines)
