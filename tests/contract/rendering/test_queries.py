"""What autoscalers ask Prometheus, evaluated by its own promtool over series of every kind of situation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.testbed.scaling.promtool import ensure_programs, promtool
from tfk8s.names.metrics import REQUEST_COUNT, REQUEST_LATENCY
from tfk8s.render.queries import (
    Scope,
    in_flight,
    latency_milliseconds,
    models_pattern,
    pods_pattern,
    requests_per_second,
)

pytestmark = pytest.mark.contract

SCOPE: Final = Scope(namespace="serving", pods=pods_pattern("resnet"), models=models_pattern(["resnet"]), window="60s")
SLEEPING: Final = SCOPE._replace(demand=("(sum(gateway)) > 0",))
QUERIES: Final = {
    "requests": requests_per_second(SCOPE),
    "in_flight": in_flight(SCOPE),
    "latency": latency_milliseconds(SCOPE, percentile=95),
    "requests_or_none": requests_per_second(SLEEPING),
    "latency_or_none": latency_milliseconds(SLEEPING, percentile=95),
}
POD: Final = "resnet-66b4c9d8f5-x2x7q"
OTHER_POD: Final = "resnet-66b4c9d8f5-9wkzr"
CANARY: Final = "resnet-canary-5d4f8c7b9-hq2vd"
STEPS: Final = 40
"""Collections, 15 seconds apart."""

Given = dict[str, str]


@pytest.fixture(scope="module", autouse=True)
def _programs() -> None:
    ensure_programs()


def up(value: int = 1, *, pod: str = POD) -> Given:
    return {"series": f'up{{namespace="serving",pod="{pod}"}}', "values": f"{value}x{STEPS}"}


def counted(name: str, per_step: float, *, pod: str = POD, **labels: str) -> Given:
    """A counter of the server that grows by so much from one collection to the next."""
    named = {"__name__": name, "namespace": "serving", "pod": pod, "model_name": "resnet", **labels}
    text = ",".join(f'{key}="{value}"' for key, value in named.items())
    return {"series": f"{{{text}}}", "values": f"0+{per_step}x{STEPS}"}


def answered(per_step: float, *, pod: str = POD, each_ms: float = 100.0, api: str = "predict") -> list[Given]:
    """Predictions that took so long, all in one bucket of the histogram."""
    labels = {"API": api, "entrypoint": "REST"}
    total_us = per_step * each_ms * 1000
    buckets = {"5000": 0.0, f"{each_ms * 1000:.0f}": per_step, "+Inf": per_step}
    return [
        counted(f"{REQUEST_LATENCY}_count", per_step, pod=pod, **labels),
        counted(f"{REQUEST_LATENCY}_sum", total_us, pod=pod, **labels),
        *(counted(f"{REQUEST_LATENCY}_bucket", count, pod=pod, le=le, **labels) for le, count in buckets.items()),
        counted(REQUEST_COUNT, per_step, pod=pod, status="OK"),
    ]


def gateway(requests: int) -> Given:
    return {"series": 'gateway{listener="http"}', "values": f"{requests}x{STEPS}"}


def check(folder: Path, series: list[Given], **numbers: float | None) -> None:
    """Let promtool say that queries give these numbers after five minutes; None: nothing at all."""
    rules = [{"record": name, "expr": f"round({query}, 0.001)"} for name, query in QUERIES.items()]
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}))
    test = {
        "interval": "15s",
        "input_series": series,
        "promql_expr_test": [_expected(name, number) for name, number in numbers.items()],
    }
    whole = {"rule_files": ["rules.yaml"], "evaluation_interval": "15s", "tests": [test]}
    (folder / "tests.yaml").write_text(yaml.safe_dump(whole))
    assert "SUCCESS" in promtool("test", "rules", folder / "tests.yaml")


def _expected(name: str, number: float | None) -> Mapping[str, object]:
    samples = [] if number is None else [{"labels": name, "value": number}]
    return {"expr": name, "eval_time": "5m", "exp_samples": samples}


def test_predictions_of_all_pods_and_both_protocols_are_one_rate(tmp_path: Path) -> None:
    series = [up(), *answered(150), *answered(75, pod=OTHER_POD, api="Predict")]

    check(tmp_path, series, requests=15, in_flight=1.5)


def test_probes_are_not_counted_though_the_server_counts_them(tmp_path: Path) -> None:
    """K09.3."""
    probes = [
        counted(f"{REQUEST_LATENCY}_count", 3000, API="", entrypoint="REST"),
        counted(f"{REQUEST_LATENCY}_sum", 9e9, API="", entrypoint="REST"),
        counted(REQUEST_COUNT, 3000, status="OK", entrypoint="REST"),
        counted(REQUEST_COUNT, 3000, status="NOT_FOUND"),
    ]

    check(tmp_path, [up(), *answered(15), *probes], requests=1, in_flight=0.1)


def test_failed_predictions_are_load_too(tmp_path: Path) -> None:
    failed = [counted(REQUEST_COUNT, 30, status=status) for status in ("INVALID_ARGUMENT", "RESOURCE_EXHAUSTED")]

    check(tmp_path, [up(), *answered(15), *failed], requests=5)
    check(tmp_path, [up(), *failed], requests=4)


def test_pods_of_others_models_of_others_and_the_canary_do_not_count(tmp_path: Path) -> None:
    foreign = [
        *answered(150, pod=CANARY),
        *answered(150, pod="resnet50-66b4c9d8f5-x2x7q"),
        counted(f"{REQUEST_LATENCY}_count", 150, API="predict", model_name="anything"),
        counted(f"{REQUEST_LATENCY}_count", 150, API="predict", namespace="other"),
    ]

    check(tmp_path, [up(), *answered(15), *foreign], requests=1)


def test_a_percentile_is_in_milliseconds(tmp_path: Path) -> None:
    check(tmp_path, [up(), *answered(15, each_ms=200.0)], latency=190.25)


def test_a_pod_that_was_never_asked_has_no_load(tmp_path: Path) -> None:
    probes = counted(f"{REQUEST_LATENCY}_count", 3, API="", entrypoint="REST")

    check(tmp_path, [up(), probes], requests=0, in_flight=0, latency=0)


def test_a_service_that_nobody_asks_any_more_has_no_load(tmp_path: Path) -> None:
    check(tmp_path, [up(), *answered(0)], requests=0, in_flight=0, latency=0)


def test_pods_that_cannot_be_reached_give_nothing_which_is_no_zero(tmp_path: Path) -> None:
    check(tmp_path, [up(0)], requests=None, in_flight=None, latency=None)


def test_a_window_too_short_for_the_collections_gives_nothing_which_is_no_zero(tmp_path: Path) -> None:
    rare = [{**found, "values": "1 _ _ _ _ 100 _ _ _ _ 200 _ _ _ _ 300 _ _ _ _ 400"} for found in answered(1)]
    alive = {**up(), "values": "1 _ _ _ _ 1 _ _ _ _ 1 _ _ _ _ 1 _ _ _ _ 1"}

    check(tmp_path, [alive, *rare], requests=None, in_flight=None, latency=None)


def test_no_pod_is_zero_only_where_none_may_be_and_nothing_asks(tmp_path: Path) -> None:
    check(tmp_path, [gateway(0)], requests=None, requests_or_none=0, latency_or_none=0)
    check(tmp_path, [], requests_or_none=0)
    check(tmp_path, [gateway(1)], requests_or_none=None, latency_or_none=None)


def test_pods_that_are_lost_to_prometheus_while_a_gateway_sees_requests_are_kept(tmp_path: Path) -> None:
    check(tmp_path, [up(0), gateway(1)], requests_or_none=None)
    check(tmp_path, [up(), *answered(15), gateway(1)], requests_or_none=1)
