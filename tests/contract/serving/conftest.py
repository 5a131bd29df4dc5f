"""One model-server double with the small models, for all tests of this folder; on loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.modelserver import venv
from tests.modelserver.__main__ import make_models
from tests.modelserver.paths import Paths
from tfk8s.ports import Endpoint, ModelServer, Transport
from tfk8s.serving.connect import ModelServerClients, Timeouts

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


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    paths = Paths.from_environment()
    venv.ensure(paths)
    if not all((paths.models / name).is_dir() for name in MODELS):
        make_models(paths, paths.models)
    folder = tmp_path_factory.mktemp("server")
    config = folder / "models.config"
    entries = [
        f'config {{ name: "{name}" base_path: "{paths.models / name}" model_platform: "tensorflow" {extra} }}'
        for name, extra in ((name, _TWO_VERSIONS if name == "half_plus" else "") for name in MODELS)
    ]
    config.write_text("model_config_list { " + " ".join(entries) + " }")
    server = RunningServer(rest_port=free_port(), grpc_port=free_port(), models=paths.models)
    command = [
        str(paths.wrapper),
        f"--port={server.grpc_port}",
        f"--rest_api_port={server.rest_port}",
        f"--model_config_file={config}",
        "--allow_version_labels_for_unavailable_models=true",
    ]
    log = folder / "log"
    with log.open("wb") as sink, subprocess.Popen(command, stdout=sink, stderr=subprocess.STDOUT) as process:
        try:
            _wait_for(process, server=server, log=log)
            yield server
        finally:
            process.kill()


def _wait_for(process: subprocess.Popen[bytes], *, server: RunningServer, log: Path) -> None:
    url = f"http://127.0.0.1:{server.rest_port}/v1/models/half_plus"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the double ended with {process.returncode}:\n{log.read_text()[-2000:]}")
        try:
            opener.open(url, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the double was not up after {START_S:g} s:\n{log.read_text()[-2000:]}")


@pytest.fixture(params=["rest", "grpc"])
def transport(request: pytest.FixtureRequest) -> Transport:
    chosen: Transport = request.param
    return chosen


@pytest.fixture
def client(running_server: RunningServer, transport: Transport) -> Iterator[ModelServer]:
    clients = ModelServerClients(timeouts=Timeouts(connect_s=2, total_s=60))
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
