"""What an autoscaler's metrics read from a simulated service: over a while, and some time ago.

Sources of the defaults: metrics-server asks the kubelets every 15 s and shows the use between two answers
(`--metric-resolution`, https://github.com/kubernetes-sigs/metrics-server), so a figure covers 15 s and is up to so old
again; queries of requests cover a minute (`[1m]`), and what they read was collected up to 30 s ago, 15 s on average.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tfk8s.autoscale.answers import Times
from tfk8s.autoscale.config import RESOURCES, Source
from tfk8s.autoscale.pods import PodTotals
from tfk8s.autoscale.proposal import ServiceValue
from tfk8s.errors import InputError

if TYPE_CHECKING:
    from tfk8s.autoscale.answers import Served
    from tfk8s.autoscale.capacity import Fleet, Surroundings, Young
    from tfk8s.autoscale.config import Config, Metric
    from tfk8s.autoscale.proposal import Reading

_MILLI: Final = 1000


class Signal(enum.Enum):
    """What a metric tells of the traffic."""

    CPU = "cpu"
    MEMORY = "memory"
    ANSWERED = "answered requests a second"
    ARRIVING = "arriving requests a second"
    IN_FLIGHT = "requests in flight"
    LATENCY = "latency"
    SCHEDULE = "time of day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """How one metric is read.

    Attributes:
        signal: What it tells.
        window_s: Time that a figure covers.
        delay_s: Age of its end when the controller reads it.
        percentile: Of latencies, in percent; 50, 90, 95 or 99.
        per_second: Units of a latency in a second, as 1000 where it is told in milliseconds.
    """

    signal: Signal
    window_s: float = 0.0
    delay_s: float = 0.0
    percentile: int = 95
    per_second: float = 1000.0


RESOURCE_WINDOW_S: Final = 15.0
REQUEST_WINDOW_S: Final = 60.0
DELAY_S: Final = 15.0


def instant_meters(config: Config) -> tuple[Meter, ...]:
    """Return meters without window and age: metrics of pods read what those answer, of a service what arrives."""
    return tuple(Meter(signal=_signal(metric)) for metric in config.metrics)


def _signal(metric: Metric) -> Signal:
    if metric.source in RESOURCES:
        return Signal.MEMORY if metric.name == "memory" else Signal.CPU
    return Signal.ANSWERED if metric.source is Source.PODS else Signal.ARRIVING


def refuse_unknown(config: Config, around: Surroundings) -> None:
    """Refuse what traffic does not tell.

    Raises:
        InputError: A resource that is neither processor nor memory, or memory where a pod's is unknown.
    """
    for metric in config.metrics:
        if metric.source not in RESOURCES:
            continue
        if metric.name not in ("cpu", "memory"):
            raise InputError(
                f"traffic does not tell what a target of {metric.name} reads",
                hint="simulate with cpu, memory, or metrics of requests",
            )
        if metric.name == "memory" and not (around.memory_bytes and around.memory_request_bytes):
            raise InputError(
                "traffic does not tell what a target of memory reads: a pod's memory is unknown",
                hint="give a spec with its model, or --memory USED/REQUESTED",
            )


class Track:
    """Values of one signal, one a step, and their mean over a window that ends a while ago."""

    __slots__ = ("_delay", "_sums", "_values", "_whole", "_width")

    def __init__(self, step_s: float, *, delay_s: float, window_s: float) -> None:
        """Start without a value."""
        per_step = 1 / step_s
        self._delay, self._width = delay_s * per_step, window_s * per_step
        is_whole = self._delay.is_integer() and self._width.is_integer()
        self._whole = (int(self._delay), int(self._delay + self._width)) if is_whole else None
        self._values: list[float] = []
        self._sums: list[float] = [0.0]

    def add(self, value: float) -> None:
        """Take the value of the next step."""
        self._values.append(value)
        self._sums.append(self._sums[-1] + value)

    def mean(self) -> float:
        """Return the mean over the window; before the first step its value is taken to have held."""
        values, width = self._values, self._width
        if width > 0:
            if self._whole and self._whole[1] < len(values):
                return (self._sums[-1 - self._whole[0]] - self._sums[-1 - self._whole[1]]) / width
            end = len(values) - self._delay
            return (self._sum(end) - self._sum(end - width)) / width
        return values[max(0, -int((self._delay - len(values)) // 1) - 1)]

    def _sum(self, place: float) -> float:
        if place <= 0:
            return self._values[0] * place
        whole = int(place)
        rest = place - whole
        return self._sums[whole] + (rest * self._values[whole] if rest else 0.0)


class Gauge:
    """Reads one metric of a simulated service, step by step."""

    def __init__(
        self, metric: Metric, meter: Meter, *, around: Surroundings, step_s: float, cpu_initialization_s: float
    ) -> None:
        """Start without a value."""
        self._meter = meter
        self._around = around
        self._times = Times(around)
        self._track = Track(step_s, delay_s=meter.delay_s, window_s=meter.window_s)
        self._cpu_initialization_s = cpu_initialization_s
        self._is_of_pods = metric.source not in (Source.OBJECT, Source.EXTERNAL)
        self._ready = Track(step_s, delay_s=meter.delay_s, window_s=meter.window_s)
        self._is_of_each = meter.signal in (Signal.CPU, Signal.MEMORY)
        self._shows_in_flight = meter.signal in (Signal.IN_FLIGHT, Signal.MEMORY)
        self._shows_arriving = meter.signal is Signal.ARRIVING
        self._is_latency = meter.signal is Signal.LATENCY
        self._read = {Signal.CPU: self._cpu, Signal.MEMORY: self._memory}.get(meter.signal, self._of_ready)

    def take(self, served: Served, *, ready: int) -> None:
        """Take what a step showed; resources keep each ready pod's part of it."""
        if self._is_latency:
            value = self._latency_s(served, ready=ready) * self._meter.per_second
            value *= ready if self._is_of_pods else 1
        elif self._shows_in_flight:
            value = self._in_flight(served, ready=ready)
        else:
            value = served.arriving if self._shows_arriving else served.rate
        if self._is_of_each:
            value = value / ready if ready else 0.0
        elif self._is_of_pods:
            self._ready.add(ready)
        self._track.add(value)

    def take_floor(self, replicas: float) -> None:
        """Take what a schedule says in a step."""
        self._track.add(replicas)

    def _latency_s(self, served: Served, *, ready: int) -> float:
        """Return what the servers measure: the answer, and the wait of what they work on; 0 when nobody asks."""
        if not served.rate:
            return 0.0
        waits_s = max(0.0, self._in_flight(served, ready=ready) / served.rate - self._around.service_s)
        return self._times.own_s(served, ready=ready, percentile=self._meter.percentile) + waits_s

    def _in_flight(self, served: Served, *, ready: int) -> float:
        most = self._around.threads * ready
        return min(served.in_flight, most) if most else served.in_flight

    def read(self, fleet: Fleet, *, now: float) -> Reading:
        """Return what the controller reads."""
        value = self._track.mean()
        if self._is_of_pods:
            return self._read(value, fleet, now=now)
        return ServiceValue(round(value * _MILLI), fleet.ready, fleet.pods)

    def value(self) -> float:
        """Return the value itself, for who asks no controller."""
        return self._track.mean()

    def _of_ready(self, value: float, fleet: Fleet, *, now: float) -> PodTotals:
        """Servers show metrics once they answer and a query finds them; those of pods that left are gone."""
        since = now - self._meter.delay_s
        fresh = sum([batch.pods for batch in fleet.young if batch.ready_at > since]) if fleet.young else 0
        counted = fleet.ready - fresh
        running = sum([batch.pods for batch in fleet.starting if batch.runs_at <= now]) if fleet.starting else 0
        pods = fleet.pods
        then = self._ready.mean()
        kept = min(1.0, counted / then) if then else 1.0
        return PodTotals(
            pods=pods,
            counted=counted,
            usage=round(value * kept * _MILLI),
            unready=pods - fleet.ready - running,
            missing_requests=(0,) * (running + fresh),
        )

    def _cpu(self, load: float, fleet: Fleet, *, now: float) -> PodTotals:
        around, meter = self._around, self._meter
        request, counted, pods = around.cpu_request_milli, fleet.ready, fleet.pods
        each = around.cpu_idle + (around.cpu_at_full - around.cpu_idle) * load / fleet.pod_rate
        if counted == pods and not fleet.young:
            return PodTotals(pods, counted, round(counted * each * request), counted * request)
        taken_at = now - meter.delay_s
        unready, missing, used = fleet.pending, 0, 0.0
        for batch in fleet.starting:
            if batch.runs_at <= now and batch.runs_at > taken_at - meter.window_s:
                missing += batch.pods
            else:
                unready += batch.pods
        for batch in fleet.young:
            counted -= batch.pods
            if batch.runs_at > taken_at - meter.window_s:
                missing += batch.pods
            elif batch.placed_at + self._cpu_initialization_s > now and taken_at < batch.ready_at + meter.window_s:
                unready += batch.pods
            else:
                counted += batch.pods
                used += batch.pods * (self._young_cpu(batch, each, taken_at=taken_at) - each)
        return PodTotals(
            pods=pods,
            counted=counted,
            usage=round((counted * each + used) * request),
            requests=counted * request,
            unready=unready,
            unready_requests=unready * request,
            missing_requests=(request,) * missing,
        )

    def _young_cpu(self, batch: Young, each: float, *, taken_at: float) -> float:
        """Return what one such pod used over the window: for its start, and for requests since it is ready."""
        window_s = self._meter.window_s
        most = max(self._around.cpu_at_start, self._around.cpu_at_full)
        if window_s <= 0:
            burns = self._around.cpu_at_start if taken_at < batch.burns_until else 0.0
            return min(most, burns + (each if taken_at >= batch.ready_at else 0.0))
        began = taken_at - window_s
        burned = max(0.0, min(taken_at, batch.burns_until) - max(began, batch.runs_at)) / window_s
        served = max(0.0, taken_at - max(began, batch.ready_at)) / window_s
        return min(most, burned * self._around.cpu_at_start + served * each)

    def _memory(self, in_flight: float, fleet: Fleet, *, now: float) -> PodTotals:
        """Pods count whether they are ready or not, with what their models take."""
        around, meter = self._around, self._meter
        since = now - meter.delay_s - meter.window_s
        late = [batch for batch in (*fleet.starting, *fleet.young) if batch.runs_at > since]
        pending = fleet.pending + sum(batch.pods for batch in late if batch.runs_at > now)
        missing = sum(batch.pods for batch in late if batch.runs_at <= now)
        pods = fleet.pods
        counted = pods - pending - missing
        request = around.memory_request_bytes * _MILLI
        each = around.memory_bytes + around.memory_per_request_bytes * in_flight
        return PodTotals(
            pods=pods,
            counted=counted,
            usage=round(counted * each * _MILLI),
            requests=counted * request,
            unready=pending,
            unready_requests=pending * request,
            missing_requests=(request,) * missing,
        )
