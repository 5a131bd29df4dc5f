"""The flags that we give the model server, each with its reason.

The entrypoint's own single-model flags stay in place and are ignored, because a configuration file names the models:
one way for one model, several, pinned versions and labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfk8s.manifest.server_config import MODELS_FILE
from tfk8s.render.config_files import BATCHING_FILE, MONITORING_FILE, config_path
from tfk8s.render.flags import Flag, merge
from tfk8s.render.served import ServedModel
from tfk8s.render.sizing import compute_threads, request_threads
from tfk8s.render.timing import CONNECTION_AGE_S
from tfk8s.spec import PortName, ServiceSpec
from tfk8s.spec.flags import SERVER_FLAGS, flag_text

LOAD_THREADS = 2
_SESSION_PARALLELISM = "tensorflow_session_parallelism"


def server_flags(spec: ServiceSpec, models: tuple[ServedModel, ...]) -> tuple[Flag, ...]:
    """All flags of the server, each name once; the user's values win, what the release does not know is left out."""
    all_of_ours = (*_model_flags(spec, models), *_port_flags(spec), *_service_flags(spec), *_thread_flags(spec))
    release = spec.server_release
    ours = tuple(flag for flag in all_of_ours if release is None or SERVER_FLAGS[flag.name].since <= release)
    return merge(ours, users={name: flag_text(value) for name, value in spec.serving.flags.items()})


def _model_flags(spec: ServiceSpec, models: tuple[ServedModel, ...]) -> Iterator[Flag]:
    serving = spec.serving
    yield Flag(
        name="model_config_file", value=config_path(MODELS_FILE), reason="names the models in place of MODEL_NAME"
    )
    yield Flag(
        name="file_system_poll_wait_seconds",
        value=str(serving.file_poll_seconds),
        reason="seconds between looks for new versions; the server's own 1 s is a listing a second on a bucket, "
        "and with 0 a change of the configuration would wait for ever",
    )
    yield Flag(
        name="max_num_load_retries",
        value=str(serving.load_retries),
        reason="the server's own 5, a minute apart, hide a broken model for five minutes",
    )
    yield Flag(
        name="load_retry_interval_micros",
        value=str(serving.load_retry_seconds * 1_000_000),
        reason=f"{serving.load_retry_seconds} s between two attempts to load",
    )
    if any(model.labels for model in models):
        yield Flag(
            name="allow_version_labels_for_unavailable_models",
            value="true",
            reason="labels are assigned before their versions are loaded; without it a server with labels cannot start",
        )
    if len(models) > 1:
        yield Flag(
            name="num_load_threads",
            value=str(LOAD_THREADS),
            reason="a slow load of one model does not hold up the others",
        )
    if not serving.warmup:
        yield Flag(name="enable_model_warmup", value="false", reason="serving.warmup of the spec")


def _port_flags(spec: ServiceSpec) -> Iterator[Flag]:
    """The entrypoint opens the usual ports, and of two flags the last one wins."""
    names: Mapping[PortName, str] = {"grpc": "port", "rest": "rest_api_port"}
    for name, flag in names.items():
        if name in spec.existing.server_ports:
            value = str(spec.existing.server_ports[name])
            yield Flag(name=flag, value=value, reason="where the pods listen that are replaced")


def _service_flags(spec: ServiceSpec) -> Iterator[Flag]:
    serving = spec.serving
    if serving.batching is not None:
        yield Flag(name="enable_batching", value="true", reason="serving.batching of the spec")
        yield Flag(name="batching_parameters_file", value=config_path(BATCHING_FILE), reason="how to batch")
    if serving.monitoring:
        yield Flag(name="monitoring_config_file", value=config_path(MONITORING_FILE), reason="metrics for Prometheus")
    yield Flag(
        name="rest_api_timeout_in_ms",
        value=str(serving.request_timeout_seconds * 1000),
        reason="serving.requestTimeoutSeconds of the spec; a stopping pod waits as long",
    )
    if "grpc" in spec.expose.ports:
        yield Flag(
            name="grpc_channel_arguments",
            value=f"grpc.max_connection_age_ms={CONNECTION_AGE_S * 1000},"
            f"grpc.max_connection_age_grace_ms={serving.request_timeout_seconds * 1000}",
            reason=f"clients connect anew every {CONNECTION_AGE_S} s: new pods get requests, stopping ones none",
        )
    yield Flag(name="enable_profiler", value="false", reason="the profiler would listen on the serving port")


def _thread_flags(spec: ServiceSpec) -> Iterator[Flag]:
    cpu_millis = spec.resources.cpu.milli
    compute, requests = compute_threads(cpu_millis), request_threads(cpu_millis)
    if not spec.serving.flags.get(_SESSION_PARALLELISM):  # the server refuses to start with all three
        for name in ("tensorflow_intra_op_parallelism", "tensorflow_inter_op_parallelism"):
            yield Flag(name=name, value=str(compute.value), reason=compute.reason)
    for name in ("rest_api_num_threads", "grpc_max_threads"):
        yield Flag(name=name, value=str(requests.value), reason=requests.reason)
