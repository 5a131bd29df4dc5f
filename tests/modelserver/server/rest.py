"""The REST API and the metrics page."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.modelserver.server import tensors
from tests.modelserver.server.errors import Code, ServingError, invalid_argument
from tests.modelserver.server.http import Request, Response
from tests.modelserver.server.messages import metadata_json, status_json
from tests.modelserver.server.prediction import DEFAULT_SIGNATURE, predict
from tests.modelserver.server.routes import Route, Spec, find, is_api

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.modelserver.server.manager import Manager
    from tests.modelserver.server.metrics import Metrics

_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, GET",
    "Access-Control-Allow-Headers": "Content-Type",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RestApi:
    """Answers HTTP requests; `metrics_path` is None without a monitoring config."""

    manager: Manager
    metrics: Metrics
    metrics_path: str | None = None
    timeout_ms: int = 30000
    cors: bool = False

    def __call__(self, request: Request) -> Response:
        """Answers one request; never raises."""
        if self.metrics_path is not None and request.path == self.metrics_path:
            return Response(status=200, body=self.metrics.page().encode(), content_type="text/plain")
        if not is_api(request.path):
            return Response(status=404, body=b"<h1>Not Found</h1>", content_type="text/html")
        if self.cors and request.method == "OPTIONS":
            return Response(status=200, body=b"", headers=_CORS)
        return self._answer(request)

    def _answer(self, request: Request) -> Response:
        started = time.perf_counter()
        name, call = "", ""
        try:
            route = find(request.method, request.path)
            name, call = route.spec.name, route.call
            status, code, body = 200, Code.OK, self._dispatch(route, request.body)
        except ServingError as error:
            status, code = error.http_status, error.code
            body = (json.dumps({"error": error.message}, indent=4, ensure_ascii=False)).encode()
        self.metrics.request_count.add(name, code.name)
        if code is Code.OK:
            api = "" if request.method == "GET" else call
            self.metrics.request_latency.record((time.perf_counter() - started) * 1e6, name, api, "REST")
        return Response(status=status, body=body, headers=_CORS if self.cors else {})

    def _dispatch(self, route: Route, body: bytes) -> bytes:
        match route.call:
            case "predict":
                return self._predict(route.spec, body)
            case "metadata":
                with self.manager.use(route.spec) as servable:
                    return metadata_json(servable)
            case "status":
                return status_json(self.manager.status(route.spec))
            case _:
                raise ServingError(Code.UNIMPLEMENTED, f"the test double does not answer {route.call}; use predict")

    def _predict(self, spec: Spec, body: bytes) -> bytes:
        document = _parse(body)
        signature_name = document.get("signature_name", "")
        if not isinstance(signature_name, str):
            rule = "'signature_name' key must be a string value."
            raise invalid_argument(f"JSON Value: {json.dumps(document)} not formatted correctly. {rule}")
        with self.manager.use(spec) as servable:
            signature = servable.signatures.get(signature_name or DEFAULT_SIGNATURE)
            if signature is None:
                name = signature_name or DEFAULT_SIGNATURE
                raise invalid_argument(f'Serving signature name: "{name}" not found in signature def')
            inputs = _inputs(document, dict(signature.inputs), signature_name=signature_name)
            outputs = predict(
                servable, inputs, signature_name=signature_name, timeout_ms=self.timeout_ms, metrics=self.metrics
            )
        shown = _rows(outputs) if "instances" in document else _columns(outputs)
        return json.dumps(shown, separators=(",", ": "), ensure_ascii=False).encode()


def _parse(body: bytes) -> dict[str, Any]:
    if not body:
        raise invalid_argument("JSON Parse error: The document is empty")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        position = getattr(error, "pos", 0)
        raise invalid_argument(f"JSON Parse error: Invalid value. at offset: {position}") from error
    if not isinstance(document, dict):
        raise invalid_argument(f"JSON Value: {json.dumps(document)} Is not object")
    return document


def _inputs(document: Mapping[str, Any], infos: Mapping[str, Any], *, signature_name: str) -> dict[str, Any]:
    if not infos:
        raise invalid_argument(f"Failed to get input map for signature: {signature_name or 'DEFAULT'}")
    if "instances" in document and "inputs" in document:
        message = "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist "
        raise invalid_argument(f"JSON Value: {json.dumps(document)} {message}")
    if "instances" in document:
        rows = document["instances"]
        if not isinstance(rows, list):
            raise invalid_argument(f"JSON Value: {json.dumps(document)} Excepting 'instances' to be an list/array")
        if not rows:
            raise invalid_argument(f"JSON Value: {json.dumps(document)} No values in 'instances' array")
        return tensors.batch(rows, inputs=infos)
    if "inputs" in document:
        return _columnar(document["inputs"], infos)
    raise invalid_argument("Missing 'inputs' or 'instances' key")


def _columnar(value: Any, infos: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(value, dict) or tensors.is_base64(value):
        if len(infos) > 1:
            message = (
                "inputs is a plain value/list, but expecting an object as multiple input tensors required as per "
                "tensorinfo_map"
            )
            raise invalid_argument(message)
        ((name, info),) = infos.items()
        return {name: tensors.fast_from_json(value, dtype=info.dtype)}
    for name in infos:
        if name not in value:
            raise invalid_argument(f"Missing named input: {name} in 'inputs' object.")
    return {name: tensors.fast_from_json(value[name], dtype=info.dtype) for name, info in infos.items()}


def _rows(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to `instances`: one value or object per row, so every output needs the same first dimension."""
    size = -1
    for name, array in outputs.items():
        if getattr(array, "ndim", 0) == 0:
            raise invalid_argument(f"Tensor name: {name} has no shape information ")
        if size not in {-1, len(array)}:
            raise invalid_argument(f"Tensor name: {name} has inconsistent batch size: {len(array)} expecting: {size}")
        size = len(array)
    columns = {name: _plain(name, array) for name, array in outputs.items()}
    if len(columns) == 1:
        return {"predictions": next(iter(columns.values()))}
    return {"predictions": [{name: column[row] for name, column in columns.items()} for row in range(size)]}


def _columns(outputs: Mapping[str, Any]) -> dict[str, Any]:
    columns = {name: _plain(name, array) for name, array in outputs.items()}
    return {"outputs": next(iter(columns.values())) if len(columns) == 1 else columns}


def _plain(name: str, array: Any) -> Any:
    return tensors.to_json(array, as_bytes=name.endswith("_bytes"))
