"""One server for most tests, and a way to start others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from tests.contract.modelserver.watched import Versions, model_config, model_entry
from tests.modelserver import calls, running
from tests.modelserver.fixtures import made_models, model_server_paths
from tests.modelserver.paths import REPOSITORY, Paths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.modelserver.calls import Calls
    from tests.modelserver.running import Launcher, Server

__all__ = ["made_models", "model_server_paths"]

MONITORING = 'prometheus_config { enable: true, path: "/monitoring/prometheus/metrics" }\n'
SHARED_MODELS = (
    "many_types",
    "image_bytes",
    "constant_only",
    "simple_save",
    "keras_dense",
    "keras_two_inputs",
    "reads_file",
)


class StartServer(Protocol):
    """Starts a server for one test; it ends with the test."""

    def __call__(self, *flags: str, is_open: bool = True) -> Server:
        """Starts with these flags, and waits for the ports unless `is_open` is false."""


@pytest.fixture(scope="session")
def launcher(model_server_paths: Paths) -> Launcher:
    """The server under test."""
    return running.chosen_launcher(model_server_paths.wrapper)


@pytest.fixture(scope="session")
def call(model_server_paths: Paths) -> Calls:
    """gRPC calls."""
    return calls.load(model_server_paths, repository=REPOSITORY)


@pytest.fixture
def start_server(launcher: Launcher, made_models: Path, tmp_path: Path) -> Iterator[StartServer]:
    """Starts servers that end with the test."""
    started: list[Server] = []

    def start(*flags: str, is_open: bool = True) -> Server:
        log = tmp_path / f"server-{len(started)}.log"
        server = running.start(launcher, flags, log=log, mounts=[made_models, tmp_path])
        started.append(server)
        if is_open:
            server.wait_until_open()
        return server

    yield start
    for server in started:
        server.running.kill()


@pytest.fixture(scope="session")
def served_models(made_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A config file: `half_plus` in versions 1 and 2 with labels, and one version of every other model."""
    one_and_two = "specific { versions: 1 versions: 2 }"
    half_plus = model_entry("half_plus", made_models / "half_plus", one_and_two, {"stable": 1, "canary": 2})
    others = [model_entry(name, made_models / name) for name in SHARED_MODELS]
    file = tmp_path_factory.mktemp("shared") / "models.config"
    file.write_text(model_config(half_plus, *others))
    return file


@pytest.fixture(scope="session")
def server(launcher: Launcher, made_models: Path, served_models: Path) -> Iterator[Server]:
    """The server that most tests share: nothing may change its models."""
    folder = served_models.parent
    (folder / "monitoring.config").write_text(MONITORING)
    flags = [
        f"--model_config_file={served_models}",
        f"--monitoring_config_file={folder}/monitoring.config",
        "--allow_version_labels_for_unavailable_models=true",
        "--enable_grpc_healthcheck_service=true",
    ]
    shared = running.start(launcher, flags, log=folder / "server.log", mounts=[made_models, folder])
    try:
        shared.wait_until_open()
        yield shared
    finally:
        shared.running.kill()


@pytest.fixture
def versions(made_models: Path, tmp_path: Path) -> Versions:
    """An empty model directory of this test, to be filled while a server watches."""
    return Versions(source=made_models / "half_plus", target=tmp_path / "model")
