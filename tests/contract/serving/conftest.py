"""One model-server double with the small models, for all tests of this folder; on loopback."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.modelserver.fixtures import made_models, model_server_paths
from tests.modelserver.paths import Paths
from tests.modelserver.running import chosen_launcher, start
from tests.ports import free_port
from tfk8s.ports import Endpoint, ModelServer, Transport
from tfk8s.serving.connect import ModelServerClients, Timeouts

__all__ = ["made_models", "model_server_paths"]

MODELS = ("half_plus", "image_bytes", "many_types", "keras_two_inputs", "no_signature")
START_S = 90.0
_TWO_VERSIONS = (
    'model_version_policy { specific { versions: 1 versions: 3 } } version_labels { key: "stable" value: 1 }'
)


@dataclass(frozen=True, kw_only=True)
class RunningServer:
    """Where the double listens, and what it serves."""

    rest_port: int
    grpc_port: int
    models: Path

    def endpoint(self, transport: Transport) -> Endpoint:
        port = self.rest_port if transport == "rest" else self.grpc_port
        return Endpoint(transport=transport, host="127.0.0.1", port=port, how="contract test")


@pytest.fixture(scope="session")
def running_server(
    tmp_path_factory: pytest.TempPathFactory, model_server_paths: Paths, made_models: Path
) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("server")
    config = folder / "models.config"
    entries = [
        f'config {{ name: "{name}" base_path: "{made_models / name}" model_platform: "tensorflow" {extra} }}'
        for name, extra in ((name, _TWO_VERSIONS if name == "half_plus" else "") for name in MODELS)
    ]
    config.write_text("model_config_list { " + " ".join(entries) + " }")
    monitoring = folder / "monitoring.config"
    monitoring.write_text('prometheus_config { enable: true path: "/monitoring/prometheus/metrics" }')
    flags = [
        f"--model_config_file={config}",
        f"--monitoring_config_file={monitoring}",
        "--allow_version_labels_for_unavailable_models=true",
    ]
    launcher = chosen_launcher(model_server_paths.wrapper)
    server = start(launcher, flags, log=folder / "log", mounts=[folder, made_models])
    try:
        server.wait_until_open(START_S)
        yield RunningServer(rest_port=server.rest_port, grpc_port=server.grpc_port, models=made_models)
    finally:
        server.running.kill()


@pytest.fixture(params=["rest", "grpc"])
def transport(request: pytest.FixtureRequest) -> Transport:
    chosen: Transport = request.param
    return chosen


@pytest.fixture
def client(running_server: RunningServer, transport: Transport) -> Iterator[ModelServer]:
    clients = ModelServerClients(timeouts=Timeouts(connect_s=20, total_s=60))
    with clients.connect(running_server.endpoint(transport)) as connected:
        yield connected


@pytest.fixture
def dead_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the environment that would swallow every request."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "grpc_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    for name in ("no_proxy", "NO_PROXY"):
        if name in os.environ:
            monkeypatch.delenv(name)
