"""The model decides at every sync what the real kube-controller-manager decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from tests.contract.autoscale.conftest import Finished
from tests.contract.autoscale.course import Course, PodKind
from tests.contract.autoscale.courses import COURSES
from tests.contract.autoscale.scripted import Answer
from tests.contract.autoscale.taking import ROUNDS, Taken, flags_of
from tfk8s.autoscale.config import Flags, Metric
from tfk8s.autoscale.decide import Decision, Fault, Observation, decide
from tfk8s.autoscale.pods import Phase, Pod, Readiness, Sample, ready_pods, total
from tfk8s.autoscale.proposal import NoReading, Reading, Scale, ServiceValue
from tfk8s.autoscale.state import State

pytestmark = [
    pytest.mark.control_plane,
    pytest.mark.xdist_group("autoscale courses"),
    pytest.mark.timeout(ROUNDS * 300),  # the first test takes all courses
]

_WINDOW_S = 10.0
_TIMES = Flags()  # for how long a start's cpu does not count: the defaults, as the controller has them


@pytest.mark.parametrize("name", COURSES)
def test_replicas_and_conditions_are_the_controllers_at_every_sync(name: str, finished: Finished) -> None:
    taken = finished.taken[name]
    real = [(sync.current, sync.desired, sync.conditions) for sync in taken.script.taken]
    model = [
        (sync.current, decision.desired, _reasons(decision))
        for sync, decision in zip(
            taken.script.taken, _decisions(name, taken, flags=flags_of(finished.release)), strict=True
        )
    ]

    assert not taken.doubts, f"the machine was too busy to tell, {ROUNDS} times: {taken.doubts}"
    assert model == real
    assert len({desired for _, desired, _ in real}) > 1  # a course that stands still shows nothing


def _decisions(name: str, taken: Taken, *, flags: Flags) -> Iterator[Decision]:
    """Let the model decide when the controller did; without a doubt, any time within its spans leads to the same."""
    course, moments, syncs = COURSES[name], taken.moments, taken.script.taken
    began, config = syncs[0].began_at, replace(course.config, flags=flags)
    first = next(number for number in range(len(syncs)) if course.faults.get(number) is not Fault.NO_SCALE)
    state = State(recommendations=((moments.found.since, syncs[first].current),))
    for number, (sync, answers) in enumerate(zip(syncs, course.answers, strict=True)):
        now = moments.now(number)
        readings = tuple(
            _reading(metric, answers.get(metric.name), _pods(name, course, metric, began=began, flags=flags), at=now)
            for metric in config.metrics
        )
        scale = Scale(spec=sync.current, status=sync.current)
        seen = Observation(now=now, scale=scale, readings=readings, fault=course.faults.get(number))
        decision = decide(state, seen, config)
        yield decision
        changed = moments.changed.get(number)
        state = decision.state if changed is None else _changed_at(decision.state, now, at=changed.since)


def _changed_at(state: State, now: float, *, at: float) -> State:
    """Let the change of a sync have happened when the controller heard of it: that may take long on a busy machine."""
    ups, downs = (
        tuple(event._replace(at=at) if event.at == now else event for event in events)
        for events in (state.ups, state.downs)
    )
    return state._replace(ups=ups, downs=downs)


def _reading(metric: Metric, answer: Answer, pods: list[Pod], *, at: float) -> Reading:
    if isinstance(answer, int):
        return ServiceValue(milli=answer, ready=ready_pods(pods), pods=len(pods))
    if isinstance(answer, Mapping):
        samples = {pod: Sample(milli=milli, taken_at=at, window_s=_WINDOW_S) for pod, milli in answer.items()}
        return total(pods, samples, now=at, flags=_TIMES, is_cpu=metric.name == "cpu")
    return NoReading("the metrics API does not know it")


def _pods(name: str, course: Course, metric: Metric, *, began: float, flags: Flags) -> list[Pod]:
    return [
        Pod(
            name=f"{name}-{index}-{each}",
            phase=Phase(kind.phase),
            readiness=Readiness.TRUE if kind.is_ready else Readiness.FALSE,
            started_at=began - kind.age_s,
            readiness_since=began - kind.ready_s,
            request_milli=_request(course, kind, metric, flags=flags),
        )
        for index, kind in enumerate(course.pods)
        for each in range(kind.count)
    ]


def _request(course: Course, kind: PodKind, metric: Metric, *, flags: Flags) -> int | None:
    """What a pod requests of the metric's container, or of all of them."""
    if metric.container and metric.container != kind.container:
        return None if flags.requires_container else 0
    return None if course.has_sidecar and not metric.container else 100


def _reasons(decision: Decision) -> dict[str, tuple[bool, str]]:
    return {each.kind: (each.is_true, each.reason) for each in decision.conditions if each is not None}
