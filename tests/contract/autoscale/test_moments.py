"""What is judged of a course: only what no time within the spans of the controller's log could turn."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace

import pytest

from tests.contract.autoscale.course import DOWN_S, PERCENT, PODS, config, rate, rules
from tests.contract.autoscale.moments import Line, Moments, Span, Told, doubts, lines_by_name, moments_of
from tests.contract.autoscale.scripted import Script, Sync
from tests.contract.autoscale.taking import ROUNDS, Taken, judgeable
from tfk8s.autoscale.config import Behavior, Config, Flags
from tfk8s.autoscale.decide import Fault

NOTHING = Moments(found=Span(0, 0), decided={}, changed={})
FLAGS = Flags(downscale_stabilization_s=DOWN_S)
PLAIN = replace(config(rate("plain")), flags=FLAGS)


def behaving(behavior: Behavior) -> Config:
    return replace(config(rate("any"), behavior=behavior), flags=FLAGS)


UP = behaving(Behavior(up=rules((PODS, 2, 1), window_s=2), down=rules((PERCENT, 10, 5), window_s=1)))


@pytest.mark.parametrize(
    ("decided", "is_in_doubt"),
    [
        (Span(2.9, 2.95), False),
        (Span(2.9, 3.0), True),
        (Span(2.9, 3.1), True),
        (Span(3.01, 3.1), False),  # late, but on one side
    ],
)
def test_a_decision_whose_span_holds_the_end_of_a_window_cannot_be_judged(decided: Span, is_in_doubt: bool) -> None:
    moments = replace(NOTHING, decided={1: decided})

    assert bool([*doubts(moments, PLAIN)]) == is_in_doubt


def test_a_recommendation_that_may_be_as_old_as_the_window_leaves_the_later_decision_in_doubt() -> None:
    moments = replace(NOTHING, found=Span(-9, -9), decided={0: Span(0.0, 0.5), 1: Span(3.2, 3.2)})

    assert [*doubts(moments, PLAIN)] == ["sync 1: a recommendation is 2.700 to 3.200 s old, and 3 s decide"]


def test_each_window_and_each_period_of_a_behavior_is_looked_at() -> None:
    recommended = {age: replace(NOTHING, decided={1: Span(age, age)}) for age in (1, 2, 3, 5)}
    changed = {
        age: replace(NOTHING, found=Span(-9, -9), decided={1: Span(age, age)}, changed={0: Span(0, 0)})
        for age in (1, 2, 3, 5)
    }

    assert [age for age, moments in recommended.items() if [*doubts(moments, UP)]] == [1, 2]
    assert [age for age, moments in changed.items() if [*doubts(moments, UP)]] == [1, 5]


def test_a_change_that_may_take_the_place_of_another_is_looked_at() -> None:
    moments = replace(NOTHING, changed={0: Span(0, 0.1), 1: Span(5.05, 5.06)})

    assert [*doubts(moments, UP)] == ["sync 1: a change is 4.950 to 5.060 s old, and 5 s decide"]


def test_a_change_that_was_remembered_on_the_other_side_of_a_period_than_it_was_decided_is_in_doubt() -> None:
    moments = replace(NOTHING, changed={0: Span(0, 0), 1: Span(5.1, 5.1)}, found=Span(-9, -9))

    assert not [*doubts(moments, UP)]
    assert [*doubts(replace(moments, decided={1: Span(4.9, 4.9)}), UP)]


def test_without_a_behavior_no_change_is_remembered() -> None:
    moments = replace(NOTHING, found=Span(-9, -9), decided={1: Span(3, 3)}, changed={0: Span(0, 0)})

    assert not [*doubts(moments, PLAIN)]


def line(at: float, text: str, **words: object) -> str:
    return json.dumps({"ts": 1000 * at, "caller": "x.go:1", "msg": text, "v": 0, **words})


def response(at: float, verb: str, path: str, *, milliseconds: int) -> str:
    url = f"http://127.0.0.1:1/apis/apps/v1/namespaces/default/{path}"
    return line(at, "Response", verb=verb, url=url, status="200 OK", milliseconds=milliseconds)


def test_the_log_says_when_each_autoscaler_decided() -> None:
    log = "\n".join(
        [
            "I1130 not of this form",
            line(101, "Caches are synced"),
            response(102, "GET", "deployments/step/scale", milliseconds=900),
            response(102.5, "GET", "deployments/step", milliseconds=900),
            line(103, "Proposing desired replicas", scaleTarget="Deployment/default/step"),
            line(104, "Decided not to scale", scaleTarget="Deployment/default/step"),
            line(105, "Proposing desired replicas from zero", scaleTarget="Deployment/default/zero"),
            response(107, "PUT", "deployments/zero/scale", milliseconds=500),
            line(108, "Successfully rescaled", HPA={"name": "zero", "namespace": "default"}),
            '{"ts": 109, "msg": "half',
        ]
    )

    assert lines_by_name(log, ahead_s=100) == {
        "step": [Line(2, Told.FOUND), Line(3, Told.PROPOSES), Line(4, Told.STAYS)],
        "zero": [Line(5, Told.PROPOSES), Line(6.5, Told.WRITES), Line(7, Told.WROTE), Line(8, Told.RESCALED)],
    }


def script(*syncs: Sync, faults: Mapping[int, Fault]) -> Script:
    return Script(
        name="any",
        replicas=1,
        bounds=(1, 9),
        last_metric="any.rps",
        answers=[{}] * (len(syncs) - 1),
        tick_s=0.4,
        offset_s=0.0,
        faults=faults,
        syncs=[*syncs],
    )


def test_each_moment_lies_between_what_the_log_says_before_it_and_what_comes_of_it() -> None:
    course = script(
        Sync(10, 1, 1, {}, heard_at=10.1),
        Sync(20, 1, 1, {}, heard_at=20.1),
        Sync(30, 1, 2, {}, heard_at=30.1),
        Sync(40, 2, 2, {}),
        faults={0: Fault.NO_SCALE},
    )
    lines = [
        Line(10.05, Told.FOUND),
        Line(20.05, Told.FOUND),
        Line(20.2, Told.PROPOSES),
        Line(20.3, Told.STAYS),
        Line(30.2, Told.PROPOSES),
        Line(30.25, Told.WRITES),
        Line(30.35, Told.WROTE),
        Line(30.4, Told.RESCALED),
        Line(40.2, Told.PROPOSES),  # of the sync that is not over
    ]

    assert moments_of(course, lines) == Moments(
        found=Span(20.05, 20.1), decided={1: Span(20.2, 20.3), 2: Span(30.2, 30.25)}, changed={2: Span(30.35, 30.4)}
    )


def taken(*doubted: str) -> Taken:
    return Taken(script=script(Sync(0, 1, 1, {}), faults={}), moments=NOTHING, doubts=doubted)


def test_only_a_course_that_cannot_be_judged_is_taken_again() -> None:
    rounds: list[list[str]] = []

    def take(names: Collection[str]) -> dict[str, Taken]:
        rounds.append([*names])
        return {name: taken("late") if name == "late" and len(rounds) < 3 else taken() for name in names}

    found = judgeable(["early", "late"], take)

    assert rounds == [["early", "late"], ["late"], ["late"]]
    assert [each.doubts for each in found.values()] == [(), ()]


def test_a_course_that_never_can_be_judged_keeps_its_doubts() -> None:
    rounds: list[list[str]] = []

    def take(names: Collection[str]) -> dict[str, Taken]:
        rounds.append([*names])
        return {name: taken("late") for name in names}

    found = judgeable(["late"], take)

    assert len(rounds) == ROUNDS
    assert found["late"].doubts == ("late",)
