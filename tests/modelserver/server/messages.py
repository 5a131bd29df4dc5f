"""Status and metadata answers as protocol messages; REST shows the same ones as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.modelserver.server import runtime

runtime.prepare()

from google.protobuf import json_format  # noqa: E402 - needs prepare()
from tensorflow_serving.apis import get_model_metadata_pb2, get_model_status_pb2  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.modelserver.server.lifecycle import VersionState
    from tests.modelserver.server.savedmodel import Servable


def status_message(states: Mapping[int, VersionState]) -> Any:
    """A `GetModelStatusResponse`."""
    response = get_model_status_pb2.GetModelStatusResponse()
    for version, state in states.items():
        entry = response.model_version_status.add(version=version, state=int(state.state))
        if state.error is not None:
            entry.status.error_code = int(state.error.code)
            entry.status.error_message = state.error.message
        else:
            entry.status.SetInParent()
    return response


def metadata_message(servable: Servable) -> Any:
    """A `GetModelMetadataResponse` with the signatures; since 2.20 without their default values."""
    signatures = get_model_metadata_pb2.SignatureDefMap()
    for name, signature in servable.signatures.items():
        signatures.signature_def[name].CopyFrom(signature)
        signatures.signature_def[name].ClearField("defaults")
    response = get_model_metadata_pb2.GetModelMetadataResponse()
    response.model_spec.name = servable.name
    response.model_spec.version.value = servable.version
    response.metadata["signature_def"].Pack(signatures)
    return response


def status_json(states: Mapping[int, VersionState]) -> bytes:
    """The REST answer of a status request."""
    return _json(status_message(states)).encode()


def metadata_json(servable: Servable) -> bytes:
    """The REST answer of a metadata request, whose inner parts are JSON documents of their own."""
    message = metadata_message(servable)
    signatures = get_model_metadata_pb2.SignatureDefMap()
    message.metadata["signature_def"].Unpack(signatures)
    spec = _json(message.model_spec)
    return f'{{\n"model_spec":{spec}\n,\n"metadata": {{"signature_def": {_json(signatures)}\n}}\n}}\n'.encode()


def _json(message: Any) -> str:
    return json_format.MessageToJson(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
