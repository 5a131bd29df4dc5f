"""What one pod can do, from a measurement; and the measurements that tell nothing of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.app.benches import BENCH, BEYOND, KNEE, OBJECTIVE, SLOW, step, without_knee
from tfk8s.app.recommend_bench import MeasuredPod, measured_pod
from tfk8s.errors import InputError
from tfk8s.load import Bench, Objective


def measured(bench: Bench = BENCH, *, objective: Objective | None = None) -> MeasuredPod:
    return measured_pod(bench, models=("resnet",), cores=0.5, objective=objective)


def refused(bench: Bench, *, objective: Objective | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        measured(bench, objective=objective)
    return caught.value


def test_the_knee_is_the_pods_rate_with_what_it_took_there() -> None:
    found = measured()

    assert found.pod.rate == 10
    assert found.pod.latency_s == pytest.approx(0.2, rel=0.01)
    assert (found.pod.cpu_cores, found.pod.request_cores) == (0.4, 0.5)
    assert found.pod.cpu_share == pytest.approx(0.8)
    assert (found.goal.percentile, found.goal.latency_s) == (95, 0.5)
    assert found.notes == ()


def test_another_objective_has_another_knee_of_the_same_steps() -> None:
    assert measured(objective=Objective(percentile=99, latency_s=1)).pod.rate == pytest.approx(14)
    assert measured(objective=Objective(percentile=50, latency_s=0.15)).pod.rate == pytest.approx(5)


def test_a_rate_above_one_that_broke_the_objective_is_no_knee() -> None:
    lucky = step(20, latency_s=0.1)

    assert measured(without_knee(SLOW, KNEE, BEYOND, lucky)).pod.rate == pytest.approx(10)


def test_a_knee_that_nothing_bounds_is_said_to_be_one() -> None:
    assert "may do more" in measured(without_knee(SLOW, KNEE)).notes[0]


def test_the_rate_of_several_pods_is_shared() -> None:
    assert measured(replace(without_knee(SLOW, KNEE, BEYOND), pods=2)).pod.rate == pytest.approx(5)


def test_a_measurement_of_another_model_is_refused() -> None:
    assert (
        "of the model bert of serving/resnet, and the spec has resnet" in refused(replace(BENCH, model="bert")).message
    )


def test_a_measurement_of_other_pods_is_refused() -> None:
    assert "pods with 2 cores, and the spec gives them 0.5" in refused(replace(BENCH, cpu_request_cores=2.0)).message


def test_a_measurement_without_an_objective_is_refused() -> None:
    error = refused(replace(BENCH, objective=None, knee=None))

    assert "has no objective" in error.message
    assert "--objective" in str(error.hint)


def test_without_a_knee_the_lowest_rate_says_why() -> None:
    error = refused(without_knee(BEYOND))

    assert "at the lowest rate, 14 requests/s, it was 90" in error.message
    assert "no number of pods makes them faster" in str(error.hint)


def test_an_objective_tighter_than_the_service_itself_is_refused() -> None:
    error = refused(BENCH, objective=Objective(percentile=95, latency_s=0.05))

    assert "95 % within 50 ms are wanted" in error.message
    assert "half of the answers alone take 10" in str(error.hint)


def test_failures_break_an_objective_too() -> None:
    failing = step(5, latency_s=0.1, failed=5)

    assert "5 % failed" in refused(without_knee(failing)).message
    assert OBJECTIVE.error_share < failing.failed_share


def test_processor_at_a_knee_without_a_figure_is_reckoned_from_the_next_step_and_said_to_be() -> None:
    blind = step(10, latency_s=0.2, cores=None)
    found = measured(without_knee(SLOW, blind, BEYOND))

    assert found.pod.cpu_cores == pytest.approx(0.4 * 10 / 14)  # from 14 requests/s, which is nearer than 5
    assert "longer steps" in found.notes[0]
    assert measured(without_knee(blind)).pod.cpu_cores is None


def test_steps_that_measured_this_computer_do_not_count() -> None:
    late = replace(BEYOND, late=BEYOND.sent)

    assert f"tells anything: {late.sent} of {late.sent} requests were sent late" in refused(without_knee(late)).message
