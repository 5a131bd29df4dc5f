"""Another configuration for a running server, over gRPC: the step that deadlocks, and the way that works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contract.modelserver.watched import Versions
from tests.modelserver.paths import Paths
from tests.modelserver.running import Server, chosen_launcher, eventually, start, stays
from tfk8s.errors import PreconditionError
from tfk8s.manifest.server_config import ModelConfig, ServerConfig, VersionPolicy, write_server_config
from tfk8s.ports import (
    ByLabel,
    Endpoint,
    ModelServer,
    ServerCode,
    ServerRefusedError,
    ServerUnreachableError,
    ServingState,
)
from tfk8s.serving.connect import ModelServerClients, Timeouts

pytestmark = pytest.mark.contract

MODEL = "half_plus"
SOON_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A server of versions 1 and 2 that has loaded version 1, with the label stable on it."""

    server: Server
    directory: Versions

    def config(self, versions: VersionPolicy, **labels: int) -> ServerConfig:
        model = ModelConfig(name=MODEL, base_path=str(self.directory.path), versions=versions, labels=labels)
        return ServerConfig(models=(model,))

    def endpoint(self) -> Endpoint:
        return Endpoint(transport="grpc", host="127.0.0.1", port=self.server.grpc_port, how="contract test")

    @contextmanager
    def client(self, *, reload_s: float = 15.0) -> Iterator[ModelServer]:
        timeouts = Timeouts(connect_s=20.0, total_s=60.0, reload_s=reload_s)
        with ModelServerClients(timeouts=timeouts).connect(self.endpoint()) as client:
            yield client


@contextmanager
def labelled_server(folder: Path, *, paths: Paths, models: Path, poll_s: int = 1) -> Iterator[Labelled]:
    directory = Versions(source=models / MODEL, target=folder / "model")
    for number in (1, 2):
        directory.add(number)
    file = folder / "models.config"
    first = ModelConfig(name=MODEL, base_path=str(directory.path), versions=(1,), labels={"stable": 1})
    file.write_text(write_server_config(ServerConfig(models=(first,))))
    flags = [
        f"--model_config_file={file}",
        "--allow_version_labels_for_unavailable_models=true",
        f"--file_system_poll_wait_seconds={poll_s}",
    ]
    server = start(chosen_launcher(paths.wrapper), flags, log=folder / "server.log", mounts=[folder, models])
    try:
        server.wait_until_open(90.0)
        yield Labelled(server=server, directory=directory)
    finally:
        server.running.kill()


@pytest.fixture
def labelled(tmp_path: Path, model_server_paths: Paths, made_models: Path) -> Iterator[Labelled]:
    with labelled_server(tmp_path, paths=model_server_paths, models=made_models) as made:
        yield made


def states(client: ModelServer) -> dict[int, ServingState]:
    return {state.number: state.state for state in client.status(MODEL)}


def test_a_version_and_its_label_in_one_step_are_refused_and_the_version_is_never_loaded(labelled: Labelled) -> None:
    """K12: serving#1608, serving#1230."""
    with labelled.client() as client:
        with pytest.raises(ServerRefusedError) as refused:
            client.reload(labelled.config((1, 2), stable=2))

        assert refused.value.code is ServerCode.FAILED_PRECONDITION
        assert "not currently available" in refused.value.answer
        assert "load the version first" in (refused.value.hint or "")
        assert stays(lambda: states(client) == {1: ServingState.AVAILABLE}, for_s=2.5)
        assert client.metadata(MODEL, target=ByLabel(label="stable")).version == 1


def test_in_two_steps_the_version_is_loaded_and_the_label_moves_and_then_the_old_one_can_go(
    labelled: Labelled,
) -> None:
    with labelled.client() as client:
        client.reload(labelled.config((1, 2), stable=1))
        eventually(lambda: states(client).get(2) is ServingState.AVAILABLE, timeout_s=SOON_S)
        assert client.metadata(MODEL, target=ByLabel(label="stable")).version == 1

        client.reload(labelled.config((1, 2), stable=2))
        assert client.metadata(MODEL, target=ByLabel(label="stable")).version == 2, "a label moves at once"

        client.reload(labelled.config((2,), stable=2))
        eventually(lambda: states(client)[1] is ServingState.END, timeout_s=SOON_S)
        assert client.metadata(MODEL, target=ByLabel(label="stable")).version == 2


def test_every_form_of_a_configuration_is_taken_as_the_server_writes_it(labelled: Labelled) -> None:
    with labelled.client() as client:
        client.reload(labelled.config("all", stable=1))
        eventually(lambda: states(client).get(2) is ServingState.AVAILABLE, timeout_s=SOON_S)
        client.reload(labelled.config("latest"))
        eventually(lambda: states(client)[1] is ServingState.END, timeout_s=SOON_S)
        with pytest.raises(ServerRefusedError, match="stable"):
            client.metadata(MODEL, target=ByLabel(label="stable"))


def test_a_call_that_hangs_ends_at_its_own_limit(tmp_path: Path, model_server_paths: Paths, made_models: Path) -> None:
    """serving#1447, serving#1565: with a new model the server answers when it is loaded, which is never here."""
    with labelled_server(tmp_path, paths=model_server_paths, models=made_models, poll_s=0) as made:
        (known,) = made.config((1,)).models
        new = ModelConfig(name="new", base_path=known.base_path)
        with made.client(reload_s=1.0) as client, pytest.raises(ServerUnreachableError, match="within 1 s"):
            client.reload(ServerConfig(models=(known, new)))


def test_over_rest_there_is_no_such_call_and_nothing_is_sent() -> None:
    endpoint = Endpoint(transport="rest", host="127.0.0.1", port=1, how="contract test")
    with ModelServerClients().connect(endpoint) as client, pytest.raises(PreconditionError, match="REST API"):
        client.reload(ServerConfig(models=()))
