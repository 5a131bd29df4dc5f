"""Puts the server together from its flags, and starts it in the order of the real one: models, gRPC, REST."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import grpc

from tests.modelserver.server import config, http, log, protos, rpc, savedmodel, warmup
from tests.modelserver.server.errors import ServingError, invalid_argument
from tests.modelserver.server.manager import Manager, ManagerOptions
from tests.modelserver.server.metrics import Metrics
from tests.modelserver.server.rest import RestApi

if TYPE_CHECKING:
    from tests.modelserver.server.flags import Flags

_PLACE: Final = "model_servers/server.cc"
_DEFAULT_METRICS_PATH: Final = "/monitoring/prometheus/metrics"
_RUNNING: Final[list[Any]] = []  # a gRPC server stops when nobody holds it


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLoader:
    """Loads a version and warms it up, counting attempts."""

    options: savedmodel.LoadOptions
    warm_up: bool
    warm_up_iterations: int
    metrics: Metrics

    def __call__(self, path: str, *, name: str, version: int) -> savedmodel.Servable:
        """Loads the version at `path`.

        Raises:
            ServingError: when it cannot be loaded or a warm-up request fails.
        """
        began = time.monotonic()
        try:
            servable = savedmodel.load(path, name=name, version=version, options=self.options)
        except ServingError:
            self.metrics.load_attempt_count.add(path, "fail")
            raise
        self.metrics.load_attempt_count.add(path, "success")
        self.metrics.load_latency.add(path, amount=round((time.monotonic() - began) * 1e6))
        if self.warm_up:
            try:
                warmup.run(servable, iterations=self.warm_up_iterations, metrics=self.metrics)
            except ServingError:
                servable.close()
                raise
        return servable


def run(flags: Flags, *, cpus: int) -> None:
    """Starts everything and returns with the ports open.

    Raises:
        ServingError: when the configuration is wrong or a model did not become available.
    """
    _check(flags)
    metrics = Metrics()
    manager = Manager(_loader(flags, metrics), _manager_options(flags, cpus=cpus))
    credentials = _credentials(flags)
    if not flags.text("model_config_file"):
        name, path = flags.text("model_name"), flags.text("model_base_path")
        log.info(_PLACE, f"Building single TensorFlow model file config:  model_name: {name} model_base_path: {path}")
    manager.start(config.from_flags(flags))
    if flags.text("model_config_file") and flags.integer("model_config_file_poll_wait_seconds") > 0:
        threading.Thread(target=_poll_config, args=(manager, flags), name="config-poll", daemon=True).start()
    _RUNNING.append(rpc.start(manager, metrics, _rpc_options(flags, credentials)))
    log.info(_PLACE, f"Running gRPC ModelServer at 0.0.0.0:{flags.integer('port')} ...")
    _start_rest(flags, manager, metrics=metrics)


def _check(flags: Flags) -> None:
    names = ("session", "intra_op", "inter_op")
    if all(flags.integer(f"tensorflow_{name}_parallelism") > 0 for name in names):
        raise invalid_argument(
            "Either configure server_options.tensorflow_session_parallelism or "
            "(server_options.tensorflow_intra_op_parallelism, server_options.tensorflow_inter_op_parallelism) "
            "separately. You cannot configure all."
        )
    if file := flags.text("batching_parameters_file"):
        if not flags.boolean("enable_batching"):
            raise invalid_argument(
                "server_options.batching_parameters_file is set without setting server_options.enable_batching to true."
            )
        protos.batching_parameters(file)
    if flags.integer("port") == 0 and not flags.text("grpc_socket_path"):
        raise invalid_argument("server_options.grpc_port is not set.")


def _loader(flags: Flags, metrics: Metrics) -> ModelLoader:
    both = flags.integer("tensorflow_session_parallelism")
    intra, inter = (flags.integer(f"tensorflow_{name}_op_parallelism") for name in ("intra", "inter"))
    separate = intra > 0 or inter > 0
    options = savedmodel.LoadOptions(
        tags=frozenset(flags.text("saved_model_tags").split(",")),
        intra_op_threads=intra if separate else both,
        inter_op_threads=inter if separate else both,
    )
    return ModelLoader(
        options=options,
        warm_up=flags.boolean("enable_model_warmup"),
        warm_up_iterations=flags.integer("num_request_iterations_for_warmup"),
        metrics=metrics,
    )


def _manager_options(flags: Flags, *, cpus: int) -> ManagerOptions:
    return ManagerOptions(
        poll_wait_s=flags.integer("file_system_poll_wait_seconds"),
        max_load_retries=flags.integer("max_num_load_retries"),
        load_retry_interval_s=flags.integer("load_retry_interval_micros") / 1e6,
        load_threads=flags.integer("num_load_threads"),
        initial_load_threads=4 * cpus,
        allow_labels_for_unavailable=flags.boolean("allow_version_labels_for_unavailable_models"),
    )


def _rpc_options(flags: Flags, credentials: Any) -> rpc.RpcOptions:
    return rpc.RpcOptions(
        port=flags.integer("port"),
        threads=flags.integer("grpc_max_threads"),
        socket_path=flags.text("grpc_socket_path"),
        channel_arguments=flags.text("grpc_channel_arguments"),
        health_service=flags.boolean("enable_grpc_healthcheck_service"),
        tensor_content=flags.boolean("enable_serialization_as_tensor_content"),
        credentials=credentials,
    )


def _credentials(flags: Flags) -> Any:
    if not (file := flags.text("ssl_config_file")):
        return None
    if flags.boolean("use_alts_credentials"):
        raise invalid_argument("ssl_config_file and use_alts_credentials cannot both be set")
    message = protos.ssl_config(file)
    return grpc.ssl_server_credentials(
        [(message.server_key.encode(), message.server_cert.encode())],
        root_certificates=message.custom_ca.encode() or None,
        require_client_auth=message.client_verify,
    )


def _start_rest(flags: Flags, manager: Manager, *, metrics: Metrics) -> None:
    port = flags.integer("rest_api_port")
    if port == 0:
        return
    if port == flags.integer("port"):
        log.error(
            _PLACE,
            "server_options.http_port cannot be same as grpc_port. Please use a different port for HTTP/REST API. "
            "Skipped exporting HTTP/REST API.",
        )
        return
    api = RestApi(
        manager=manager,
        metrics=metrics,
        metrics_path=_metrics_path(flags),
        timeout_ms=flags.integer("rest_api_timeout_in_ms"),
        cors=flags.boolean("rest_api_enable_cors_support"),
    )
    try:
        http.serve(port, api, threads=flags.integer("rest_api_num_threads"))
    except OSError:
        log.error(_PLACE, f"Failed to start HTTP Server at localhost:{port}")
        return
    log.info(_PLACE, f"Exporting HTTP/REST API at:localhost:{port} ...")


def _metrics_path(flags: Flags) -> str | None:
    if not (file := flags.text("monitoring_config_file")):
        return None
    prometheus = protos.monitoring_config(file).prometheus_config
    return (prometheus.path or _DEFAULT_METRICS_PATH) if prometheus.enable else None


def _poll_config(manager: Manager, flags: Flags) -> None:
    file = flags.text("model_config_file")
    while True:
        time.sleep(flags.integer("model_config_file_poll_wait_seconds"))
        try:
            models = config.from_file(file)
        except ServingError as error:
            log.error(_PLACE, f"Failed to read ModelServerConfig file: {error.message}")
            continue
        try:
            manager.reload(models)
        except ServingError as error:
            log.error(_PLACE, f"PollFilesystemAndReloadConfig failed to ReloadConfig: {error.message}")
