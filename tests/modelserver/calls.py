"""Calls the server over gRPC with the published message definitions, in an environment without TensorFlow.

The definitions are read once out of the TensorFlow environment, as descriptors, and kept beside it.
"""

from __future__ import annotations

import functools
import subprocess
from typing import TYPE_CHECKING, Any, Final

import grpc
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, json_format, message_factory, wrappers_pb2

if TYPE_CHECKING:
    from pathlib import Path

    from google.protobuf.message import Message

    from tests.modelserver.paths import Paths

_MODULES: Final = ("prediction_service_pb2", "model_service_pb2", "prediction_log_pb2")
_DUMP: Final = """
import importlib, sys
from google.protobuf import descriptor_pb2
import tests.modelserver.server.runtime
seen, files = set(), descriptor_pb2.FileDescriptorSet()
def add(file):
    if file.name not in seen:
        seen.add(file.name)
        for dependency in file.dependencies:
            add(dependency)
        file.CopyToProto(files.file.add())
for name in sys.argv[2:]:
    add(importlib.import_module(f"tensorflow_serving.apis.{name}").DESCRIPTOR)
open(sys.argv[1], "wb").write(files.SerializeToString())
"""
_CALLS: Final = {
    "Predict": ("PredictionService", "PredictRequest", "PredictResponse"),
    "Classify": ("PredictionService", "ClassificationRequest", "ClassificationResponse"),
    "GetModelMetadata": ("PredictionService", "GetModelMetadataRequest", "GetModelMetadataResponse"),
    "GetModelStatus": ("ModelService", "GetModelStatusRequest", "GetModelStatusResponse"),
    "HandleReloadConfigRequest": ("ModelService", "ReloadConfigRequest", "ReloadConfigResponse"),
}


class Calls:
    """Messages as JSON-like dictionaries in and out: field names as in the proto files, bytes in base64."""

    def __init__(self, descriptors: bytes) -> None:
        self._pool = descriptor_pool.DescriptorPool()
        self._pool.AddSerializedFile(any_pb2.DESCRIPTOR.serialized_pb)
        self._pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
        for file in descriptor_pb2.FileDescriptorSet.FromString(descriptors).file:
            if not file.name.startswith("google/protobuf/"):
                self._pool.Add(file)

    def __call__(self, target: str, call: str, request: dict[str, Any], *, timeout_s: float = 60.0) -> dict[str, Any]:
        """Makes one call over a connection of its own.

        Raises:
            grpc.RpcError: when the server answers an error.
        """
        answer = self.send(target, call, self.message(_CALLS[call][1], request), timeout_s=timeout_s)
        document: dict[str, Any] = json_format.MessageToDict(
            answer, preserving_proto_field_name=True, descriptor_pool=self._pool
        )
        return document

    def send(self, target: str, call: str, message: Message, *, timeout_s: float = 60.0) -> Any:
        """The same with messages, for tensors that are large.

        Raises:
            grpc.RpcError: when the server answers an error.
        """
        service, _, response_type = _CALLS[call]
        with grpc.insecure_channel(
            target, options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        ) as channel:
            method = channel.unary_unary(
                f"/tensorflow.serving.{service}/{call}",
                request_serializer=lambda sent: sent.SerializeToString(),
                response_deserializer=self._class(response_type).FromString,
            )
            return method(message, timeout=timeout_s)

    def message(self, name: str, content: dict[str, Any]) -> Message:
        """A message of package `tensorflow.serving`."""
        return json_format.ParseDict(content, self._class(name)(), descriptor_pool=self._pool)

    @functools.cache  # noqa: B019 - one object for the whole session
    def _class(self, name: str) -> type[Message]:
        return message_factory.GetMessageClass(self._pool.FindMessageTypeByName(f"tensorflow.serving.{name}"))


def load(paths: Paths, *, repository: Path) -> Calls:
    """The calls, with definitions from the TensorFlow environment."""
    cached = paths.venv / "serving-descriptors.binpb"
    if not cached.exists():
        partial = cached.with_suffix(".partial")
        command = [str(paths.venv_python), "-c", _DUMP, str(partial), *_MODULES]
        subprocess.run(command, check=True, capture_output=True, timeout=120, cwd=repository)
        partial.replace(cached)
    return Calls(cached.read_bytes())
