"""Wires the places that keep the versions of a model: a directory here, a volume of the cluster, a bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tfk8s.app.carry_out import World
    from tfk8s.ports.publication import VersionStore
    from tfk8s.spec import ClaimSource, ModelSpec, ServiceSpec


def publication_store(spec: ServiceSpec, *, model: ModelSpec, base: Path, world: World) -> VersionStore:
    """The store of the model's versions; nothing is asked yet.

    A pod that writes a volume lives until the command ends.

    Args:
        spec: the service.
        model: one of its models.
        base: the folder of the spec file.
        world: the cluster.

    Raises:
        InputError: the versions are part of an image that is not made here.
    """
    from tfk8s.app.directory_store import DirectoryStore
    from tfk8s.errors import InputError
    from tfk8s.spec import BucketSource, ClaimSource, LocalSource

    source = model.parsed_source
    if isinstance(source, LocalSource):
        return DirectoryStore(source.directory(base), place=source.path)
    if isinstance(source, ClaimSource):
        return _volume(spec, model=model, source=source, world=world)
    if isinstance(source, BucketSource):
        from tfk8s.cloud.gcs import bucket_store

        return bucket_store(source.uri)
    raise InputError(
        f"the versions of {model.name} are part of {spec.image.base}, which is not built here",
        hint="build an image with the version, and give it as image.base",
    )


def _volume(spec: ServiceSpec, *, model: ModelSpec, source: ClaimSource, world: World) -> VersionStore:
    import click

    from tfk8s.app.publisher import Publisher, PublisherSite
    from tfk8s.app.volume_store import VolumeStore
    from tfk8s.manifest import ObjectRef
    from tfk8s.render.served import CLAIM_ROOT
    from tfk8s.spec import object_names

    names = object_names(spec)
    deployment = ObjectRef(api_version="apps/v1", kind="Deployment", namespace=spec.namespace, name=names.deployment)
    site = PublisherSite(instance=names.instance, deployment=deployment, claim=source.claim)
    publisher = Publisher(site, world=world)
    context = click.get_current_context(silent=True)
    if context is not None:
        context.with_resource(publisher.kept())
    base_path = f"{CLAIM_ROOT}/{source.claim}/{source.path}".rstrip("/")
    return VolumeStore(publisher, base_path=base_path, place=model.source)
