from __future__ import annotations

import pytest

from tfk8s.model import DType, TensorSpec, shape_text, size_text
from tfk8s.model.shown import listed


def test_a_long_list_of_names_ends_with_their_count() -> None:
    assert listed([f"v{number}" for number in range(8)]) == "v0, v1, v2, v3, v4, v5, v6, v7"
    assert listed([f"v{number}" for number in range(10)]) == "v0, v1, v2, v3, v4, v5, v6, v7 and 2 more"


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (207_248_235, "197.6 MiB"),
        (3 << 40, "3.0 TiB"),
        (5 << 50, "5120.0 TiB"),
    ],
)
def test_sizes_are_written_in_a_fitting_unit(size_bytes: int, text: str) -> None:
    assert size_text(size_bytes) == text


@pytest.mark.parametrize(
    ("shape", "text"), [(None, "unknown_rank"), ((), "()"), ((None, 224, 3), "(-1, 224, 3)"), ((0,), "(0)")]
)
def test_shapes_are_written_as_saved_model_cli_does(shape: tuple[int | None, ...] | None, text: str) -> None:
    assert shape_text(TensorSpec(key="x", name="x:0", dtype=DType.DT_FLOAT, shape=shape)) == text
