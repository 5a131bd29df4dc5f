"""Wires model images: registries with their logins, repositories, and the nodes of kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from tfk8s.app.image_request import ImageWorld
    from tfk8s.image import RegistryImageStore
    from tfk8s.manifest import Manifests
    from tfk8s.ports import ImageSignatures, ImageStore, Logins, Reporter
    from tfk8s.ports.registry import ImageLookup
    from tfk8s.spec import ServiceSpec

_HASTE_S: Final = 5.0


def image_world(*, annotations: Mapping[str, str], plain_http: Sequence[str] = (), reporter: Reporter) -> ImageWorld:
    """What `image` needs; nothing is looked at yet.

    Args:
        annotations: of the image, beside those that follow from its content.
        plain_http: registries that may be spoken to without TLS.
        reporter: takes the events.
    """
    from tfk8s.app.image_request import ImageWorld
    from tfk8s.clock import SystemClock
    from tfk8s.cloud.gke.repositories import ArtifactRepositories
    from tfk8s.image import ModelImageBuilder, write_archive, write_layout

    def nodes(cluster: str) -> ImageStore:
        from tfk8s.cloud.kind.images import KindImageStore
        from tfk8s.cloud.kind.process import run

        return KindImageStore(run, cluster=cluster)

    clock = SystemClock()
    registry = registry_store(plain_http=plain_http)
    return ImageWorld(
        registry=registry,
        attachments=registry,
        signatures=image_signatures(plain_http=plain_http),
        nodes=nodes,
        writers={"oci": write_layout, "tar": write_archive},
        builder=ModelImageBuilder(annotations),
        repositories=ArtifactRepositories(clock=clock),
        clock=clock,
        reporter=reporter,
    )


def image_lookup(*, plain_http: Sequence[str] = (), is_hasty: bool = True) -> ImageLookup:
    """Asks registries about images, with the logins of `registry_store`.

    Args:
        plain_http: registries that may be spoken to without TLS.
        is_hasty: has little patience, for a command that goes on without an answer.
    """
    return registry_store(plain_http=plain_http, is_hasty=is_hasty)


def image_signatures(*, plain_http: Sequence[str] = ()) -> ImageSignatures:
    """Signs and verifies, through cosign; nothing is run yet."""
    from tfk8s.image.cosign import CosignSignatures

    return CosignSignatures(plain_http=plain_http)


def admission(spec: ServiceSpec, *, folder: Path, reporter: Reporter) -> Callable[[Manifests], None]:
    """Lets in what has the signature that the spec asks for; everything where it asks for none."""
    if spec.image.verify is None:
        return lambda _: None
    from tfk8s.app.image_admission import admission_of

    return admission_of(spec, folder=folder, signatures=image_signatures, reporter=reporter)


def registry_store(
    *, plain_http: Sequence[str] = (), google: Logins | None = None, is_hasty: bool = False
) -> RegistryImageStore:
    """The images of every registry, with this computer's logins: Google's for its own, Docker's for the others.

    Args:
        plain_http: registries that may be spoken to without TLS.
        google: Google's, where they are known already.
        is_hasty: whether a registry that does not answer is given up within seconds.
    """
    import os

    from tfk8s.clock import SystemClock
    from tfk8s.cloud.gke.login import GoogleLogins
    from tfk8s.image import (
        ChainedLogins,
        DockerConfigLogins,
        RegistryImageStore,
        RegistryOptions,
        ca_file_from,
        docker_config_path,
        upload_state_dir,
    )

    options = RegistryOptions(ca_file=ca_file_from(os.environ), plain_http=frozenset(plain_http))
    return RegistryImageStore(
        ChainedLogins(google or GoogleLogins(), DockerConfigLogins(docker_config_path(os.environ))),
        state=upload_state_dir(os.environ),
        options=replace(options, timeout_s=_HASTE_S, tries=2) if is_hasty else options,
        clock=SystemClock(),
    )
