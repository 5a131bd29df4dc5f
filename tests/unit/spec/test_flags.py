"""The table of the server's flags."""

from __future__ import annotations

from tfk8s.spec import SERVER_FLAGS, flag_text
from tfk8s.spec.flags import GONE_FLAGS, NEWEST, FlagValue, misfit


def test_the_table_counts_as_the_release_branches_do() -> None:
    """Counts of flags in main.cc of the branches, from tf-serving.md 4.1 (29 in 2.0 include one that was removed)."""
    count = {
        release: sum(flag.since <= release for flag in SERVER_FLAGS.values())
        for release in [(2, 6), (2, 11), (2, 15), (2, 20)]
    }

    assert count == {(2, 6): 40, (2, 11): 43, (2, 15): 46, (2, 20): 48}


def test_a_value_is_written_as_the_server_parses_it() -> None:
    values: list[FlagValue] = [True, False, 3, 0.5, "a b"]

    assert [flag_text(value) for value in values] == ["true", "false", "3", "0.5", "a b"]


def test_each_kind_of_flag_takes_its_kind_of_value() -> None:
    fits: dict[str, FlagValue] = {
        "enable_profiler": False,
        "grpc_max_threads": -(2**31),
        "load_retry_interval_micros": 2**63 - 1,
        "per_process_gpu_memory_fraction": 1,
        "saved_model_tags": "serve,gpu",
    }

    assert [misfit(SERVER_FLAGS[name], value) for name, value in fits.items()] == [None] * 5


def test_a_control_character_is_no_part_of_a_flag() -> None:
    assert (
        misfit(SERVER_FLAGS["saved_model_tags"], "a\0b")
        == "must be text without control characters; write it in quotes"
    )


def test_a_flag_that_is_gone_is_in_the_releases_between() -> None:
    """29 flags in 2.0 are the 28 of the table and this one."""
    gone = GONE_FLAGS["use_tflite_model"]

    assert sum(flag.is_in((2, 0)) for flag in SERVER_FLAGS.values()) + gone.is_in((2, 0)) == 29
    assert [gone.is_in(release) for release in [(1, 15), (2, 2), (2, 3), NEWEST]] == [False, True, False, False]
