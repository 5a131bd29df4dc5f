"""The model server's configuration files: which models, how to batch, where metrics are."""

from __future__ import annotations

from tfk8s.manifest.server_config import MODELS_FILE, ModelConfig, ServerConfig, write_server_config
from tfk8s.manifest.textproto_writer import write
from tfk8s.render.served import ServedModel
from tfk8s.render.sizing import processors
from tfk8s.spec import BatchingSpec, ServiceSpec

CONFIG_DIRECTORY = "/etc/tfk8s"
BATCHING_FILE = "batching.config"
MONITORING_FILE = "monitoring.config"
METRICS_PATH = "/monitoring/prometheus/metrics"


def config_files(spec: ServiceSpec, models: tuple[ServedModel, ...]) -> dict[str, str]:
    """Write every file that the flags name; the keys are their names below `CONFIG_DIRECTORY`."""
    files = {MODELS_FILE: write_server_config(ServerConfig(models=tuple(map(model_config, models))))}
    if spec.serving.batching is not None:
        files[BATCHING_FILE] = _batching_config(spec.serving.batching, cpu_millis=spec.resources.cpu.milli)
    if spec.serving.monitoring:
        files[MONITORING_FILE] = write([("prometheus_config", [("enable", True), ("path", METRICS_PATH)])])
    return dict(sorted(files.items()))


def config_path(name: str) -> str:
    """Where the server finds a file."""
    return f"{CONFIG_DIRECTORY}/{name}"


def model_config(model: ServedModel) -> ModelConfig:
    """One model of the server's own configuration."""
    return ModelConfig(name=model.name, base_path=model.base_path, versions=model.versions, labels=model.labels)


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
