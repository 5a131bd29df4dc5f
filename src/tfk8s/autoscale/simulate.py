"""A service under a trace of traffic, scaled by the controller's own rules: replicas, latency, drops, pod-hours.

Requests are a fluid: what ready pods cannot answer waits in one queue, and is dropped beyond its bound. Between two
syncs rate and pods stand still. Latency is that of a request in the middle of a step: the answer's own time and the
queue before it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from tfk8s.autoscale.answers import Times, serve
from tfk8s.autoscale.capacity import Fleet
from tfk8s.autoscale.decide import Observation, decide
from tfk8s.autoscale.metering import Gauge, Meter, instant_meters, refuse_unknown
from tfk8s.autoscale.proposal import Scale
from tfk8s.autoscale.state import State
from tfk8s.autoscale.zero import Sleeper, Zero

if TYPE_CHECKING:
    from tfk8s.autoscale.capacity import Surroundings
    from tfk8s.autoscale.config import Config
    from tfk8s.autoscale.trace import Trace

SYNC_S: Final = 15.0
_HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """How a trace is replayed.

    Attributes:
        meters: How each metric of the autoscaler is read; `None`: at once and without a window.
        zero: What KEDA does beside the autoscaler; `None`: nothing.
        floors: What schedules say at each sync, by the place of their metric.
        bound_s: Longest time that an answer may take; `None`: none.
        settle_s: How long the first rate is taken to have held before the trace.
        is_cold: Whether all pods start at its beginning, as after a deploy.
        percentile: Of the latency that is told; 50, 90, 95 or 99.
    """

    meters: tuple[Meter, ...] | None = None
    zero: Zero | None = None
    floors: Mapping[int, Sequence[float]] = field(default_factory=dict)
    bound_s: float | None = None
    settle_s: float = 0.0
    is_cold: bool = False
    percentile: int = 50


_PLAIN: Final = Play()


class Reason(NamedTuple):
    """Why a sync asked for its replicas: the controller's own words.

    Attributes:
        wanted: Replicas that the metrics asked for; `None`: they were not asked, or did not answer.
        metric: Place of the one that decided; -1: none.
        able: Reason of the condition AbleToScale.
        limited: Reason of the condition ScalingLimited.
    """

    wanted: int | None
    metric: int
    able: str
    limited: str


_BY_KEDA: Final = Reason(None, -1, "", "")


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
        late: Requests answered after the bound; empty where there is none.
        reasons: Of each sync.
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
    late: list[float]
    reasons: list[Reason]
    requests: float
    pod_hours: float

    @property
    def dropped_share(self) -> float:
        """Part of the requests that were refused."""
        return sum(self.dropped) / self.requests if self.requests else 0.0


_Step: TypeAlias = tuple[int, int, int, float, float, float, Reason]
"""One value for each list of a course but its rates; a tuple without names, which is made and read faster."""


def simulate(
    trace: Trace, config: Config, *, around: Surroundings, step_s: float = SYNC_S, play: Play = _PLAIN
) -> Course:
    """Replay a trace.

    Args:
        trace: Requests a second.
        config: The autoscaler.
        around: What pods and nodes can do.
        step_s: Sync period of the controller.
        play: How its metrics are read, and how the trace begins.

    Raises:
        InputError: A target that traffic does not tell.
    """
    refuse_unknown(config, around)
    rates = trace.every(step_s)
    settling = math.ceil(play.settle_s / step_s)
    service = _Service(config, around=around, step_s=step_s, play=play)
    for _ in range(settling):
        service.pass_step(rates[0], 0)
    if play.is_cold:
        service.restart()
    steps = [service.pass_step(rate, index) for index, rate in enumerate(rates)]
    return _course(rates, steps, step_s=step_s, has_bound=play.bound_s is not None)


class _Service:
    """Pods, their queue and the controller, as time goes on."""

    def __init__(self, config: Config, *, around: Surroundings, step_s: float, play: Play) -> None:
        self._config, self._around, self._step_s, self._play = config, around, step_s, play
        self._now = 0.0
        self._replicas = max(config.minimum, 1)
        self._fleet = Fleet(around, ready=self._replicas)
        self._state, self._queue, self._reason = State(), 0.0, _BY_KEDA
        self._times = Times(around)
        meters = play.meters or instant_meters(config)
        pairs = zip(config.metrics, meters, strict=True)
        initialization_s = config.flags.cpu_initialization_s
        self._gauges = [
            Gauge(metric, meter, around=around, step_s=step_s, cpu_initialization_s=initialization_s)
            for metric, meter in pairs
        ]
        self._measuring = [gauge for place, gauge in enumerate(self._gauges) if place not in play.floors]
        self._sleeper = Sleeper(play.zero) if play.zero else None
        self._oldest_s = max([meter.delay_s + meter.window_s for meter in meters])

    def restart(self) -> None:
        """Replace every pod by one that starts now."""
        self._fleet.scale(0, now=self._now)
        self._fleet.scale(self._replicas, now=self._now)

    def pass_step(self, rate: float, index: int) -> _Step:
        """Serve until the next sync, and carry it out."""
        fleet, around, play, times = self._fleet, self._around, self._play, self._times
        ready, nodes = fleet.ready, fleet.nodes
        served = serve(rate, self._queue, ready=ready, around=around, step_s=self._step_s)
        self._queue = served.waiting
        self._now += self._step_s
        fleet.advance(self._now)
        for gauge in self._measuring:
            gauge.take(served, ready=ready)
        for place, floors in play.floors.items():
            self._gauges[place].take_floor(floors[index])
        replicas, reason = self._sync()
        if replicas != self._replicas:
            self._replicas = replicas
            fleet.scale(replicas, now=self._now)
        if fleet.young:
            fleet.settle(self._now - self._oldest_s)
        late, answered = 0.0, served.rate
        if play.bound_s is not None and answered:
            late = times.late_share(served, ready=ready, bound_s=play.bound_s) * answered * self._step_s
        latency_s = times.of(served, ready=ready, percentile=play.percentile)
        return replicas, ready, nodes, latency_s, served.dropped, late, reason

    def _sync(self) -> tuple[int, Reason]:
        now, replicas, gauges, config = self._now, self._replicas, self._gauges, self._config
        if self._sleeper:
            values = tuple([gauge.value() for gauge in gauges])
            kept = self._sleeper.look(replicas, values, now=now)
            if kept != replicas:  # the controller sees it at its next sync
                return kept, _BY_KEDA
        readings = tuple([gauge.read(self._fleet, now=now) for gauge in gauges])
        seen = Observation(now, Scale(replicas, replicas), readings)
        desired, wanted, _, chosen, (able, _, limited, _), self._state = decide(self._state, seen, config)
        words = (wanted, chosen, able.reason if able else "", limited.reason if limited else "")
        if words != self._reason:  # mostly those of the sync before, which then stand for both
            self._reason = Reason(*words)
        return desired, self._reason


def _course(rates: list[float], steps: Sequence[_Step], *, step_s: float, has_bound: bool) -> Course:
    replicas = [step[0] for step in steps]
    return Course(
        step_s=step_s,
        rates=rates,
        replicas=replicas,
        ready=[step[1] for step in steps],
        nodes=[step[2] for step in steps],
        latency_s=[step[3] for step in steps],
        dropped=[step[4] for step in steps],
        late=[step[5] for step in steps] if has_bound else [],
        reasons=[step[6] for step in steps],
        requests=sum(rates) * step_s,
        pod_hours=sum(replicas) * step_s / _HOUR_S,
    )
