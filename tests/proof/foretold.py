"""What the simulation says of a service's autoscaler under the load, beside what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.proof.course import Course, Look
from tests.proof.figures import trace_of
from tests.testbed.kindconfig import AUTOSCALER_FLAGS
from tfk8s.autoscale.candidates import PodCapacity
from tfk8s.autoscale.config import Flags
from tfk8s.autoscale.metering import DELAY_S, RESOURCE_WINDOW_S, Meter, Signal
from tfk8s.autoscale.objects import config_of
from tfk8s.autoscale.recommend import Delays, surroundings
from tfk8s.autoscale.simulate import Play, simulate
from tfk8s.load import Phase
from tfk8s.manifest import JsonObject

SYNC_S = 5.0
FLAGS = Flags(
    cpu_initialization_s=float(AUTOSCALER_FLAGS["horizontal-pod-autoscaler-cpu-initialization-period"].rstrip("s")),
    initial_readiness_delay_s=float(AUTOSCALER_FLAGS["horizontal-pod-autoscaler-initial-readiness-delay"].rstrip("s")),
)
_SETTLE_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """The simulation.

    Attributes:
        times_s: Ends of the steps.
        replicas: Asked for at each.
        late_share: Part of the requests later than the objective, or refused.
        pod_seconds: That pods were asked for.
        equal_share: Part of the looks at which as many pods were wanted as the simulation says.
        mean_difference: Of the wanted pods, seen less foretold, without its sign.
    """

    times_s: tuple[float, ...]
    replicas: tuple[int, ...]
    late_share: float
    pod_seconds: float
    equal_share: float
    mean_difference: float


def foretell(
    scaler: JsonObject,
    phases: Sequence[Phase],
    *,
    pod: PodCapacity,
    pod_start_s: float,
    objective_s: float,
    seen: Course,
) -> Foretold:
    """Simulate the live autoscaler under the same phases."""
    world = surroundings(pod, delays=Delays(pod_start_s=pod_start_s, sync_s=SYNC_S))
    play = Play(
        meters=(Meter(signal=Signal.CPU, window_s=RESOURCE_WINDOW_S, delay_s=DELAY_S),),
        bound_s=objective_s,
        settle_s=_SETTLE_S,
    )
    course = simulate(
        trace_of(phases, step_s=SYNC_S), config_of(scaler, flags=FLAGS), around=world, step_s=SYNC_S, play=play
    )
    times = tuple((index + 1) * SYNC_S for index in range(len(course.replicas)))
    equal, difference = _compared(seen.looks, times, course.replicas)
    return Foretold(
        times_s=times,
        replicas=tuple(course.replicas),
        late_share=(sum(course.late) + sum(course.dropped)) / course.requests,
        pod_seconds=course.pod_hours * 3600,
        equal_share=equal,
        mean_difference=difference,
    )


def _compared(looks: Sequence[Look], times: Sequence[float], replicas: Sequence[int]) -> tuple[float, float]:
    pairs = []
    for look in looks:
        place = min(int(look.at_s // SYNC_S), len(times) - 1)
        pairs.append((look.wanted, replicas[max(place - 1, 0)]))
    if not pairs:
        return 0.0, 0.0
    return (
        sum(seen == said for seen, said in pairs) / len(pairs),
        sum(abs(seen - said) for seen, said in pairs) / len(pairs),
    )
