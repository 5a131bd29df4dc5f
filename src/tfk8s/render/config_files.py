"""The model server's configuration files: which models, how to batch, where metrics are."""

from __future__ import annotations

from typing_extensions import assert_never

from tfk8s.render.served import ServedModel
from tfk8s.render.sizing import processors
from tfk8s.render.textproto import Message, Value, write
from tfk8s.spec import BatchingSpec, ServiceSpec

CONFIG_DIRECTORY = "/etc/tfk8s"
MODELS_FILE = "models.config"
BATCHING_FILE = "batching.config"
MONITORING_FILE = "monitoring.config"
METRICS_PATH = "/monitoring/prometheus/metrics"


def config_files(spec: ServiceSpec, models: tuple[ServedModel, ...]) -> dict[str, str]:
    """Write every file that the flags name; the keys are their names below `CONFIG_DIRECTORY`."""
    files = {MODELS_FILE: _models_config(models)}
    if spec.serving.batching is not None:
        files[BATCHING_FILE] = _batching_config(spec.serving.batching, cpu_millis=spec.resources.cpu.milli)
    if spec.serving.monitoring:
        files[MONITORING_FILE] = write([("prometheus_config", [("enable", True), ("path", METRICS_PATH)])])
    return dict(sorted(files.items()))


def config_path(name: str) -> str:
    """Where the server finds a file."""
    return f"{CONFIG_DIRECTORY}/{name}"


def _models_config(models: tuple[ServedModel, ...]) -> str:
    """`ModelServerConfig` of tensorflow_serving/config/model_server_config.proto."""
    return write([("model_config_list", [("config", _model(model)) for model in models])])


def _model(model: ServedModel) -> Message:
    fields: list[tuple[str, Value]] = [
        ("name", model.name),
        ("base_path", model.base_path),
        ("model_platform", "tensorflow"),
        ("model_version_policy", _policy(model)),
    ]
    for label, version in model.labels.items():
        fields.append(("version_labels", [("key", label), ("value", version)]))
    return fields


def _policy(model: ServedModel) -> Message:
    match model.versions:
        case "latest":
            return [("latest", [("num_versions", 1)])]
        case "all":
            return [("all", [])]
        case tuple():
            return [("specific", [("versions", version) for version in model.versions])]
        case _:
            assert_never(model.versions)


def _batching_config(batching: BatchingSpec, *, cpu_millis: int) -> str:
    """`BatchingParameters` of tensorflow_serving/servables/tensorflow/session_bundle_config.proto: wrapped values."""
    threads = batching.threads or processors(cpu_millis)
    return write(
        [
            ("max_batch_size", [("value", batching.max_batch_size)]),
            ("batch_timeout_micros", [("value", batching.timeout_micros)]),
            ("max_enqueued_batches", [("value", batching.max_enqueued_batches)]),
            ("num_batch_threads", [("value", threads)]),
            *(("allowed_batch_sizes", size) for size in batching.allowed_batch_sizes),
        ]
    )
