"""Looks at a canary and at the pods beside it: which are ready, what is wrong, and what their servers counted."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tfk8s.app.canary_live import LiveCanary, as_service
from tfk8s.app.carry_out import World
from tfk8s.app.pod_counters import read_counters
from tfk8s.app.reach import is_ready
from tfk8s.app.service import ServiceName
from tfk8s.app.snapshot import take_snapshot
from tfk8s.diagnose import diagnose
from tfk8s.errors import PreconditionError, PredictionError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at
from tfk8s.manifest.snapshot import is_leaving, name_of, restarts_of
from tfk8s.ports.cluster import Cluster, ForbiddenError, ObjectQuery
from tfk8s.ports.metrics import MetricsReader
from tfk8s.rollout.canary import CanaryFacts, Counted, Share
from tfk8s.rollout.traffic import Traffic

_ASKED_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Pods:
    """The pods of both sides that are not on their way out."""

    canary: tuple[JsonObject, ...]
    beside: tuple[JsonObject, ...]

    @property
    def share(self) -> Share:
        """Which part of the requests a Service sends to the canary now."""
        return Share(canary=_ready(self.canary), beside=_ready(self.beside))

    @property
    def listed(self) -> frozenset[str]:
        """The uids of all."""
        return frozenset(_uid(pod) for pod in (*self.canary, *self.beside))


def list_pods(name: ServiceName, *, canary: LiveCanary | None, cluster: Cluster) -> Pods:
    """The pods of the service's Deployment, and those of its canary."""
    assert name.objects is not None  # noqa: S101 - names come from a spec
    return Pods(
        canary=_pods(name, selector_of(canary), cluster=cluster) if canary is not None else (),
        beside=_pods(name, dict(name.objects.workload_labels), cluster=cluster),
    )


def selector_of(canary: LiveCanary) -> dict[str, str]:
    """What the canary's Deployment selects its pods by."""
    labels = object_at(canary.deployment, "spec", "selector", "matchLabels")
    return {key: value for key, value in labels.items() if isinstance(value, str)}


def facts_of(name: ServiceName, canary: LiveCanary | None, *, pods: Pods, world: World) -> CanaryFacts:
    """What was found, without counters; causes are looked for only while a pod is not ready."""
    now = world.clock.utc_now()
    if canary is None:
        return CanaryFacts(record=None, now=now)
    wanted, ready = integer_at(canary.deployment, "spec", "replicas", default=1), _ready(pods.canary)
    failures = [_ended(pod) for pod in pods.canary if restarts_of(pod)]
    missing: list[str] = []
    if failures or ready < wanted:
        snapshot = take_snapshot(as_service(name, labels=selector_of(canary)), cluster=world.cluster)
        for finding in diagnose(snapshot, now=now):
            words = f"{finding.place}: {finding.cause}"
            missing.append(words)
            if finding.is_final:
                failures = [*failures, words, *finding.evidence]
    return CanaryFacts(
        record=canary.record,
        now=now,
        wanted=wanted,
        ready=ready,
        failures=tuple(dict.fromkeys(failures)),
        missing=tuple(missing),
    )


def _ended(pod: JsonObject) -> str:
    return f"Pod/{name_of(pod)}: its container ended and was started again ({restarts_of(pod)} times)"


def count(pods: Pods, *, model: str, cluster: Cluster, metrics: MetricsReader) -> tuple[Counted, tuple[str, ...]]:
    """Ask every ready pod for its counters, some at once; those that do not answer are named, and asked again later."""
    ready = [pod for pod in (*pods.canary, *pods.beside) if is_ready(pod)]
    problems: list[str] = []

    def ask(pod: JsonObject) -> Traffic | None:
        try:
            return read_counters(pod, model=model, cluster=cluster, metrics=metrics)
        except (PredictionError, PreconditionError, ForbiddenError) as error:
            problems.append(f"Pod/{name_of(pod)}: {error.message}")
            return None

    with ThreadPoolExecutor(max_workers=_ASKED_AT_ONCE) as pool:
        answers = list(pool.map(ask, ready))
    found = {_uid(pod): traffic for pod, traffic in zip(ready, answers, strict=True) if traffic is not None}
    of_canary = {_uid(pod) for pod in pods.canary}
    counted = Counted(canary=_of(found, of_canary), beside=_of(found, found.keys() - of_canary), listed=pods.listed)
    return counted, tuple(sorted(problems))


def _of(found: Mapping[str, Traffic], uids: set[str]) -> dict[str, Traffic]:
    return {uid: traffic for uid, traffic in found.items() if uid in uids}


def has_metrics(pod: JsonObject) -> bool:
    """Whether the server of a pod was told to count: without it there is nothing to compare."""
    containers = objects_at(pod, "spec", "containers")
    arguments = [text for each in containers for text in _texts(each.get("args"))]
    return any(text.startswith("--monitoring_config_file") for text in arguments)


def _texts(value: object) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _pods(name: ServiceName, labels: dict[str, str], *, cluster: Cluster) -> tuple[JsonObject, ...]:
    query = ObjectQuery(api_version="v1", kind="Pod", namespace=name.namespace, labels=labels)
    return tuple(pod for pod in cluster.list(query) if not is_leaving(pod))


def _ready(pods: tuple[JsonObject, ...]) -> int:
    return sum(is_ready(pod) for pod in pods)


def _uid(pod: JsonObject) -> str:
    return text_at(pod, "metadata", "uid")
