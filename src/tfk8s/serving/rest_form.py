"""The JSON of TensorFlow Serving's REST API as values. Pure; a shape that the API does not have is refused."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from typing_extensions import assert_never

from tfk8s.errors import PredictionError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.model.dtype import DType
from tfk8s.model.info import Encoding, Signature, TensorSpec
from tfk8s.ports import (
    ByLabel,
    ByVersion,
    Latest,
    PredictRequest,
    Rows,
    ServedSignatures,
    ServingState,
    Target,
    VersionState,
)


def model_path(model: str, target: Target) -> str:
    """Path of a model, or of one version or label of it; name and label are percent-encoded."""
    base = f"/v1/models/{quote(model, safe='')}"
    match target:
        case Latest():
            return base
        case ByVersion():
            return f"{base}/versions/{target.number}"
        case ByLabel():
            return f"{base}/labels/{quote(target.label, safe='')}"
        case _:
            assert_never(target)


def predict_body(request: PredictRequest) -> JsonObject:
    """The body of `:predict` in the format that the request is written in."""
    body: JsonObject = {"signature_name": request.signature.name}
    if isinstance(request.body, Rows):
        body["instances"] = request.body.instances
    else:
        body["inputs"] = request.body.inputs
    return body


def version_states(answer: JsonValue) -> tuple[VersionState, ...]:
    """Read the answer of `GET /v1/models/NAME`; ascending by number."""
    entries = _object(answer, "model status").get("model_version_status", [])
    if not isinstance(entries, list):
        raise _unexpected("model_version_status is no list")
    states = [_version_state(_object(entry, "model_version_status")) for entry in entries]
    return tuple(sorted(states, key=lambda state: state.number))


def _version_state(entry: JsonObject) -> VersionState:
    status = _object(entry.get("status", {}), "status")
    name = entry.get("state")
    known = isinstance(name, str) and name in ServingState.__members__
    return VersionState(
        number=_integer(entry.get("version"), "version"),
        state=ServingState(name) if known else ServingState.UNKNOWN,
        error_code=str(status.get("error_code", "OK")),
        error_message=str(status.get("error_message", "")),
    )


def served_signatures(answer: JsonValue, *, model: str) -> ServedSignatures:
    """Read the answer of `GET .../metadata`; signatures that no request can name are left out."""
    whole = _object(answer, "metadata")
    metadata = _object(whole.get("metadata", {}), "metadata")
    wrapper = _object(metadata.get("signature_def", {}), "signature_def")
    named = _object(wrapper.get("signature_def", {}), "signature_def")
    signatures = (signature_of_json(name, _object(value, name)) for name, value in sorted(named.items()))
    spec = _object(whole.get("model_spec", {}), "model_spec")
    return ServedSignatures(
        model=model,
        version=_integer(spec["version"], "version") if spec.get("version") not in (None, "") else None,
        signatures=tuple(signature for signature in signatures if signature.is_usable),
    )


def signature_of_json(name: str, value: JsonObject) -> Signature:
    """Read a SignatureDef in protobuf's JSON form."""
    return Signature(
        name=name,
        method_name=str(value.get("method_name", "")),
        inputs=_tensors(value.get("inputs", {})),
        outputs=_tensors(value.get("outputs", {})),
    )


def _tensors(value: JsonValue) -> tuple[TensorSpec, ...]:
    return tuple(_tensor(key, _object(info, key)) for key, info in sorted(_object(value, "tensors").items()))


def _tensor(key: str, info: JsonObject) -> TensorSpec:
    dtype = info.get("dtype")
    encoding = Encoding.DENSE
    if "coo_sparse" in info:
        encoding = Encoding.SPARSE
    elif "composite_tensor" in info:
        encoding = Encoding.COMPOSITE
    return TensorSpec(
        key=key,
        name=str(info.get("name", "")),
        dtype=DType[dtype] if isinstance(dtype, str) and dtype in DType.__members__ else DType.DT_INVALID,
        shape=_shape(_object(info.get("tensor_shape", {}), "tensor_shape")),
        encoding=encoding,
    )


def _shape(value: JsonObject) -> tuple[int | None, ...] | None:
    if value.get("unknown_rank") is True:
        return None
    dims = value.get("dim", [])
    if not isinstance(dims, list):
        raise _unexpected("tensor_shape.dim is no list")
    sizes = [_integer(_object(dim, "dim").get("size", 0), "size") for dim in dims]
    return tuple(size if size >= 0 else None for size in sizes)


def outputs_by_key(answer: JsonValue, *, signature: Signature) -> Mapping[str, JsonValue]:
    """Whole tensors by output key, from either format of the answer.

    A signature with one output is answered by the bare tensor, one with several by tensors by key.
    """
    body = _object(answer, "answer")
    keys = [output.key for output in signature.outputs]
    if "outputs" in body:
        outputs = body["outputs"]
        return {keys[0]: outputs} if len(keys) == 1 else _object(outputs, "outputs")
    rows = body.get("predictions")
    if not isinstance(rows, list):
        raise _unexpected("neither predictions nor outputs")
    if len(keys) == 1:
        return {keys[0]: rows}
    named = [_object(row, "predictions") for row in rows]
    found = sorted({key for row in named for key in row} | set(keys))
    return {key: [row.get(key) for row in named] for key in found}


def _object(value: JsonValue, what: str) -> JsonObject:
    if not isinstance(value, dict):
        raise _unexpected(f"{what} is no object")
    return value


def _integer(value: JsonValue, what: str) -> int:
    """An int64, which protobuf's JSON form writes as a string."""
    try:
        if isinstance(value, (int, str)):
            return int(value)
    except ValueError:
        pass
    raise _unexpected(f"{what} is no number: {value!r}")


def _unexpected(why: str) -> PredictionError:
    return PredictionError(
        f"the answer is not that of TensorFlow Serving: {why}",
        hint="check that host and port are those of the model server's REST API (8501 unless changed)",
    )
