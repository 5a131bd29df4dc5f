"""A ModelInfo as plain data and back; the form of `tfk8s inspect -o json` and of `model.json` in the golden cases."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, Union

from tfk8s.model.dtype import DType
from tfk8s.model.finding import Finding, Severity
from tfk8s.model.info import Encoding, GraphInfo, ModelInfo, ModelVersion, Signature, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

JsonValue: TypeAlias = Union[bool, int, float, str, "list[JsonValue]", "JsonObject", None]
JsonObject: TypeAlias = "dict[str, JsonValue]"


def to_json(info: ModelInfo) -> JsonObject:
    """Write everything that is known, in a stable order of keys; `servable` is there to be read, not to be kept."""
    return {
        "name": info.name,
        "path": str(info.path),
        "servable": info.servable,
        "versions": [_version_to_json(version) for version in info.versions],
        "findings": [_finding_to_json(finding) for finding in info.findings],
    }


def from_json(data: Mapping[str, JsonValue]) -> ModelInfo:
    """Read back what `to_json` wrote.

    Raises:
        KeyError: a key is missing.
        TypeError: a value is of another kind than `to_json` writes.
        ValueError: a dtype, severity or encoding is not one of ours.
    """
    return ModelInfo(
        name=_text(data["name"]),
        path=Path(_text(data["path"])),
        versions=tuple(_version_from_json(item) for item in _objects(data["versions"])),
        findings=tuple(_finding_from_json(item) for item in _objects(data["findings"])),
    )


def _version_to_json(version: ModelVersion) -> JsonObject:
    return {
        "number": version.number,
        "directory": version.directory,
        "path": str(version.path),
        "size_bytes": version.size_bytes,
        "variables_bytes": version.variables_bytes,
        "has_warmup": version.has_warmup,
        "tensorflow_version": version.tensorflow_version,
        "graphs": [_graph_to_json(graph) for graph in version.graphs],
    }


def _version_from_json(data: Mapping[str, JsonValue]) -> ModelVersion:
    return ModelVersion(
        number=_number(data["number"]),
        directory=_text(data["directory"]),
        path=Path(_text(data["path"])),
        size_bytes=_number(data["size_bytes"]),
        variables_bytes=_number(data["variables_bytes"]),
        has_warmup=_flag(data["has_warmup"]),
        graphs=tuple(_graph_from_json(item) for item in _objects(data["graphs"])),
    )


def _graph_to_json(graph: GraphInfo) -> JsonObject:
    return {
        "tags": list(graph.tags),
        "tensorflow_version": graph.tensorflow_version,
        "has_variables": graph.has_variables,
        "signatures": [_signature_to_json(signature) for signature in graph.signatures],
        "operations": list(graph.operations),
    }


def _graph_from_json(data: Mapping[str, JsonValue]) -> GraphInfo:
    return GraphInfo(
        tags=_texts(data["tags"]),
        signatures=tuple(_signature_from_json(item) for item in _objects(data["signatures"])),
        operations=_texts(data["operations"]),
        tensorflow_version=_text_or_none(data["tensorflow_version"]),
        has_variables=_flag(data["has_variables"]),
    )


def _signature_to_json(signature: Signature) -> JsonObject:
    return {
        "name": signature.name,
        "method_name": signature.method_name,
        "inputs": [_tensor_to_json(tensor) for tensor in signature.inputs],
        "outputs": [_tensor_to_json(tensor) for tensor in signature.outputs],
    }


def _signature_from_json(data: Mapping[str, JsonValue]) -> Signature:
    return Signature(
        name=_text(data["name"]),
        method_name=_text(data["method_name"]),
        inputs=tuple(_tensor_from_json(item) for item in _objects(data["inputs"])),
        outputs=tuple(_tensor_from_json(item) for item in _objects(data["outputs"])),
    )


def _tensor_to_json(tensor: TensorSpec) -> JsonObject:
    return {
        "key": tensor.key,
        "name": tensor.name,
        "dtype": tensor.dtype.name,
        "shape": None if tensor.shape is None else list(tensor.shape),
        "encoding": tensor.encoding.value,
    }


def _tensor_from_json(data: Mapping[str, JsonValue]) -> TensorSpec:
    name = _text(data["dtype"])
    if name not in DType.__members__:
        raise ValueError(f"{name} is not a TensorFlow dtype")
    shape = data["shape"]
    return TensorSpec(
        key=_text(data["key"]),
        name=_text(data["name"]),
        dtype=DType[name],
        shape=None if shape is None else tuple(None if axis is None else _number(axis) for axis in _list(shape)),
        encoding=Encoding(_text(data["encoding"])),
    )


def _finding_to_json(finding: Finding) -> JsonObject:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "version": finding.version,
        "where": finding.where,
        "message": finding.message,
        "remedy": finding.remedy,
    }


def _finding_from_json(data: Mapping[str, JsonValue]) -> Finding:
    version = data["version"]
    return Finding(
        code=_text(data["code"]),
        severity=Severity(_text(data["severity"])),
        version=None if version is None else _number(version),
        where=_text(data["where"]),
        message=_text(data["message"]),
        remedy=_text(data["remedy"]),
    )


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _text_or_none(value: JsonValue) -> str | None:
    return None if value is None else _text(value)


def _number(value: JsonValue) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _flag(value: JsonValue) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is not true or false")
    return value


def _list(value: JsonValue) -> Sequence[JsonValue]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list")
    return value


def _texts(value: JsonValue) -> tuple[str, ...]:
    return tuple(_text(item) for item in _list(value))


def _objects(value: JsonValue) -> list[JsonObject]:
    found: list[JsonObject] = []
    for item in _list(value):
        if not isinstance(item, dict):
            raise TypeError(f"{item!r} is not an object")
        found.append(item)
    return found
