"""Which pods count: those with a metric, those without, those not ready, and those that are leaving."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tfk8s.autoscale.integers import to_int64

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tfk8s.autoscale.config import Flags


class Phase(enum.Enum):
    """A pod's `status.phase`."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    UNKNOWN = "Unknown"


class Readiness(enum.Enum):
    """Status of a pod's condition `Ready`; `ABSENT`: it has none yet."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"
    ABSENT = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """One pod as the controller reads it. Times are seconds on the clock of the observation.

    Attributes:
        name: Of the pod.
        phase: Its phase.
        readiness: Its condition `Ready`.
        is_leaving: Whether it has a deletion timestamp.
        started_at: `status.startTime`, if any.
        readiness_since: Last transition of the condition `Ready`.
        request_milli: What it requests of the metric's resource; `None`: a container requests nothing.
    """

    name: str
    phase: Phase = Phase.RUNNING
    readiness: Readiness = Readiness.TRUE
    is_leaving: bool = False
    started_at: float | None = 0.0
    readiness_since: float = 0.0
    request_milli: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A pod's metric: value in thousandths, when it was taken and over how many seconds."""

    milli: int
    taken_at: float = 0.0
    window_s: float = 0.0


class PodTotals(NamedTuple):
    """Sums over the pods of a service, which are all that the arithmetic needs.

    Attributes:
        pods: Pods that the selector finds.
        counted: Pods with a metric that counts.
        usage: Sum of their metrics, in thousandths.
        requests: Sum of what they request, in thousandths.
        unready: Pods whose metric does not count yet.
        unready_requests: What those request together.
        missing_requests: What each pod without a metric requests (0 where the metric is no resource).
        strays: Metrics of pods that the selector does not find.
        stray_usage: Sum of those.
        lacks_request: Whether a pod, whatever its state, does not request the resource.
    """

    pods: int
    counted: int
    usage: int
    requests: int = 0
    unready: int = 0
    unready_requests: int = 0
    missing_requests: tuple[int, ...] = ()
    strays: int = 0
    stray_usage: int = 0
    lacks_request: bool = False


def total(
    pods: Iterable[Pod], samples: Mapping[str, Sample], *, now: float, flags: Flags, is_cpu: bool = False
) -> PodTotals:
    """Sum up a service's pods as the controller sorts them.

    Args:
        pods: All pods that the selector finds.
        samples: Metrics by name of the pod.
        now: Time of the sync in seconds.
        flags: Of the controller.
        is_cpu: Whether the metric is the resource `cpu`, for which readiness counts.
    """
    found = tuple(pods)
    counted = usage = requests = unready = unready_requests = 0
    missing: list[int] = []
    for pod in found:
        request = pod.request_milli or 0
        sample = samples.get(pod.name)
        if pod.is_leaving or pod.phase is Phase.FAILED:
            continue
        if pod.phase is Phase.PENDING:
            unready, unready_requests = unready + 1, unready_requests + request
        elif sample is None:
            missing.append(request)
        elif is_cpu and _is_unready(pod, sample, now=now, flags=flags):
            unready, unready_requests = unready + 1, unready_requests + request
        else:
            counted, usage, requests = counted + 1, usage + sample.milli, requests + request
    names = {pod.name for pod in found}
    strays = [sample.milli for name, sample in samples.items() if name not in names]
    return PodTotals(
        pods=len(found),
        counted=counted,
        usage=to_int64(usage),
        requests=to_int64(requests),
        unready=unready,
        unready_requests=unready_requests,
        missing_requests=tuple(missing),
        strays=len(strays),
        stray_usage=sum(strays),
        lacks_request=any(pod.request_milli is None for pod in found),
    )


def ready_pods(pods: Iterable[Pod]) -> int:
    """Count what metrics of a whole service are multiplied by: running pods whose condition `Ready` is true."""
    return sum(pod.phase is Phase.RUNNING and pod.readiness is Readiness.TRUE for pod in pods)


def _is_unready(pod: Pod, sample: Sample, *, now: float, flags: Flags) -> bool:
    if pod.readiness is Readiness.ABSENT or pod.started_at is None:
        return True
    is_false = pod.readiness is Readiness.FALSE
    if pod.started_at + flags.cpu_initialization_s > now:
        # A sample that began before the pod turned ready holds the start's own CPU.
        return is_false or sample.taken_at < pod.readiness_since + sample.window_s
    return is_false and pod.started_at + flags.initial_readiness_delay_s > pod.readiness_since
