"""The other side of a load: the pods that are ready, what their servers counted, and the processor that they used."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from tfk8s.app.planning import if_allowed
from tfk8s.app.pod_counters import read_counters
from tfk8s.app.reach import is_ready
from tfk8s.autoscale.live import seconds_of
from tfk8s.errors import ClusterRejectedError, PreconditionError, PredictionError
from tfk8s.load import ServerSide
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import object_at, objects_at, text_at, time_at
from tfk8s.manifest.snapshot import name_of
from tfk8s.ports.cluster import Cluster, ForbiddenError, ObjectQuery
from tfk8s.ports.metrics import MetricsReader
from tfk8s.rollout.traffic import Traffic, joined, since
from tfk8s.spec.quantity import parse_quantity

_ASKED_AT_ONCE: Final = 8
_PER_SECOND: Final = 1_000_000  # the servers count microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Processor that a pod used over a time, as the metrics API tells it."""

    start: datetime
    end: datetime
    cores: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One moment.

    Attributes:
        ready: Names of the pods that take requests; `None`: unknown.
        traffic: Counters by the name of the pod, of those that told them.
        usage: The last time that was measured, by the name of the pod.
        problems: Why counters of a pod are missing.
    """

    ready: tuple[str, ...] | None = None
    traffic: Mapping[str, Traffic] = field(default_factory=dict)
    usage: Mapping[str, Usage] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def pods(self) -> int | None:
        """How many are ready."""
        return None if self.ready is None else len(self.ready)


class Watch(Protocol):
    """Looks at the other side."""

    def look(self) -> Look:
        """Takes a moment; not while requests are timed."""
        ...


class NoWatch:
    """Of an address nobody knows what is behind it."""

    def look(self) -> Look:
        """See Watch."""
        return Look()


@dataclass(frozen=True, slots=True, kw_only=True)
class PodsWatch:
    """The pods behind a Service, or one of them.

    Attributes:
        pod: Its name, where all requests go to it.
    """

    service: ObjectRef
    model: str
    cluster: Cluster
    metrics: MetricsReader
    pod: str = ""

    def look(self) -> Look:
        """See Watch; what the cluster does not tell is unknown, and a load goes on without it."""
        try:
            return self._look()
        except (ClusterRejectedError, PreconditionError) as error:
            return Look(problems=(error.message,))

    def _look(self) -> Look:
        labels = self._labels()
        if not labels:
            return Look()
        query = ObjectQuery(api_version="v1", kind="Pod", namespace=self.service.namespace, labels=labels)
        ready = [pod for pod in self.cluster.list(query) if is_ready(pod) and self.pod in ("", name_of(pod))]
        problems: list[str] = []

        def ask(pod: JsonObject) -> Traffic | None:
            try:
                return read_counters(pod, model=self.model, cluster=self.cluster, metrics=self.metrics)
            except (PredictionError, PreconditionError, ForbiddenError) as error:
                problems.append(f"Pod/{name_of(pod)}: {error.message}")
                return None

        with ThreadPoolExecutor(max_workers=_ASKED_AT_ONCE) as pool:
            answers = list(pool.map(ask, ready))
        names = [name_of(pod) for pod in ready]
        return Look(
            ready=tuple(sorted(names)),
            traffic={name: counted for name, counted in zip(names, answers, strict=True) if counted is not None},
            usage=self._usage(labels),
            problems=tuple(sorted(problems)),
        )

    def _labels(self) -> dict[str, str]:
        selector = object_at(self.cluster.get(self.service), "spec", "selector")
        return {key: value for key, value in selector.items() if isinstance(value, str)}

    def _usage(self, labels: dict[str, str]) -> dict[str, Usage]:
        none: tuple[JsonObject, ...] = ()
        query = ObjectQuery(
            api_version="metrics.k8s.io/v1beta1", kind="PodMetrics", namespace=self.service.namespace, labels=labels
        )
        try:
            found = if_allowed(lambda: self.cluster.list(query), otherwise=none)
        except PreconditionError:  # the API is not served, or what serves it is down
            return {}
        usages = {name_of(entry): usage_of(entry) for entry in found}
        return {name: usage for name, usage in usages.items() if usage is not None}


def usage_of(entry: JsonObject) -> Usage | None:
    """Read a PodMetrics: `timestamp` is the end of the time, `window` its length (k8s.io/metrics, v1beta1)."""
    end, window_s = time_at(entry, "timestamp"), seconds_of(text_at(entry, "window"))
    if end is None or not window_s:
        return None
    try:
        used = [parse_quantity(text_at(each, "usage", "cpu")) for each in objects_at(entry, "containers")]
    except ValueError:
        return None
    cores = float(sum(quantity.value for quantity in used))
    return Usage(start=end - timedelta(seconds=window_s), end=end, cores=cores)


def server_side(before: Look, after: Look, *, usage: Sequence[Usage] = ()) -> ServerSide:
    """What was counted between two looks, of pods that told it both times.

    Args:
        before: When a step began.
        after: When all its answers were there.
        usage: Times within the step; their mean is that of a pod.
    """
    between = {name: since(before.traffic[name], now) for name, now in after.traffic.items() if name in before.traffic}
    cores = sum(each.cores for each in usage) / len(usage) if usage else None
    if not between or after.ready is None or set(between) != set(after.ready):
        return ServerSide(cpu_cores=cores)  # a part of them would look like all
    total = Traffic()
    for counted in between.values():
        total = joined(total, counted)
    return ServerSide(
        answered=total.answered,
        failed=total.failed,
        p50_s=_percentile_s(total, 50),
        p99_s=_percentile_s(total, 99),
        cpu_cores=cores,
        answered_by_pod={name: counted.answered for name, counted in sorted(between.items())},
    )


def usage_within(look: Look, *, start: datetime, end: datetime) -> tuple[Usage, ...]:
    """The times that lie within others, by this computer's clock."""
    return tuple(each for each in look.usage.values() if start <= each.start and each.end <= end)


def _percentile_s(traffic: Traffic, percent: float) -> float | None:
    """The upper bound of the bucket in which it is; `None` without answers, or in the last bucket."""
    rank, seen = math.ceil(traffic.answered * percent / 100), 0
    for bound, count in sorted(traffic.latencies.items()):
        seen += count
        if seen >= max(rank, 1):
            return bound / _PER_SECOND if math.isfinite(bound) else None
    return None
