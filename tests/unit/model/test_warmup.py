from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.model.savedmodels import Version, graph, record, saved_model, signature, tensor
from tfk8s.model import read_model
from tfk8s.model.protos.saved_model_pb2 import ModelSpec, PredictionLog, PredictLog, PredictRequest, TensorProto

SIGNATURES = {"serving_default": signature({"x": tensor(), "y": tensor()}), "other": signature({"x": tensor()})}
NAME = "assets.extra/tf_serving_warmup_requests"


@pytest.mark.parametrize("records", [0, 1, 1000])
def test_recorded_requests_up_to_a_thousand_are_fine(tmp_path: Path, records: int) -> None:
    Version(files={NAME: record(b"") * records}).write(tmp_path / "1")

    info = read_model(tmp_path)

    assert info.findings == ()
    assert info.latest is not None
    assert info.latest.has_warmup


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (record(b"") * 1001, "more than 1000"),
        (record(b"") + record(b"")[:-1], "cut off"),
        (record(b"") + b"garbage that is no record", "not a TFRecord file from byte 16"),
        (b"short", "not a TFRecord file from byte 0"),
    ],
)
def test_what_fails_the_load_is_an_error(tmp_path: Path, content: bytes, reason: str) -> None:
    Version(files={NAME: content}).write(tmp_path / "1")

    info = read_model(tmp_path)

    (finding,) = info.findings
    assert finding.code == "warmup-broken"
    assert reason in finding.message
    assert not info.servable


def test_a_model_without_recorded_requests_is_fine(tmp_path: Path) -> None:
    Version().write(tmp_path / "1")

    info = read_model(tmp_path)

    assert info.latest is not None
    assert not info.latest.has_warmup


def _request(*inputs: str, name: str = "") -> bytes:
    request = PredictRequest(
        model_spec=ModelSpec(signature_name=name), inputs={key: TensorProto(dtype=1) for key in inputs}
    )
    # The bytes are part of the tests' names, which must be the same in every process.
    return PredictionLog(predict_log=PredictLog(request=request)).SerializeToString(deterministic=True)


@pytest.mark.parametrize(
    "content", [_request("x", "y"), _request("x", name="other"), PredictionLog().SerializeToString()]
)
def test_requests_that_fit_a_signature_are_fine(tmp_path: Path, content: bytes) -> None:
    files = {NAME: record(content)}
    Version(graph_bytes=saved_model(graph(signatures=SIGNATURES)), files=files).write(tmp_path / "1")

    assert read_model(tmp_path).findings == ()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (_request("x", name="nope"), "record 2 asks for the signature nope"),
        (_request("x", "z", name="other"), "record 2 feeds z, but other takes x"),
        (_request("z"), "record 2 feeds z, but serving_default takes x, y"),
        (b"\xff\xff", "record 2 is not a PredictionLog"),
    ],
)
def test_a_request_that_the_model_cannot_answer_is_an_error(tmp_path: Path, content: bytes, reason: str) -> None:
    files = {NAME: record(_request("x", "y")) + record(content)}
    Version(graph_bytes=saved_model(graph(signatures=SIGNATURES)), files=files).write(tmp_path / "1")

    (finding,) = read_model(tmp_path).findings

    assert finding.code == "warmup-broken"
    assert reason in finding.message
