from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.render.sizing import (
    MIB,
    ModelLoad,
    compute_threads,
    copies_in_memory,
    memory_bytes,
    processors,
    request_threads,
)

RESNET = ModelLoad(name="resnet", largest_bytes=205 * 1000 * 1000, initial_bytes=205 * 1000 * 1000)


def test_memory_of_resnet50_is_the_sum_that_the_reason_states() -> None:
    memory = memory_bytes([RESNET])

    assert memory.value == 1536 * MIB
    assert memory.reason == (
        "768 MiB for the server + 2 x 1.2 x 196 MiB for 'resnet' + 256 MiB for running requests, "
        "rounded up to 64 MiB; a new version is loaded before the old one is dropped"
    )


def test_a_model_of_a_few_bytes_still_gets_room_for_tensorflow_itself() -> None:
    tiny = ModelLoad(name="half_plus_two", largest_bytes=12_000, initial_bytes=12_000)

    assert memory_bytes([tiny]).value >= 1024 * MIB


@given(st.lists(st.integers(min_value=0, max_value=2**40), min_size=1, max_size=4))
def test_memory_holds_two_copies_of_every_model_beside_the_server(sizes: list[int]) -> None:
    loads = [ModelLoad(name=f"m{index}", largest_bytes=size, initial_bytes=size) for index, size in enumerate(sizes)]

    memory = memory_bytes(loads).value

    assert memory > 2 * sum(sizes) * 1.19 + 768 * MIB
    assert memory % (64 * MIB) == 0


@given(st.integers(min_value=0, max_value=2**40), st.integers(min_value=0, max_value=2**40))
def test_a_larger_model_never_gets_less_memory(one: int, other: int) -> None:
    small, large = (
        memory_bytes([ModelLoad(name="m", largest_bytes=size, initial_bytes=size)]).value
        for size in sorted((one, other))
    )

    assert small <= large


@pytest.mark.parametrize(
    ("served", "can_grow", "copies"), [(1, False, 2), (1, True, 2), (2, False, 2), (2, True, 3), (5, False, 5)]
)
def test_copies_count_the_versions_served_and_the_one_on_its_way(served: int, can_grow: bool, copies: int) -> None:
    assert copies_in_memory(served=served, can_grow=can_grow) == copies


@pytest.mark.parametrize(("millis", "count"), [(1, 1), (500, 1), (1000, 1), (1500, 2), (4000, 4), (32000, 32)])
def test_threads_follow_the_limit_and_are_at_least_one(millis: int, count: int) -> None:
    assert processors(millis) == count
    assert compute_threads(millis).value == count
    assert request_threads(millis).value == 4 * count


def test_the_reason_names_the_limit() -> None:
    assert "4 CPU" in compute_threads(4000).reason
    assert "500m CPU" in request_threads(500).reason
