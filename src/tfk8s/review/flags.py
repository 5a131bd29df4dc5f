"""Flags of the model server in words; those without words here are called by their names."""

from __future__ import annotations

from collections.abc import Callable

from tfk8s.manifest import JsonValue
from tfk8s.review.words import setting


def _as(unit: str, *, of: int = 1) -> Callable[[str], str]:
    def words(text: str) -> str:
        if not text.lstrip("-").isdigit():
            return text
        return f"{int(text) / of:g} {unit}"

    return words


_WORDS: dict[str, tuple[str, Callable[[str], str]]] = {
    "--rest_api_timeout_in_ms": ("longest REST request", _as("s", of=1000)),
    "--file_system_poll_wait_seconds": ("look for new versions every", _as("s")),
    "--max_num_load_retries": ("attempts to load again", str),
    "--load_retry_interval_micros": ("pause between attempts to load", _as("s", of=1_000_000)),
    "--enable_batching": ("batching of requests", str),
    "--enable_model_warmup": ("warm-up of models", str),
    "--enable_profiler": ("profiler", str),
    "--num_load_threads": ("threads that load models", str),
    "--tensorflow_intra_op_parallelism": ("threads within an operation", str),
    "--tensorflow_inter_op_parallelism": ("operations at a time", str),
    "--rest_api_num_threads": ("threads for REST requests", str),
    "--grpc_max_threads": ("threads for gRPC requests", str),
    "--port": ("gRPC port of the server", str),
    "--rest_api_port": ("REST port of the server", str),
}


def flag_change(name: str, before: JsonValue, after: JsonValue) -> str:
    """`longest REST request 30 s to 60 s (--rest_api_timeout_in_ms)`, or `flag --name a to b`."""
    known = _WORDS.get(name)
    if known is None:
        return setting(f"flag {name}", before, after)
    words, unit = known
    return f"{setting(words, _in(unit, before), _in(unit, after))} ({name})"


def _in(unit: Callable[[str], str], value: JsonValue) -> JsonValue:
    return unit(value) if isinstance(value, str) else value
