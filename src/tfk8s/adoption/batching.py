"""How requests are computed together, and whether metrics are served: configuration files become `serving`."""

from __future__ import annotations

from tfk8s.adoption.models import Server
from tfk8s.adoption.notes import NoteKind
from tfk8s.manifest import JsonObject, JsonValue, textproto

_FIELDS = {
    "max_batch_size": "maxBatchSize",
    "batch_timeout_micros": "timeoutMicros",
    "max_enqueued_batches": "maxEnqueuedBatches",
    "num_batch_threads": "threads",
}


def batching_of(server: Server) -> JsonObject:
    """The part `serving.batching`, {} without."""
    flags, places = server.line.flags, server.line.places
    if flags.get("enable_batching", "false") not in ("", "true", "1"):
        if "batching_parameters_file" in flags:
            message = "without --enable_batching the server does not start with such a file: it is left out"
            places["batching_parameters_file"].tell(NoteKind.LOST, message)
        return {}
    if "batching_parameters_file" not in flags:
        return {"batching": {}}
    text, place = server.file("batching_parameters_file")
    if place is None:
        where = places["batching_parameters_file"]
        where.tell(NoteKind.LOST, "the file is in no ConfigMap: the defaults of serving.batching are taken")
        return {"batching": {}}
    try:
        fields = textproto.read(text)
    except ValueError as error:
        place.tell(NoteKind.LOST, f"cannot be read ({error}): the defaults of serving.batching are taken")
        return {"batching": {}}
    found: JsonObject = {}
    for key, values in fields.items():
        if key in _FIELDS:
            wrapped = values[-1]
            number = wrapped.get("value", [0])[-1] if isinstance(wrapped, dict) else wrapped
            found[_FIELDS[key]] = number if isinstance(number, int) else None
        elif key == "allowed_batch_sizes":
            sizes: list[JsonValue] = [size for size in values if isinstance(size, int)]
            found["allowedBatchSizes"] = sizes
        else:
            place.tell(NoteKind.LOST, f"{key} is not carried over: serving.batching has no such field")
    return {"batching": found}


def monitoring_of(server: Server, *, otherwise: bool) -> JsonObject:
    """Whether metrics are served; a file that moves them is told.

    Args:
        server: what it was told.
        otherwise: whether a server that was told nothing gets them.
    """
    if "monitoring_config_file" not in server.line.flags:
        return {} if otherwise else {"monitoring": False}
    text, place = server.file("monitoring_config_file")
    if place is None:
        return {}
    try:
        config = textproto.read(text).get("prometheus_config", [{}])[-1]
    except ValueError:
        return {}
    fields = config if isinstance(config, dict) else {}
    path = str(fields.get("path", [""])[-1])
    if path and path != "/monitoring/prometheus/metrics":
        place.tell(NoteKind.CHANGED, f"metrics move from {path} to /monitoring/prometheus/metrics")
    return {"monitoring": False} if fields.get("enable", [True])[-1] is False else {}
