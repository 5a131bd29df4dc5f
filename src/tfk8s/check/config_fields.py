"""The messages of the server's configuration files, field by field, with the release that brought a field.

Read in the repository of the server and in the descriptors of tensorflow-serving-api 2.21, all below
https://github.com/tensorflow/serving/tree/master/tensorflow_serving: config/model_server_config.proto,
sources/storage_path/file_system_storage_path_source.proto, servables/tensorflow/session_bundle_config.proto and
config/monitoring_config.proto. Large batches are split since 2.4: https://github.com/tensorflow/serving/releases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from tfk8s.spec.flags import NEWEST, OLDEST, Release, dotted
from tfk8s.spec.nearest import nearest

if TYPE_CHECKING:
    from tfk8s.manifest.textproto import Fields

MODELS, BATCHING, MONITORING = "ModelServerConfig", "BatchingParameters", "MonitoringConfig"

_OPAQUE = "any"
_MESSAGES: Mapping[str, str] = {
    MODELS: "model_config_list:ModelConfigList custom_model_config:any",
    "ModelConfigList": "config:ModelConfig*",
    "ModelConfig": "name:text base_path:text model_type:any model_platform:text logging_config:any "
    "model_version_policy:ServableVersionPolicy version_labels:VersionLabelsEntry*",
    "ServableVersionPolicy": "latest:Latest all:All specific:Specific",
    "Latest": "num_versions:number",
    "All": "",
    "Specific": "versions:number*",
    "VersionLabelsEntry": "key:text value:number",
    BATCHING: "max_batch_size:Int64Value batch_timeout_micros:Int64Value max_enqueued_batches:Int64Value "
    "num_batch_threads:Int64Value thread_pool_name:StringValue allowed_batch_sizes:number* "
    "pad_variable_length_inputs:boolean enable_large_batch_splitting:BoolValue:2.4 "
    "max_execution_batch_size:Int64Value:2.4",
    "Int64Value": "value:number",
    "StringValue": "value:text",
    "BoolValue": "value:boolean",
    MONITORING: "prometheus_config:PrometheusConfig",
    "PrometheusConfig": "enable:boolean path:text",
}
_BOOLEANS = (True, False, 1, 0, "True", "False", "t", "f")


class FieldTrouble(NamedTuple):
    """A field that the message cannot hold: its place, as `model_config_list.config.nam`, and why."""

    place: str
    message: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.place} {self.message}"


class _Field(NamedTuple):
    kind: str
    is_repeated: bool
    since: Release


def _known(message: str) -> dict[str, _Field]:
    found: dict[str, _Field] = {}
    for entry in _MESSAGES[message].split():
        name, kind, *since = entry.split(":")
        first = tuple(int(part) for part in since[0].split(".")) if since else OLDEST
        found[name] = _Field(kind=kind.rstrip("*"), is_repeated=kind.endswith("*"), since=(first[0], first[1]))
    return found


def field_troubles(
    fields: Fields, *, message: str, release: Release = NEWEST, place: str = ""
) -> Iterator[FieldTrouble]:
    """Everything that keeps a server of that release from reading the message."""
    known = _known(message)
    for name, values in fields.items():
        where = f"{place}.{name}" if place else name
        if name not in known:
            near = nearest(name, known)
            guess = f": did you mean {near}?" if near else ""
            yield FieldTrouble(place=where, message=f"is no field of {message}{guess}")
            continue
        field = known[name]
        if field.since > release:
            yield FieldTrouble(place=where, message=f"is known since {dotted(field.since)}, not to {dotted(release)}")
        if len(values) > 1 and not field.is_repeated:
            yield FieldTrouble(place=where, message=f"stands {len(values)} times, and {message} has one")
        for value in values:
            yield from _of_value(value, kind=field.kind, release=release, place=where)
    if message == "ServableVersionPolicy" and len(fields) > 1:
        yield FieldTrouble(place=place, message=f"has {' and '.join(fields)}, and one of them excludes the others")


def _of_value(value: object, *, kind: str, release: Release, place: str) -> Iterator[FieldTrouble]:
    if kind == _OPAQUE:
        return
    if kind not in ("text", "number", "boolean"):
        if isinstance(value, dict):
            yield from field_troubles(value, message=kind, release=release, place=place)
        else:
            inner = f" {{ value: {value} }}" if kind.endswith("Value") else " { ... }"
            yield FieldTrouble(place=place, message=f"is a message: write {place.rpartition('.')[2]}{inner}")
        return
    fits = {
        "text": isinstance(value, str),
        "number": isinstance(value, int) and not isinstance(value, bool),
        "boolean": value in _BOOLEANS,
    }
    if not fits[kind]:
        yield FieldTrouble(place=place, message=f"must be a {kind}" if kind != "text" else "must be text in quotes")
