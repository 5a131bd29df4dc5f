"""`variables/` against the graph and the index; case K03."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.unit.model.savedmodels import Variable, Version, graph, index, saved_model, with_variables
from tfk8s.model import ModelInfo, read_model
from tfk8s.model.sstable import TableError
from tfk8s.model.variables import read_bundle


def _codes(info: ModelInfo) -> list[str]:
    return [finding.code for finding in info.findings]


def _read(base: Path, version: Version) -> ModelInfo:
    version.write(base / "1")
    return read_model(base)


def test_a_model_with_whole_variables_can_be_served(tmp_path: Path) -> None:
    info = _read(tmp_path, with_variables())

    assert info.servable
    assert info.findings == ()
    assert info.latest is not None
    assert info.latest.variables_bytes == 8
    assert info.latest.has_variables


@pytest.mark.parametrize("operation", ["VarHandleOp", "VariableV2", "Variable"])
def test_variables_without_their_directory_are_an_error(tmp_path: Path, operation: str) -> None:
    """K03.1."""
    info = _read(tmp_path, Version(graph_bytes=saved_model(graph(operations=(operation,)))))

    assert not info.servable
    (finding,) = info.findings
    assert finding.code == "variables-missing"
    assert "variables" in finding.message
    assert finding.where == str(tmp_path / "1" / "variables")


def test_constants_only_need_no_variables_directory(tmp_path: Path) -> None:
    """K03.2."""
    info = _read(tmp_path, Version())

    assert info.servable
    assert info.latest is not None
    assert not info.latest.has_variables
    assert info.latest.variables_bytes == 0


def test_a_directory_without_index_says_which_file_is_missing(tmp_path: Path) -> None:
    version = with_variables().write(tmp_path / "1")
    (version / "variables" / "variables.index").unlink()

    info = read_model(tmp_path)

    assert _codes(info) == ["variables-missing"]
    assert "variables/variables.index" in info.findings[0].message


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    variables = (Variable(name="a", size=4), Variable(name="b", size=4, shard=2))
    files = {
        "variables/variables.index": index(*variables, num_shards=3),
        "variables/variables.data-00000-of-00003": bytes(4),
    }

    info = _read(tmp_path, Version(files=files))

    assert _codes(info) == ["shard-missing"]
    assert "variables.data-00002-of-00003" in info.findings[0].message
    assert "00001" not in info.findings[0].message  # it holds no tensor, so nothing is lost


def test_a_shard_one_byte_too_short_is_an_error_that_says_how_long_it_should_be(tmp_path: Path) -> None:
    info = _read(tmp_path, with_variables(data_bytes=7))

    assert _codes(info) == ["shard-truncated"]
    assert "has 7 bytes" in info.findings[0].message
    assert "byte 8" in info.findings[0].message


def test_a_truncated_index_is_an_error(tmp_path: Path) -> None:
    whole = index(Variable(name="w", size=8))

    info = _read(tmp_path, with_variables(files={"variables/variables.index": whole[:-1]}))

    assert _codes(info) == ["variables-corrupt"]


def test_a_partitioned_tensor_counts_by_its_parts() -> None:
    bundle = read_bundle(index(Variable(name="w", size=10**12, is_sliced=True), Variable(name="w/part", size=6)))

    assert (bundle.size_bytes, dict(bundle.extents)) == (6, {0: 6})


@pytest.mark.parametrize("kind", [0, 1])
@pytest.mark.parametrize("block_entries", [1, 3, 1000])
def test_many_variables_in_many_blocks_are_added_up(kind: int, block_entries: int) -> None:
    names = [f"layer_with_weights-{number}/kernel/.ATTRIBUTES/VARIABLE_VALUE" for number in range(100)]
    variables = [Variable(name=name, size=10, offset=10 * place) for place, name in enumerate(sorted(names))]

    bundle = read_bundle(index(*variables, block_entries=block_entries, kind=kind))

    assert (bundle.num_shards, bundle.size_bytes, dict(bundle.extents)) == (1, 1000, {0: 1000})


def test_an_index_without_header_is_damaged() -> None:
    with pytest.raises(TableError, match="header"):
        read_bundle(index(Variable(name="w", size=8), has_header=False))


def test_a_tensor_in_a_shard_that_does_not_exist_is_damage() -> None:
    with pytest.raises(TableError, match="beyond the 2"):
        read_bundle(index(Variable(name="w", size=8, shard=2), num_shards=2))


def test_a_data_file_that_is_a_directory_is_a_finding(tmp_path: Path) -> None:
    version = with_variables().write(tmp_path / "1")
    data = version / "variables" / "variables.data-00000-of-00001"
    data.unlink()
    data.mkdir()

    info = read_model(tmp_path)

    assert _codes(info) == ["path-unreadable"]
    assert "not a regular file" in info.findings[0].message


def test_an_index_is_checked_although_the_graph_could_not_be_read(tmp_path: Path) -> None:
    broken = dataclasses.replace(with_variables(data_bytes=0), graph_bytes=b"\xff")

    assert sorted(_codes(_read(tmp_path, broken))) == ["graph-corrupt", "shard-truncated"]
