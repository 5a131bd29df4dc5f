"""Two running servers behind a fake cluster, asked as pods are: what they do to each other's picture is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.contract.modelserver.watched import Versions
from tests.fakes.cluster import FakeCluster
from tests.fakes.service import NAME
from tests.modelserver.paths import Paths
from tests.modelserver.running import Server, chosen_launcher, eventually, start, stays
from tests.unit.app.fleet_stage import NAMED, running_stage, write_config
from tfk8s.app.fleet import read_fleet
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import object_at
from tfk8s.manifest.server_config import ModelConfig, ServerConfig, VersionPolicy, write_server_config
from tfk8s.ports import Endpoint, Transport
from tfk8s.rollout.fleet import Fleet, FleetFinding, fleet_findings
from tfk8s.serving.connect import ModelServerClients, Timeouts

pytestmark = pytest.mark.contract

SOON_S = 60.0
POLL_S = 1
SERVERS = ModelServerClients(timeouts=Timeouts(connect_s=20.0, total_s=60.0))


class Leading(FakeCluster):
    """Forwards a port of the pod -0 to the first server, of the pod -1 to the second."""

    def __init__(self, servers: tuple[Server, ...], transport: Transport) -> None:
        super().__init__()
        self._ports = tuple(each.rest_port if transport == "rest" else each.grpc_port for each in servers)
        self._transport = transport

    @contextmanager
    def forward(self, pod: ObjectRef, *, port: int) -> Iterator[int]:
        del port
        yield self._ports[int(pod.name.rpartition("-")[2])]

    def list(self, query: Any) -> tuple[JsonObject, ...]:
        return tuple(self._with_port(body) if body["kind"] == "Pod" else body for body in super().list(query))

    def _with_port(self, pod: JsonObject) -> JsonObject:
        container: JsonObject = {"name": "server", "ports": [{"name": self._transport, "containerPort": 1}]}
        return {**pod, "spec": {**object_at(pod, "spec"), "containers": [container]}}


@dataclass(frozen=True, kw_only=True)
class Two:
    """Two servers that started with the same configuration, on a directory each."""

    servers: tuple[Server, Server]
    directories: tuple[Versions, Versions]

    @property
    def base_path(self) -> str:
        return str(self.directories[0].path)

    def config(self, versions: VersionPolicy, **labels: int) -> ServerConfig:
        return config_at(self.directories[0].path, versions, **labels)

    def reload(self, index: int, config: ServerConfig) -> None:
        """Tell one server alone, as somebody with its gRPC port can."""
        (model,) = config.models
        own = replace(model, base_path=str(self.directories[index].path))
        port = self.servers[index].grpc_port
        with SERVERS.connect(Endpoint(transport="grpc", host="127.0.0.1", port=port, how="test")) as client:
            client.reload(ServerConfig(models=(own,)))

    def fleet(self, config: ServerConfig, *, transport: Transport = "rest") -> Fleet:
        """What `versions list` would see with this configuration in the ConfigMap."""
        stage = running_stage(config, cluster=Leading(self.servers, transport))
        write_config(stage, config)
        return read_fleet(NAMED, cluster=stage.cluster, servers=SERVERS)

    def findings(self, config: ServerConfig, *, transport: Transport = "rest") -> tuple[FleetFinding, ...]:
        return fleet_findings(self.fleet(config, transport=transport))

    def codes(self, config: ServerConfig, *, transport: Transport = "rest") -> list[tuple[str, str]]:
        """The end of each pod's name, and the rule."""
        return [(found.place[-2:], found.code) for found in self.findings(config, transport=transport)]


def config_at(path: Path, versions: VersionPolicy, **labels: int) -> ServerConfig:
    return ServerConfig(models=(ModelConfig(name=NAME, base_path=str(path), versions=versions, labels=labels),))


@contextmanager
def two_servers(
    folder: Path, *, paths: Paths, models: Path, versions: VersionPolicy, present: tuple[int, ...], **labels: int
) -> Iterator[Two]:
    started: list[Server] = []
    directories = []
    try:
        for index in range(2):
            directory = Versions(source=models / "half_plus", target=folder / f"model-{index}")
            directories.append(directory)
            for number in present:
                directory.add(number)
            file = folder / f"models-{index}.config"
            file.write_text(write_server_config(config_at(directory.path, versions, **labels)))
            flags = [
                f"--model_config_file={file}",
                "--allow_version_labels_for_unavailable_models=true",
                f"--file_system_poll_wait_seconds={POLL_S}",
                "--max_num_load_retries=0",
            ]
            log = folder / f"server-{index}.log"
            started.append(start(chosen_launcher(paths.wrapper), flags, log=log, mounts=[folder, models]))
        for each in started:
            each.wait_until_open(90.0)
        yield Two(servers=(started[0], started[1]), directories=(directories[0], directories[1]))
    finally:
        for each in started:
            each.running.kill()


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory, model_server_paths: Paths, made_models: Path) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("labelled")
    with two_servers(
        folder, paths=model_server_paths, models=made_models, versions=(1, 2), present=(1, 2), stable=1
    ) as made:
        yield made


@pytest.fixture(scope="module")
def watching(tmp_path_factory: pytest.TempPathFactory, model_server_paths: Paths, made_models: Path) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("watching")
    with two_servers(folder, paths=model_server_paths, models=made_models, versions="latest", present=(1,)) as made:
        yield made


def test_a_label_that_moved_on_one_of_two_servers_is_told_over_rest_and_grpc(
    labelled: Two, transport: Transport
) -> None:
    config = labelled.config((1, 2), stable=1)
    assert labelled.codes(config, transport=transport) == []

    labelled.reload(1, labelled.config((1, 2), stable=2))

    (found,) = labelled.findings(config, transport=transport)
    assert (found.place[-2:], found.code) == ("-1", "label-elsewhere")
    assert "points to version 2, and should to 1" in found.symptom
    labelled.reload(1, config)
    assert labelled.codes(config, transport=transport) == []


def test_a_label_that_a_server_does_not_have_is_told_over_rest_and_grpc(labelled: Two, transport: Transport) -> None:
    config = labelled.config((1, 2), stable=1)

    labelled.reload(0, labelled.config((1, 2)))

    assert labelled.codes(config, transport=transport) == [("-0", "label-unknown")]
    labelled.reload(0, config)


def test_a_version_that_one_server_unloaded_and_a_label_that_points_to_it_are_told(labelled: Two) -> None:
    config = labelled.config((1, 2), next=2)
    for index in range(2):
        labelled.reload(index, config)
    assert labelled.codes(config) == []

    labelled.directories[0].remove(2)
    labelled.reload(0, replace_versions(config, (1, 3)))  # the label stays where it was: at what is gone

    eventually(
        lambda: labelled.codes(config) == [("-0", "version-unloaded"), ("-0", "label-unserved")],
        timeout_s=SOON_S,
        explain=lambda: str(labelled.findings(config)),
    )
    labelled.directories[0].add(2)
    for index in range(2):
        labelled.reload(index, labelled.config((1, 2)))
    eventually(lambda: labelled.codes(labelled.config((1, 2))) == [], timeout_s=SOON_S)
    for index in range(2):
        labelled.reload(index, labelled.config((1, 2), stable=1))


def replace_versions(config: ServerConfig, versions: VersionPolicy) -> ServerConfig:
    (model,) = config.models
    return ServerConfig(models=(replace(model, versions=versions),))


def test_a_configured_version_without_a_directory_is_absent_everywhere(labelled: Two) -> None:
    assert labelled.codes(labelled.config((1, 2, 7), stable=1)) == [
        ("-0", "version-absent"),
        ("-1", "version-absent"),
    ]


def test_a_model_that_the_servers_never_saw_is_told(labelled: Two) -> None:
    (model,) = labelled.config("latest").models
    other = ServerConfig(models=(replace(model, name="another"),))

    assert labelled.codes(other) == [("-0", "model-unknown"), ("-1", "model-unknown")]


def test_a_failed_load_is_told_with_the_words_of_the_server_and_its_remedy_is_the_one_that_works(
    watching: Two,
) -> None:
    """serving#1738, serving#572: files mended in place are never looked at again."""
    config, broken = watching.config("latest"), watching.directories[1]
    watching.directories[0].add(2)
    eventually(lambda: watching.fleet(config).pods[0].available == {(NAME, 2)}, timeout_s=SOON_S)
    broken.add_broken(2)
    eventually(
        lambda: [code for _, code in watching.codes(config)] == ["load-failed"],
        timeout_s=SOON_S,
        explain=lambda: str(watching.findings(config)),
    )
    (found,) = watching.findings(config)
    assert (found.place[-2:], found.version, found.is_passing) == ("-1", 2, False)
    assert found.symptom.endswith("other pods serve it")
    assert ": " in found.cause

    good = (watching.directories[0].path / "2" / "saved_model.pb").read_bytes()
    (broken.path / "2" / "saved_model.pb").write_bytes(good)
    assert stays(lambda: watching.codes(config) != [], for_s=2.5 * POLL_S)

    away = broken.path.parent / "away"
    (broken.path / "2").rename(away)
    eventually(lambda: watching.fleet(config).pods[1].available == {(NAME, 1)}, timeout_s=SOON_S)
    assert stays(lambda: watching.codes(config) != [], for_s=2.0 * POLL_S)
    away.rename(broken.path / "2")
    eventually(lambda: watching.codes(config) == [], timeout_s=SOON_S)


def test_a_server_that_is_gone_hides_nothing_of_the_other(watching: Two) -> None:
    config = watching.config("latest")
    watching.servers[1].running.kill()

    (found,) = watching.findings(config)

    assert (found.place[-2:], found.code) == ("-1", "pod-silent")
    assert watching.fleet(config).pods[0].available
