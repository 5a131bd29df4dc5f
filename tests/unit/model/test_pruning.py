"""Large constants are left out; names, signatures and calls stay."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from tests.unit.model.savedmodels import Version, graph, saved_model, with_calls
from tfk8s.model import read_model
from tfk8s.model.calls import places
from tfk8s.model.graph import read_graphs
from tfk8s.model.pruning import read_graph_bytes, without_large_values
from tfk8s.model.wire import varint

MIB = 1 << 20


def _field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def _with_constant(size: int, *, in_function: bool = False) -> bytes:
    """A whole SavedModel with a Const node that holds `size` bytes, in the graph or in a function."""
    meta_graph = with_calls(graph(functions={"f": ("ReadFile",), "g": ("PyFunc",)}), calls={"": ["f"]})
    value = _field(1, b"value") + _field(2, _field(8, _field(4, bytes(size))))
    node = _field(1, b"weights") + _field(2, b"Const") + _field(5, value)
    place = _field(2, _field(1, _field(1, _field(1, b"h")) + _field(3, node))) if in_function else _field(1, node)
    return b"\x08\x01" + _field(2, meta_graph.SerializeToString() + _field(2, place))


@pytest.mark.parametrize("in_function", [False, True])
def test_a_large_constant_is_left_out_and_nothing_else(in_function: bool) -> None:
    whole = _with_constant(MIB, in_function=in_function)

    cut = without_large_values(whole)

    assert len(cut) < 2000
    assert read_graphs(cut) == read_graphs(whole)
    suspects = ("ReadFile", "PyFunc")
    assert places(cut, index=0, operations=suspects) == places(whole, index=0, operations=suspects)
    assert places(cut, index=0, operations=suspects) == ({"ReadFile": "f"}, {"PyFunc": "g"})


def test_a_graph_without_large_values_is_copied_byte_for_byte() -> None:
    whole = saved_model(graph(functions={"f": ("MatMul",)}), graph(tags=("train",)))

    assert without_large_values(whole) == whole


def test_fields_of_every_kind_are_copied() -> None:
    scalars = b"\x08\x96\x01" + b"\x19" + bytes(8) + b"\x25" + bytes(4) + b"\x2a\x02ab"

    assert without_large_values(scalars) == scalars


@pytest.mark.parametrize(
    "broken", [b"\x19" + bytes(7), b"\x25" + bytes(3), b"\x0b", b"\x12\x05abc", b"\x08" + b"\xff" * 11]
)
def test_what_is_no_message_is_left_to_the_decoder(broken: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of the three that read_graph_bytes catches
        without_large_values(broken)


def test_two_gibibytes_are_too_large_for_any_reader(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    with (tmp_path / "1" / "saved_model.pb").open("wb") as file:
        file.truncate(2**31)  # a hole, which takes no space

    (finding,) = read_model(tmp_path).findings

    assert finding.code == "graph-too-large"


def test_a_large_file_is_read_in_a_fraction_of_its_size(tmp_path: Path) -> None:
    Version(graph_bytes=_with_constant(20 * MIB)).write(tmp_path / "1")

    tracemalloc.start()
    info = read_model(tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert info.latest is not None
    assert info.latest.size_bytes > 20 * MIB
    assert [finding.code for finding in info.findings] == ["operation-outside", "operation-unused"]
    assert peak < 4 * MIB


@pytest.mark.parametrize("keep", [17 * MIB, 20 * MIB])
def test_a_large_file_that_is_cut_off_is_noticed(tmp_path: Path, keep: int) -> None:
    Version(graph_bytes=_with_constant(20 * MIB)[:keep]).write(tmp_path / "1")

    assert [finding.code for finding in read_model(tmp_path).findings] == ["graph-truncated"]


@pytest.mark.parametrize("start", [b"\xff" * 20, b"\x0f", b"\x12\xff\xff\xff\xff\x7f"])
def test_a_large_file_that_is_something_else_is_noticed(tmp_path: Path, start: bytes) -> None:
    Version(graph_bytes=start + bytes(17 * MIB)).write(tmp_path / "1")

    (finding,) = read_model(tmp_path).findings

    assert finding.code in ("graph-corrupt", "graph-truncated")


def test_a_small_file_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "saved_model.pb"
    path.write_bytes(_with_constant(MIB))

    assert read_graph_bytes(path) == path.read_bytes()
