"""Flags against the release that the image names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.check.objects import DEPLOYMENT, changed, container
from tfk8s.check.servers import Server, release_of, server_findings
from tfk8s.manifest import Manifest


def _told(*args: str, release: tuple[int, int] | None = (2, 20), **fields: Any) -> list[tuple[str, str]]:
    def told(body: dict[str, Any]) -> None:
        container(body).update(args=list(args), **fields)

    deployment = Manifest.of(changed(DEPLOYMENT, told))
    servers = {deployment.ref: Server(container=0, release=release)}
    return [(finding.code, finding.message) for finding in server_findings((deployment,), servers=servers)]


def _codes(*args: str, release: tuple[int, int] | None = (2, 20), **fields: Any) -> list[str]:
    return [code for code, _ in _told(*args, release=release, **fields)]


@pytest.mark.parametrize(
    ("args", "codes"),
    [
        (["--enable_profiler=false", "--rest_api_num_threads=8", "--per_process_gpu_memory_fraction=0.5"], []),
        (["--enable_profiller=false"], ["flag-unknown"]),
        (["--enable-profiler=false"], ["flag-unknown"]),
        (["--use_tflite_model=true"], ["flag-release"]),
        (["--port=http"], ["flag-value"]),
        (["--rest_api_num_threads=2147483648"], ["flag-value"]),
        (["--enable_batching=yes"], ["flag-value"]),
        (["--port=$(GRPC)"], []),
        (["--port", "8501"], []),
        (["--tensorflow_session_parallelism=2", "--tensorflow_intra_op_parallelism=2"], ["flag-clash"]),
        (["--tensorflow_session_parallelism=2", "--tensorflow_intra_op_parallelism=0"], []),
        (["--batching_parameters_file=/b"], ["flag-clash"]),
        (["--batching_parameters_file=/b", "--enable_batching"], []),
        (["--ssl_config_file=/s", "--use_alts_credentials=true"], ["flag-clash"]),
        (["--rest_api_port=8500"], ["flag-clash"]),
        (["--port=8501"], ["flag-clash"]),
        (["--model_config_file=/m", "--model_name=a"], ["flag-ignored"]),
        (["--file_system_poll_wait_seconds=0"], ["file-poll"]),
        (["--file_system_poll_wait_seconds=-1"], ["file-poll"]),
        (["--model_base_path=gs://b/m"], ["file-poll"]),
        (["--model_base_path=gs://b/m", "--file_system_poll_wait_seconds=30"], []),
        (["--model_base_path=s3://b/m"], ["path-scheme"]),
        (["--model_base_path=hdfs://b/m"], ["path-scheme"]),
    ],
)
def test_each_way_to_tell_the_server_something_wrong_is_found(args: list[str], codes: list[str]) -> None:
    assert _codes(*args) == codes


def test_a_flag_is_held_against_the_release_of_the_image() -> None:
    args = ["--enable_grpc_healthcheck_service=true"]

    assert _codes(*args, release=(2, 15)) == []
    ((code, message),) = _told(*args, release=(2, 14))
    assert (code, message) == (
        "flag-release",
        "--enable_grpc_healthcheck_service exists since 2.15, and the server is 2.14: it starts without it",
    )
    assert _codes("--use_tflite_model=true", release=(2, 1)) == []
    assert _codes("--model_base_path=s3://b/m", "--file_system_poll_wait_seconds=9", release=(2, 6)) == []


@pytest.mark.parametrize("release", [None, (2, 99), (1, 2)])
def test_an_unknown_release_is_told_and_the_newest_one_taken(release: tuple[int, int] | None) -> None:
    found = _told("--enable_serialization_as_tensor_content=true", "--nope=1", release=release)

    assert [code for code, _ in found] == ["release-unknown", "flag-unknown"]
    assert "checked against the newest" in found[0][1]


@pytest.mark.parametrize(
    ("image", "release"),
    [
        ("tensorflow/serving:2.14.1", (2, 14)),
        ("registry.example.com:5000/team/tensorflow-serving:2.6.0-gpu@sha256:" + "0" * 64, (2, 6)),
        ("tensorflow/serving", None),
        ("tensorflow/serving:latest", None),
        ("tensorflow/serving:3.1.0", None),
        ("team/resnet:17", None),
        ("no image at all", None),
    ],
)
def test_the_tag_names_the_release(image: str, release: tuple[int, int] | None) -> None:
    assert release_of(image) == release


def test_what_a_shell_or_another_program_is_told_is_not_guessed() -> None:
    assert _codes("--nope=1", command=["sh", "-c", "run"]) == []
    assert _codes("--nope=1", command=["/app/wrapper"]) == []


def test_flags_behind_the_servers_own_path_are_read() -> None:
    command = ["/usr/bin/tensorflow_model_server", "--port=8501", "--rest_api_port=8501"]

    assert _codes("--nope=1", command=command) == ["flag-unknown", "flag-clash"]


def test_a_variable_of_the_manifest_is_read_as_the_kubelet_does() -> None:
    variables = [{"name": "PORT", "value": "8501"}, {"name": "SECRET", "valueFrom": {}}]

    assert _codes("--port=$(PORT)", env=variables) == ["flag-clash"]
    assert _codes("--port=$(SECRET)", env=variables) == []
    assert _codes("--port=$$(PORT)", env=variables) == ["flag-value"]
