"""Signatures, tags and versions in the graph; cases K04, K05.1 and K06.1."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.model.savedmodels import Version, graph, init_op, saved_model, signature, tensor
from tfk8s.model import DType, Encoding, ModelInfo, Severity, TensorSpec, read_model
from tfk8s.model.graph import read_graphs
from tfk8s.model.protos.saved_model_pb2 import (
    AssetFileDef,
    MetaGraphDef,
    TensorInfo,
)


def _read(base: Path, *graphs: MetaGraphDef) -> ModelInfo:
    Version(graph_bytes=saved_model(*graphs)).write(base / "1")
    return read_model(base)


def _codes(info: ModelInfo) -> list[str]:
    return [finding.code for finding in info.findings]


def test_every_signature_is_listed_with_names_dtypes_and_shapes(tmp_path: Path) -> None:
    """K04.1."""
    signatures = {
        "serving_default": signature(
            {"b": tensor("b:0", dtype=DType.DT_STRING, shape=()), "a": tensor("a:0", shape=(-1, 224, 3))},
            {"scores": tensor("s:0", dtype=DType.DT_HALF, shape=None)},
        ),
        "__saved_model_init_op": init_op(),
        "classify": signature(method_name="tensorflow/serving/classify"),
    }

    version = _read(tmp_path, graph(signatures=signatures)).latest

    assert version is not None
    assert version.serving_graph is not None
    names = [found.name for found in version.serving_graph.signatures]
    assert names == ["__saved_model_init_op", "classify", "serving_default"]
    classify, default = version.signatures
    assert classify.method_name == "tensorflow/serving/classify"
    assert default.inputs == (
        TensorSpec(key="a", name="a:0", dtype=DType.DT_FLOAT, shape=(None, 224, 3)),
        TensorSpec(key="b", name="b:0", dtype=DType.DT_STRING, shape=()),
    )
    assert default.outputs == (TensorSpec(key="scores", name="s:0", dtype=DType.DT_HALF, shape=None),)
    assert version.serving_graph.signature("classify") is classify


def test_no_serving_default_is_a_warning_that_lists_the_names(tmp_path: Path) -> None:
    """K04.1."""
    info = _read(tmp_path, graph(signatures={"up": signature(), "down": signature()}))

    assert info.servable
    (finding,) = info.findings
    assert (finding.code, finding.severity) == ("no-default-signature", Severity.WARNING)
    assert "down, up" in finding.message


@pytest.mark.parametrize("tags", [(), ("train",), ("serve", "gpu"), ("serve", "tpu")])
def test_no_graph_with_exactly_the_tag_serve_is_an_error_that_lists_the_sets(
    tmp_path: Path, tags: tuple[str, ...]
) -> None:
    """K04.4."""
    info = _read(tmp_path, graph(tags=tags), graph(tags=("eval",)))

    assert not info.servable
    (finding,) = info.findings
    assert finding.code == "no-serve-graph"
    assert "serve" in finding.message
    assert "{" + ", ".join(sorted(tags)) + "}, {eval}" in finding.message


def test_the_serving_graph_is_found_among_others(tmp_path: Path) -> None:
    info = _read(tmp_path, graph(tags=("train",), operations=("Nope",)), graph())

    assert info.servable
    assert info.findings == ()
    assert info.latest is not None
    assert [found.tags for found in info.latest.graphs] == [("train",), ("serve",)]


def test_only_the_init_signature_is_told_to_use_model_export(tmp_path: Path) -> None:
    """K05.1."""
    info = _read(tmp_path, graph(signatures={"__saved_model_init_op": init_op()}))

    assert not info.servable
    (finding,) = info.findings
    assert finding.code == "no-signature"
    assert "signature" in finding.message
    assert "model.export" in finding.remedy


def test_no_signature_at_all_is_an_error(tmp_path: Path) -> None:
    assert _codes(_read(tmp_path, graph(signatures={}))) == ["no-signature"]


def test_the_tensorflow_version_is_read(tmp_path: Path) -> None:
    """K06.1."""
    version = _read(tmp_path, graph(tensorflow_version="2.3.1")).latest

    assert version is not None
    assert version.tensorflow_version == "2.3.1"


def test_a_graph_without_tensorflow_version_gets_a_note(tmp_path: Path) -> None:
    info = _read(tmp_path, graph(tensorflow_version=""))

    assert [(finding.code, finding.severity) for finding in info.findings] == [
        ("tensorflow-version-not-stated", Severity.NOTE)
    ]
    assert info.latest is not None
    assert info.latest.tensorflow_version is None


def test_a_newer_dtype_is_a_warning_and_no_crash(tmp_path: Path) -> None:
    info = _read(tmp_path, graph(signatures={"serving_default": signature({"x": tensor(dtype=99)})}))

    assert _codes(info) == ["dtype-unknown"]
    assert "serving_default/x" in info.findings[0].message
    assert info.latest is not None
    assert info.latest.signatures[0].inputs[0].dtype is DType.DT_INVALID


def test_a_reference_type_keeps_its_name_and_knows_what_it_refers_to(tmp_path: Path) -> None:
    info = _read(tmp_path, graph(signatures={"serving_default": signature({"x": tensor(dtype=101)})}))

    assert info.latest is not None
    dtype = info.latest.signatures[0].inputs[0].dtype
    assert dtype is DType.DT_FLOAT_REF
    assert dtype.base is DType.DT_FLOAT
    assert DType.DT_STRING.base is DType.DT_STRING


def test_sparse_and_composite_tensors_are_a_warning(tmp_path: Path) -> None:
    inputs = {
        "dense": tensor(),
        "sparse": TensorInfo(dtype=1, coo_sparse=TensorInfo.CooSparse(values_tensor_name="v:0")),
        "ragged": TensorInfo(dtype=1, composite_tensor=TensorInfo.CompositeTensor(components=[tensor()])),
    }

    info = _read(tmp_path, graph(signatures={"serving_default": signature(inputs)}))

    assert _codes(info) == ["signature-not-dense"]
    assert "ragged, sparse" in info.findings[0].message
    assert info.latest is not None
    encodings = {found.key: found.encoding for found in info.latest.signatures[0].inputs}
    assert encodings == {"dense": Encoding.DENSE, "sparse": Encoding.SPARSE, "ragged": Encoding.COMPOSITE}


def test_operations_come_from_the_graph_and_its_functions_without_function_names(tmp_path: Path) -> None:
    found = graph(operations=("Const", "twice"), functions={"twice": ("Mul", "Const")})

    info = _read(tmp_path, found)

    assert info.latest is not None
    assert info.latest.serving_graph is not None
    assert info.latest.serving_graph.operations == ("Const", "Mul")


def test_a_missing_vocabulary_that_a_table_reads_is_an_error(tmp_path: Path) -> None:
    found = graph(operations=("InitializeTableFromTextFileV2",), assets=("vocab.txt", "there.txt"))
    Version(graph_bytes=saved_model(found), files={"assets/there.txt": b"a"}).write(tmp_path / "1")

    info = read_model(tmp_path)

    (finding,) = info.findings
    assert (finding.code, finding.severity) == ("asset-missing", Severity.ERROR)
    assert finding.where == str(tmp_path / "1" / "assets" / "vocab.txt")


def test_a_missing_asset_that_nothing_reads_at_start_is_a_warning(tmp_path: Path) -> None:
    info = _read(tmp_path, graph(assets=("notes.txt", "zero\0byte")))

    assert _codes(info) == ["asset-absent", "asset-absent"]
    assert info.servable


def test_assets_of_tf1_are_found_in_the_collection(tmp_path: Path) -> None:
    found = graph(operations=("InitializeTableFromTextFile",))
    stored = found.collection_def["saved_model_assets"].any_list.value.add()
    stored.value = AssetFileDef(filename="old.txt").SerializeToString()

    info = _read(tmp_path, found)

    assert _codes(info) == ["asset-missing"]
    assert "old.txt" in info.findings[0].message


def test_an_input_that_a_request_may_leave_out_is_known_by_its_default() -> None:
    both = signature(inputs={"x": tensor("x:0"), "limit": tensor("limit:0")})
    both.defaults["limit"] = b"\x08\x01"

    (read,) = read_graphs(saved_model(graph(signatures={"serving_default": both})))

    (found,) = read.info.signatures
    assert {spec.key: spec.has_default for spec in found.inputs} == {"limit": True, "x": False}
