"""What `up` and `down` are asked for, and all that follows from it before anything is built, made or changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tfk8s.app.image import baked_contents, baked_image
from tfk8s.app.predict import PredictOptions
from tfk8s.app.question import Question
from tfk8s.app.rendering import RenderedService, read_models, render_service, supported_minor
from tfk8s.app.service import Origin, ServiceName
from tfk8s.errors import InputError, PreconditionError
from tfk8s.ports import ClusterRequest, ModelContent
from tfk8s.ports.cluster import Cluster
from tfk8s.spec import GkeCluster, KindCluster, ServiceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class UpRequest:
    """What is wanted.

    Attributes:
        spec: the service.
        base: the folder of the spec file; its paths start there.
        timeout_s: for the rollout and the first prediction; None for what the spec or its models imply.
        rollback: whether a service that does not work goes back to its last good release.
        wait: whether to wait for the rollout and a first prediction.
        question: what is asked in the end, beside the small prediction that proves the service; or None.
        prediction: how it is asked; needed with a question.
        origin: the file that the spec was read from.
    """

    spec: ServiceSpec
    base: Path
    timeout_s: float | None = None
    rollback: bool = True
    wait: bool = True
    question: Question | None = None
    prediction: PredictOptions | None = None
    origin: Origin = field(default_factory=Origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What follows from the input alone.

    Attributes:
        cluster: the cluster to make or find; None for the one that the command line means.
        image: reference of the image with the models; None when none is baked here.
        contents: what goes into that image.
        rendered: the objects, for the newest release that we know: a cluster may want them for another one.
    """

    cluster: ClusterRequest | None
    image: str | None
    contents: tuple[ModelContent, ...]
    rendered: RenderedService

    @property
    def pushes(self) -> bool:
        """Whether the image goes to a registry, from which the nodes pull it, and not into the nodes of kind."""
        is_kind = self.cluster is not None and isinstance(self.cluster.cluster, KindCluster)
        return self.image is not None and not is_kind

    @property
    def service(self) -> ServiceName:
        """Which service it is."""
        return self.rendered.deployable.name

    @property
    def models(self) -> tuple[str, ...]:
        """The models' names in the URL."""
        return self.rendered.deployable.models


def prepare(request: UpRequest) -> Prepared:
    """Read, check, name and render; touches nothing but the model's files.

    Raises:
        InputError: a model cannot be served, or the cluster's configuration file is missing.
        PreconditionError: the cluster cannot be made here, or there is no place for the image.
    """
    spec = request.spec
    models = read_models(spec, base=request.base)
    image = baked_image(spec, models)
    cluster = wanted_cluster(request)
    if image is not None and spec.image.repository is None:
        _check_destination(spec, cluster)
    if cluster is not None:
        _check_config(cluster)
    return Prepared(
        cluster=cluster,
        image=image,
        contents=baked_contents(spec, models),
        rendered=render_service(spec, base=request.base, image=image),
    )


def wanted_cluster(request: UpRequest) -> ClusterRequest | None:
    """The cluster of the spec, as a provider is asked for it; None when neither spec nor command line names one."""
    cluster = request.spec.cluster
    return None if cluster is None else ClusterRequest(cluster=cluster, base=request.base)


def on_this_computer(spec: ServiceSpec) -> ServiceSpec:
    """The spec with a cluster of kind, its own or the usual one: nothing is rendered for another cloud then."""
    if isinstance(spec.cluster, KindCluster):
        return spec
    return spec.model_copy(update={"cluster": KindCluster(provider="kind")})


def _check_destination(spec: ServiceSpec, request: ClusterRequest | None) -> None:
    if request is None:
        raise PreconditionError(
            "the model is a directory here, and nothing says how it gets into the cluster",
            hint="set image.repository in the spec; or for a cluster on this computer: --provider kind, "
            "or `cluster: {provider: kind}`",
        )
    cluster = request.cluster
    if isinstance(cluster, GkeCluster):
        region = "-".join(cluster.location.split("-")[:2])
        example = f"{region}-docker.pkg.dev/{cluster.project.replace(':', '/')}/serving/{spec.name}"
        raise PreconditionError(
            f"the nodes of {cluster.name} pull the image from a registry, and the spec names none",
            hint=f"set image.repository in the spec, for instance to {example}; `up` makes the repository",
        )


def _check_config(request: ClusterRequest) -> None:
    cluster = request.cluster
    if isinstance(cluster, KindCluster) and cluster.config and not (request.base / cluster.config).is_file():
        raise InputError(
            f"cluster.config of the spec names {request.base / cluster.config}, which is no file",
            hint="correct the path",
        )


def rendered_for(cluster: Cluster, *, request: UpRequest, prepared: Prepared) -> RenderedService:
    """Render for the release that the cluster runs, exactly as `apply` does."""
    minor = supported_minor(cluster.release())
    return render_service(
        request.spec,
        base=request.base,
        image=prepared.image,
        kubernetes_minor=minor,
        origin=request.origin,
    )
