"""The bytes of a record, and what is said of a request that the graph would not answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.model.savedmodels import Version, record
from tfk8s.model import DType, Encoding, Signature, TensorSpec, read_model
from tfk8s.model.protos.saved_model_pb2 import PredictionLog
from tfk8s.model.warmup import WARMUP_FILE
from tfk8s.model.warmup_writer import framed, misfits, warmup_record
from tfk8s.serving.protos.serving_pb2 import ModelSpec, PredictRequest, TensorProto


def tensor(key: str, *shape: int | None, has_default: bool = False, encoding: Encoding = Encoding.DENSE) -> TensorSpec:
    return TensorSpec(
        key=key, name=f"{key}:0", dtype=DType.DT_FLOAT, shape=shape, has_default=has_default, encoding=encoding
    )


def signature(*inputs: TensorSpec) -> Signature:
    return Signature(name="serving_default", method_name="", inputs=inputs, outputs=(tensor("y"),))


def test_the_frame_is_that_of_tensorflows_own_writer() -> None:
    # What `tf.io.TFRecordWriter` of TensorFlow 2.21 writes for b"tfk8s".
    assert framed(b"tfk8s").hex() == "0500000000000000eab2043e74666b3873a5d6945a"


def test_a_record_holds_the_request_with_all_its_values() -> None:
    request = PredictRequest(
        model_spec=ModelSpec(name="m", signature_name="s"),
        inputs={
            "x": TensorProto(dtype=1, tensor_content=b"\0\0\x80\x3f"),
            "n": TensorProto(dtype=7, string_val=[b"a"]),
        },
    )

    written = warmup_record(request.SerializeToString(deterministic=True))

    content = written[12:-4]
    assert written == record(content)
    kept = PredictionLog.FromString(content).predict_log.request.SerializeToString()
    assert PredictRequest.FromString(kept) == request


def test_a_thousand_records_are_read_back_without_a_finding(tmp_path: Path) -> None:
    request = PredictRequest(
        model_spec=ModelSpec(signature_name="serving_default"), inputs={"x": TensorProto(dtype=1)}
    ).SerializeToString()
    Version(files={str(WARMUP_FILE): warmup_record(request) * 1000}).write(tmp_path / "1")

    assert read_model(tmp_path).findings == ()


@pytest.mark.parametrize(
    ("inputs", "shapes"),
    [
        ((tensor("x", None, 4),), {"x": (3, 4)}),
        ((tensor("x", 1, 4),), {"x": (1, 4)}),
        ((tensor("x"),), {"x": ()}),
        ((tensor("x", None), tensor("k", has_default=True)), {"x": (1,)}),
        ((TensorSpec(key="x", name="x:0", dtype=DType.DT_FLOAT, shape=None),), {"x": (1, 2, 3)}),
    ],
)
def test_a_request_of_the_signatures_shapes_fits(
    inputs: tuple[TensorSpec, ...], shapes: dict[str, tuple[int, ...]]
) -> None:
    assert misfits(shapes, signature=signature(*inputs)) == ()


@pytest.mark.parametrize(
    ("inputs", "shapes", "reason"),
    [
        ((tensor("x", None, 4),), {"x": (3, 5)}, "input x has the shape (3, 5), the signature says (-1, 4)"),
        ((tensor("x", None, 1),), {"x": (3,)}, "input x has the shape (3), the signature says (-1, 1)"),
        ((tensor("x", 1, 4),), {"x": (2, 4)}, "input x has the shape (2, 4), the signature says (1, 4)"),
        ((tensor("x"),), {"x": (1,)}, "input x has the shape (1), the signature says ()"),
        ((tensor("x", None), tensor("k")), {"x": (1,)}, "k is missing: signature serving_default needs it"),
        ((tensor("x", None, 4),), {"x": (0, 4)}, "input x holds nothing (shape (0, 4))"),
        ((tensor("x", None, encoding=Encoding.SPARSE),), {"x": (1,)}, "input x is sparse, and a request can feed"),
    ],
)
def test_a_request_that_the_graph_would_not_answer_is_told_with_both_shapes(
    inputs: tuple[TensorSpec, ...], shapes: dict[str, tuple[int, ...]], reason: str
) -> None:
    (found,) = misfits(shapes, signature=signature(*inputs))

    assert found.startswith(reason)
