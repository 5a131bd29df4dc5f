"""Rules and dashboards of a service, in a real Prometheus that reads a running server under a little traffic."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import grpc
import pytest
import requests

from tests.contract.serving.conftest import RunningServer
from tests.testbed.process import wait_until
from tests.testbed.scaling.prometheus import Prometheus, reading
from tests.unit.render.specs import spec
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.render.grafana import grafana_dashboard
from tfk8s.render.panels import panels
from tfk8s.render.service_rules import rule_groups
from tfk8s.serving.grpc_client import PREDICT_METHOD
from tfk8s.serving.protos import serving_pb2 as pb

pytestmark = pytest.mark.contract

MODEL = "half_plus"
SPEC = spec(
    name="half",
    namespace="serving",
    model={"source": "pvc://models/half", "name": MODEL},
    scaling={"min": 1, "max": 3},
    serving={"batching": {}},
    monitoring={"objective": {"availability": 99.9, "latencyMilliseconds": 60_000}},
)
WINDOWS = {"5m": "5s", "30m": "5s", "1h": "15s", "2h": "10s", "6h": "15s", "1d": "15s", "3d": "15s"}
"""The same rules over seconds: a test cannot wait for an hour."""
PACE_S = 0.1
REQUESTS_AT_MOST = 2000
PATIENCE_S = 60.0
EMPTY = {"CPU", "Memory"}
"""The kubelet's, which nobody collects here."""


def short(groups: list[Any]) -> list[Any]:
    def shortened(rule: dict[str, Any]) -> dict[str, Any]:
        query = re.sub(r"\[(\w+)\]", lambda found: f"[{WINDOWS.get(found[1], found[1])}]", rule["expr"])
        return {**rule, "expr": query}

    return [{**group, "interval": "1s", "rules": [*map(shortened, group["rules"])]} for group in groups]


class Client:
    """Asks at a slow, steady rate, a bounded number of times; over gRPC for a signature that there is not, to fail."""

    def __init__(self, server: RunningServer) -> None:
        self.fails = False
        self._url = f"http://127.0.0.1:{server.rest_port}/v1/models/{MODEL}:predict"
        self._grpc, self._ended = f"127.0.0.1:{server.grpc_port}", threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Client:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(30)

    def _run(self) -> None:
        request = pb.PredictRequest()
        request.model_spec.name, request.model_spec.signature_name = MODEL, "nowhere"
        with grpc.insecure_channel(self._grpc) as channel:
            predict: Any = channel.unary_unary(PREDICT_METHOD, pb.PredictRequest.SerializeToString, bytes)
            for _ in range(REQUESTS_AT_MOST):
                if self._ended.wait(PACE_S):
                    return
                if self.fails:
                    with suppress(grpc.RpcError):
                        predict(request, timeout=10)
                else:
                    requests.post(self._url, json={"instances": [2.0]}, timeout=60)


@pytest.fixture(scope="module")
def prometheus(running_server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    pod = {"namespace": "serving", "pod": "half-5d4f8c7b9-x2x7q"}
    folder = tmp_path_factory.mktemp("watched")
    ports, page = {running_server.rest_port: pod}, "/monitoring/prometheus/metrics"
    with reading(ports, page=page, folder=folder, rules=short(rule_groups(SPEC))) as running:
        yield running


@pytest.fixture
def client(running_server: RunningServer) -> Iterator[Client]:
    with Client(running_server) as asking:
        yield asking


def test_panels_are_answered_and_alerts_rest_until_predictions_fail(prometheus: Prometheus, client: Client) -> None:
    """One test, because each step needs the traffic of the one before."""
    recorded = [name for name in records() if not name.endswith("3d")]
    wait_until(lambda: all(map(prometheus.query, recorded)), timeout_s=PATIENCE_S, what="every recording")
    wait_until(lambda: (prometheus.number("tfk8s:serving_requests:rate5m") or 0) > 1, timeout_s=PATIENCE_S, what="rate")
    assert prometheus.number("tfk8s:serving_errors:ratio_rate5m") == 0
    assert prometheus.number("tfk8s:serving_slow:ratio_rate5m") == 0

    asked = {(panel.title, query.name): query.promql for panel in panels(SPEC) for query in panel.queries}

    def unanswered() -> set[str]:
        return {title for (title, _), query in asked.items() if not prometheus.query(query)}

    # a page that came too late for its second leaves a gap
    wait_until(lambda: unanswered() == EMPTY, timeout_s=PATIENCE_S, what=f"every panel but {EMPTY}")
    sent = [
        text_at(target, "expr")
        for panel in objects_at(grafana_dashboard(SPEC), "panels")
        for target in objects_at(panel, "targets")
    ]
    assert sent == [*asked.values()], "what was answered is what Grafana sends"
    assert set(prometheus.alerts().values()) == {"inactive"}

    client.fails = True
    burns = "TfServingErrorBudgetBurn"
    wait_until(lambda: prometheus.alerts()[burns] == "firing", timeout_s=PATIENCE_S, what=burns)
    assert {name for name, state in prometheus.alerts().items() if state != "inactive"} == {burns}
    assert prometheus.number(asked["Errors", "failed"]) is not None
    by_status = prometheus.query(asked["Errors by status", "{{status}}"])
    assert (("status", "FAILED_PRECONDITION"),) in by_status

    client.fails = False
    wait_until(lambda: prometheus.alerts()[burns] == "inactive", timeout_s=PATIENCE_S, what="the end of it")


def records() -> list[str]:
    rules = [rule for group in rule_groups(SPEC) if isinstance(group, dict) for rule in objects_at(group, "rules")]
    return [text_at(rule, "record") for rule in rules if "record" in rule]
