"""The 48 command-line flags of release 2.20, parsed as `tensorflow::Flags::Parse` does."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Value = bool | int | float | str

_INTEGER: Final = re.compile(r"\s*([+-]?[0-9]+)")
_RANGES: Final = {"int32": 2**31, "int64": 2**63}
T = TypeVar("T", bool, int, float, str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One flag: its name, C++ type and default."""

    name: str
    type: str
    default: Value


class BadFlagError(ValueError):
    """A value that cannot be read, or `--help`: the server prints its usage and exits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What a command line means."""

    values: Mapping[str, Value]
    unknown: tuple[str, ...]

    def integer(self, name: str) -> int:
        """The value of an int32 or int64 flag."""
        return self._typed(name, int)

    def boolean(self, name: str) -> bool:
        """The value of a bool flag."""
        return self._typed(name, bool)

    def text(self, name: str) -> str:
        """The value of a string flag."""
        return self._typed(name, str)

    def _typed(self, name: str, kind: type[T]) -> T:
        value = self.values[name]
        if not isinstance(value, kind):
            raise TypeError(name)
        return value


def known(*, cpus: int) -> tuple[Flag, ...]:
    """Every flag with its default; two of them depend on the schedulable CPUs (not on any cgroup quota)."""
    defaults: dict[str, dict[str, Value]] = {
        "bool": _BOOLEANS,
        "int32": {**_INT32, "rest_api_num_threads": 4 * cpus, "grpc_max_threads": 4 * cpus},
        "int64": _INT64,
        "float": {"per_process_gpu_memory_fraction": 0.0},
        "string": _STRINGS,
    }
    return tuple(
        Flag(name=name, type=kind, default=default)
        for kind, named in defaults.items()
        for name, default in named.items()
    )


def schedulable_cpus() -> int:
    """The CPUs this process may run on, which is what the real server counts."""
    return len(os.sched_getaffinity(0))


def parse(arguments: Sequence[str], *, cpus: int) -> Flags:
    """Reads `--name=value` arguments: the last one wins, unknown ones are kept aside.

    Raises:
        BadFlagError: for a value of the wrong type, and for `--help`.
    """
    flags = known(cpus=cpus)
    values = {flag.name: flag.default for flag in flags}
    unknown: list[str] = []
    bad: list[str] = []
    for position, argument in enumerate(arguments):
        if argument == "--":
            unknown.extend(arguments[position:])
            break
        flag, text = _match(argument, flags)
        if flag is None:
            unknown.append(argument)
            continue
        value = _PARSERS[flag.type](text)
        if value is None:
            bad.append(f"Couldn't interpret value {text} for flag {flag.name}.")
        else:
            values[flag.name] = value
    if bad or unknown[:1] == ["--help"]:
        raise BadFlagError("\n".join(bad))
    return Flags(values=values, unknown=tuple(unknown))


def usage(program: str, *, cpus: int) -> str:
    """The text printed before exit 255."""
    lines = [f"usage: {program}", "Flags:"]
    for flag in known(cpus=cpus):
        shown = f'"{flag.default}"' if flag.type == "string" else str(flag.default).lower()
        lines.append(f"\t--{flag.name}={shown:<33}\t{flag.type}")
    return "\n".join(lines) + "\n"


def _match(argument: str, flags: Sequence[Flag]) -> tuple[Flag | None, str]:
    for flag in flags:
        prefix = f"--{flag.name}"
        # A bool is recognised by its bare name, so `--enable_batching_x` is a bad value of it, not an unknown flag.
        if flag.type == "bool" and argument.startswith(prefix):
            return flag, argument.removeprefix(prefix)
        if argument.startswith(f"{prefix}="):
            return flag, argument.removeprefix(f"{prefix}=")
    return None, ""


def _bool(text: str) -> Value | None:
    return {"": True, "=true": True, "=false": False}.get(text)


def _integer(kind: str) -> Callable[[str], Value | None]:
    def read(text: str) -> Value | None:
        found = _INTEGER.fullmatch(text)
        if found is None or not -_RANGES[kind] <= int(found[1]) < _RANGES[kind]:
            return None
        return int(found[1])

    return read


def _float(text: str) -> Value | None:
    try:
        return float(text)
    except ValueError:
        return None


_PARSERS: Final[Mapping[str, Callable[[str], Value | None]]] = {
    "bool": _bool,
    "int32": _integer("int32"),
    "int64": _integer("int64"),
    "float": _float,
    "string": str,
}

_BOOLEANS: Final[dict[str, Value]] = {
    "version": False,
    "enable_batching": False,
    "allow_version_labels_for_unavailable_models": False,
    "rest_api_enable_cors_support": False,
    "flush_filesystem_caches": True,
    "enable_per_model_batching_parameters": False,
    "enable_model_warmup": True,
    "remove_unused_fields_from_bundle_metagraph": True,
    "prefer_tflite_model": False,
    "enable_signature_method_name_check": False,
    "xla_cpu_compilation_enabled": False,
    "xla_gpu_compilation_enabled": False,
    "enable_profiler": True,
    "enable_grpc_healthcheck_service": False,
    "use_alts_credentials": False,
    "skip_initialize_tpu": False,
    "enable_serialization_as_tensor_content": False,
}
_INT32: Final[dict[str, Value]] = {
    "port": 8500,
    "rest_api_port": 0,
    "rest_api_timeout_in_ms": 30000,
    "model_config_file_poll_wait_seconds": 0,
    "file_system_poll_wait_seconds": 1,
    "num_load_threads": 0,
    "num_unload_threads": 0,
    "max_num_load_retries": 5,
    "num_request_iterations_for_warmup": 0,
    "num_tflite_interpreters_per_pool": 1,
    "num_tflite_pools": 1,
}
_INT64: Final[dict[str, Value]] = {
    "load_retry_interval_micros": 60_000_000,
    "tensorflow_session_parallelism": 0,
    "tensorflow_intra_op_parallelism": 0,
    "tensorflow_inter_op_parallelism": 0,
}
_STRINGS: Final[dict[str, Value]] = {
    "grpc_socket_path": "",
    "ssl_config_file": "",
    "model_config_file": "",
    "model_name": "default",
    "model_base_path": "",
    "saved_model_tags": "serve",
    "grpc_channel_arguments": "",
    "batching_parameters_file": "",
    "monitoring_config_file": "",
    "platform_config_file": "",
    "tensorflow_session_config_file": "",
    "thread_pool_factory_config_file": "",
    "mixed_precision": "",
}
