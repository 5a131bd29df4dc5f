"""Command lines of a server on this computer."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from tfk8s.ports import LocalRun
from tfk8s.serving.local_command import DockerSettings, binary_command, docker_command, local_files

CONFIG = """\
model_config_list {
  config {
    name: "a"
    base_path: "/models/a"
  }
  config {
    name: "ab"
    base_path: "/models/ab"
  }
}
"""
RUN = LocalRun(
    name="svc",
    image="tensorflow/serving:2.20.0",
    arguments=("--model_config_file=/etc/tfk8s/models.config", "--enable_profiler=false", "--x=a=/etc/tfk8s/no"),
    environment={"TF_CPP_MIN_LOG_LEVEL": "1"},
    files={"/etc/tfk8s/models.config": CONFIG, "/etc/tfk8s/monitoring.config": "prometheus_config {\n}\n"},
    directories={"/models/a": Path("/home/me/a"), "/models/ab": Path('/home/me/my "models", all/é')},
    rest_port=9501,
    grpc_port=9500,
)
DOCKER = DockerSettings(container="tfk8s-serve-svc-1", user="1000:1000", folder=Path("/tmp/x"))


def values_of(command: tuple[str, ...], option: str) -> list[str]:
    return [value for name, value in pairwise(command) if name == option]


def test_docker_publishes_on_loopback_alone() -> None:
    command = docker_command(RUN, settings=DOCKER)

    assert values_of(command, "--publish") == ["127.0.0.1:9501:8501", "127.0.0.1:9500:8500"]
    assert "--network" not in command


def test_docker_gets_the_containers_arguments_behind_the_image() -> None:
    command = docker_command(RUN, settings=DOCKER)

    assert command[command.index(RUN.image) + 1 :] == RUN.arguments
    assert values_of(command, "--env") == ["TF_CPP_MIN_LOG_LEVEL=1"]


def test_docker_runs_with_no_more_rights_than_in_the_cluster() -> None:
    command = docker_command(RUN, settings=DOCKER)

    assert values_of(command, "--user") == ["1000:1000"]
    assert values_of(command, "--cap-drop") == ["ALL"]
    assert values_of(command, "--security-opt") == ["no-new-privileges"]
    assert "--read-only" in command
    assert "--rm" in command


def test_every_mount_is_read_only_and_odd_paths_are_quoted_as_csv() -> None:
    assert values_of(docker_command(RUN, settings=DOCKER), "--mount") == [
        "type=bind,source=/tmp/x/etc-tfk8s-models.config,target=/etc/tfk8s/models.config,readonly",
        "type=bind,source=/tmp/x/etc-tfk8s-monitoring.config,target=/etc/tfk8s/monitoring.config,readonly",
        "type=bind,source=/home/me/a,target=/models/a,readonly",
        'type=bind,"source=/home/me/my ""models"", all/é",target=/models/ab,readonly',
    ]


def test_the_binary_gets_the_ports_first_and_the_files_where_they_are() -> None:
    command = binary_command(RUN, program="/usr/bin/tensorflow_model_server", folder=Path("/tmp/x"))

    assert command == (
        "/usr/bin/tensorflow_model_server",
        "--port=9500",
        "--rest_api_port=9501",
        "--model_config_file=/tmp/x/etc-tfk8s-models.config",
        "--enable_profiler=false",
        "--x=a=/etc/tfk8s/no",
    )


def test_the_binarys_config_names_the_directories_of_this_computer() -> None:
    config = local_files(RUN)["etc-tfk8s-models.config"]

    assert 'base_path: "/home/me/a"\n' in config
    assert 'base_path: "/home/me/my \\"models\\", all/\\303\\251"\n' in config
    assert "/models/a" not in config
