"""Wires whole services: their names, their objects, their way up and down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tfk8s.cli.wiring.clusters import cluster, connected, provider_for
from tfk8s.cli.wiring.images import admission, registry_store
from tfk8s.cli.wiring.servers import server_access

if TYPE_CHECKING:
    from pathlib import Path

    from tfk8s.app.rendering import RenderedService
    from tfk8s.app.service import ServiceName
    from tfk8s.app.up_world import UpWorld
    from tfk8s.cli.cluster_options import Aim
    from tfk8s.model import ModelInfo
    from tfk8s.ports import Cluster, ClusterAccess, ClusterRequest, ImageStore, Reporter
    from tfk8s.spec import ServiceSpec


def service_name(spec: ServiceSpec) -> ServiceName:
    """Which service the spec is about."""
    from tfk8s.app.service import ServiceName

    return ServiceName.of(spec)


def named_service(aim: Aim, *, name: str) -> tuple[ServiceName, Cluster]:
    """A service without its spec, in the namespace of the command line or else of the context."""
    from tfk8s.app.service import ServiceName
    from tfk8s.cluster import connect

    found = connect(kubeconfig=aim.kubeconfig, context=aim.context)
    return ServiceName(name=name, namespace=aim.namespace or found.namespace), found


def model_names(spec: ServiceSpec) -> tuple[str, ...]:
    """Names of the models, as they stand in the URL."""
    return tuple(model.name for model in spec.served_models)


def rendered_service(
    aim: Aim, *, spec: ServiceSpec, cluster: Cluster, image: str | None, infos: Mapping[str, ModelInfo]
) -> RenderedService:
    """The service rendered for the release that the cluster runs.

    Raises:
        InputError: a model cannot be read or served.
        PreconditionError: the cluster does not answer.
    """
    from tfk8s.app.rendering import render_service, supported_minor

    minor = supported_minor(cluster.release())
    return render_service(
        spec, base=aim.spec_file.parent, image=image, kubernetes_minor=minor, infos=infos, origin=aim.origin()
    )


def up_world(aim: Aim, *, spec: ServiceSpec, reporter: Reporter, ca_file: Path | None = None) -> UpWorld:
    """What `up` and `down` need, `ca_file` as for `predict_world`; nothing is looked at yet."""
    from functools import cache

    from tfk8s.app.up_world import Connection, UpWorld
    from tfk8s.clock import SystemClock
    from tfk8s.cloud.gke.repositories import ArtifactRepositories
    from tfk8s.image import ModelImageBuilder
    from tfk8s.serving.picture import PillowPictures

    def connection(access: ClusterAccess | None) -> Connection:
        found = connected(access, kubeconfig=aim.kubeconfig) if access is not None else cluster(aim)
        return Connection(cluster=found, access=server_access(found, ca_file=ca_file))

    @cache
    def registry() -> ImageStore:  # one for all steps, with the login and the connections that it has by then
        return registry_store(google=made.logins)

    def images(wanted: ClusterRequest | None) -> ImageStore:
        return made.images(wanted.name) if wanted is not None and made.images is not None else registry()

    clock = SystemClock()
    made = provider_for(aim, cluster=spec.cluster)
    return UpWorld(
        clusters=made.clusters,
        images=images,
        repositories=made.repositories or ArtifactRepositories(clock=clock),
        builder=ModelImageBuilder(),
        connect=connection,
        pictures=PillowPictures(),
        clock=clock,
        reporter=reporter,
        admit=admission(spec, folder=aim.spec_file.parent, reporter=reporter),
    )
