"""What a model server answers: over REST, as metrics, over gRPC, and to a load.

The first byte of an input says what is asked, the second in which form the rest of it is the answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Final

from tests.fuzz.guard import show_product
from tests.fuzz.wire import Channel, answer_with
from tests.unit.model import savedmodels
from tfk8s.app.predict import PredictOptions, PredictWorld, predict, to_json
from tfk8s.app.question import read_question
from tfk8s.cli.predict import prediction_text
from tfk8s.manifest import JsonValue
from tfk8s.manifest.server_config import ServerConfig
from tfk8s.model import DType, Signature, TensorSpec
from tfk8s.model.protos.saved_model_pb2 import TensorShapeProto
from tfk8s.ports import ByVersion, Columns, Endpoint, Latest, ModelServer, PredictRequest, ServedSignatures
from tfk8s.serving.grpc_client import GrpcModelServer
from tfk8s.serving.http_answer import HttpAnswerReader, NotHttpError
from tfk8s.serving.metrics import traffic_of
from tfk8s.serving.picture import PillowPictures
from tfk8s.serving.protos import serving_pb2 as pb
from tfk8s.serving.rest import RestModelServer

_REST: Final = Endpoint(transport="rest", host="127.0.0.1", port=8501, how="test")
_GRPC: Final = Endpoint(transport="grpc", host="127.0.0.1", port=8500, how="test")
_X: Final = TensorSpec(key="x", name="x:0", dtype=DType.DT_FLOAT, shape=(None,))
_Y: Final = TensorSpec(key="y_bytes", name="y:0", dtype=DType.DT_STRING, shape=None)
_BETWEEN: Final = b"\n====\n"
_STATUSES: Final = (400, 404, 429, 500, 502, 503, 504, 301, 201, 413)

STATUS, METADATA, PREDICT, PREDICT_TWO, METRICS, USE_CASE, GRPC_STATUS, GRPC_METADATA, GRPC_PREDICT, RELOAD, LOAD = (
    range(11)
)
"""The first byte; greater ones begin anew."""

WELL, RAW, ERROR = range(3)
"""The second byte: the body of a good answer, an answer with its head, the body of an error."""


def check(data: bytes) -> None:
    """Ask, and show what comes of it."""
    if len(data) < 2:
        return
    asked, form, rest = data[0] % 11, data[1], data[2:]
    if asked == LOAD:
        _load(rest, step=form % 7 + 1)
    elif asked >= GRPC_STATUS:
        _over_grpc(asked, rest)
    else:
        _over_rest(asked, [_answer(part, form) for part in rest.split(_BETWEEN)])


def _answer(body: bytes, form: int) -> bytes:
    if form % 3 == RAW:
        return body
    status = 200 if form % 3 == WELL else _STATUSES[form // 3 % len(_STATUSES)]
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


def _over_rest(asked: int, answers: list[bytes]) -> None:
    server = RestModelServer(_REST)
    answer_with(server._session, iter(answers))
    try:
        if asked == METRICS:
            traffic_of(server.page("/monitoring/prometheus/metrics"), model="m")
        elif asked == USE_CASE:
            _predict(server, _REST)
        else:
            _ask(asked, server)
    finally:
        server.close()


def _over_grpc(asked: int, answer: bytes) -> None:
    server = GrpcModelServer(_GRPC)
    server.close()
    server._channel = Channel(answer)  # type: ignore[assignment]
    if asked == RELOAD:
        server.reload(ServerConfig(models=()))
    else:
        _ask({GRPC_STATUS: STATUS, GRPC_METADATA: METADATA, GRPC_PREDICT: PREDICT}[asked], server)


def _ask(asked: int, server: ModelServer) -> None:
    if asked == STATUS:
        for state in server.status("m"):
            show_product({"number": state.number, "code": state.error_code, "message": state.error_message})
    elif asked == METADATA:
        _show_signatures(server.metadata("m", target=ByVersion(number=1)))
    else:
        outputs = (_X, _Y) if asked == PREDICT_TWO else (_X,)
        signature = Signature(name="s", method_name="", inputs=(_X,), outputs=outputs)
        request = PredictRequest(model="m", signature=signature, body=Columns(inputs=[0.5]), target=Latest())
        show_product({**server.predict(request).outputs})


def _show_signatures(served: ServedSignatures) -> None:
    signatures: list[JsonValue] = [signature.name for signature in served.signatures]
    show_product({"version": served.version, "signatures": signatures})


class _Servers:
    """See ports.ModelServers."""

    def __init__(self, server: ModelServer) -> None:
        self._server = server

    def connect(self, endpoint: Endpoint) -> nullcontext[ModelServer]:
        del endpoint
        return nullcontext(self._server)


def _predict(server: ModelServer, endpoint: Endpoint) -> None:
    world = PredictWorld(endpoint=nullcontext(endpoint), servers=_Servers(server), pictures=PillowPictures())
    options = PredictOptions(model="m", labels=("a", "b"))
    prediction = predict(read_question(b'{"inputs": [1.0]}', source="stdin"), options=options, world=world)
    show_product(to_json(prediction), text=prediction_text(prediction))


def _load(data: bytes, *, step: int) -> None:
    reader = HttpAnswerReader()
    try:
        for start in range(0, len(data), step):
            reader.feed(data[start : start + step])
            if reader.is_complete:
                break
        reader.end()
    except NotHttpError:
        return


def seeds() -> Iterator[bytes]:
    """Answers as the model server gives them."""
    yield bytes((STATUS, WELL)) + _json({"model_version_status": [_state("1", "AVAILABLE"), _state("2", "LOADING")]})
    yield bytes((METADATA, WELL)) + _json(_METADATA)
    yield bytes((PREDICT, WELL)) + _json({"predictions": [[0.1, 0.9], [1e-9, 2]]})
    yield bytes((PREDICT_TWO, WELL)) + _json({"outputs": {"x": [1.5], "y_bytes": [{"b64": "AA=="}]}})
    yield bytes((PREDICT_TWO, WELL)) + _json({"predictions": [{"x": 1.5, "y_bytes": {"b64": "AA=="}}]})
    yield bytes((METRICS, WELL)) + _PAGE
    yield bytes((USE_CASE, WELL)) + _json(_METADATA) + _BETWEEN + _json({"outputs": [[0.1, 0.9]]})
    yield bytes((USE_CASE, ERROR)) + _json({"error": "Servable not found"}) + _BETWEEN + _json({"error": "no"})
    for form in range(ERROR, 3 * len(_STATUSES), 3):
        yield bytes((PREDICT, form)) + _json({"error": "In[0] mismatch"})
    yield bytes((PREDICT, RAW)) + _CHUNKED
    yield bytes((METRICS, RAW)) + b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + _GZIP
    yield bytes((LOAD, 0)) + _CHUNKED
    yield bytes((LOAD, 6)) + b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    yield from _of_grpc()


def _of_grpc() -> Iterator[bytes]:
    states = pb.GetModelStatusResponse()
    states.model_version_status.add(version=1, state=30)
    states.model_version_status.add(version=2, state=50).status.error_message = "broken"
    yield bytes((GRPC_STATUS, 0)) + states.SerializeToString()
    named = pb.SignatureDefMap(signature_def={"serving_default": savedmodels.signature()})
    metadata = pb.GetModelMetadataResponse()
    metadata.metadata["signature_def"].value = named.SerializeToString()
    yield bytes((GRPC_METADATA, 0)) + metadata.SerializeToString()
    for dtype in (DType.DT_FLOAT, DType.DT_HALF, DType.DT_BOOL, DType.DT_STRING, DType.DT_INT64):
        answer = pb.PredictResponse()
        tensor = answer.outputs["y"]
        tensor.dtype = dtype.value
        tensor.tensor_shape.CopyFrom(TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in (1, 2)]))
        if dtype is DType.DT_STRING:
            tensor.string_val.extend([b"a", b"\xff"])
        else:
            tensor.tensor_content = bytes(16 if dtype is DType.DT_INT64 else 2)
        yield bytes((GRPC_PREDICT, 0)) + answer.SerializeToString()
    refused = pb.ReloadConfigResponse()
    refused.status.error_code = 3
    refused.status.error_message = "no"
    yield bytes((RELOAD, 0)) + refused.SerializeToString()


def _json(value: JsonValue) -> bytes:
    return json.dumps(value).encode()


def _state(version: str, state: str) -> JsonValue:
    return {"version": version, "state": state, "status": {"error_code": "OK", "error_message": ""}}


def _info(dtype: str) -> JsonValue:
    return {"dtype": dtype, "tensor_shape": {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False}, "name": "x:0"}


_METADATA: Final[JsonValue] = {
    "model_spec": {"name": "m", "signature_name": "", "version": "1"},
    "metadata": {
        "signature_def": {
            "signature_def": {
                "serving_default": {
                    "inputs": {"x": _info("DT_FLOAT")},
                    "outputs": {"x": _info("DT_FLOAT")},
                    "method_name": "tensorflow/serving/predict",
                }
            }
        }
    },
}
_PAGE: Final = b"""\
# TYPE :tensorflow:serving:request_count counter
:tensorflow:serving:request_count{model_name="m",status="OK"} 3
:tensorflow:serving:request_count{model_name="m",status="INVALID_ARGUMENT"} 1
:tensorflow:serving:request_latency_bucket{model_name="m",API="predict",entrypoint="REST",le="10"} 1
:tensorflow:serving:request_latency_bucket{model_name="m",API="predict",entrypoint="REST",le="+Inf"} 2 1700000000000
"""
_CHUNKED: Final = (
    b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n15\r\n{"predictions": [1.0]\r\n1\r\n}\r\n0\r\n\r\n'
)
_GZIP: Final = bytes.fromhex("1f8b08000000000000ff4b5430e402000f0f5d8804000000")

WORDS: Final = (
    *(b"HTTP/1.1 200 OK\r\n", b"Content-Length: ", b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n"),
    *(b"\r\n\r\n", b"Location: http://a/", b"Connection: close", b"model_version_status", b"signature_def", b"outputs"),
    *(b"predictions", b'"error"', b"model_name=", b"le=", b"+Inf", b"NaN", b"Infinity", b"1e999", b"\\ud800"),
    *(b"tensor_shape", b"unknown_rank", b"DT_STRING", b"dim", b"b64", b"coo_sparse", b"[[[[[[[[", b'{"a":' * 8),
    *(b"\x12\x09\x08\xff\xff\xff\xff\xff\xff\xff\x7f", b"\x22\x04\x12\x02\x08\x05", _BETWEEN),
)
