"""Flags of the server become fields of `serving`; those that other fields stand for are told."""

from __future__ import annotations

import math
from collections.abc import Mapping

from tfk8s.adoption.command import CommandLine
from tfk8s.adoption.notes import NoteKind
from tfk8s.adoption.objects import Part
from tfk8s.manifest import JsonObject
from tfk8s.spec import SERVER_FLAGS, FlagValue, ServerFlag
from tfk8s.spec.flags import Release, misfit

READ_ELSEWHERE = frozenset(
    {
        "port",
        "rest_api_port",
        "model_name",
        "model_base_path",
        "model_config_file",
        "enable_batching",
        "batching_parameters_file",
        "monitoring_config_file",
        "allow_version_labels_for_unavailable_models",
    }
)
_SECONDS: Mapping[str, tuple[str, int, int, int]] = {
    "rest_api_timeout_in_ms": ("requestTimeoutSeconds", 1000, 1, 3600),
    "load_retry_interval_micros": ("loadRetrySeconds", 1_000_000, 1, 3600),
    "file_system_poll_wait_seconds": ("filePollSeconds", 1, 1, 86_400),
    "max_num_load_retries": ("loadRetries", 1, 0, 100),
}
"""Field, units of the flag in one of the field, least and most of the field."""


def serving_of(line: CommandLine, *, release: Release | None) -> JsonObject:
    """The part of `serving` that flags make."""
    serving: JsonObject = {}
    flags: JsonObject = {}
    for name, text in line.flags.items():
        place = line.places[name]
        flag = SERVER_FLAGS.get(name)
        if name in READ_ELSEWHERE:
            continue
        if flag is None:
            place.tell(NoteKind.LOST, f"--{name} is no flag of tensorflow_model_server: it had no effect")
        elif name in _SECONDS:
            _number(serving, name, text, place=place)
        elif name == "enable_model_warmup":
            serving.update({"warmup": False} if _is_false(text) else {})
        elif flag.instead is not None:
            place.tell(NoteKind.LOST, f"--{name} is not carried over: {flag.instead}")
        else:
            _free(flags, flag, text, place=place, release=release)
    return {**serving, **({"flags": flags} if flags else {})}


def _number(serving: JsonObject, name: str, text: str, *, place: Part) -> None:
    field, unit, least, most = _SECONDS[name]
    try:
        number = math.ceil(int(text) / unit)
    except ValueError:
        place.tell(NoteKind.LOST, f"--{name}={text} is no number: the server exits on it")
        return
    within = min(max(number, least), most)
    serving[field] = within
    if within * unit != int(text):
        place.tell(NoteKind.CHANGED, f"--{name}={text} becomes serving.{field}: {within}")


def _free(flags: JsonObject, flag: ServerFlag, text: str, *, place: Part, release: Release | None) -> None:
    value = flag_value(flag, text)
    if value is None or misfit(flag, value):
        place.tell(NoteKind.LOST, f"--{flag.name}={text} is no {flag.kind}: the server exits on it")
    elif release is not None and release < flag.since:
        since = ".".join(map(str, flag.since))
        place.tell(NoteKind.LOST, f"--{flag.name} exists since release {since}: the server ignored it")
    else:
        flags[flag.name] = value


def flag_value(flag: ServerFlag, text: str) -> FlagValue | None:
    """The value of a flag as its kind is written in a spec; None when the text is none."""
    try:
        match flag.kind:
            case "bool":
                return {"": True, "true": True, "1": True, "false": False, "0": False}.get(text.lower())
            case "int32" | "int64":
                return int(text)
            case "float":
                return float(text)
            case _:
                return text
    except ValueError:
        return None


def _is_false(text: str) -> bool:
    return text.lower() in {"false", "0"}
