"""Predictions and questions over gRPC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import pytest

if TYPE_CHECKING:
    from tests.modelserver.calls import Calls
    from tests.modelserver.running import Server

pytestmark = pytest.mark.contract


def _floats(*values: float) -> dict[str, Any]:
    return {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": len(values)}]}, "float_val": list(values)}


def _request(spec: dict[str, Any], **inputs: Any) -> dict[str, Any]:
    return {"model_spec": spec, "inputs": inputs}


def _refusal(call: Calls, server: Server, name: str, request: dict[str, Any]) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as refused:
        call(server.target, name, request)
    return refused.value.code(), refused.value.details() or ""


def test_predict_answers_in_typed_fields_and_names_the_version(server: Server, call: Calls) -> None:
    response = call(server.target, "Predict", _request({"name": "half_plus"}, x=_floats(2.0, 4.0)))

    assert response["model_spec"] == {"name": "half_plus", "version": "2", "signature_name": "serving_default"}
    assert response["outputs"]["y"] == _sized([4.0, 5.0])


def _sized(values: list[float]) -> dict[str, Any]:
    return {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": str(len(values))}]}, "float_val": values}


@pytest.mark.parametrize(("choice", "expected"), [({"version": 1}, 3.0), ({"version_label": "canary"}, 4.0)])
def test_a_version_or_a_label_can_be_chosen(
    server: Server, call: Calls, choice: dict[str, Any], expected: float
) -> None:
    response = call(server.target, "Predict", _request({"name": "half_plus", **choice}, x=_floats(2.0)))

    assert response["outputs"]["y"]["float_val"] == [expected]


def test_tensor_content_is_read_as_well_as_fields(server: Server, call: Calls) -> None:
    content = {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": 1}]}, "tensor_content": "AAAAQA=="}  # 2.0

    response = call(server.target, "Predict", _request({"name": "constant_only"}, x=content))

    assert response["outputs"]["y"]["float_val"] == [3.0]


def test_an_output_filter_limits_the_answer(server: Server, call: Calls) -> None:
    request = _request({"name": "many_types", "signature_name": "not_numbers"}, x=_floats(2.0))

    response = call(server.target, "Predict", {**request, "output_filter": ["inverse"]})

    assert list(response["outputs"]) == ["inverse"]


def test_answers_above_four_megabytes_pass(server: Server, call: Calls) -> None:
    size = {"dtype": "DT_INT32", "tensor_shape": {}, "int_val": [2_000_000]}
    request = call.message("PredictRequest", _request({"name": "many_types", "signature_name": "zeros"}, n=size))

    response = call.send(server.target, "Predict", request)

    assert len(response.outputs["zeros"].float_val) == 2_000_000


def test_requests_above_four_megabytes_pass(server: Server, call: Calls) -> None:
    request: Any = call.message("PredictRequest", _request({"name": "constant_only"}, x=_floats()))
    tensor = request.inputs["x"]
    tensor.tensor_shape.dim[0].size = 1_500_000
    tensor.float_val.extend([2.0] * 1_500_000)

    response = call.send(server.target, "Predict", request)

    assert response.outputs["y"].float_val[-1] == 3.0


def test_what_is_not_served_is_not_found(server: Server, call: Calls) -> None:
    code, details = _refusal(call, server, "Predict", _request({"name": "nobody"}, x=_floats(1.0)))

    assert (code, details) == (grpc.StatusCode.NOT_FOUND, "Servable not found for request: Latest(nobody)")


def test_an_unknown_signature_is_a_failed_precondition(server: Server, call: Calls) -> None:
    request = _request({"name": "constant_only", "signature_name": "nope"}, x=_floats(1.0))

    code, details = _refusal(call, server, "Predict", request)

    assert (code, details) == (grpc.StatusCode.FAILED_PRECONDITION, 'Serving signature key "nope" not found.')


def test_missing_and_unknown_inputs_are_named(server: Server, call: Calls) -> None:
    code, details = _refusal(call, server, "Predict", _request({"name": "constant_only"}))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "Missing but required: {x}" in details

    code, details = _refusal(call, server, "Predict", _request({"name": "constant_only"}, wrong=_floats(1.0)))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "wrong" in details


def test_a_tensor_of_another_type_is_an_invalid_argument(server: Server, call: Calls) -> None:
    whole = {"dtype": "DT_INT64", "tensor_shape": {"dim": [{"size": 1}]}, "int64_val": ["1"]}

    code, details = _refusal(call, server, "Predict", _request({"name": "constant_only"}, x=whole))

    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "int64" in details


def test_an_unknown_label_is_an_invalid_argument(server: Server, call: Calls) -> None:
    code, _ = _refusal(
        call, server, "Predict", _request({"name": "half_plus", "version_label": "nope"}, x=_floats(1.0))
    )

    assert code is grpc.StatusCode.INVALID_ARGUMENT


def test_metadata_must_be_asked_by_field_and_comes_with_the_signatures(server: Server, call: Calls) -> None:
    spec = {"model_spec": {"name": "half_plus", "version_label": "stable"}}

    response = call(server.target, "GetModelMetadata", {**spec, "metadata_field": ["signature_def"]})

    assert response["model_spec"]["version"] == "1"
    signatures = response["metadata"]["signature_def"]["signature_def"]
    assert signatures["serving_default"]["inputs"]["x"]["dtype"] == "DT_FLOAT"
    assert _refusal(call, server, "GetModelMetadata", spec)[0] is grpc.StatusCode.INVALID_ARGUMENT


def test_status_lists_every_version(server: Server, call: Calls) -> None:
    response = call(server.target, "GetModelStatus", {"model_spec": {"name": "half_plus"}})

    assert [(one["version"], one["state"]) for one in response["model_version_status"]] == [
        ("2", "AVAILABLE"),
        ("1", "AVAILABLE"),
    ]
    assert _refusal(call, server, "GetModelStatus", {"model_spec": {"name": "nobody"}})[0] is grpc.StatusCode.NOT_FOUND


def test_a_model_without_a_name_is_an_invalid_argument(server: Server, call: Calls) -> None:
    assert _refusal(call, server, "Predict", _request({}, x=_floats(1.0)))[0] is grpc.StatusCode.INVALID_ARGUMENT
