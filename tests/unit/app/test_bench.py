from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.app.bench_stage import BenchStage, a_pod
from tfk8s.app.bench import open_bench
from tfk8s.app.bench_plan import BenchOptions, Bounds
from tfk8s.app.predict import PredictOptions
from tfk8s.errors import PreconditionError
from tfk8s.load import Bench, Objective
from tfk8s.ports import Progress, ServerRefusedError, ServerUnreachableError, StepDone, StepStarted, Waiting
from tfk8s.ports.load import LoadLimits

OBJECTIVE = Objective(percentile=99, latency_s=0.2)


def measured(stage: BenchStage, *, is_address: bool = False, **changes: Any) -> Bench:
    options: dict[str, Any] = {"asked": PredictOptions(model="m"), "arrivals": "fixed", "seconds": 10.0}
    with open_bench(BenchOptions(**{**options, **changes}), world=stage.world(is_address=is_address)) as prepared:
        return prepared.measure()


def up_to(capacity: float) -> Callable[[float], tuple[float, str]]:
    """Answers become slow beyond a rate."""
    return lambda rps: (0.02 if rps <= capacity * 1.005 else 2.0, "")


def test_each_rate_that_was_asked_for_is_held_once_for_its_time() -> None:
    stage = BenchStage()

    bench = measured(stage, rates=(10.0, 40.0))

    assert [(step.asked_rps, step.seconds, step.sent) for step in bench.steps] == [(10, 10, 100), (40, 10, 400)]
    assert (bench.ended, bench.knee, bench.objective) == ("complete", None, None)
    assert (bench.service, bench.model, bench.version, bench.protocol) == ("serving/resnet", "m", 3, "rest")
    assert (bench.reached, bench.started_at) == ("address of the load balancer", "2026-01-01T00:00:00Z")
    assert stage.senders.is_closed


def test_a_search_finds_what_the_service_sustains() -> None:
    stage = BenchStage()
    stage.senders.answers = up_to(130)

    bench = measured(stage, objective=OBJECTIVE, bounds=Bounds(seconds=7200, requests=10_000_000))

    assert bench.ended == "complete"
    assert bench.knee is not None
    assert 123 <= bench.knee.rps_per_pod <= 131
    assert bench.knee.beyond is not None


def test_the_knee_is_that_of_one_pod() -> None:
    stage = BenchStage(pods=("resnet-a", "resnet-b"))
    stage.senders.answers = up_to(100)

    bench = measured(stage, rates=(80.0, 120.0), objective=OBJECTIVE)

    assert bench.pods == 2
    assert bench.knee is not None
    assert bench.knee.rps_per_pod == 40


def test_connections_and_server_are_used_for_a_moment_before_anything_counts() -> None:
    stage = BenchStage()

    measured(stage, rates=(10.0,))

    warm_up, *steps = stage.senders.schedules
    assert len(stage.server.asked) == 1
    assert 0 < len(warm_up) <= 150
    assert len(steps) == 1


def test_a_search_starts_at_half_of_what_one_request_after_the_other_gives() -> None:
    stage = BenchStage()
    stage.senders.answers = lambda _: (0.05, "")

    bench = measured(stage, objective=OBJECTIVE, bounds=Bounds(rps=10))

    assert bench.steps[0].asked_rps == 10


def test_steps_are_longer_where_a_percentile_needs_more_requests() -> None:
    bench = measured(BenchStage(), rates=(5.0, 100.0), objective=OBJECTIVE)

    assert [(step.seconds, step.sent) for step in bench.steps] == [(40, 200), (10, 1000)]


def test_a_load_ends_before_it_passes_its_bound_on_requests() -> None:
    stage = BenchStage()

    bench = measured(stage, rates=(10.0, 40.0, 20.0), bounds=Bounds(requests=500))

    assert bench.ended == "bounds"
    assert [step.asked_rps for step in bench.steps] == [10]
    assert sum(len(due) for due in stage.senders.schedules) + len(stage.server.asked) <= 500


def test_a_load_ends_before_it_passes_its_bound_on_time() -> None:
    stage = BenchStage()

    bench = measured(stage, rates=(10.0,) * 9, bounds=Bounds(seconds=50), limits=LoadLimits(answer_s=5.0))

    assert bench.ended == "bounds"
    assert len(bench.steps) == 4
    assert stage.clock.monotonic_s() <= 50


def test_the_servers_own_figures_stand_beside_the_clients_by_pod() -> None:
    bench = measured(BenchStage(pods=("resnet-a", "resnet-b")), rates=(10.0,))

    server = bench.steps[0].server
    assert (server.answered, server.failed, server.p50_s) == (100, 0, 0.005)
    assert server.answered_by_pod == {"resnet-a": 50, "resnet-b": 50}
    assert bench.cpu_request_cores == 1.5


def test_where_a_pod_cannot_be_read_the_others_are_not_taken_for_all() -> None:
    stage = BenchStage(pods=("resnet-a", "resnet-b"))
    stage.unread.add("resnet-b")

    bench = measured(stage, rates=(10.0,))

    assert bench.steps[0].server.answered is None
    assert any("which pods answered is not known" in note for note in bench.notes)


def test_an_answer_of_somebody_else_ends_it_after_one_request() -> None:
    stage = BenchStage(how="port 30123 of a node")
    stage.elsewhere = True

    with pytest.raises(PreconditionError, match="not by a pod of serving/resnet"):
        measured(stage, rates=(10.0,))

    assert stage.senders.schedules == []


def test_a_step_in_which_a_pod_came_is_set_aside() -> None:
    stage = BenchStage()
    stage.senders.during = lambda number: _with_pod(stage) if number == 2 else None

    bench = measured(stage, rates=(10.0, 20.0))

    assert [step.set_aside for step in bench.steps] == ["the number of ready pods changed from 1 to 2", None]


def test_a_search_ends_when_the_number_of_pods_has_changed() -> None:
    stage = BenchStage()
    stage.senders.during = lambda number: _with_pod(stage) if number == 3 else None

    bench = measured(stage, objective=OBJECTIVE)

    assert bench.ended == "unsteady"
    assert len(bench.steps) == 2
    assert any("from 1 to 2" in note for note in bench.notes)


def _with_pod(stage: BenchStage) -> None:
    stage.cluster.put(a_pod("resnet-b"))


def test_an_autoscaler_that_may_change_the_pods_is_told_with_the_way_out() -> None:
    stage = BenchStage()
    metadata: Any = {"name": "resnet", "namespace": "serving"}
    spec: Any = {"minReplicas": 1, "maxReplicas": 5}
    stage.cluster.put(
        {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": metadata, "spec": spec}
    )

    bench = measured(stage, rates=(10.0,))

    assert any("an HPA may change the number of pods" in note and "replicas: 1" in note for note in bench.notes)


def test_a_port_forward_is_told_and_its_pod_alone_is_looked_at() -> None:
    stage = BenchStage(how="port-forward to pod resnet-a", pods=("resnet-a",))
    stage.cluster.put(a_pod("resnet-z"))

    bench = measured(stage, rates=(10.0,))

    assert bench.pods == 1
    assert any("through a port-forward" in note for note in bench.notes)


def test_nothing_is_said_of_the_pods_behind_an_address() -> None:
    bench = measured(BenchStage(), is_address=True, rates=(10.0,))

    assert (bench.service, bench.pods, bench.cpu_request_cores) == ("127.0.0.1:8501", 1, None)
    assert bench.steps[0].pods_before is None
    assert any("how many pods" in note for note in bench.notes)


def test_ctrl_c_keeps_the_steps_that_are_over() -> None:
    stage = BenchStage()

    def press(number: int) -> None:
        if number == 3:
            raise KeyboardInterrupt

    stage.senders.during = press

    bench = measured(stage, rates=(10.0, 20.0, 30.0))

    assert bench.ended == "interrupted"
    assert [step.asked_rps for step in bench.steps] == [10]


def test_a_load_that_gets_no_answer_ends_after_its_first_step() -> None:
    stage = BenchStage()
    stage.senders.answers = lambda _: (0.0, "HTTP 503")

    bench = measured(stage, rates=(10.0, 20.0))

    assert bench.ended == "failing"
    assert [dict(step.errors) for step in bench.steps] == [{"HTTP 503": 100}]


def test_a_service_that_goes_away_leaves_the_steps_that_are_over() -> None:
    stage = BenchStage()

    def go_away(number: int) -> None:
        if number == 3:
            raise ServerUnreachableError("the model server cannot be reached: connection refused")

    stage.senders.during = go_away

    bench = measured(stage, rates=(10.0, 20.0, 30.0))

    assert bench.ended == "failing"
    assert len(bench.steps) == 1
    assert bench.notes[-1] == "after step 1: the model server cannot be reached: connection refused"


def test_a_cluster_that_no_longer_answers_ends_no_load() -> None:
    stage = BenchStage()
    stage.senders.during = lambda _: setattr(stage.cluster, "forbidden", frozenset({"Service", "Pod"}))

    bench = measured(stage, rates=(10.0, 20.0))

    assert bench.ended == "complete"
    assert [step.server.answered for step in bench.steps] == [None, None]


def test_a_plan_asks_for_no_prediction() -> None:
    stage = BenchStage()
    options = BenchOptions(asked=PredictOptions(model="m"), rates=(10.0,))

    with open_bench(options, world=stage.world()) as prepared:
        assert prepared.plan.version == 3

    assert (stage.server.asked, stage.senders.schedules) == ([], [])


def test_a_model_that_is_not_served_is_told_before_anything_is_sent() -> None:
    stage = BenchStage()
    options = BenchOptions(asked=PredictOptions(model="other"), rates=(10.0,))

    with pytest.raises(ServerRefusedError, match="no model named 'other'"), open_bench(options, world=stage.world()):
        pass


def test_nothing_is_drawn_beside_the_sender() -> None:
    stage = BenchStage()

    measured(stage, rates=(10.0, 20.0))

    assert not [event for event in stage.reporter.events if isinstance(event, (StepStarted, Progress, Waiting))]


def test_each_step_is_told_in_a_line() -> None:
    stage = BenchStage()
    stage.senders.answers = lambda rps: (0.0, "timeout") if rps > 15 else (0.05, "")

    measured(stage, rates=(10.0, 20.0), objective=OBJECTIVE)

    told = [event.outcome for event in stage.reporter.events if isinstance(event, StepDone)]
    assert told == [
        "p50 50.0 ms, p99 50.0 ms, kept",
        "nothing was answered, 200 failed (200 timeout), objective broken",
    ]
