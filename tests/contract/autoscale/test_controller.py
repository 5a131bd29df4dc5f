"""The model decides at every sync what the real kube-controller-manager decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.contract.autoscale.scripted import Answer, Script, Sync
from tests.contract.autoscale.traces import COURSES, FLAGS, Course
from tests.testbed.sharing import CONTROLLERS
from tfk8s.autoscale.config import Metric, Source
from tfk8s.autoscale.decide import Decision, Observation, decide
from tfk8s.autoscale.pods import Pod, Readiness, Sample, ready_pods, total
from tfk8s.autoscale.proposal import NoReading, Reading, Scale, ServiceValue
from tfk8s.autoscale.state import State

pytestmark = [pytest.mark.control_plane, pytest.mark.xdist_group(CONTROLLERS)]

_WINDOW_S = 10.0


@pytest.mark.parametrize("name", COURSES)
def test_replicas_and_conditions_are_the_controllers_at_every_sync(name: str, finished: Mapping[str, Script]) -> None:
    script = finished[name]
    count = len(script.answers)
    real = [(sync.current, sync.desired, sync.conditions) for sync in script.syncs[:count]]
    model = [
        (current, decision.desired, _reasons(decision))
        for current, decision in _decisions(name, COURSES[name], script.syncs[:count])
    ]

    assert model == real
    assert len({desired for _, desired, _ in real}) > 1  # a course that stands still shows nothing


def _decisions(name: str, course: Course, syncs: list[Sync]) -> Iterator[tuple[int, Decision]]:
    state, current, began = State(), course.start, syncs[0].at
    for sync, answers in zip(syncs, course.answers, strict=True):
        pods = _pods(name, course, began=began)
        readings = tuple(
            _reading(metric, answers.get(metric.name), pods, now=sync.at) for metric in course.config.metrics
        )
        seen = Observation(now=sync.at, scale=Scale(spec=current, status=current), readings=readings)
        decision = decide(state, seen, course.config)
        yield current, decision
        state, current = decision.state, decision.desired


def _reading(metric: Metric, answer: Answer, pods: list[Pod], *, now: float) -> Reading:
    if metric.source is Source.EXTERNAL and isinstance(answer, int):
        return ServiceValue(milli=answer, ready=ready_pods(pods), pods=len(pods))
    if isinstance(answer, Mapping):
        samples = {pod: Sample(milli=milli, taken_at=now, window_s=_WINDOW_S) for pod, milli in answer.items()}
        return total(pods, samples, now=now, flags=FLAGS, is_cpu=True)
    return NoReading("the metrics API does not know it")


def _pods(name: str, course: Course, *, began: float) -> list[Pod]:
    return [
        Pod(
            name=f"{name}-{index}-{each}",
            readiness=Readiness.TRUE if kind.is_ready else Readiness.FALSE,
            started_at=began - kind.age_s,
            readiness_since=began - kind.ready_s,
            request_milli=100,
        )
        for index, kind in enumerate(course.pods)
        for each in range(kind.count)
    ]


def _reasons(decision: Decision) -> dict[str, tuple[bool, str]]:
    return {each.kind: (each.is_true, each.reason) for each in decision.conditions if each is not None}
