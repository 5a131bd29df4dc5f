from __future__ import annotations

import math

import pytest

from tfk8s.errors import PredictionError
from tfk8s.rollout.traffic import Traffic
from tfk8s.serving.exposition import read_samples
from tfk8s.serving.metrics import traffic_of

PAGE = """\
# TYPE :tensorflow:serving:request_count counter
:tensorflow:serving:request_count{model_name="m",status="OK"} 900
:tensorflow:serving:request_count{model_name="m",status="INVALID_ARGUMENT"} 3
:tensorflow:serving:request_count{model_name="m",status="NOT_FOUND"} 1
:tensorflow:serving:request_count{model_name="other",status="INTERNAL"} 50
# TYPE :tensorflow:serving:request_latency histogram
:tensorflow:serving:request_latency_bucket{model_name="m",API="",entrypoint="REST",le="10"} 400
:tensorflow:serving:request_latency_bucket{model_name="m",API="",entrypoint="REST",le="+Inf"} 400
:tensorflow:serving:request_latency_sum{model_name="m",API="",entrypoint="REST"} 4000
:tensorflow:serving:request_latency_count{model_name="m",API="",entrypoint="REST"} 400
:tensorflow:serving:request_latency_bucket{model_name="m",API="predict",entrypoint="REST",le="10"} 0
:tensorflow:serving:request_latency_bucket{model_name="m",API="predict",entrypoint="REST",le="18"} 5
:tensorflow:serving:request_latency_bucket{model_name="m",API="predict",entrypoint="REST",le="+Inf"} 7
:tensorflow:serving:request_latency_bucket{model_name="m",API="Predict",entrypoint="GRPC",le="10"} 1
:tensorflow:serving:request_latency_bucket{model_name="m",API="Predict",entrypoint="GRPC",le="18"} 1
:tensorflow:serving:request_latency_bucket{model_name="m",API="Predict",entrypoint="GRPC",le="+Inf"} 1
"""


def test_predictions_of_both_ways_are_counted_and_probes_are_not() -> None:
    traffic = traffic_of(PAGE, model="m")

    assert traffic.latencies == {10.0: 1, 18.0: 5, math.inf: 2}
    assert traffic.answered == 8


def test_what_failed_under_the_name_of_the_model_is_an_error_and_other_names_are_not() -> None:
    traffic = traffic_of(PAGE, model="m")

    assert traffic.errors == {"INVALID_ARGUMENT": 3, "NOT_FOUND": 1}
    assert traffic.total == 12


def test_a_server_that_nobody_asked_yet_has_counted_nothing() -> None:
    assert traffic_of("", model="m") == Traffic()
    assert traffic_of(PAGE, model="unknown") == Traffic()


def test_labels_may_hold_quotes_backslashes_commas_and_braces() -> None:
    (sample,) = read_samples(r':a:b{path="C:\\x\"y\n",other="1,2}"} 3 1700000000' + "\n")

    assert sample.name == ":a:b"
    assert sample.labels == {"path": 'C:\\x"y\n', "other": "1,2}"}
    assert sample.value == 3


@pytest.mark.parametrize(
    "page",
    [
        ':a{x="1"} 3',  # cut off: the last digits may be missing
        ':a{x="1} 3\n',
        ':a{x="1",x="2"} 3\n',
        ":a three\n",
        "<html>\n",
        ':a{x="1" y="2"} 3\n',
    ],
)
def test_a_page_that_is_none_or_was_cut_off_is_refused(page: str) -> None:
    with pytest.raises(PredictionError, match="not in Prometheus' text format"):
        list(read_samples(page))


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (['le="10"} 5', 'le="+Inf"} 4'], "less than the one below"),
        (['le="10"} 5'], "bucket \\+Inf is missing"),
        (['le="ten"} 5'], "has no bound"),
        (['le="+Inf"} 1.5'], "counts nothing"),
        (['le="+Inf"} NaN'], "counts nothing"),
    ],
)
def test_a_histogram_that_cannot_be_one_is_refused(lines: list[str], why: str) -> None:
    page = "".join(
        f':tensorflow:serving:request_latency_bucket{{model_name="m",API="predict",{line}\n' for line in lines
    )

    with pytest.raises(PredictionError, match=why):
        traffic_of(page, model="m")


def test_a_line_of_a_hundred_thousand_labels_is_read_at_once() -> None:
    labels = "".join(f'a{number}="",' for number in range(100_000))

    (sample,) = read_samples(f"m{{{labels} }} 1\n")

    assert len(sample.labels) == 100_000
