"""The 48 flags of `tensorflow_model_server` 2.20, which releases have each, and which of them are ours to set.

The server prints an unknown flag and starts without it, so a slip must be found here. Names, kinds and releases were
read in `tensorflow_serving/model_servers/main.cc` of each release branch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias, Union

from typing_extensions import assert_never

Release: TypeAlias = tuple[int, int]
FlagKind: TypeAlias = Literal["bool", "int32", "int64", "float", "string"]
FlagValue: TypeAlias = Union[bool, int, float, str]

OLDEST: Release = (1, 14)
"""Flags of this release are older still."""

NEWEST: Release = (2, 20)
"""The newest release that was read; what is newer is checked against it."""


class ServerFlag(NamedTuple):
    """One flag of the server.

    Attributes:
        name: without the dashes.
        kind: what its value must be; the server exits with 255 on another.
        since: first release that knows it.
        instead: the field of the spec that sets it, or why it cannot be set; None when `serving.flags` may set it.
        until: last release that knows it, None when the newest one does.
    """

    name: str
    kind: FlagKind
    since: Release
    instead: str | None = None
    until: Release | None = None

    def is_in(self, release: Release) -> bool:
        """Whether that release knows it."""
        return self.since <= release and (self.until is None or release <= self.until)


_RELEASES: Mapping[Release, str] = {
    OLDEST: """batching_parameters_file:string enable_batching:bool enable_model_warmup:bool
        file_system_poll_wait_seconds:int32 flush_filesystem_caches:bool grpc_channel_arguments:string
        grpc_socket_path:string load_retry_interval_micros:int64 max_num_load_retries:int32 model_base_path:string
        model_config_file:string model_name:string monitoring_config_file:string
        per_process_gpu_memory_fraction:float platform_config_file:string port:int32 rest_api_num_threads:int32
        rest_api_port:int32 rest_api_timeout_in_ms:int32 saved_model_tags:string ssl_config_file:string
        tensorflow_session_parallelism:int64 tensorflow_intra_op_parallelism:int64
        tensorflow_inter_op_parallelism:int64 version:bool""",
    (1, 15): """allow_version_labels_for_unavailable_models:bool model_config_file_poll_wait_seconds:int32
        remove_unused_fields_from_bundle_metagraph:bool""",
    (2, 3): "prefer_tflite_model:bool",
    (2, 4): "enable_signature_method_name_check:bool",
    (2, 5): """enable_profiler:bool grpc_max_threads:int32 num_load_threads:int32 num_unload_threads:int32
        num_tflite_pools:int32 num_tflite_interpreters_per_pool:int32 rest_api_enable_cors_support:bool
        xla_cpu_compilation_enabled:bool""",
    (2, 6): "thread_pool_factory_config_file:string use_alts_credentials:bool",
    (2, 8): "num_request_iterations_for_warmup:int32 tensorflow_session_config_file:string",
    (2, 11): "enable_per_model_batching_parameters:bool",
    (2, 15): "enable_grpc_healthcheck_service:bool mixed_precision:string skip_initialize_tpu:bool",
    (2, 18): "xla_gpu_compilation_enabled:bool",
    (2, 19): "enable_serialization_as_tensor_content:bool",
}

_INSTEAD: Mapping[str, str] = {
    "port": "use expose.ports",
    "rest_api_port": "use expose.ports",
    "grpc_socket_path": "nothing in the pod would use the socket",
    "model_name": "use model.name",
    "model_base_path": "use model.source",
    "model_config_file": "use model or models",
    "model_config_file_poll_wait_seconds": "a changed configuration starts new pods",
    "allow_version_labels_for_unavailable_models": "use model.labels",
    "enable_batching": "use serving.batching",
    "batching_parameters_file": "use serving.batching",
    "monitoring_config_file": "use serving.monitoring",
    "rest_api_timeout_in_ms": "use serving.requestTimeoutSeconds",
    "enable_model_warmup": "use serving.warmup",
    "max_num_load_retries": "use serving.loadRetries",
    "load_retry_interval_micros": "use serving.loadRetrySeconds",
    "file_system_poll_wait_seconds": "use serving.filePollSeconds",
    "ssl_config_file": "its private key has no place in a manifest; end TLS at the load balancer",
    "use_alts_credentials": "predictions through tfk8s could not connect",
    "version": "the server would print its version and exit",
}


def _table() -> dict[str, ServerFlag]:
    found = {}
    for since, text in _RELEASES.items():
        for entry in text.split():
            name, _, kind = entry.partition(":")
            found[name] = ServerFlag(name=name, kind=_kind(kind), since=since, instead=_INSTEAD.get(name))
    return found


def _kind(text: str) -> FlagKind:
    kinds: dict[str, FlagKind] = {
        "bool": "bool",
        "int32": "int32",
        "int64": "int64",
        "float": "float",
        "string": "string",
    }
    return kinds[text]


SERVER_FLAGS: Mapping[str, ServerFlag] = _table()
"""All flags by name."""

GONE_FLAGS: Mapping[str, ServerFlag] = {
    "use_tflite_model": ServerFlag(
        name="use_tflite_model", kind="bool", since=(2, 0), instead="use prefer_tflite_model", until=(2, 2)
    ),
}
"""Flags of older releases that the newest one does not have: 2.3 has prefer_tflite_model in the place of the one."""


def dotted(release: Release) -> str:
    """`2.20`."""
    return f"{release[0]}.{release[1]}"


def flag_text(value: FlagValue) -> str:
    """What stands behind `--name=`: true or false, plain digits, or the text itself."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)


def misfit(flag: ServerFlag, value: FlagValue) -> str | None:
    """Why the server would refuse this value, or None when it takes it."""
    match flag.kind:
        case "bool":
            return None if isinstance(value, bool) else "must be true or false"
        case "int32" | "int64":
            return _no_int(value, bits=int(flag.kind[3:]))
        case "float":
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            return None if is_number else "must be a number"
        case "string":
            is_text = isinstance(value, str) and value.isprintable()
            return None if is_text else "must be text without control characters; write it in quotes"
        case _:
            assert_never(flag.kind)


def _no_int(value: FlagValue, *, bits: int) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return "must be a whole number"
    fits = -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)
    return None if fits else f"must fit into {bits} bits"
