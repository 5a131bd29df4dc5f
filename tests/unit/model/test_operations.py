"""Operations that a server cannot run, or that reach out of the model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import tfk8s.model.operations
from tests.unit.model.savedmodels import Version, graph, saved_model, with_calls
from tfk8s.model import Finding, Severity, read_model
from tfk8s.model.protos.saved_model_pb2 import CallingGraph, CallingNode, MetaGraphDef

LISTS = Path(tfk8s.model.operations.__file__).with_name("operation_names")


def _findings(base: Path, meta_graph: MetaGraphDef) -> Sequence[Finding]:
    Version(graph_bytes=saved_model(meta_graph)).write(base / "1")
    return read_model(base).findings


@pytest.mark.parametrize("operation", ["ReadFile", "WriteFile", "MatchingFiles", "TFRecordDatasetV2", "SqlDataset"])
def test_reaching_out_of_the_model_is_a_warning(tmp_path: Path, operation: str) -> None:
    (finding,) = _findings(tmp_path, graph(operations=("Const", operation)))

    assert (finding.code, finding.severity) == ("operation-outside", Severity.WARNING)
    assert operation in finding.message
    assert finding.where == str(tmp_path / "1" / "saved_model.pb")


@pytest.mark.parametrize("operation", ["PyFunc", "PyFuncStateless", "EagerPyFunc"])
def test_calling_back_into_python_is_an_error(tmp_path: Path, operation: str) -> None:
    (finding,) = _findings(tmp_path, graph(operations=(operation,)))

    assert (finding.code, finding.severity) == ("operation-python", Severity.ERROR)


@pytest.mark.parametrize("operation", ["Addons>CorrelationCost", "ZeroOut", "RecomEmbedding"])
def test_an_operation_that_the_official_image_does_not_bring_is_a_warning(tmp_path: Path, operation: str) -> None:
    (finding,) = _findings(tmp_path, graph(operations=(operation,)))

    assert (finding.code, finding.severity) == ("operation-custom", Severity.WARNING)
    assert operation in finding.message


@pytest.mark.parametrize(
    "operation", ["MatMul", "_FusedMatMul", "TFText>RoundRobinTrim", "SentencepieceOp", "SimpleMLInferenceOpWithHandle"]
)
def test_operations_of_tensorflow_and_of_the_official_image_are_no_finding(tmp_path: Path, operation: str) -> None:
    assert _findings(tmp_path, graph(operations=(operation,))) == ()


def test_an_operation_in_a_function_that_is_called_through_others_names_the_function(tmp_path: Path) -> None:
    found = graph(functions={"step": ("Const",), "decode": ("ReadFile",)})
    with_calls(found, calls={"": ["step"], "step": ["decode"]})

    (finding,) = _findings(tmp_path, found)

    assert finding.code == "operation-outside"
    assert "in function decode" in finding.message


def test_python_in_a_function_that_nothing_calls_is_a_note(tmp_path: Path) -> None:
    found = graph(functions={"train_step": ("PyFunc",), "loop": ("ReadFile",)})
    with_calls(found, calls={"loop": ["loop", "train_step"]})

    findings = _findings(tmp_path, found)

    assert [(finding.code, finding.severity) for finding in findings] == [("operation-unused", Severity.NOTE)]
    assert "PyFunc, ReadFile" in findings[0].message


def test_a_function_that_is_called_by_its_name_as_operation_is_reached(tmp_path: Path) -> None:
    found = graph(operations=("old_style",), functions={"old_style": ("PyFunc",)})

    assert [finding.code for finding in _findings(tmp_path, found)] == ["operation-python"]


def test_a_function_in_a_list_of_branches_is_reached(tmp_path: Path) -> None:
    found = with_calls(graph(functions={"branch": ("PyFunc",)}), calls={"": []})
    case = CallingNode(op="StatelessCase")
    case.attr["branches"].list.func.add(name="branch")
    found.graph_def.MergeFromString(CallingGraph(node=[case]).SerializeToString())

    assert [finding.code for finding in _findings(tmp_path, found)] == ["operation-python"]


def test_the_lists_of_names_are_sorted_and_do_not_contradict_each_other() -> None:
    lists = {path.stem: path.read_text("utf-8").split() for path in LISTS.glob("*.txt")}

    assert set(lists) == {"tensorflow", "server_extras", "outside"}
    for names in lists.values():
        assert names == sorted(set(names))
    assert set(lists["outside"]) <= set(lists["tensorflow"])
    assert not set(lists["server_extras"]) & set(lists["tensorflow"])
