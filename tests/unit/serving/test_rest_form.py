"""The JSON of the REST API as values."""

from __future__ import annotations

import pytest

from tfk8s.errors import PredictionError
from tfk8s.manifest import JsonValue
from tfk8s.model.dtype import DType
from tfk8s.model.info import Encoding, Signature, TensorSpec
from tfk8s.ports import ByLabel, ByVersion, Columns, Latest, PredictRequest, Rows, ServingState
from tfk8s.serving.rest_form import model_path, outputs_by_key, predict_body, served_signatures, version_states

X = TensorSpec(key="x", name="x:0", dtype=DType.DT_FLOAT, shape=(None, 1))
Y = TensorSpec(key="y", name="y:0", dtype=DType.DT_FLOAT, shape=(None, 1))
Z = TensorSpec(key="z", name="z:0", dtype=DType.DT_STRING, shape=None)
ONE = Signature(name="serving_default", method_name="tensorflow/serving/predict", inputs=(X,), outputs=(Y,))
TWO = Signature(name="both", method_name="tensorflow/serving/predict", inputs=(X,), outputs=(Y, Z))


def test_a_target_becomes_a_path_and_names_are_percent_encoded() -> None:
    assert model_path("my_Model", Latest()) == "/v1/models/my_Model"
    assert model_path("m", ByVersion(number=7)) == "/v1/models/m/versions/7"
    assert model_path("a/b", ByLabel(label="a b")) == "/v1/models/a%2Fb/labels/a%20b"


def test_a_request_keeps_the_format_it_was_written_in() -> None:
    rows = PredictRequest(model="m", signature=ONE, body=Rows(instances=[[1.0]]))
    columns = PredictRequest(model="m", signature=ONE, body=Columns(inputs={"x": [[1.0]]}))

    assert predict_body(rows) == {"signature_name": "serving_default", "instances": [[1.0]]}
    assert predict_body(columns) == {"signature_name": "serving_default", "inputs": {"x": [[1.0]]}}


def test_version_states_are_sorted_and_a_failed_load_keeps_its_message() -> None:
    answer: JsonValue = {
        "model_version_status": [
            {
                "version": "10",
                "state": "END",
                "status": {"error_code": "NOT_FOUND", "error_message": "no such file"},
            },
            {"version": "9", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}},
            {"version": "11", "state": "SOMETHING_NEW"},
        ]
    }

    nine, ten, eleven = version_states(answer)

    assert (nine.number, nine.state, nine.is_available, nine.has_failed) == (9, ServingState.AVAILABLE, True, False)
    assert (ten.error_code, ten.error_message, ten.has_failed) == ("NOT_FOUND", "no such file", True)
    assert eleven.state is ServingState.UNKNOWN


def tensor_info(name: str, *sizes: str) -> JsonValue:
    dims: JsonValue = [{"size": size, "name": ""} for size in sizes]
    return {"dtype": "DT_FLOAT", "tensor_shape": {"dim": dims, "unknown_rank": False}, "name": name}


def test_metadata_gives_signatures_without_the_initialisation_operation() -> None:
    unknown: JsonValue = {"dtype": "DT_STRING", "tensor_shape": {"dim": [], "unknown_rank": True}, "name": "z:0"}
    named: JsonValue = {
        "serving_default": {
            "inputs": {"x": tensor_info("x:0", "-1", "1")},
            "outputs": {"y": tensor_info("y:0", "-1", "1"), "z": unknown},
            "method_name": "tensorflow/serving/predict",
        },
        "__saved_model_init_op": {"inputs": {}, "outputs": {"i": tensor_info("i")}, "method_name": ""},
    }
    answer: JsonValue = {
        "model_spec": {"name": "m", "signature_name": "", "version": "123"},
        "metadata": {"signature_def": {"signature_def": named}},
    }

    served = served_signatures(answer, model="m")

    assert (served.model, served.version) == ("m", 123)
    assert served.signatures == (
        Signature(name="serving_default", method_name="tensorflow/serving/predict", inputs=(X,), outputs=(Y, Z)),
    )


def test_a_sparse_tensor_and_an_unknown_dtype_are_told_apart() -> None:
    sparse: JsonValue = {"dtype": "DT_FUTURE", "coo_sparse": {"values_tensor_name": "v:0"}, "tensor_shape": {}}
    answer: JsonValue = {
        "metadata": {"signature_def": {"signature_def": {"s": {"inputs": {"x": sparse}, "outputs": {"x": sparse}}}}}
    }

    (signature,) = served_signatures(answer, model="m").signatures

    assert signature.inputs == (
        TensorSpec(key="x", name="", dtype=DType.DT_INVALID, shape=(), encoding=Encoding.SPARSE),
    )
    assert served_signatures(answer, model="m").version is None


@pytest.mark.parametrize(
    ("answer", "signature", "outputs"),
    [
        ({"predictions": [[1.0], [2.0]]}, ONE, {"y": [[1.0], [2.0]]}),
        ({"outputs": [[1.0]]}, ONE, {"y": [[1.0]]}),
        (
            {"predictions": [{"y": [1.0], "z": "a"}, {"y": [2.0], "z": "b"}]},
            TWO,
            {"y": [[1.0], [2.0]], "z": ["a", "b"]},
        ),
        ({"outputs": {"y": [[1.0]], "z": ["a"]}}, TWO, {"y": [[1.0]], "z": ["a"]}),
    ],
)
def test_both_answer_formats_become_whole_tensors(
    answer: JsonValue, signature: Signature, outputs: dict[str, JsonValue]
) -> None:
    assert outputs_by_key(answer, signature=signature) == outputs


@pytest.mark.parametrize("answer", [[], {}, {"predictions": 1}, {"predictions": [1]}, {"outputs": [1]}, "no"])
def test_an_answer_of_something_else_is_refused_not_guessed(answer: JsonValue) -> None:
    with pytest.raises(PredictionError, match="not that of TensorFlow Serving"):
        outputs_by_key(answer, signature=TWO)


@pytest.mark.parametrize("answer", [[], {"model_version_status": {}}, {"model_version_status": [{"version": "x"}]}])
def test_a_status_of_something_else_is_refused(answer: JsonValue) -> None:
    with pytest.raises(PredictionError, match="not that of TensorFlow Serving"):
        version_states(answer)
