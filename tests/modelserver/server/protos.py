"""Text protos of the configuration files.

`ModelServerConfig` comes from the published API package. The messages for monitoring, TLS and batching are not in it,
so their fields (names, numbers and types are the real ones) are declared here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format, wrappers_pb2

from tests.modelserver.server import runtime
from tests.modelserver.server.errors import invalid_argument, not_found

runtime.prepare()

from tensorflow_serving.config import model_server_config_pb2  # noqa: E402 - needs prepare()

_FIELD: Final = descriptor_pb2.FieldDescriptorProto
_PACKAGE: Final = "tensorflow.serving"
_INT64_VALUE: Final = ".google.protobuf.Int64Value"
_STRING_VALUE: Final = ".google.protobuf.StringValue"
_BOOL_VALUE: Final = ".google.protobuf.BoolValue"
_Fields = dict[str, tuple[int, Any]]

_MESSAGES: Final[dict[str, _Fields]] = {
    "PrometheusConfig": {"enable": (1, _FIELD.TYPE_BOOL), "path": (2, _FIELD.TYPE_STRING)},
    "MonitoringConfig": {"prometheus_config": (1, f".{_PACKAGE}.PrometheusConfig")},
    "SSLConfig": {
        "server_key": (1, _FIELD.TYPE_STRING),
        "server_cert": (2, _FIELD.TYPE_STRING),
        "custom_ca": (3, _FIELD.TYPE_STRING),
        "client_verify": (4, _FIELD.TYPE_BOOL),
    },
    "BatchingParameters": {
        "max_batch_size": (1, _INT64_VALUE),
        "batch_timeout_micros": (2, _INT64_VALUE),
        "max_enqueued_batches": (3, _INT64_VALUE),
        "num_batch_threads": (4, _INT64_VALUE),
        "thread_pool_name": (5, _STRING_VALUE),
        "allowed_batch_sizes": (6, -_FIELD.TYPE_INT64),
        "pad_variable_length_inputs": (7, _FIELD.TYPE_BOOL),
        "enable_large_batch_splitting": (8, _BOOL_VALUE),
        "max_execution_batch_size": (9, _INT64_VALUE),
    },
}


def model_server_config(file: str) -> Any:
    """Reads a `ModelServerConfig`."""
    return _parse(file, model_server_config_pb2.ModelServerConfig())


def monitoring_config(file: str) -> Any:
    """Reads a `MonitoringConfig`."""
    return _parse(file, _new("MonitoringConfig"))


def ssl_config(file: str) -> Any:
    """Reads an `SSLConfig`."""
    return _parse(file, _new("SSLConfig"))


def batching_parameters(file: str) -> Any:
    """Reads `BatchingParameters`; the double only checks them."""
    return _parse(file, _new("BatchingParameters"))


def _parse(file: str, message: Any) -> Any:
    path = Path(file)
    try:
        text = path.read_text()
    except FileNotFoundError:
        raise not_found(f"{file}; No such file or directory") from None
    except (OSError, UnicodeDecodeError) as error:
        raise invalid_argument(f"{file}: {error}") from error
    try:
        return text_format.Parse(text, message)
    except text_format.ParseError as error:
        raise invalid_argument(f"Invalid protobuf file: '{file}'") from error


def _new(name: str) -> Any:
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(_file())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))()


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="double_config.proto", package=_PACKAGE, syntax="proto3")
    file.dependency.append("google/protobuf/wrappers.proto")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field_name, (number, kind) in fields.items():
            message.field.append(_field(field_name, number, kind))
    return file


def _field(name: str, number: int, kind: Any) -> descriptor_pb2.FieldDescriptorProto:
    """A field of a message type when `kind` is a name, else of a scalar type; a negative one is repeated."""
    if isinstance(kind, str):
        return _FIELD(name=name, number=number, label=_FIELD.LABEL_OPTIONAL, type=_FIELD.TYPE_MESSAGE, type_name=kind)
    label = _FIELD.LABEL_REPEATED if kind < 0 else _FIELD.LABEL_OPTIONAL
    return _FIELD(name=name, number=number, label=label, type=abs(kind))
