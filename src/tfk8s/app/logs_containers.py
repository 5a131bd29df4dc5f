"""The containers of a service whose logs are read: one a pod, of the service and of its canary, and how each is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tfk8s.app.service import ServiceName
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import integer_at, labels_of, object_at, objects_at, text_at, value_at
from tfk8s.manifest.ownership import CANARY, COMPONENT_LABEL, MODEL_SERVER, service_selector
from tfk8s.manifest.snapshot import name_of
from tfk8s.ports.cluster import Cluster, ObjectQuery

_STATUSES = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerPlace:
    """One container of one pod; another pod of the same name has another uid."""

    pod: ObjectRef
    uid: str
    container: str
    is_canary: bool

    @property
    def key(self) -> tuple[str, str]:
        """Tells it from every other one."""
        return self.uid, self.container


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerState:
    """What the pod's status says of a container.

    Attributes:
        restarts: how often it was started again.
        is_running: whether it runs now.
        has_run: whether it runs or has run since its last start: it has a log.
        is_over: whether the pod has ended, and starts it no more.
        waits_for: why it does not run, in the kubelet's word, "" when it does.
        last_end: how its last run ended, "" when none did.
    """

    restarts: int
    is_running: bool
    has_run: bool
    is_over: bool
    waits_for: str = ""
    last_end: str = ""


def pods_of(name: ServiceName, *, cluster: Cluster) -> tuple[JsonObject, ...]:
    """Every pod of the service, those of a canary too, oldest first."""
    wanted = [service_selector(name.name)]
    if name.objects is not None and dict(name.objects.service_labels) != wanted[0]:
        wanted.append(dict(name.objects.service_labels))
    found: dict[str, JsonObject] = {}
    for labels in wanted:
        query = ObjectQuery(api_version="v1", kind="Pod", namespace=name.namespace, labels=labels)
        found |= {text_at(pod, "metadata", "uid"): pod for pod in cluster.list(query)}
    return tuple(sorted(found.values(), key=_age))


def place_of(pod: JsonObject, *, container: str | None) -> ContainerPlace:
    """The container that is meant: the named one, else the server's, which is the first where none is called so.

    Raises:
        InputError: the pod has no container of that name.
    """
    names = [text_at(item, "name") for kind in _CONTAINERS for item in objects_at(pod, "spec", kind)]
    if container is not None and container not in names:
        raise InputError(
            f"Pod/{name_of(pod)} has no container {container}", hint=f"its containers: {', '.join(names) or 'none'}"
        )
    server = MODEL_SERVER if MODEL_SERVER in names else next(iter(names), "")
    return ContainerPlace(
        pod=ObjectRef(api_version="v1", kind="Pod", namespace=text_at(pod, "metadata", "namespace"), name=name_of(pod)),
        uid=text_at(pod, "metadata", "uid"),
        container=container or server,
        is_canary=labels_of(pod).get(COMPONENT_LABEL) == CANARY,
    )


def state_of(pod: JsonObject, *, container: str) -> ContainerState:
    """How the container is; one that the status does not tell yet has not started."""
    status = next((item for item in _statuses(pod) if item.get("name") == container), {})
    state = object_at(status, "state")
    waiting = text_at(state, "waiting", "reason") or text_at(pod, "status", "reason")
    has_ended = value_at(state, "terminated") is not None
    is_running = value_at(state, "running") is not None
    return ContainerState(
        restarts=integer_at(status, "restartCount"),
        is_running=is_running,
        # Between two runs the API gives the log of the one that ended.
        has_run=is_running or has_ended or value_at(status, "lastState", "terminated") is not None,
        is_over=text_at(pod, "status", "phase") in ("Succeeded", "Failed"),
        waits_for="" if is_running or has_ended else waiting or "not started",
        last_end=_end(object_at(state, "terminated") or object_at(status, "lastState", "terminated")),
    )


def _statuses(pod: JsonObject) -> Iterator[JsonObject]:
    for kind in _STATUSES:
        yield from objects_at(pod, "status", kind)


def _end(ended: JsonObject) -> str:
    if not ended:
        return ""
    reason = text_at(ended, "reason")
    code = f"exit code {integer_at(ended, 'exitCode')}"
    return f"{code} ({reason})" if reason not in ("", "Error", "Completed") else code


def _age(pod: JsonObject) -> tuple[str, str]:
    return text_at(pod, "metadata", "creationTimestamp"), name_of(pod)
