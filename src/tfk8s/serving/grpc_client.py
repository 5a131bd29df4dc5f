"""The gRPC client of a model server. grpcio has no types of its own, so everything untyped stays in this module."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TypeVar, cast

import grpc
from google.protobuf.message import DecodeError, Message

from tfk8s.clock import Clock, SystemClock
from tfk8s.errors import PredictionError
from tfk8s.manifest.server_config import ServerConfig
from tfk8s.model.graph import signature_of
from tfk8s.model.message_size import TooManyPartsError, require_decodable
from tfk8s.ports import (
    Endpoint,
    PredictRequest,
    PredictResponse,
    ServedSignatures,
    ServerCode,
    ServerRefusedError,
    ServerUnreachableError,
    ServerUntrustedError,
    ServingState,
    Target,
    VersionState,
)
from tfk8s.serving.connect import Timeouts
from tfk8s.serving.grpc_channel import metadata_of, open_channel
from tfk8s.serving.predict_message import model_spec, predict_message
from tfk8s.serving.protos import serving_pb2 as pb
from tfk8s.serving.refusal import hint_of
from tfk8s.serving.reload_message import reload_message
from tfk8s.serving.tensors import from_proto

_LOG = logging.getLogger(__name__)
PREDICT_METHOD = "/tensorflow.serving.PredictionService/Predict"
_METADATA = "/tensorflow.serving.PredictionService/GetModelMetadata"
_STATUS = "/tensorflow.serving.ModelService/GetModelStatus"
_RELOAD = "/tensorflow.serving.ModelService/HandleReloadConfigRequest"
_SIGNATURES = "signature_def"

_STATES = {
    10: ServingState.START,
    20: ServingState.LOADING,
    30: ServingState.AVAILABLE,
    40: ServingState.UNLOADING,
    50: ServingState.END,
}
_CODE_NAMES: dict[int, str] = {code.value[0]: code.name for code in grpc.StatusCode}
_UNTRUSTED = ("CERTIFICATE_VERIFY_FAILED", "Hostname Verification Check failed", "is not in peer certificate")
"""How the library says it; the status alone is that of a server that is not there."""

_MOST_SIGNATURES = 10_000
_RECONNECT_S = 0.5
_NEARLY = 0.98
"""The client's own deadline ends a call a little before or after our clock says so."""

A = TypeVar("A", bound=Message)


class GrpcModelServer:
    """TensorFlow Serving's gRPC API at one endpoint; holds a channel until `close`."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        timeouts: Timeouts | None = None,
        ca_file: Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Nothing is sent before the first call."""
        self._endpoint = endpoint
        self._timeouts = timeouts or Timeouts()
        self._clock = clock or SystemClock()
        self._channel = open_channel(endpoint, ca_file=ca_file)

    def close(self) -> None:
        """End the channel."""
        self._channel.close()

    def status(self, model: str) -> tuple[VersionState, ...]:
        """See ports.ModelServer."""
        request = pb.GetModelStatusRequest(model_spec=pb.ModelSpec(name=model))
        asked = f"the status of model {model!r}"
        answer = self._ask(_STATUS, request, answer=pb.GetModelStatusResponse, asked=asked)
        states = [_version_state(entry) for entry in answer.model_version_status]
        return tuple(sorted(states, key=lambda state: state.number))

    def metadata(self, model: str, *, target: Target) -> ServedSignatures:
        """See ports.ModelServer."""
        request = pb.GetModelMetadataRequest(model_spec=model_spec(model, target), metadata_field=[_SIGNATURES])
        asked = f"the metadata of model {model!r}, {target},"
        answer = self._ask(_METADATA, request, answer=pb.GetModelMetadataResponse, asked=asked)
        named = self._decoded(answer.metadata[_SIGNATURES].value, pb.SignatureDefMap, asked=asked).signature_def
        if len(named) > _MOST_SIGNATURES:
            raise self._undecodable(f"holds {len(named):,} signatures, no model has so many", asked=asked)
        signatures = (signature_of(name, named[name]) for name in sorted(named))
        return ServedSignatures(
            model=model,
            version=_version(answer.model_spec),
            signatures=tuple(signature for signature in signatures if signature.is_usable),
        )

    def predict(self, request: PredictRequest) -> PredictResponse:
        """See ports.ModelServer."""
        message = predict_message(request)
        asked = f"the prediction of model {request.model!r}, {request.target},"
        answer = self._ask(PREDICT_METHOD, message, answer=pb.PredictResponse, asked=asked)
        outputs = {key: from_proto(answer.outputs[key], key=key) for key in sorted(answer.outputs)}
        return PredictResponse(outputs=outputs, version=_version(answer.model_spec))

    def reload(self, config: ServerConfig) -> None:
        """See ports.ModelServer."""
        asked = "the change of the configuration"
        request = reload_message(config)
        answer = self._ask(
            _RELOAD, request, answer=pb.ReloadConfigResponse, asked=asked, limit_s=self._timeouts.reload_s
        )
        if answer.status.error_code:  # the server says it twice, as the call's status too; either is enough
            code = ServerCode.__members__.get(_CODE_NAMES.get(answer.status.error_code, ""), ServerCode.UNKNOWN)
            words = answer.status.error_message
            where = self._endpoint.authority
            raise ServerRefusedError(
                f"{asked} at {where} was refused: {words}", code=code, answer=words, hint=hint_of(code)
            )

    def _ask(self, method: str, request: Message, *, answer: type[A], asked: str, limit_s: float | None = None) -> A:
        limit_s = self._timeouts.total_s if limit_s is None else min(limit_s, self._timeouts.total_s)
        call = self._channel.unary_unary(
            method,
            request_serializer=_serialized,
            response_deserializer=bytes,
        )
        started = self._clock.monotonic_s()
        try:
            data = cast("bytes", call(request, timeout=limit_s, metadata=metadata_of(self._endpoint)))
        except grpc.RpcError as error:
            elapsed_s = self._clock.monotonic_s() - started
            raise self._translated(
                cast("grpc.Call", error), asked=asked, elapsed_s=elapsed_s, limit_s=limit_s
            ) from error
        finally:
            _LOG.debug("%s: %.3f s", method, self._clock.monotonic_s() - started)
        return self._decoded(data, answer, asked=asked)

    def _decoded(self, data: bytes, kind: type[A], *, asked: str) -> A:
        try:
            require_decodable(data, kind)
            return kind.FromString(data)
        except DecodeError as error:
            raise self._undecodable(f"cannot be decoded: {error}", asked=asked) from error
        except TooManyPartsError as error:
            raise self._undecodable(str(error), asked=asked) from error

    def _undecodable(self, why: str, *, asked: str) -> PredictionError:
        return PredictionError(
            f"the answer to {asked.rstrip(',')} at {self._endpoint.authority} {why}",
            hint="something else than a model server may answer there; ask over REST to compare",
        )

    def _translated(self, call: grpc.Call, *, asked: str, elapsed_s: float, limit_s: float) -> PredictionError:
        """The one place where failures of grpcio become ours."""
        status, words = call.code(), call.details() or ""
        where = f"{self._endpoint.authority} ({self._endpoint.how})"
        if self._endpoint.scheme == "https" and any(text in words for text in _UNTRUSTED):
            return ServerUntrustedError(
                f"the model server at {where} cannot be asked over TLS: {words}",
                hint="with a certificate authority of your own give --ca-file (apply, predict); else look at "
                "the certificate's names",
            )
        if status is grpc.StatusCode.UNAVAILABLE and not self._is_connected():
            return ServerUnreachableError(
                f"the model server at {where} cannot be reached: {words}",
                hint="check that it runs and that this is its gRPC port (8500 unless changed)",
            )
        if status is grpc.StatusCode.DEADLINE_EXCEEDED and elapsed_s >= limit_s * _NEARLY:
            return ServerUnreachableError(
                f"the model server at {where} did not answer within {limit_s:g} s",
                hint="a first request may be slow; raise --timeout or send a smaller batch",
            )
        code = ServerCode.__members__.get(status.name, ServerCode.UNKNOWN)
        return ServerRefusedError(
            f"{asked} at {where} was refused with {status.name}: {words}",
            code=code,
            answer=words,
            from_model_server=code is not ServerCode.UNAUTHENTICATED,  # it asks nobody who he is
            hint=hint_of(code),
        )

    def _is_connected(self) -> bool:
        """Tell a server that says UNAVAILABLE from none at all: the calls end alike, the channel does not."""
        ready = grpc.channel_ready_future(self._channel)
        try:
            ready.result(timeout=_RECONNECT_S)
        except grpc.FutureTimeoutError:
            return False
        finally:
            ready.cancel()
        return True


def _serialized(message: Message) -> bytes:
    return message.SerializeToString()


def _version(spec: pb.ModelSpec) -> int | None:
    return spec.version.value if spec.HasField("version") else None


def _version_state(entry: pb.ModelVersionStatus) -> VersionState:
    return VersionState(
        number=entry.version,
        state=_STATES.get(entry.state, ServingState.UNKNOWN),
        error_code=_CODE_NAMES.get(entry.status.error_code, str(entry.status.error_code)),
        error_message=entry.status.error_message,
    )
