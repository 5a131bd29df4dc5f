"""From start to open ports."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import grpc
import pytest

from tests.contract.modelserver.asking import answer, get, post, states
from tests.contract.modelserver.watched import model_config, model_entry
from tests.modelserver.running import accepts, eventually, stays

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.modelserver.conftest import StartServer
    from tests.contract.modelserver.watched import Versions

pytestmark = pytest.mark.contract

NO_RETRY = ("--max_num_load_retries=0",)


def test_both_ports_stay_closed_until_the_first_version_is_loaded(
    start_server: StartServer, versions: Versions
) -> None:
    server = start_server("--model_name=m", f"--model_base_path={versions.path}", is_open=False)
    eventually(
        lambda: "Did you forget to name your leaf directory as a number" in server.running.output(), timeout_s=60
    )

    assert stays(lambda: not accepts(server.rest_port) and not accepts(server.grpc_port), for_s=1.5)
    assert server.running.exit_code() is None

    versions.add(1)
    server.wait_until_open()
    assert accepts(server.grpc_port)
    assert answer(server, "m") == 3.0


def test_a_missing_base_path_is_waited_for(start_server: StartServer, tmp_path: Path, versions: Versions) -> None:
    server = start_server("--model_name=m", f"--model_base_path={tmp_path}/late", is_open=False)
    eventually(lambda: "Could not find base path" in server.running.output(), timeout_s=60)

    versions.add(1)
    versions.path.rename(tmp_path / "late")

    server.wait_until_open()
    assert answer(server, "m") == 3.0


def test_a_bucket_of_s3_is_not_read(start_server: StartServer) -> None:
    server = start_server("--model_name=m", "--model_base_path=s3://bucket/m", is_open=False)

    eventually(lambda: "File system scheme 's3' not implemented" in server.running.output(), timeout_s=60)
    assert server.running.exit_code() is None


def test_a_slow_load_keeps_the_ports_closed(start_server: StartServer, made_models: Path) -> None:
    server = start_server("--model_name=m", f"--model_base_path={made_models}/slow_load", is_open=False)

    assert stays(lambda: not accepts(server.rest_port), for_s=6)

    server.wait_until_open()
    assert states(server, "m") == {1: "AVAILABLE"}


def test_a_model_that_fails_all_its_retries_ends_the_server_with_255(
    start_server: StartServer, versions: Versions
) -> None:
    versions.add_broken(1)

    server = start_server(
        "--max_num_load_retries=2",
        "--load_retry_interval_micros=100000",
        f"--model_base_path={versions.path}",
        is_open=False,
    )

    assert server.wait_for_exit() == 255
    output = server.running.output()
    assert "1 servable(s) did not become available" in output
    assert "retry: 1" in output
    assert "retry: 2" in output
    assert "retry: 3" not in output


def test_one_bad_model_ends_the_server_for_the_good_ones_too(
    start_server: StartServer, made_models: Path, versions: Versions, tmp_path: Path
) -> None:
    versions.add_broken(1)
    config = tmp_path / "models.config"
    good, bad = model_entry("good", made_models / "constant_only"), model_entry("bad", versions.path)
    config.write_text(model_config(good, bad))

    server = start_server(*NO_RETRY, f"--model_config_file={config}", is_open=False)

    assert server.wait_for_exit() == 255
    assert "name: bad version: 1" in server.running.output()


def test_a_wrong_tag_fails_the_load(start_server: StartServer, made_models: Path) -> None:
    flags = ("--saved_model_tags=train", f"--model_base_path={made_models}/constant_only")

    server = start_server(*NO_RETRY, *flags, is_open=False)

    assert server.wait_for_exit() == 255
    assert "Could not find meta graph def matching supplied tags: { train }" in server.running.output()


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ("model_config_list { config {", "Invalid protobuf file"),
        ('model_config_list { config { name: "m" base_path: "/m" } }', "model_platform"),
        (
            'model_config_list { config { name: "m" base_path: "relative" model_platform: "tensorflow" } }',
            "absolute path",
        ),
        (
            "model_config_list { "
            'config { name: "m" base_path: "/m" model_platform: "tensorflow" } '
            'config { name: "m" base_path: "/n" model_platform: "tensorflow" } }',
            "multiple times",
        ),
    ],
    ids=["unreadable", "no platform", "relative path", "same name twice"],
)
def test_an_illegal_config_file_ends_with_255(
    start_server: StartServer, tmp_path: Path, config: str, complaint: str
) -> None:
    (tmp_path / "models.config").write_text(config)

    server = start_server(f"--model_config_file={tmp_path}/models.config", is_open=False)

    assert server.wait_for_exit() == 255
    assert complaint in server.running.output()


def test_without_a_rest_port_only_grpc_opens(start_server: StartServer, versions: Versions) -> None:
    versions.add(1)

    server = start_server("--rest_api_port=0", f"--model_base_path={versions.path}", is_open=False)

    eventually(lambda: accepts(server.grpc_port), timeout_s=60, explain=server.running.output)
    assert stays(lambda: not server.is_open(), for_s=0.5)


def test_a_rest_port_equal_to_the_grpc_port_is_skipped_with_an_error(
    start_server: StartServer, versions: Versions
) -> None:
    versions.add(1)
    server = start_server("--rest_api_port=0", f"--model_base_path={versions.path}", is_open=False)
    eventually(lambda: accepts(server.grpc_port), timeout_s=60)
    server.running.kill()

    same = start_server(
        f"--port={server.grpc_port}",
        f"--rest_api_port={server.grpc_port}",
        f"--model_base_path={versions.path}",
        is_open=False,
    )

    eventually(lambda: accepts(server.grpc_port), timeout_s=60)
    eventually(lambda: "http_port cannot be same as grpc_port" in same.running.output(), timeout_s=60)


def test_a_rest_port_that_is_taken_is_only_logged(start_server: StartServer, versions: Versions) -> None:
    versions.add(1)
    with socket.create_server(("0.0.0.0", 0)) as taken:  # noqa: S104 - where the server listens, too
        port = taken.getsockname()[1]
        flags = (f"--rest_api_port={port}", f"--model_base_path={versions.path}")
        server = start_server(*flags, is_open=False)
        eventually(lambda: "Failed to start HTTP Server" in server.running.output(), timeout_s=60)

    assert accepts(server.grpc_port)
    assert server.running.exit_code() is None


def test_a_request_that_takes_longer_than_the_rest_timeout_is_a_gateway_timeout(
    start_server: StartServer, made_models: Path
) -> None:
    flags = ("--rest_api_timeout_in_ms=1", f"--model_base_path={made_models}/cpu_burner")

    server = start_server("--model_name=m", *flags)

    assert post(server, "m:predict", {"instances": [1.0]}).status_code == 504


def test_a_grpc_connection_ends_at_the_age_that_a_channel_argument_sets(
    start_server: StartServer, versions: Versions
) -> None:
    versions.add(1)
    server = start_server(
        "--grpc_channel_arguments=grpc.max_connection_age_ms=300", f"--model_base_path={versions.path}"
    )
    seen: list[grpc.ChannelConnectivity] = []

    with grpc.insecure_channel(server.target) as channel:
        channel.subscribe(seen.append, try_to_connect=True)
        eventually(lambda: grpc.ChannelConnectivity.READY in seen, timeout_s=60)
        eventually(lambda: seen[-1] is not grpc.ChannelConnectivity.READY, timeout_s=60)


def test_variables_that_are_not_uploaded_yet_load_and_then_fail_to_predict(
    start_server: StartServer, versions: Versions
) -> None:
    versions.add(1)
    for file in (versions.path / "1" / "variables").iterdir():
        file.unlink()

    server = start_server("--model_name=m", f"--model_base_path={versions.path}")

    assert states(server, "m") == {1: "AVAILABLE"}
    assert get(server, "m/metadata").status_code == 200
    assert answer(server, "m") is None
