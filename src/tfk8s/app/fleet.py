"""Asks every pod of a service which versions it serves and what its labels point to; one answer for all commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeAlias, Union

from tfk8s.app.mounted_config import LIVE_CONFIG_ANNOTATION, MountedConfig, configuration_of, mounted_config
from tfk8s.app.service import ServiceName
from tfk8s.app.side_by_side import side_by_side
from tfk8s.errors import PreconditionError, PredictionError
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import integer_at, labels_of, object_at, objects_at, text_at
from tfk8s.manifest.ownership import (
    COMPONENT_LABEL,
    MODEL_SERVER,
    service_selector,
    workload_selector,
)
from tfk8s.manifest.snapshot import Snapshot, is_leaving, is_ready, name_of
from tfk8s.ports import (
    ByLabel,
    Endpoint,
    ModelServer,
    ModelServers,
    ServerCode,
    ServerRefusedError,
    ServerUnreachableError,
    Transport,
)
from tfk8s.ports.cluster import Cluster, ForbiddenError, ObjectQuery
from tfk8s.rollout.fleet import Fleet, LabelTrouble, ModelOnPod, PodReport

__all__ = [
    "LIVE_CONFIG_ANNOTATION",
    "Models",
    "ask_pod",
    "component_of",
    "fleet_of",
    "open_pod",
    "read_fleet",
    "read_workload",
]

_TRANSPORTS: tuple[Transport, ...] = ("rest", "grpc")
_LIMIT_S = 20.0
_TROUBLES = {
    ServerCode.NOT_FOUND: LabelTrouble.NOT_LOADED,
    ServerCode.INVALID_ARGUMENT: LabelTrouble.UNKNOWN,
    ServerCode.UNAVAILABLE: LabelTrouble.NOT_READY,
}

_Answer: TypeAlias = Union["tuple[ModelOnPod, ...]", str, ForbiddenError]
"""What one pod said; or why nothing."""

Models = Mapping[str, Sequence[str]]
"""Names of models, each with the labels to ask for."""


def read_fleet(name: ServiceName, *, cluster: Cluster, servers: ModelServers, models: Sequence[str] = ()) -> Fleet:
    """Find the pods of a service and ask each; see `fleet_of`.

    Raises:
        PreconditionError: there is no such service.
    """
    workload = read_workload(name, cluster=cluster)
    if workload.deployment is None and not workload.pods:
        raise PreconditionError(
            f"there is no service {name.name} in namespace {name.namespace} ({cluster.identity})",
            hint="deploy it with tfk8s apply, or choose another --namespace or --context",
        )
    return fleet_of(workload, name=name, cluster=cluster, servers=servers, models=models)


def read_workload(name: ServiceName, *, cluster: Cluster) -> Snapshot:
    """The Deployment with its ReplicaSets and all pods of the service, and nothing else."""
    names = name.objects
    workload = dict(names.workload_labels) if names is not None else workload_selector(name.name)
    service = dict(names.service_labels) if names is not None else service_selector(name.name)

    def query(api_version: str, kind: str, labels: dict[str, str]) -> tuple[JsonObject, ...]:
        return cluster.list(ObjectQuery(api_version=api_version, kind=kind, namespace=name.namespace, labels=labels))

    deployment = names.deployment if names is not None else name.name
    return Snapshot(
        deployment=cluster.get(
            ObjectRef(api_version="apps/v1", kind="Deployment", namespace=name.namespace, name=deployment)
        ),
        replica_sets=query("apps/v1", "ReplicaSet", workload),
        pods=query("v1", "Pod", service),
    )


def fleet_of(
    snapshot: Snapshot, *, name: ServiceName, cluster: Cluster, servers: ModelServers, models: Sequence[str] = ()
) -> Fleet:
    """Ask each pod side by side; one that does not answer has a `problem`, and hides none of the others.

    Models and labels are those of the ConfigMap that the pods mount; `models` is asked for where there is none that
    can be read.
    """
    pods = sorted(snapshot.pods, key=name_of)
    live = {MODEL_SERVER: mounted_config(_template_or_pod(snapshot, pods), namespace=name.namespace, cluster=cluster)}
    for pod in pods:
        component = component_of(pod)
        if component not in live:
            live[component] = mounted_config(object_at(pod, "spec"), namespace=name.namespace, cluster=cluster)

    def asking(pod: JsonObject) -> Callable[[], _Answer]:
        config = live[component_of(pod)].config
        wanted = {m.name: sorted(m.labels) for m in config.models} if config else dict.fromkeys(models, ())
        return lambda: _answer(pod, models=wanted, cluster=cluster, servers=servers)

    unanswered = {name_of(pod): _not_running(pod) for pod in pods}
    answers = side_by_side(
        {name_of(pod): asking(pod) for pod in pods if not unanswered[name_of(pod)]}, limit_s=_LIMIT_S
    )
    reports = []
    for pod in pods:
        late = f"its server did not answer within {_LIMIT_S:g} s"
        answer = unanswered[name_of(pod)] or answers.get(name_of(pod), late)
        reports.append(_report(pod, answer=answer, snapshot=snapshot, live=live[component_of(pod)]))
    others = {component: found.config for component, found in live.items() if component != MODEL_SERVER}
    return Fleet(pods=tuple(reports), config=live[MODEL_SERVER].config, others=others)


def component_of(pod: JsonObject) -> str:
    """Which of the service's Deployments made it."""
    return labels_of(pod).get(COMPONENT_LABEL, MODEL_SERVER)


def ask_pod(pod: JsonObject, *, models: Models, cluster: Cluster, servers: ModelServers) -> tuple[ModelOnPod, ...]:
    """Ask one running pod for its versions, and for what each label resolves to there.

    Raises:
        ServerUnreachableError: nobody answered.
        PredictionError: an answer that is none of a model server.
        PreconditionError: the pod is not running, has no port, or no port can be forwarded.
    """
    with open_pod(pod, cluster=cluster, servers=servers) as server:
        return tuple(_ask_model(server, model=model, labels=labels) for model, labels in models.items())


@contextmanager
def open_pod(
    pod: JsonObject, *, cluster: Cluster, servers: ModelServers, transport: Transport | None = None
) -> Iterator[ModelServer]:
    """A client of one pod's server through a port-forward; `transport` in place of the first that the pod names.

    Raises:
        PreconditionError: the pod is not running, or has no such port.
    """
    ports = {
        text_at(port, "name"): integer_at(port, "containerPort")
        for container in objects_at(pod, "spec", "containers")
        for port in objects_at(container, "ports")
    }
    chosen = transport or next((each for each in _TRANSPORTS if each in ports), None)
    if chosen is None or chosen not in ports:
        raise PreconditionError(
            "it has neither a rest nor a grpc port" if transport is None else f"it has no {transport} port",
            hint="`tfk8s diff` shows what was changed in its Deployment",
        )
    ref = ObjectRef(api_version="v1", kind="Pod", namespace=text_at(pod, "metadata", "namespace"), name=name_of(pod))
    with cluster.forward(ref, port=ports[chosen]) as local:
        endpoint = Endpoint(transport=chosen, host="127.0.0.1", port=local, how=f"port-forward to pod {ref.name}")
        with servers.connect(endpoint) as server:
            yield server


def _ask_model(server: ModelServer, *, model: str, labels: Sequence[str]) -> ModelOnPod:
    try:
        versions = server.status(model)
    except ServerRefusedError as error:
        if error.code is not ServerCode.NOT_FOUND:
            raise
        return ModelOnPod(model=model, problem=error.answer)
    answers = {label: _resolved(server, model=model, label=label) for label in labels}
    return ModelOnPod(
        model=model,
        versions=versions,
        labels={label: answer if isinstance(answer, int) else None for label, answer in answers.items()},
        troubles={label: answer for label, answer in answers.items() if isinstance(answer, LabelTrouble)},
    )


def _resolved(server: ModelServer, *, model: str, label: str) -> int | LabelTrouble | None:
    """What a label points to; `labels/LABEL` without `/metadata` would ignore the label and list every version."""
    try:
        return server.metadata(model, target=ByLabel(label=label)).version
    except ServerRefusedError as error:
        if error.code not in _TROUBLES:
            raise
        return _TROUBLES[error.code]


def _answer(pod: JsonObject, *, models: Models, cluster: Cluster, servers: ModelServers) -> _Answer:
    try:
        return ask_pod(pod, models=models, cluster=cluster, servers=servers)
    except ServerUnreachableError as error:
        if is_ready(pod):
            return error.message
        return "its server does not answer yet: it opens its ports when the first load of every model is done"
    except ForbiddenError as error:
        return error
    except (PredictionError, PreconditionError) as error:
        return error.message


def _not_running(pod: JsonObject) -> str:
    """Why the pod cannot be asked; "" when it can."""
    phase = text_at(pod, "status", "phase")
    if is_ready(pod):
        return ""
    states = [object_at(item, "state", "waiting") for item in objects_at(pod, "status", "containerStatuses")]
    reasons = [text_at(state, "reason") for state in states if text_at(state, "reason")]
    running = any("running" in object_at(item, "state") for item in objects_at(pod, "status", "containerStatuses"))
    return "" if running else f"it does not run: {', '.join(reasons) or phase or 'not started'}"


def _template_or_pod(snapshot: Snapshot, pods: Sequence[JsonObject]) -> JsonObject:
    if snapshot.deployment is not None:
        return object_at(snapshot.deployment, "spec", "template", "spec")
    return next((object_at(pod, "spec") for pod in pods if component_of(pod) == MODEL_SERVER), {})


def _report(pod: JsonObject, *, answer: _Answer, snapshot: Snapshot, live: MountedConfig) -> PodReport:
    component = component_of(pod)
    return PodReport(
        name=name_of(pod),
        uid=text_at(pod, "metadata", "uid"),
        namespace=text_at(pod, "metadata", "namespace"),
        ready=is_ready(pod),
        leaving=is_leaving(pod),
        is_new=component != MODEL_SERVER or pod in snapshot.new_pods,
        component=component,
        models=answer if isinstance(answer, tuple) else (),
        problem=answer.message if isinstance(answer, ForbiddenError) else answer if isinstance(answer, str) else "",
        remedy=(answer.hint or "") if isinstance(answer, ForbiddenError) else "",
        configuration=configuration_of(pod, live),
    )
