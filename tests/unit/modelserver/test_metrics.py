from __future__ import annotations

from tests.modelserver.server.metrics import Metrics


def test_a_page_without_events_is_empty() -> None:
    assert Metrics().page().strip() == ""


def test_counters_are_kept_for_each_combination_of_labels() -> None:
    metrics = Metrics()
    metrics.request_count.add("m", "OK")
    metrics.request_count.add("m", "OK")
    metrics.request_count.add('we"ird\\', "NOT_FOUND")

    lines = metrics.page().splitlines()

    assert lines[0] == "# TYPE :tensorflow:serving:request_count counter"
    assert ':tensorflow:serving:request_count{model_name="m",status="OK"} 2' in lines
    assert ':tensorflow:serving:request_count{model_name="we\\"ird\\\\",status="NOT_FOUND"} 1' in lines


def test_histogram_buckets_are_cumulative_and_end_with_infinity() -> None:
    metrics = Metrics()
    for microseconds in (5.0, 15.0, 1e12):
        metrics.request_latency.record(microseconds, "m", "predict", "REST")

    labels = 'model_name="m",API="predict",entrypoint="REST"'
    lines = metrics.page().splitlines()

    assert f':tensorflow:serving:request_latency_bucket{{{labels},le="10"}} 1' in lines
    assert f':tensorflow:serving:request_latency_bucket{{{labels},le="18"}} 2' in lines
    assert f':tensorflow:serving:request_latency_bucket{{{labels},le="+Inf"}} 3' in lines
    assert f":tensorflow:serving:request_latency_count{{{labels}}} 3" in lines
    assert f":tensorflow:serving:request_latency_sum{{{labels}}} 1e+12" in lines
