"""What a course under load amounts to: made by hand, counted by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.proof import page, report
from tests.proof.course import Course, Look
from tests.proof.figures import figures_of, per_slot, rises, trace_of
from tests.proof.foretold import Foretold
from tfk8s.load import Outcome, Phase
from tfk8s.pictures import draw

PHASES = (Phase(rps=1, seconds=10), Phase(rps=3, seconds=10), Phase(rps=1, seconds=10))


def look(at_s: float, *, pods: int, ready: int) -> Look:
    return Look(at_s=at_s, pods=pods, ready=ready, wanted=pods, cpu_percent=50)


def course() -> Course:
    times = [*range(10), *(10 + index / 3 for index in range(30)), *range(20, 30)]
    outcomes = [Outcome(float(due), float(due), due + 0.1) for due in times]
    outcomes[10] = Outcome(10.0, 10.0, 12.0)
    outcomes[-1] = Outcome(29.0, 29.0, 29.0, failure="connection refused")
    looks = [look(second, pods=1, ready=1) for second in range(11)]
    looks += [look(second, pods=3, ready=1 if second < 15 else 3) for second in range(11, 31)]
    return Course(phases=PHASES, outcomes=tuple(outcomes), looks=tuple(looks))


def test_late_failed_and_enough_pods_are_counted() -> None:
    found = figures_of(course(), knee_rps=1, objective_s=1.0)

    assert (found.asked, found.late, found.failed) == (50, 1, 1)
    assert found.beyond_share == pytest.approx(0.04)
    assert (found.failed_after_fall, found.asked_after_fall) == (1, 10)
    assert found.reasons == (("connection refused", 1),)
    assert found.enough_s == (5,)  # three pods for three requests a second, from second 15
    assert found.most_pods == 3
    assert found.pod_seconds == 11 + 3 * 19


def test_pods_that_never_suffice_are_said_to_be_so() -> None:
    found = figures_of(course(), knee_rps=0.5, objective_s=1.0)

    assert found.enough_s == (None,)


def test_a_rate_that_was_rounded_up_asks_for_no_further_pod() -> None:
    found = figures_of(course(), knee_rps=2.996 / 3, objective_s=1.0)

    assert found.enough_s == (5,)


def test_pods_that_went_after_the_fall_are_counted() -> None:
    whole = course()
    looks = (*whole.looks[:-2], look(29, pods=2, ready=2), look(30, pods=1, ready=1))

    assert figures_of(replace(whole, looks=looks), knee_rps=1, objective_s=1.0).left_after_fall == 2
    assert figures_of(whole, knee_rps=1, objective_s=1.0).left_after_fall == 0


def test_only_rises_are_rises() -> None:
    assert rises(PHASES) == [(10, 20, 3)]


def test_the_load_as_a_trace_has_its_rates() -> None:
    trace = trace_of(PHASES, step_s=5)

    assert trace.rates == (1, 1, 3, 3, 1, 1)
    assert trace.times_s == (0, 5, 10, 15, 20, 25)


def test_slots_hold_what_was_due_in_them() -> None:
    slots = per_slot(course().outcomes, slot_s=10)

    assert [slot[1] for slot in slots] == [1, 3, 1]
    assert [slot[3] for slot in slots] == [0, 0, 0.1]


def proof() -> report.Proof:
    figures = figures_of(course(), knee_rps=1, objective_s=1.0)
    foretold = Foretold(
        times_s=(5.0, 10.0),
        replicas=(1, 3),
        late_share=0.01,
        pod_seconds=60.0,
        equal_share=0.9,
        mean_difference=0.2,
    )
    sides = tuple(
        report.Side(name=name, scaling="CPU", course=course(), figures=figures, foretold=foretold)
        for name in ("tfk8s", "default")
    )
    return report.Proof(
        sides=sides,
        phases=PHASES,
        knee_rps=1.0,
        knee_cpu=0.8,
        objective="p95=1s",
        objective_s=1.0,
        pod_cpu="300m",
        pod_start_s=20.0,
        recommended={"arithmetic": [{"what": "min", "value": "2 pods", "how": "1 + 1"}], "scaling": {}},
        beside="",
    )


def test_the_table_has_a_column_a_service_and_every_figure() -> None:
    text = report.table(proof())

    assert "| | tfk8s | default |" in text.replace("|  |", "| |")
    assert "| time to enough pods | 5 s | 5 s |" in text
    assert "| failed after the fall of the rate: scale-down | 1 of 10, no pod went | 1 of 10, no pod went |" in text


def test_the_page_shows_the_picture_the_arithmetic_and_what_was_foretold() -> None:
    text = page.page(proof())

    assert f"(pictures/{report.PICTURE})" in text
    assert "| min | 2 pods | 1 + 1 |" in text
    assert "90 % of the seconds" in text


def test_the_picture_can_be_drawn_and_the_figures_be_read() -> None:
    assert draw(report.picture(proof()), form="svg").startswith(b"<?xml")
    assert json.loads(report.as_json(proof()))["sides"][0]["figures"]["asked"] == 50
