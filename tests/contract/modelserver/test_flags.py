"""The command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.modelserver.asking import answer

if TYPE_CHECKING:
    from tests.contract.modelserver.conftest import StartServer
    from tests.contract.modelserver.watched import Versions

pytestmark = pytest.mark.contract

EVERY_FLAG = [
    "allow_version_labels_for_unavailable_models=false",
    "batching_parameters_file=",
    "enable_batching=false",
    "enable_grpc_healthcheck_service=false",
    "enable_model_warmup=true",
    "enable_per_model_batching_parameters=false",
    "enable_profiler=false",
    "enable_serialization_as_tensor_content=false",
    "enable_signature_method_name_check=false",
    "file_system_poll_wait_seconds=1",
    "flush_filesystem_caches=true",
    "grpc_channel_arguments=",
    "grpc_max_threads=4",
    "grpc_socket_path=",
    "load_retry_interval_micros=1000",
    "max_num_load_retries=0",
    "mixed_precision=",
    "model_config_file=",
    "model_config_file_poll_wait_seconds=0",
    "model_name=m",
    "monitoring_config_file=",
    "num_load_threads=1",
    "num_request_iterations_for_warmup=0",
    "num_tflite_interpreters_per_pool=1",
    "num_tflite_pools=1",
    "num_unload_threads=1",
    "per_process_gpu_memory_fraction=0",
    "platform_config_file=",
    "prefer_tflite_model=false",
    "remove_unused_fields_from_bundle_metagraph=true",
    "rest_api_enable_cors_support=false",
    "rest_api_num_threads=4",
    "rest_api_timeout_in_ms=30000",
    "saved_model_tags=serve",
    "skip_initialize_tpu=false",
    "ssl_config_file=",
    "tensorflow_inter_op_parallelism=1",
    "tensorflow_intra_op_parallelism=1",
    "tensorflow_session_config_file=",
    "tensorflow_session_parallelism=0",
    "thread_pool_factory_config_file=",
    "use_alts_credentials=false",
    "version=false",
    "xla_cpu_compilation_enabled=false",
    "xla_gpu_compilation_enabled=false",
]


def test_every_flag_of_the_release_is_known(start_server: StartServer, versions: Versions) -> None:
    versions.add(1)

    server = start_server(*(f"--{flag}" for flag in EVERY_FLAG), f"--model_base_path={versions.path}")

    assert len(EVERY_FLAG) == 48 - 3  # the two ports and the base path are set for each server
    assert "unknown argument" not in server.running.output()
    assert answer(server, "m") == 3.0


def test_an_unknown_flag_is_printed_and_the_last_of_two_equal_flags_wins(
    start_server: StartServer, versions: Versions
) -> None:
    versions.add(1)

    server = start_server(
        "--model_name=first", "--model_name=last", "--no_such_flag=1", f"--model_base_path={versions.path}"
    )

    assert "unknown argument: --no_such_flag=1" in server.running.output()
    assert answer(server, "last") == 3.0
    assert answer(server, "first") is None


def test_a_value_after_a_space_is_not_the_value_of_the_flag(start_server: StartServer, versions: Versions) -> None:
    versions.add(1)

    server = start_server("--model_name", "spaced", f"--model_base_path={versions.path}")

    assert "unknown argument: --model_name" in server.running.output()
    assert answer(server, "default") == 3.0


@pytest.mark.parametrize(
    "flag", ["--port=abc", "--port=", "--enable_batching=yes", "--max_num_load_retries=1.5", "--help"]
)
def test_a_bad_value_prints_the_usage_and_ends_with_255(start_server: StartServer, flag: str) -> None:
    server = start_server(flag, is_open=False)

    assert server.wait_for_exit() == 255
    assert "usage:" in server.running.output()


def test_neither_a_base_path_nor_a_config_file_ends_with_255(start_server: StartServer) -> None:
    assert start_server(is_open=False).wait_for_exit() == 255


@pytest.mark.parametrize(
    "flags",
    [
        (
            "--tensorflow_session_parallelism=1",
            "--tensorflow_intra_op_parallelism=1",
            "--tensorflow_inter_op_parallelism=1",
        ),
        ("--batching_parameters_file=/nonexistent",),
    ],
    ids=["all three parallelism flags", "a batching file without batching"],
)
def test_flags_that_exclude_each_other_end_with_255(
    start_server: StartServer, versions: Versions, flags: tuple[str, ...]
) -> None:
    versions.add(1)

    server = start_server(*flags, f"--model_base_path={versions.path}", is_open=False)

    assert server.wait_for_exit() == 255
