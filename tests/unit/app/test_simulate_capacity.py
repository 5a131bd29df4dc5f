"""What a measurement says of one pod, for a simulation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.load.benches import a_bench, a_step
from tfk8s.app.simulate_capacity import measured, with_measured
from tfk8s.autoscale.capacity import Surroundings
from tfk8s.errors import InputError
from tfk8s.load import Knee, ServerSide


def test_the_knee_is_the_rate_and_what_lies_beyond_it_is_left_out() -> None:
    slow, fast, beyond = a_step(20, p99_s=0.04), a_step(60, p99_s=0.1), a_step(90, p99_s=2)
    found = measured(a_bench(fast, beyond, slow, knee=Knee(rps_per_pod=60, at=fast, beyond=beyond)))

    assert found.rate == 60
    assert [point.rate for point in found.latencies] == [20, 60]
    assert [point.p99_s for point in found.latencies] == pytest.approx([0.04, 0.1], rel=0.01)
    assert found.service_s == pytest.approx(0.1, rel=0.01)
    assert found.notes == ("an autoscaler is active",)


def test_rates_of_several_pods_are_shared_among_them() -> None:
    step = a_step(60, pods=3, server=ServerSide(cpu_cores=0.6))
    found = measured(a_bench(step, knee=Knee(rps_per_pod=20, at=step, beyond=step), pods=3))

    assert (found.rate, [point.rate for point in found.latencies]) == (20, [20])
    # 0.6 of the 1.5 cores that a pod requests
    assert found.cpu_at_full == pytest.approx(0.4)


def test_without_a_knee_the_highest_rate_is_taken_and_said() -> None:
    found = measured(a_bench(a_step(20), a_step(50)))

    assert found.rate == 50
    assert found.notes[-1] == "the measurement has no knee: the highest rate that was answered is taken"


def test_a_knee_with_nothing_beyond_it_may_be_higher() -> None:
    step = a_step(50)

    assert (
        "may do more than its knee"
        in measured(a_bench(step, knee=Knee(rps_per_pod=50, at=step, beyond=None))).notes[-1]
    )


def test_a_measurement_without_an_answer_is_refused() -> None:
    lost = a_step(2, failures=["timeout", "timeout"])
    moved = replace(a_step(20), pods_after=2)

    with pytest.raises(InputError, match="no step of the measurement of serving/resnet tells anything"):
        measured(a_bench(lost, moved))


def test_what_was_not_measured_stays_as_it_was_said() -> None:
    around = with_measured(Surroundings(pod_rate=1, cpu_at_full=0.7), measured(a_bench(a_step(20))))

    assert (around.pod_rate, around.cpu_at_full) == (20, 0.7)
