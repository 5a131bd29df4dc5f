"""What a running server counts is what its clients saw: predictions of both ways, their errors, and no probe."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import pytest
import requests

from tests.contract.serving.conftest import RunningServer
from tfk8s.errors import PredictionError
from tfk8s.ports import ByVersion, Latest, PredictRequest, Rows, ServerRefusedError
from tfk8s.rollout.traffic import Traffic, since
from tfk8s.serving.connect import ModelServerClients
from tfk8s.serving.metrics import PrometheusMetrics

pytestmark = pytest.mark.contract

MODEL = "half_plus"
PATH = "/monitoring/prometheus/metrics"


def counted(server: RunningServer) -> Traffic:
    return PrometheusMetrics().read(server.endpoint("rest"), path=PATH, model=MODEL)


def during(server: RunningServer, act: Callable[[], None]) -> Traffic:
    before = counted(server)
    act()
    return since(before, counted(server))


def predict(server: RunningServer, *, times: int) -> None:
    """Over both transports, so often each."""
    for transport in ("rest", "grpc"):
        with ModelServerClients().connect(server.endpoint(transport)) as client:
            (signature,) = client.metadata(MODEL, target=Latest()).signatures
            for _ in range(times):
                client.predict(PredictRequest(model=MODEL, signature=signature, body=Rows(instances=[2.0])))


def test_answered_predictions_of_both_transports_are_counted_with_their_latency(running_server: RunningServer) -> None:
    found = during(running_server, lambda: predict(running_server, times=3))

    assert (found.answered, found.errors) == (6, {})
    assert all(0 < bound < 60_000_000 for bound in found.latencies), "microseconds, in buckets with a bound"


def test_probes_and_questions_about_a_model_are_no_predictions(running_server: RunningServer) -> None:
    def probe() -> None:
        with ModelServerClients().connect(running_server.endpoint("rest")) as client:
            for _ in range(5):
                client.status(MODEL)
                client.metadata(MODEL, target=ByVersion(number=1))

    assert during(running_server, probe).total == 0


def test_a_body_that_does_not_fit_is_an_error_by_its_code(running_server: RunningServer) -> None:
    url = f"http://127.0.0.1:{running_server.rest_port}/v1/models/{MODEL}:predict"

    found = during(running_server, lambda: _is_refused(requests.post(url, json={"instances": ["x"]}, timeout=60)))

    assert found.answered == 0
    assert found.errors == {"INVALID_ARGUMENT": 1}


def test_a_version_that_is_not_served_is_an_error_of_predictions_and_of_questions_alike(
    running_server: RunningServer,
) -> None:
    base = f"http://127.0.0.1:{running_server.rest_port}/v1/models/{MODEL}/versions/77"

    def ask() -> None:
        _is_refused(requests.post(f"{base}:predict", json={"instances": [1.0]}, timeout=60))
        _is_refused(requests.get(f"{base}/metadata", timeout=60))

    assert during(running_server, ask).errors == {"NOT_FOUND": 2}, "the server does not tell the two apart"


def test_errors_under_a_name_that_is_not_served_are_nobodys(running_server: RunningServer) -> None:
    url = f"http://127.0.0.1:{running_server.rest_port}/v1/models/nobody:predict"

    assert during(running_server, lambda: _is_refused(requests.post(url, json={}, timeout=60))).total == 0


def test_a_path_without_metrics_is_refused_and_another_page_is_no_metrics(running_server: RunningServer) -> None:
    reader = PrometheusMetrics()

    with pytest.raises(ServerRefusedError):
        reader.read(running_server.endpoint("rest"), path="/metrics", model=MODEL)
    with pytest.raises(PredictionError, match="Prometheus"):
        reader.read(running_server.endpoint("rest"), path=f"/v1/models/{MODEL}", model=MODEL)


def test_the_buckets_are_those_of_the_real_server(running_server: RunningServer) -> None:
    page = requests.get(f"http://127.0.0.1:{running_server.rest_port}{PATH}", timeout=60).text
    bounds = sorted({float(line.split('le="')[1].split('"')[0]) for line in page.splitlines() if 'le="' in line})

    assert len(bounds) == 34
    assert bounds[0] == 10.0
    assert math.isinf(bounds[-1])
    ratios = [after / before for before, after in pairwise(bounds[:-1])]
    assert all(ratio == pytest.approx(1.8, rel=1e-3) for ratio in ratios)


def _is_refused(answer: requests.Response) -> None:
    assert answer.status_code >= 400
