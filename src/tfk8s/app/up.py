"""The use-case of `tfk8s up`: model, cluster, image, service, first prediction; each is done only when it is missing.

The models are read, the image named and the manifests rendered before anything is built or created, so that a mistake
in the input leaves nothing behind. After that each step begins with a look at what is there: a run that was killed at
any moment is finished by running it again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tfk8s.app.apply import Applied, ApplyOptions, apply_service
from tfk8s.app.carry_out import World
from tfk8s.app.image import baked_contents, baked_image
from tfk8s.app.predict import Prediction, PredictOptions, PredictWorld, predict
from tfk8s.app.predict import to_json as prediction_json
from tfk8s.app.question import Question
from tfk8s.app.rendering import RenderedService, read_models, render_service, supported_minor
from tfk8s.app.service import ServiceName
from tfk8s.app.steps import Done, Steps
from tfk8s.app.wait import ServerAccess
from tfk8s.clock import Clock
from tfk8s.errors import InputError, PreconditionError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.ports import (
    ClusterAccess,
    ClusterProvider,
    ClusterRequest,
    EnsuredCluster,
    ImageBuilder,
    ImageStore,
    ModelContent,
    PictureReader,
    Reporter,
    Warn,
)
from tfk8s.ports.cluster import Cluster
from tfk8s.spec import GkeCluster, KindCluster, ServiceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A cluster, and how the model servers in it are asked."""

    cluster: Cluster
    access: ServerAccess


@dataclass(frozen=True, slots=True, kw_only=True)
class UpWorld:
    """What `up` and `down` need of the world.

    Attributes:
        images: the image store of the provider's cluster of a name.
        connect: to a cluster of the provider, or (None) to the one that the command line means; sends nothing yet.
    """

    clusters: ClusterProvider
    images: Callable[[str], ImageStore]
    builder: ImageBuilder
    connect: Callable[[ClusterAccess | None], Connection]
    pictures: PictureReader
    clock: Clock
    reporter: Reporter


@dataclass(frozen=True, slots=True, kw_only=True)
class UpRequest:
    """What is wanted.

    Attributes:
        spec: the service.
        base: the folder of the spec file; its paths start there.
        provider: `kind` makes the cluster on this computer, whatever the spec says; None follows the spec.
        timeout_s: for the rollout and the first prediction; None for what the spec or its models imply.
        rollback: whether a service that does not work goes back to its last good revision.
        wait: whether to wait for the rollout and a first prediction.
        question: what is asked in the end, beside the small prediction that proves the service; or None.
        prediction: how it is asked; needed with a question.
    """

    spec: ServiceSpec
    base: Path
    provider: Literal["kind"] | None = None
    timeout_s: float | None = None
    rollback: bool = True
    wait: bool = True
    question: Question | None = None
    prediction: PredictOptions | None = None


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
    def service(self) -> ServiceName:
        """Which service it is."""
        return self.rendered.deployable.name

    @property
    def models(self) -> tuple[str, ...]:
        """The models' names in the URL."""
        return self.rendered.deployable.models


@dataclass(frozen=True, slots=True, kw_only=True)
class UpResult:
    """The outcome of every step; None for a step that there was no need for."""

    cluster: EnsuredCluster | None
    image: str | None
    image_was_there: bool
    applied: Applied
    prediction: Prediction | None


def up(request: UpRequest, *, world: UpWorld) -> UpResult:
    """Do whatever is missing between a model and its first prediction.

    Raises:
        Tfk8sError: of the step that failed; its details say which steps were done before it.
    """
    steps = Steps(clock=world.clock, reporter=world.reporter)
    prepared = steps.run("model", lambda: _prepared(request))
    cluster, was_there = None, False
    if prepared.cluster is not None:
        wanted = prepared.cluster
        cluster = steps.run("cluster", lambda: _ensured(wanted, world=world))
        was_there = steps.run("image", lambda: _delivered(request, prepared, world=world))
    connection = world.connect(cluster.access if cluster else None)
    applied = steps.run("service", lambda: _applied(request, prepared, connection=connection, world=world))
    prediction = None
    if request.question is not None:
        prediction = steps.run("prediction", lambda: _predicted(request, prepared, connection=connection, world=world))
    return UpResult(
        cluster=cluster, image=prepared.image, image_was_there=was_there, applied=applied, prediction=prediction
    )


def prepare(request: UpRequest) -> Prepared:
    """Read, check, name and render; touches nothing but the model's files.

    Raises:
        InputError: a model cannot be served, or the spec asks for a cluster that cannot be made here.
        PreconditionError: there is no place for the image.
    """
    spec = request.spec
    models = read_models(spec, base=request.base)
    image = baked_image(spec, models)
    cluster = wanted_cluster(request)
    if image is not None and cluster is None and spec.image.repository is None:
        raise PreconditionError(
            "the model is a directory here, and nothing says how it gets into the cluster",
            hint="for a cluster on this computer: --provider kind, or `cluster: {provider: kind}` in the spec",
        )
    return Prepared(
        cluster=cluster,
        image=image,
        contents=baked_contents(spec, models),
        rendered=render_service(spec, base=request.base, image=image),
    )


def wanted_cluster(request: UpRequest) -> ClusterRequest | None:
    """The cluster of the spec, as a provider is asked for it.

    Raises:
        PreconditionError: it is of a provider that cannot make clusters yet.
    """
    cluster = request.spec.cluster
    if request.provider == "kind" and not isinstance(cluster, KindCluster):
        cluster = KindCluster(provider="kind")
    if isinstance(cluster, GkeCluster):
        raise PreconditionError(
            f"the spec's cluster {cluster.name} is one of GKE, which this release cannot make",
            hint="make it with gcloud and use `tfk8s apply`, or try the service here with --provider kind",
        )
    if cluster is None:
        return None
    return ClusterRequest(
        name=cluster.name,
        nodes=cluster.nodes,
        node_image=cluster.node_image,
        config=request.base / cluster.config if cluster.config else None,
    )


def _prepared(request: UpRequest) -> Done[Prepared]:
    prepared = prepare(request)
    return Done(value=prepared, outcome=f"{', '.join(prepared.models)} can be served")


def _ensured(wanted: ClusterRequest, *, world: UpWorld) -> Done[EnsuredCluster]:
    ensured = world.clusters.ensure(wanted, reporter=world.reporter)
    return Done(value=ensured, outcome=f"{wanted.name} {ensured.outcome.value}, context {ensured.access.context}")


def _delivered(request: UpRequest, prepared: Prepared, *, world: UpWorld) -> Done[bool]:
    if prepared.image is None or prepared.cluster is None:
        return Done(value=False, outcome="nothing to bake")
    store = world.images(prepared.cluster.name)
    if store.holds(prepared.image):
        return Done(value=True, outcome=f"{prepared.image} is there")
    base = store.base(request.spec.image.base, reporter=world.reporter)
    image = world.builder.build(prepared.contents, base=base, reference=prepared.image)
    store.deliver(image, reporter=world.reporter)
    return Done(
        value=False, outcome=f"{image.reference} built and loaded, {image.size_bytes / 2**20:.0f} MiB of models"
    )


def rendered_for(cluster: Cluster, *, request: UpRequest, prepared: Prepared) -> RenderedService:
    """Render for the release that the cluster runs, exactly as `apply` does."""
    minor = supported_minor(cluster.release())
    return render_service(request.spec, base=request.base, image=prepared.image, kubernetes_minor=minor)


def _applied(request: UpRequest, prepared: Prepared, *, connection: Connection, world: UpWorld) -> Done[Applied]:
    service = rendered_for(connection.cluster, request=request, prepared=prepared)
    for warning in service.rendered.warnings:
        world.reporter.emit(Warn(message=warning.message, hint=warning.hint))
    applied = apply_service(
        service.deployable,
        world=World(cluster=connection.cluster, clock=world.clock, reporter=world.reporter),
        access=connection.access,
        options=ApplyOptions(
            timeout_s=request.timeout_s or service.rendered.rollout_timeout_s,
            rollback=request.rollback,
            wait=request.wait,
        ),
    )
    return Done(value=applied, outcome=f"{len(applied.changed)} objects changed" if applied.changed else "unchanged")


def _predicted(request: UpRequest, prepared: Prepared, *, connection: Connection, world: UpWorld) -> Done[Prediction]:
    if request.question is None or request.prediction is None:
        raise InputError("there is nothing to ask", hint="name a picture or a JSON file")
    deployable = prepared.rendered.deployable
    access = connection.access
    prediction = predict(
        request.question,
        options=request.prediction,
        world=PredictWorld(
            endpoint=access.reach.open(deployable.service, transport=deployable.transport()),
            servers=access.servers,
            pictures=world.pictures,
            reporter=world.reporter,
            clock=world.clock,
        ),
    )
    return Done(value=prediction, outcome=f"answered in {prediction.seconds * 1000:.0f} ms")


def as_json(result: UpResult) -> JsonObject:
    """The stable form of `-o json`."""
    changed: list[JsonValue] = list(result.applied.changed)
    answers: list[JsonValue] = [str(answer) for answer in result.applied.answers]
    cluster: JsonObject | None = None
    if result.cluster is not None:
        cluster = {"context": result.cluster.access.context, "outcome": result.cluster.outcome.value}
    return {
        "cluster": cluster,
        "image": result.image,
        "imageBuilt": result.image is not None and not result.image_was_there,
        "changed": changed,
        "answers": answers,
        "revision": result.applied.revision,
        "prediction": prediction_json(result.prediction) if result.prediction else None,
    }
