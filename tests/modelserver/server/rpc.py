"""The gRPC services: PredictionService, ModelService and, on request, health. No reflection, as in the real one."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import grpc

from tests.modelserver.server import runtime
from tests.modelserver.server.errors import Code, ServingError, invalid_argument

runtime.prepare()

from tensorflow.python.framework import tensor_util  # noqa: E402 - needs prepare()
from tensorflow_serving.apis import (  # noqa: E402
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    model_management_pb2,
    predict_pb2,
    regression_pb2,
)

from tests.modelserver.server.config import from_message  # noqa: E402
from tests.modelserver.server.messages import metadata_message, status_message  # noqa: E402
from tests.modelserver.server.prediction import DEFAULT_SIGNATURE, predict  # noqa: E402
from tests.modelserver.server.protofields import as_fields  # noqa: E402
from tests.modelserver.server.routes import Spec  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.modelserver.server.manager import Manager
    from tests.modelserver.server.metrics import Metrics

_SERVING: Final = b"\x08\x01"  # HealthCheckResponse{status: SERVING}
_HEALTH_OF: Final = frozenset({"", "ModelService", "PredictionService"})
_MAX_INT32: Final = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcOptions:
    """What the flags say about the gRPC side; `channel_arguments` as `key=value,key=value`."""

    port: int
    threads: int
    socket_path: str = ""
    channel_arguments: str = ""
    health_service: bool = False
    tensor_content: bool = False
    credentials: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The calls, from message to message; they raise ServingError."""

    manager: Manager
    metrics: Metrics
    tensor_content: bool

    def predict(self, request: Any, context: grpc.ServicerContext) -> Any:
        """PredictionService.Predict."""
        started = time.perf_counter()
        name = request.model_spec.name
        try:
            response = self._predict(request, timeout_ms=_timeout_ms(context))
        except ServingError as error:
            self.metrics.request_count.add(name, error.code.name)
            raise
        self.metrics.request_count.add(name, Code.OK.name)
        self.metrics.request_latency.record((time.perf_counter() - started) * 1e6, name, "Predict", "GRPC")
        return response

    def metadata(self, request: Any, _: grpc.ServicerContext) -> Any:
        """PredictionService.GetModelMetadata."""
        if not request.HasField("model_spec"):
            raise invalid_argument("Missing ModelSpec")
        if not request.metadata_field:
            raise invalid_argument("GetModelMetadataRequest must specify at least one metadata_field")
        for name in request.metadata_field:
            if name != "signature_def":
                raise invalid_argument(f"Metadata field {name} is not supported")
        with self.manager.use(_spec(request.model_spec)) as servable:
            return metadata_message(servable)

    def status(self, request: Any, _: grpc.ServicerContext) -> Any:
        """ModelService.GetModelStatus."""
        if not request.HasField("model_spec"):
            raise invalid_argument("Missing ModelSpec")
        return status_message(self.manager.status(_spec(request.model_spec)))

    def reload(self, request: Any, _: grpc.ServicerContext) -> Any:
        """ModelService.HandleReloadConfigRequest; returns when new models are available."""
        models = from_message(request.config)
        if models is None:
            rule = "Only ModelConfigList is currently supported"
            raise invalid_argument(f"ServerModelConfig type not supported by HandleReloadConfigRequest. {rule}")
        self.manager.reload(models)
        response = model_management_pb2.ReloadConfigResponse()
        response.status.SetInParent()
        return response

    def unimplemented(self, _request: Any, _: grpc.ServicerContext) -> Any:
        """Classify, Regress and MultiInference, which nobody needs of a double."""
        raise ServingError(Code.UNIMPLEMENTED, "the test double of the model server answers Predict only")

    def _predict(self, request: Any, *, timeout_ms: int) -> Any:
        inputs = {name: _array(name, tensor) for name, tensor in request.inputs.items()}
        response = predict_pb2.PredictResponse()
        with self.manager.use(_spec(request.model_spec)) as servable:
            outputs = predict(
                servable,
                inputs,
                signature_name=request.model_spec.signature_name,
                output_filter=list(request.output_filter),
                timeout_ms=timeout_ms,
                metrics=self.metrics,
            )
            response.model_spec.name = servable.name
            response.model_spec.version.value = servable.version
            response.model_spec.signature_name = request.model_spec.signature_name or DEFAULT_SIGNATURE
        for alias, array in outputs.items():
            proto = tensor_util.make_tensor_proto(array) if self.tensor_content else as_fields(array)
            response.outputs[alias].CopyFrom(proto)
        return response


def start(manager: Manager, metrics: Metrics, options: RpcOptions) -> grpc.Server:
    """Starts the server; returns when its ports are open.

    Raises:
        RuntimeError: when a port cannot be had.
    """
    services = Services(manager=manager, metrics=metrics, tensor_content=options.tensor_content)
    server = grpc.server(ThreadPoolExecutor(options.threads), options=_channel_options(options.channel_arguments))
    server.add_generic_rpc_handlers(_handlers(services))
    if options.health_service:
        server.add_generic_rpc_handlers((_health(),))
    addresses = [f"0.0.0.0:{options.port}"] if options.port else []
    addresses += [f"unix:{options.socket_path}"] if options.socket_path else []
    for address in addresses:
        if options.credentials is None:
            server.add_insecure_port(address)
        else:
            server.add_secure_port(address, options.credentials)
    server.start()
    return server


def _handlers(services: Services) -> tuple[Any, ...]:
    predicted = predict_pb2.PredictRequest
    prediction = {
        "Predict": _unary(services.predict, predicted),
        "GetModelMetadata": _unary(services.metadata, get_model_metadata_pb2.GetModelMetadataRequest),
        "Classify": _unary(services.unimplemented, classification_pb2.ClassificationRequest),
        "Regress": _unary(services.unimplemented, regression_pb2.RegressionRequest),
        "MultiInference": _unary(services.unimplemented, inference_pb2.MultiInferenceRequest),
    }
    model = {
        "GetModelStatus": _unary(services.status, get_model_status_pb2.GetModelStatusRequest),
        "HandleReloadConfigRequest": _unary(services.reload, model_management_pb2.ReloadConfigRequest),
    }
    return (
        grpc.method_handlers_generic_handler("tensorflow.serving.PredictionService", prediction),
        grpc.method_handlers_generic_handler("tensorflow.serving.ModelService", model),
    )


def _unary(call: Callable[[Any, grpc.ServicerContext], Any], request: Any) -> Any:
    def handle(message: Any, context: grpc.ServicerContext) -> Any:
        try:
            return call(message, context)
        except ServingError as error:
            context.abort(_STATUS[error.code], error.message)

    return grpc.unary_unary_rpc_method_handler(
        handle, request_deserializer=request.FromString, response_serializer=lambda answer: answer.SerializeToString()
    )


def _health() -> Any:
    """SERVING from the first moment to the last: it says no more than that the port is open."""

    def check(request: bytes, context: grpc.ServicerContext) -> bytes:
        service = request[2:].decode()  # HealthCheckRequest{service}: tag, length, name
        if service not in _HEALTH_OF:
            context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
        return _SERVING

    def watch(_: bytes, context: grpc.ServicerContext) -> Any:
        yield _SERVING
        while context.is_active():
            time.sleep(1)

    methods = {
        "Check": grpc.unary_unary_rpc_method_handler(check),
        "Watch": grpc.unary_stream_rpc_method_handler(watch),
    }
    return grpc.method_handlers_generic_handler("grpc.health.v1.Health", methods)


def _channel_options(text: str) -> list[tuple[str, int | str]]:
    options: list[tuple[str, int | str]] = [
        ("grpc.max_receive_message_length", _MAX_INT32),
        ("grpc.max_send_message_length", _MAX_INT32),
    ]
    for pair in filter(None, text.split(",")):
        key, _, value = pair.partition("=")
        options.append((key, int(value) if value.lstrip("+-").isdigit() else value))
    return options


def _spec(message: Any) -> Spec:
    return Spec(
        name=message.name,
        version=message.version.value if message.HasField("version") else None,
        label=message.version_label if message.WhichOneof("version_choice") == "version_label" else None,
    )


def _array(name: str, tensor: Any) -> Any:
    try:
        return tensor_util.MakeNdarray(tensor)
    except (TypeError, ValueError) as error:
        raise invalid_argument(f"tensor parsing error: {name}") from error


def _timeout_ms(context: grpc.ServicerContext) -> int:
    remaining = cast("float | None", context.time_remaining())  # None without a deadline, whatever the stubs say
    return 0 if remaining is None else min(max(int(remaining * 1000), 1), _MAX_INT32)


_STATUS: Final = {status.value[0]: status for status in grpc.StatusCode}
