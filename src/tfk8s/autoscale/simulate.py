"""A service under a trace of traffic, scaled by the controller's own rules: replicas, latency, drops, pod-hours.

Requests are a fluid: what ready pods cannot answer waits in one queue, and is dropped beyond its bound. Between two
syncs rate and pods stand still. Latency is that of a request in the middle of a step: the answer's own time and the
queue before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tfk8s.autoscale.capacity import Fleet
from tfk8s.autoscale.config import Source, Utilization
from tfk8s.autoscale.decide import Observation, decide
from tfk8s.autoscale.pods import PodTotals
from tfk8s.autoscale.proposal import Scale, ServiceValue
from tfk8s.autoscale.state import State
from tfk8s.errors import InputError

if TYPE_CHECKING:
    from tfk8s.autoscale.capacity import Surroundings
    from tfk8s.autoscale.config import Config, Metric
    from tfk8s.autoscale.proposal import Reading
    from tfk8s.autoscale.trace import Trace

SYNC_S: Final = 15.0
_REQUEST_MILLI: Final = 1000  # a pod at its full rate uses all that it requests
_HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What happened, one value a sync in each list, and the sums.

    Attributes:
        step_s: Time between two syncs.
        rates: Requests a second that came.
        replicas: Asked for, after the sync at the step's end.
        ready: Pods that answered.
        nodes: Nodes that were there.
        latency_s: Of a request in the middle of the step; that of the full queue where no pod was ready.
        dropped: Requests refused.
        requests: All that came.
        pod_hours: Hours that pods asked for existed.
    """

    step_s: float
    rates: list[float]
    replicas: list[int]
    ready: list[int]
    nodes: list[int]
    latency_s: list[float]
    dropped: list[float]
    requests: float
    pod_hours: float

    @property
    def dropped_share(self) -> float:
        """Part of the requests that were refused."""
        return sum(self.dropped) / self.requests if self.requests else 0.0


def simulate(trace: Trace, config: Config, *, around: Surroundings, step_s: float = SYNC_S) -> Course:
    """Replay a trace.

    Args:
        trace: Requests a second.
        config: The autoscaler. Metrics of the whole service and of pods are requests a second; the utilization of a
            resource is the part of a pod's full rate.
        around: What pods and nodes can do.
        step_s: Sync period of the controller.

    Raises:
        InputError: A target that traffic does not tell, such as memory.
    """
    _refuse_unknown(config)
    rates = trace.every(step_s)
    replicas = max(config.minimum, 1)
    fleet, state, queue = Fleet(around, ready=replicas), State(), 0.0
    steps: list[tuple[int, int, int, float, float]] = []
    for index, rate in enumerate(rates):
        now = (index + 1) * step_s
        ready, nodes = fleet.ready, fleet.nodes
        served, left, latency_s, dropped = _serve(
            rate, queue, full=ready * around.pod_rate, around=around, step_s=step_s
        )
        queue = left
        fleet.advance(now)
        readings = tuple([_reading(metric, fleet, rate=rate, served=served) for metric in config.metrics])
        seen = Observation(now=now, scale=Scale(spec=replicas, status=replicas), readings=readings)
        decision = decide(state, seen, config)
        state = decision.state
        if decision.desired != replicas:
            replicas = decision.desired
            fleet.scale(replicas, now=now)
        steps.append((replicas, ready, nodes, latency_s, dropped))
    return _course(rates, steps, step_s=step_s)


def _serve(
    rate: float, queue: float, *, full: float, around: Surroundings, step_s: float
) -> tuple[float, float, float, float]:
    """Return the rate served in a step, the requests that wait after it, latency, and the requests dropped."""
    served = min(full, queue / step_s + rate)
    waiting = queue + (rate - served) * step_s
    left = min(waiting, full * around.queue_s)
    delay_s = (queue + left) / 2 / full if full else around.queue_s
    return served, max(left, 0.0), around.service_s + delay_s, max(waiting - left, 0.0)


def _course(rates: list[float], steps: list[tuple[int, int, int, float, float]], *, step_s: float) -> Course:
    replicas = [step[0] for step in steps]
    return Course(
        step_s=step_s,
        rates=rates,
        replicas=replicas,
        ready=[step[1] for step in steps],
        nodes=[step[2] for step in steps],
        latency_s=[step[3] for step in steps],
        dropped=[step[4] for step in steps],
        requests=sum(rates) * step_s,
        pod_hours=sum(replicas) * step_s / _HOUR_S,
    )


def _refuse_unknown(config: Config) -> None:
    for metric in config.metrics:
        is_resource = metric.source in (Source.RESOURCE, Source.CONTAINER_RESOURCE)
        if is_resource and (metric.name != "cpu" or not isinstance(metric.target, Utilization)):
            raise InputError(
                f"traffic does not tell what a target of {metric.name or 'a resource'} reads",
                hint="simulate with the utilization of cpu, or with requests a second",
            )


def _reading(metric: Metric, fleet: Fleet, *, rate: float, served: float) -> Reading:
    ready, unready = fleet.ready, fleet.unready
    if metric.source in (Source.OBJECT, Source.EXTERNAL):
        return ServiceValue(milli=round(rate * 1000), ready=ready, pods=ready + unready)
    if metric.source is Source.PODS:
        return PodTotals(pods=ready + unready, counted=ready, usage=round(served * 1000), unready=unready)
    return PodTotals(
        pods=ready + unready,
        counted=ready,
        usage=round(served / fleet.pod_rate * _REQUEST_MILLI),
        requests=ready * _REQUEST_MILLI,
        unready=unready,
        unready_requests=unready * _REQUEST_MILLI,
    )
