"""The one place that knows both use-cases and adapters. Every import is inside its function: each costs its command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tfk8s.app.carry_out import World
    from tfk8s.app.cluster_world import ClusterWorld
    from tfk8s.app.image_request import ImageWorld
    from tfk8s.app.predict import PredictWorld
    from tfk8s.app.rendering import RenderedService
    from tfk8s.app.serve import ServeWorld
    from tfk8s.app.service import ServiceName
    from tfk8s.app.up_world import UpWorld
    from tfk8s.app.wait import ServerAccess
    from tfk8s.cli.cluster_options import Aim
    from tfk8s.cloud import Provider
    from tfk8s.image import RegistryImageStore
    from tfk8s.model import ModelInfo
    from tfk8s.ports import (
        Cluster,
        ClusterAccess,
        ClusterRequest,
        Endpoint,
        ImageStore,
        ModelServers,
        Reporter,
        ServiceReach,
    )
    from tfk8s.spec import ClusterSpec, ServiceSpec


def service_reach(aim: Aim, *, spec: ServiceSpec) -> ServiceReach:
    """Ways to the Services of the cluster that the command line means, as clients outside go.

    Raises:
        PreconditionError: see `cluster_for`.
    """
    return server_access(cluster_for(aim, spec=spec)).outside


def predict_world(
    endpoint: AbstractContextManager[Endpoint], *, timeout_s: float, reporter: Reporter, ca_file: Path | None = None
) -> PredictWorld:
    """What `predict` needs; `ca_file` holds the certificates that are trusted for https in place of the usual ones."""
    from tfk8s.app.predict import PredictWorld
    from tfk8s.serving.connect import ModelServerClients, Timeouts
    from tfk8s.serving.picture import PillowPictures

    timeouts = Timeouts(connect_s=min(5.0, timeout_s), total_s=timeout_s)
    return PredictWorld(
        endpoint=endpoint,
        servers=ModelServerClients(timeouts=timeouts, ca_file=ca_file),
        pictures=PillowPictures(),
        reporter=reporter,
    )


def cluster(aim: Aim) -> Cluster:
    """The cluster that the command line means; nothing is sent yet."""
    from tfk8s.cluster import connect

    return connect(kubeconfig=aim.kubeconfig, context=aim.context)


def cluster_for(aim: Aim, *, spec: ServiceSpec) -> Cluster:
    """The cluster, refused when the spec means another one than the current context.

    Raises:
        PreconditionError: no usable kubeconfig, the wrong context, or no login of the cloud.
    """
    from tfk8s.app.service import expected_context, require_context

    direct = direct_cluster(aim, spec=spec)
    if direct is not None:
        return direct
    found = cluster(aim)
    require_context(expected_context(spec.cluster), found.identity, chosen=aim.context is not None)
    return found


def direct_cluster(aim: Aim, *, spec: ServiceSpec) -> Cluster | None:
    """The spec's cluster by its address and this computer's login, where no kubeconfig leads to it; else None.

    Neither --context nor --kubeconfig was given, and the kubeconfig has no context for the cluster or needs a plugin
    that is not installed.

    Raises:
        PreconditionError: no login of the cloud.
        CloudError: there is no such cluster, or it cannot be found out.
    """
    from tfk8s.app.service import expected_context
    from tfk8s.cluster import leads_to
    from tfk8s.errors import Tfk8sError

    wanted, context = spec.cluster, expected_context(spec.cluster)
    if wanted is None or wanted.provider != "gke" or context is None or aim.context or aim.kubeconfig:
        return None
    if leads_to(context):
        return None
    try:
        access = provider_for(aim, cluster=wanted).clusters.access(wanted.name)
    except Tfk8sError as error:
        why = f"no kubeconfig leads to the spec's cluster (context {context}), so it is looked for at its provider"
        error.details = (*error.details, why)
        raise
    return connected(access, kubeconfig=None)


def cluster_world(aim: Aim, *, spec: ServiceSpec, reporter: Reporter) -> World:
    """What changes to a cluster need.

    Raises:
        PreconditionError: see `cluster_for`.
    """
    from tfk8s.app.carry_out import World
    from tfk8s.clock import SystemClock

    return World(cluster=cluster_for(aim, spec=spec), clock=SystemClock(), reporter=reporter)


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
    return render_service(spec, base=aim.spec_file.parent, image=image, kubernetes_minor=minor, infos=infos)


def model_servers(*, ca_file: Path | None = None) -> ModelServers:
    """Clients of model servers; `ca_file` as for `predict_world`."""
    from tfk8s.serving.connect import ModelServerClients

    return ModelServerClients(ca_file=ca_file)


def server_access(cluster: Cluster, *, ca_file: Path | None = None) -> ServerAccess:
    """How the model server behind a Service of this cluster is asked; `ca_file` as for `predict_world`."""
    from tfk8s.app.front_reach import FrontReach
    from tfk8s.app.reach import ClusterReach
    from tfk8s.app.wait import ServerAccess
    from tfk8s.serving.dialer import TcpDialer

    dialer = TcpDialer()
    reach = ClusterReach(cluster, dialer=dialer)
    front = FrontReach(cluster, dialer=dialer, otherwise=reach)
    return ServerAccess(reach=reach, servers=model_servers(ca_file=ca_file), front=front)


def service_name(spec: ServiceSpec) -> ServiceName:
    """Which service the spec is about."""
    from tfk8s.app.service import ServiceName

    return ServiceName(name=spec.name, namespace=spec.namespace)


def model_names(spec: ServiceSpec) -> tuple[str, ...]:
    """Names of the models, as they stand in the URL."""
    return tuple(model.name for model in spec.served_models)


def up_world(aim: Aim, *, spec: ServiceSpec, reporter: Reporter, ca_file: Path | None = None) -> UpWorld:
    """What `up` and `down` need, `ca_file` as for `predict_world`; nothing is looked at yet."""
    from tfk8s.app.up_world import Connection, UpWorld
    from tfk8s.clock import SystemClock
    from tfk8s.cloud.gke.repositories import ArtifactRepositories
    from tfk8s.image import ModelImageBuilder
    from tfk8s.serving.picture import PillowPictures

    def connection(access: ClusterAccess | None) -> Connection:
        found = connected(access, kubeconfig=aim.kubeconfig) if access is not None else cluster(aim)
        return Connection(cluster=found, access=server_access(found, ca_file=ca_file))

    def images(wanted: ClusterRequest | None) -> ImageStore:
        return made.images(wanted.name) if wanted is not None and made.images is not None else registry_store()

    clock = SystemClock()
    made = provider_for(aim, cluster=spec.cluster)
    return UpWorld(
        clusters=made.clusters,
        images=images,
        repositories=ArtifactRepositories(clock=clock),
        builder=ModelImageBuilder(),
        connect=connection,
        pictures=PillowPictures(),
        clock=clock,
        reporter=reporter,
    )


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
    return ImageWorld(
        registry=registry_store(plain_http=plain_http),
        nodes=nodes,
        writers={"oci": write_layout, "tar": write_archive},
        builder=ModelImageBuilder(annotations),
        repositories=ArtifactRepositories(clock=clock),
        clock=clock,
        reporter=reporter,
    )


def registry_store(*, plain_http: Sequence[str] = ()) -> RegistryImageStore:
    """The images of every registry, with this computer's logins: Google's for its own, Docker's for the others."""
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

    return RegistryImageStore(
        ChainedLogins(GoogleLogins(), DockerConfigLogins(docker_config_path(os.environ))),
        state=upload_state_dir(os.environ),
        options=RegistryOptions(ca_file=ca_file_from(os.environ), plain_http=frozenset(plain_http)),
        clock=SystemClock(),
    )


def provider_for(aim: Aim, *, cluster: ClusterSpec | None) -> Provider:
    """The provider of a cluster; of kind when there is none. Nothing is looked at yet."""
    from tfk8s.clock import SystemClock
    from tfk8s.cloud import PROVIDERS, Surroundings

    make = PROVIDERS[cluster.provider if cluster is not None else "kind"]
    return make(Surroundings(clock=SystemClock(), state=state_folder(), kubeconfig=aim.kubeconfig, cluster=cluster))


def managed_world(aim: Aim, *, cluster: ClusterSpec, reporter: Reporter) -> ClusterWorld:
    """What the commands about clusters need; nothing is looked at yet."""
    import os

    from tfk8s.app.cluster_world import ClusterWorld
    from tfk8s.clock import SystemClock
    from tfk8s.cluster.kubeconfig_file import KubeconfigFile, kubeconfig_path

    clock = SystemClock()
    provider = provider_for(aim, cluster=cluster)
    return ClusterWorld(
        clusters=provider.clusters,
        kubeconfig=KubeconfigFile(kubeconfig_path(kubeconfig=aim.kubeconfig, environ=os.environ), clock=clock),
        export=provider.export_kubeconfig,
        connect=lambda access: connected(access, kubeconfig=aim.kubeconfig),
        clock=clock,
        reporter=reporter,
        repositories=provider.repositories,
    )


def connected(access: ClusterAccess, *, kubeconfig: Path | None) -> Cluster:
    """The cluster that a provider names: by its address where it has one, else by its context."""
    from tfk8s.cluster import connect, connect_endpoint

    if access.endpoint is not None:
        return connect_endpoint(access.endpoint, context=access.context)
    return connect(kubeconfig=kubeconfig, context=access.context)


def state_folder() -> Path:
    """Where is remembered what was begun: the XDG state folder."""
    import os
    from pathlib import Path

    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "tfk8s"


def serve_world(*, image: str, way: str | None, reporter: Reporter) -> ServeWorld:
    """What `serve` needs; the server's log goes to stderr.

    Raises:
        PreconditionError: there is neither Docker nor the server's binary.
    """
    from tfk8s.app.serve import ServeWorld
    from tfk8s.cli.output import tell
    from tfk8s.serving.connect import ModelServerClients, Timeouts
    from tfk8s.serving.dialer import TcpDialer
    from tfk8s.serving.local import choose

    return ServeWorld(
        local=choose(image=image, way=way),
        servers=ModelServerClients(timeouts=Timeouts(connect_s=2.0, total_s=10.0)),
        dialer=TcpDialer(),
        log=tell,
        reporter=reporter,
    )
