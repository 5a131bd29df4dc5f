from __future__ import annotations

from typing import Any

import pytest

from tfk8s.app.bench_plan import BenchOptions, BenchPlan, Bounds, plan_json, plan_text
from tfk8s.app.predict import PredictOptions
from tfk8s.load import Objective
from tfk8s.ports import Endpoint
from tfk8s.ports.load import LoadRequest


def a_plan(*, how: str = "address of the load balancer", sizes: tuple[int, ...] = (20,), **changes: Any) -> BenchPlan:
    return BenchPlan(
        options=BenchOptions(asked=PredictOptions(model="m"), **changes),
        service="serving/resnet",
        context="production",
        endpoint=Endpoint(transport="rest", host="10.0.0.7", port=8501, how=how),
        version=3,
        signature="serving_default",
        requests=[LoadRequest(transport="rest", path="/v1/models/m:predict", body=b"1" * size) for size in sizes],
    )


def test_a_plan_says_whom_it_asks_what_it_sends_and_how_much_at_most() -> None:
    assert plan_text(a_plan(rates=(10.0, 200.0), seconds=60.0)) == "\n".join(
        (
            "load on serving/resnet (context production) at http://10.0.0.7:8501, address of the load balancer",
            "  asks     model m version 3, signature serving_default, over REST",
            "  sends    made from the signature, seed 0, 20 B each, on at most 64 connections",
            "  rates    10, 200 requests/s, 60 s each, poisson arrivals",
            "  in all   about 12,600 requests in 2 min, at most 200,000 requests in 20 min",
        )
    )


def test_a_search_is_bounded_by_rate_time_and_requests() -> None:
    objective = Objective(percentile=99, latency_s=0.2)

    text = plan_text(a_plan(objective=objective, bounds=Bounds(seconds=90, requests=5000, rps=50), sizes=(20, 4096)))

    assert "looked for, up to 50 requests/s, 30 s or more each, for p99 within 200 ms" in text
    assert "20 B to 4.0 KiB each" in text
    assert text.endswith("in all   at most 5,000 requests in 1 min 30 s")


def test_the_plan_as_json_holds_the_bounds() -> None:
    value = plan_json(a_plan(rates=(10.0,)))

    assert value["context"] == "production"
    assert (value["expected_requests"], value["most_requests"], value["most_seconds"]) == (300, 200_000, 1200.0)


@pytest.mark.parametrize(("rps", "seconds"), [(1000.0, 10.0), (20.0, 10.0), (5.0, 40.0), (1.0, 50.0)])
def test_a_step_is_long_enough_for_its_percentile_within_reason(rps: float, seconds: float) -> None:
    options = BenchOptions(
        asked=PredictOptions(model="m"), seconds=10.0, objective=Objective(percentile=99, latency_s=0.2)
    )

    assert options.seconds_at(rps) == seconds


def test_without_an_objective_steps_have_their_time() -> None:
    assert BenchOptions(asked=PredictOptions(model="m"), seconds=10.0).seconds_at(1.0) == 10.0


@pytest.mark.parametrize(("seconds", "text"), [(45, "45 s"), (720, "12 min"), (90, "1 min 30 s"), (7200, "2 h")])
def test_times_are_written_for_people(seconds: float, text: str) -> None:
    assert plan_text(a_plan(rates=(1.0,), bounds=Bounds(seconds=seconds))).endswith(f"requests in {text}")
