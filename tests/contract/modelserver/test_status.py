"""Status, metadata, health and metrics: what probes and scrapers see."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import grpc
import pytest
import requests

from tests.contract.modelserver.asking import answer, get, post

if TYPE_CHECKING:
    from tests.contract.modelserver.conftest import StartServer
    from tests.contract.modelserver.watched import Versions
    from tests.modelserver.running import Server

pytestmark = pytest.mark.contract

METRICS_PATH = "/monitoring/prometheus/metrics"


def _metric(server: Server, name: str) -> float:
    page = requests.get(f"{server.url}{METRICS_PATH}", timeout=60).text
    lines = [line for line in page.splitlines() if line.startswith(f"{name} ")]
    return float(lines[0].rsplit(" ", maxsplit=1)[1]) if lines else 0.0


def test_status_lists_versions_with_state_and_error(server: Server) -> None:
    response = get(server, "half_plus")

    assert response.status_code == 200
    assert response.json() == {
        "model_version_status": [
            {"version": version, "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
            for version in ("2", "1")
        ]
    }


def test_status_of_one_version_lists_that_one(server: Server) -> None:
    versions = get(server, "half_plus/versions/1").json()["model_version_status"]

    assert [one["version"] for one in versions] == ["1"]


def test_status_ignores_a_label_and_lists_all(server: Server) -> None:
    for label in ("stable", "no_such_label"):
        versions = get(server, f"half_plus/labels/{label}").json()["model_version_status"]
        assert [one["version"] for one in versions] == ["2", "1"]


def test_status_of_what_was_never_seen_is_not_found(server: Server) -> None:
    assert get(server, "nobody").status_code == 404
    assert get(server, "half_plus/versions/77").status_code == 404


def test_metadata_names_the_served_version_and_its_signatures(server: Server) -> None:
    response = get(server, "half_plus/metadata")

    assert response.status_code == 200
    document = response.json()
    assert document["model_spec"] == {"name": "half_plus", "signature_name": "", "version": "2"}
    signature = document["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["inputs"]["x"]["dtype"] == "DT_FLOAT"
    assert signature["inputs"]["x"]["tensor_shape"] == {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False}
    assert signature["method_name"] == "tensorflow/serving/predict"


@pytest.mark.parametrize(
    ("path", "version"), [("versions/1", "1"), ("versions/2", "2"), ("labels/stable", "1"), ("labels/canary", "2")]
)
def test_metadata_of_a_version_or_label_names_the_resolved_version(server: Server, path: str, version: str) -> None:
    assert get(server, f"half_plus/{path}/metadata").json()["model_spec"]["version"] == version


def test_metadata_is_not_found_unless_that_version_is_served(server: Server) -> None:
    assert get(server, "half_plus/versions/3/metadata").status_code == 404
    assert get(server, "nobody/metadata").status_code == 404


def test_paths_outside_the_api_are_not_found_and_malformed_ones_inside_are_bad_requests(server: Server) -> None:
    outside = [requests.get(f"{server.url}{path}", timeout=60).status_code for path in ("/", "/healthz", "/v2/models")]
    inside = [
        requests.get(f"{server.url}/v1/{path}", timeout=60).status_code for path in ("models", "nonsense", "models/")
    ]

    assert outside == [404, 404, 404]
    assert inside == [400, 400, 400]


def test_the_path_is_read_without_regard_to_case_but_the_model_name_is_not(server: Server) -> None:
    assert requests.get(f"{server.url}/V1/MODELS/half_plus", timeout=60).status_code == 200
    assert get(server, "HALF_PLUS").status_code == 404


def test_metrics_carry_the_real_names_and_labels(server: Server) -> None:
    answer(server, "half_plus")

    page = requests.get(f"{server.url}{METRICS_PATH}", timeout=60)

    assert page.headers["Content-Type"].startswith("text/plain")
    assert "# TYPE :tensorflow:serving:request_count counter" in page.text
    assert "# TYPE :tensorflow:serving:request_latency histogram" in page.text
    assert (
        ':tensorflow:serving:request_latency_count{model_name="half_plus",API="predict",entrypoint="REST"}' in page.text
    )
    assert ':tensorflow:serving:runtime_latency_count{model_name="half_plus",API="Predict",runtime="TF1"}' in page.text
    assert re.search(
        r':tensorflow:cc:saved_model:load_attempt_count\{model_path="[^"]*half_plus/1",status="success"\} 1', page.text
    )


def test_latency_buckets_are_microseconds_from_ten_by_one_point_eight(server: Server) -> None:
    answer(server, "constant_only")

    page = requests.get(f"{server.url}{METRICS_PATH}", timeout=60).text
    prefix = (
        ':tensorflow:serving:request_latency_bucket{model_name="constant_only",API="predict",entrypoint="REST",le="'
    )
    limits = [line.removeprefix(prefix).split('"')[0] for line in page.splitlines() if line.startswith(prefix)]

    assert limits[:4] == ["10", "18", "32.4", "58.32"]
    assert limits[-1] == "+Inf"
    assert len(limits) == 34


def test_every_get_counts_as_a_request_but_only_predictions_have_an_api(server: Server) -> None:
    count = ':tensorflow:serving:request_count{model_name="keras_dense",status="OK"}'
    probes = ':tensorflow:serving:request_latency_count{model_name="keras_dense",API="",entrypoint="REST"}'
    before = _metric(server, count), _metric(server, probes)

    get(server, "keras_dense/metadata")
    get(server, "keras_dense")

    assert (_metric(server, count), _metric(server, probes)) == (before[0] + 2, before[1] + 2)


def test_failed_requests_count_under_any_name_and_have_no_latency(server: Server) -> None:
    get(server, "made_up_name/metadata")
    post(server, "keras_two_inputs:predict", {"instances": ["no number"]})

    page = requests.get(f"{server.url}{METRICS_PATH}", timeout=60).text

    assert ':tensorflow:serving:request_count{model_name="made_up_name",status="NOT_FOUND"} 1' in page
    assert ':tensorflow:serving:request_count{model_name="keras_two_inputs",status="INVALID_ARGUMENT"} 1' in page
    assert 'request_latency_count{model_name="made_up_name"' not in page
    assert 'request_latency_count{model_name="keras_two_inputs",API="predict"' not in page


def test_without_a_monitoring_config_there_are_no_metrics_and_no_health_service(
    start_server: StartServer, versions: Versions
) -> None:
    versions.add(1)
    server = start_server(f"--model_base_path={versions.path}")

    assert requests.get(f"{server.url}{METRICS_PATH}", timeout=60).status_code == 404
    with pytest.raises(grpc.RpcError) as refused:
        _health(server)
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("service", ["", "ModelService", "PredictionService"])
def test_the_health_service_says_serving_when_asked_for(server: Server, service: str) -> None:
    assert _health(server, service) == b"\x08\x01"


def test_the_health_service_knows_no_other_service(server: Server) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        _health(server, "half_plus")

    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


def test_there_is_no_server_reflection(server: Server) -> None:
    with grpc.insecure_channel(server.target) as channel:
        reflect = channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", bytes, bytes)
        with pytest.raises(grpc.RpcError) as refused:
            list(reflect(iter([b""]), timeout=60))

    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


def _health(server: Server, service: str = "") -> bytes:
    request = bytes([0x0A, len(service)]) + service.encode() if service else b""  # HealthCheckRequest{service}
    with grpc.insecure_channel(server.target) as channel:
        reply: bytes = channel.unary_unary("/grpc.health.v1.Health/Check", bytes, bytes)(request, timeout=60)
    return reply
