"""What autoscalers ask Prometheus, asked of a real one that reads a running server's page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from string import Template

import pytest
import requests
import yaml

from tests.contract.serving.conftest import RunningServer
from tests.testbed.process import wait_until
from tests.testbed.scaling.parts import PROMETHEUS
from tests.testbed.scaling.prometheus import Prometheus, reading
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

MODEL = "half_plus"
SCOPE = Scope(namespace="serving", pods=pods_pattern("half"), models=models_pattern([MODEL]), window="60s")
WINDOW_S = 60
REFUSED = {"instances": ["x"]}
PATIENCE_S = 60.0
"""A page is read every second; the first time some seconds after the start."""


@pytest.fixture(scope="module")
def prometheus(running_server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """One that has read the page twice, so that rates begin with what is asked from now on."""
    pod = {"namespace": "serving", "pod": "half-5d4f8c7b9-x2x7q"}
    page = "/monitoring/prometheus/metrics"
    folder = tmp_path_factory.mktemp("prometheus")
    with reading({running_server.rest_port: pod}, page=page, folder=folder) as running:
        wait_until(
            lambda: (running.number('sum(count_over_time(up{namespace="serving"}[60s]))') or 0) >= 2,
            timeout_s=PATIENCE_S,
            what="the page to be read",
        )
        yield running


def url(server: RunningServer) -> str:
    return f"http://127.0.0.1:{server.rest_port}/v1/models/{MODEL}"


def predict(server: RunningServer, *, times: int, body: object = None) -> None:
    for _ in range(times):
        requests.post(f"{url(server)}:predict", json=body or {"instances": [2.0]}, timeout=60)


def probe(server: RunningServer, *, times: int) -> None:
    for _ in range(times):
        requests.get(url(server), timeout=60).raise_for_status()


def number_of(prometheus: Prometheus, query: str, *, above: float) -> float:
    """The number that a query gives once it is above another."""
    wait_until(lambda: (prometheus.number(query) or 0.0) > above, timeout_s=PATIENCE_S, what=query)
    return prometheus.number(query) or 0.0


def test_the_rate_of_predictions_leaves_probes_out_and_counts_failures(
    running_server: RunningServer, prometheus: Prometheus
) -> None:
    """K09.3."""
    query, all_requests = requests_per_second(SCOPE), f'sum(rate({{__name__="{REQUEST_COUNT}"}}[{SCOPE.window}]))'
    failed = f'{{__name__="{REQUEST_COUNT}",model_name="{MODEL}",status="INVALID_ARGUMENT"}}'
    predict(running_server, times=1)  # a counter that is not there yet begins with its first reading
    predict(running_server, times=1, body=REFUSED)
    number_of(prometheus, f"count_over_time({failed}[60s])", above=1)

    probe(running_server, times=30)
    number_of(prometheus, all_requests, above=20 / WINDOW_S)
    quiet = prometheus.number(query)
    predict(running_server, times=20)
    predict(running_server, times=10, body=REFUSED)
    busy = number_of(prometheus, query, above=25 / WINDOW_S)

    assert quiet is not None
    assert quiet < 5 / WINDOW_S, "at most the first two"
    assert busy < 40 / WINDOW_S, "30 predictions in the window, and what rate() adds at its edges"


def test_latency_and_work_are_of_the_order_that_clients_see(
    running_server: RunningServer, prometheus: Prometheus
) -> None:
    predict(running_server, times=1)
    counted = f'{{__name__="{REQUEST_LATENCY}_count",model_name="{MODEL}",API="predict",entrypoint="REST"}}'
    number_of(prometheus, f"count_over_time({counted}[60s])", above=1)

    predict(running_server, times=20)
    milliseconds = number_of(prometheus, latency_milliseconds(SCOPE, percentile=95), above=0)
    work = number_of(prometheus, in_flight(SCOPE), above=0)

    assert 0.01 < milliseconds < 10_000
    assert work < 1, "one client asks one thing at a time"


def test_pods_that_nobody_collects_have_no_rate_at_all_instead_of_a_rate_of_zero(prometheus: Prometheus) -> None:
    elsewhere = SCOPE._replace(namespace="elsewhere")
    other = SCOPE._replace(pods=pods_pattern("half-plus"))

    for query in (requests_per_second, in_flight):
        assert prometheus.number(query(elsewhere)) is None
        assert prometheus.number(query(other)) is None
    assert prometheus.number(latency_milliseconds(elsewhere, percentile=95)) is None


def test_a_pod_that_was_never_asked_for_the_model_has_a_rate_of_zero(prometheus: Prometheus) -> None:
    never = SCOPE._replace(models=models_pattern(["never_asked"]))

    for query in (requests_per_second(never), in_flight(never), latency_milliseconds(never, percentile=95)):
        assert prometheus.number(query) == 0


def test_without_any_pod_a_rate_is_zero_only_where_nothing_tells_of_demand(prometheus: Prometheus) -> None:
    nobody = SCOPE._replace(namespace="elsewhere")

    asleep = requests_per_second(nobody._replace(demand=('sum(up{namespace="elsewhere"}) > 0',)))
    wanted = requests_per_second(nobody._replace(demand=('sum(up{namespace="serving"}) > 0',)))

    assert prometheus.number(asleep) == 0
    assert prometheus.number(wanted) is None


def test_the_configuration_of_the_clusters_prometheus_is_valid(tmp_path: Path) -> None:
    ensure_programs()
    text = Template(PROMETHEUS.manifest.read_text()).safe_substitute()
    (config,) = [item["data"]["prometheus.yml"] for item in yaml.safe_load_all(text) if item["kind"] == "ConfigMap"]
    (tmp_path / "prometheus.yml").write_text(config)

    assert "SUCCESS" in promtool("check", "config", "--syntax-only", tmp_path / "prometheus.yml")
