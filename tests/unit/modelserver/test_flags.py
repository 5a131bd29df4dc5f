from __future__ import annotations

import pytest

from tests.modelserver.server.flags import BadFlagError, known, parse, usage


def test_there_are_forty_eight_flags_with_different_names() -> None:
    names = [flag.name for flag in known(cpus=2)]

    assert len(names) == len(set(names)) == 48


def test_defaults_that_depend_on_cpus_are_four_threads_each() -> None:
    flags = parse([], cpus=3)

    assert flags.integer("rest_api_num_threads") == flags.integer("grpc_max_threads") == 12
    assert flags.integer("rest_api_port") == 0
    assert flags.integer("port") == 8500
    assert flags.boolean("enable_profiler")


def test_the_last_of_two_equal_flags_wins() -> None:
    assert parse(["--port=1", "--port=2"], cpus=1).integer("port") == 2


@pytest.mark.parametrize(("argument", "value"), [("--enable_batching", True), ("--enable_batching=false", False)])
def test_a_bool_may_stand_alone(argument: str, value: bool) -> None:
    assert parse([argument], cpus=1).boolean("enable_batching") is value


@pytest.mark.parametrize("argument", ["--nope=1", "-port=1", "port=1", "--port", "--Port=1"])
def test_what_is_not_a_known_flag_is_kept_aside(argument: str) -> None:
    flags = parse([argument, "--port=7"], cpus=1)

    assert flags.unknown == (argument,)
    assert flags.integer("port") == 7


def test_everything_after_two_dashes_is_kept_aside() -> None:
    assert parse(["--", "--port=7"], cpus=1).unknown == ("--", "--port=7")


@pytest.mark.parametrize(
    "argument",
    [
        "--port=",
        "--port=x",
        "--port=1x",
        "--port=1.0",
        "--port=2147483648",
        "--enable_batching=1",
        "--enable_batching=True",
        "--enable_batching_x",
        "--per_process_gpu_memory_fraction=half",
        "--help",
    ],
)
def test_a_bad_value_and_a_call_for_help_are_refused(argument: str) -> None:
    with pytest.raises(BadFlagError):
        parse([argument], cpus=1)


def test_the_usage_names_every_flag() -> None:
    text = usage("server", cpus=1)

    assert all(f"--{flag.name}=" in text for flag in known(cpus=1))
