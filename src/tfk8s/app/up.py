"""The use-case of `tfk8s up`: model, cluster, image, service, first prediction; each is done only when it is missing.

The models are read, the image named and the manifests rendered before anything is built or created, so that a mistake
in the input leaves nothing behind. After that each step begins with a look at what is there: a run that was killed at
any moment is finished by running it again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tfk8s.app.apply import Applied, ApplyOptions, apply_service
from tfk8s.app.carry_out import World
from tfk8s.app.predict import Prediction, PredictWorld, predict
from tfk8s.app.predict import to_json as prediction_json
from tfk8s.app.preparation import Prepared, UpRequest, prepare, rendered_for
from tfk8s.app.steps import Done, Steps
from tfk8s.app.wait import ServerAccess
from tfk8s.clock import Clock
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.ports import (
    ClusterAccess,
    ClusterProvider,
    ClusterRequest,
    EnsuredCluster,
    ImageBuilder,
    ImageStore,
    PictureReader,
    Reporter,
    Warn,
)
from tfk8s.ports.cluster import Cluster


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
    prepared = steps.run("check", lambda: _prepared(request))
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
    if store.holds(prepared.image, base=request.spec.image.base):
        return Done(value=True, outcome=f"{prepared.image} is there")
    base = store.base(request.spec.image.base, reporter=world.reporter)
    image = world.builder.build(prepared.contents, base=base, reference=prepared.image)
    store.deliver(image, base=base, reporter=world.reporter)
    return Done(
        value=False, outcome=f"{image.reference} built and loaded, {image.size_bytes / 2**20:.1f} MiB of models"
    )


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
        "addresses": [*result.applied.addresses],
        "revision": result.applied.revision,
        "prediction": prediction_json(result.prediction) if result.prediction else None,
    }
