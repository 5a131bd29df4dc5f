"""The use-case of `tfk8s up`: model, cluster, image, service, first prediction; each is done only when it is missing.

The models are read, the image named and the manifests rendered before anything is built or created, so that a mistake
in the input leaves nothing behind. After that each step begins with a look at what is there: a run that was killed at
any moment is finished by running it again.
"""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.app.apply import Applied, ApplyOptions, apply_service
from tfk8s.app.carry_out import World
from tfk8s.app.foresee import foresee_before_service, foreseen_lines, missing_repository, warn_of
from tfk8s.app.predict import Prediction, PredictWorld, predict
from tfk8s.app.predict import to_json as prediction_json
from tfk8s.app.preparation import Prepared, UpRequest, prepare, rendered_for
from tfk8s.app.steps import Done, Steps
from tfk8s.app.up_world import Connection, UpWorld
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.ports import ClusterRequest, EnsuredCluster, Note, Repositories


@dataclass(frozen=True, slots=True, kw_only=True)
class UpResult:
    """The outcome of every step; None for a step that there was no need for."""

    cluster: EnsuredCluster | None
    image: str | None
    image_was_there: bool
    applied: Applied
    prediction: Prediction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Everything but the service: what was read, the image, and the cluster that runs."""

    prepared: Prepared
    cluster: EnsuredCluster | None
    image_was_there: bool
    connection: Connection
    steps: Steps


def up(request: UpRequest, *, world: UpWorld) -> UpResult:
    """Do whatever is missing between a model and its first prediction.

    Raises:
        Tfk8sError: of the step that failed; its details say which steps were done before it.
    """
    return bring_up(request, make_ready(request, world=world), world=world)


def make_ready(request: UpRequest, *, world: UpWorld) -> Ready:
    """Do what is missing until the service can be applied.

    Raises:
        Tfk8sError: as `up`.
    """
    steps = Steps(clock=world.clock, reporter=world.reporter)
    prepared = steps.run("check", lambda: _prepared(request))
    warn_of(prepared.rendered, reporter=world.reporter)
    world.admit(prepared.rendered.deployable.manifests)
    for line in foreseen_lines(foresee_before_service(request, prepared, world=world)):
        world.reporter.emit(Note(message=line))
    was_there = _published(request, prepared, steps=steps, world=world) if prepared.pushes else False
    cluster = None
    if prepared.cluster is not None:
        wanted = prepared.cluster
        cluster = steps.run("cluster", lambda: _ensured(wanted, world=world))
        if not prepared.pushes:
            was_there = steps.run("image", lambda: _delivered(request, prepared, world=world))
    connection = world.connect(cluster.access if cluster else None)
    return Ready(prepared=prepared, cluster=cluster, image_was_there=was_there, connection=connection, steps=steps)


def bring_up(request: UpRequest, ready: Ready, *, world: UpWorld) -> UpResult:
    """Apply the service, and ask what is to be asked.

    Raises:
        Tfk8sError: as `up`.
    """
    prepared, connection, steps = ready.prepared, ready.connection, ready.steps
    applied = steps.run("service", lambda: _applied(request, prepared, connection=connection, world=world))
    prediction = None
    if request.question is not None:
        prediction = steps.run("prediction", lambda: _predicted(request, prepared, connection=connection, world=world))
    return UpResult(
        cluster=ready.cluster,
        image=prepared.image,
        image_was_there=ready.image_was_there,
        applied=applied,
        prediction=prediction,
    )


def _published(request: UpRequest, prepared: Prepared, *, steps: Steps, world: UpWorld) -> bool:
    """Push the image before the cluster is made: what fails here leaves nothing behind that costs by the hour."""
    repository = missing_repository(request.spec, world.repositories)
    if repository is not None and world.repositories is not None:
        repositories = world.repositories
        steps.run("registry", lambda: _repository_made(repository, repositories, world=world))
    return steps.run("image", lambda: _delivered(request, prepared, world=world))


def _repository_made(repository: str, repositories: Repositories, *, world: UpWorld) -> Done[None]:
    repositories.create(repository, reporter=world.reporter)
    return Done(value=None, outcome=f"repository for {repository} created")


def _prepared(request: UpRequest) -> Done[Prepared]:
    prepared = prepare(request)
    return Done(value=prepared, outcome=f"{', '.join(prepared.models)} can be served")


def _ensured(wanted: ClusterRequest, *, world: UpWorld) -> Done[EnsuredCluster]:
    ensured = world.clusters.ensure(wanted, reporter=world.reporter)
    return Done(value=ensured, outcome=f"{wanted.name} {ensured.outcome.value}, context {ensured.access.context}")


def _delivered(request: UpRequest, prepared: Prepared, *, world: UpWorld) -> Done[bool]:
    if prepared.image is None:
        return Done(value=False, outcome="nothing to bake")
    store = world.images(prepared.cluster)
    if store.holds(prepared.image, base=request.spec.image.base):
        return Done(value=True, outcome=f"{prepared.image} is there")
    base = store.base(request.spec.image.base, reporter=world.reporter)
    image = world.builder.build(prepared.contents, base=base, reference=prepared.image)
    delivery = store.deliver(image, base=base, reporter=world.reporter)
    verb = "pushed" if prepared.pushes else "loaded"
    models, sent = image.size_bytes / 2**20, delivery.sent_bytes / 2**20
    return Done(
        value=False, outcome=f"{image.reference} built and {verb}, {models:.1f} MiB of models, {sent:.1f} MiB sent"
    )


def _applied(request: UpRequest, prepared: Prepared, *, connection: Connection, world: UpWorld) -> Done[Applied]:
    service = rendered_for(connection.cluster, request=request, prepared=prepared)
    warn_of(service, known=prepared.rendered, reporter=world.reporter)
    applied = apply_service(
        service.deployable,
        world=World(cluster=connection.cluster, clock=world.clock, reporter=world.reporter, admit=world.admit),
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
            endpoint=access.outside.open(deployable.service, transport=deployable.transport()),
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
