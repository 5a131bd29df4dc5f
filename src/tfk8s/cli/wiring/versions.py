"""Wires what changes the versions of a model: the places that hold them, and images with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.cli.wiring.clusters import cluster_world, provider_for
from tfk8s.cli.wiring.images import image_signatures, registry_store
from tfk8s.cli.wiring.servers import server_access

_KIND_CONTEXT = "kind-"

if TYPE_CHECKING:
    from pathlib import Path

    from tfk8s.app.versions_request import AddRequest, AddWorld
    from tfk8s.cli.cluster_options import Aim
    from tfk8s.ports import ImageStore, Reporter
    from tfk8s.ports.publication import VersionStore
    from tfk8s.spec import ServiceSpec


def add_world(aim: Aim, *, spec: ServiceSpec, reporter: Reporter, ca_file: Path | None = None) -> AddWorld:
    """What `versions add` needs, `ca_file` as for `predict_world`.

    Raises:
        PreconditionError: see `cluster_for`.
    """
    from tfk8s.app.versions_request import AddWorld
    from tfk8s.errors import PreconditionError
    from tfk8s.image import ModelImageBuilder

    world = cluster_world(aim, spec=spec, reporter=reporter)

    def images() -> ImageStore:
        """The nodes of a cluster of kind, the spec's or the context's; else a registry. As `up` delivers images."""
        made = provider_for(aim, cluster=spec.cluster)
        context = world.cluster.identity.context
        if spec.cluster is not None and made.images is not None:
            return made.images(spec.cluster.name)
        if spec.image.repository is not None:
            return registry_store(google=made.logins)
        if spec.cluster is None and made.images is not None and context.startswith(_KIND_CONTEXT):
            return made.images(context.removeprefix(_KIND_CONTEXT))
        raise PreconditionError(
            "the model is a directory here, and nothing says how it gets into the cluster",
            hint="set image.repository in the spec",
        )

    return AddWorld(
        world=world,
        access=server_access(world.cluster, ca_file=ca_file),
        images=images,
        builder=ModelImageBuilder(),
        signatures=image_signatures(),
    )


def version_store(request: AddRequest, *, world: AddWorld) -> VersionStore:
    """The place that holds the versions of the model that gets one.

    Raises:
        InputError: there is no such model.
    """
    from tfk8s.app.versions_plan import model_to_add_to
    from tfk8s.cli.wiring.publication import publication_store

    return publication_store(request.spec, model=model_to_add_to(request), base=request.base, world=world.world)
