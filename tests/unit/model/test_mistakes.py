"""What people give in place of a SavedModel; case K05."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.model.savedmodels import Version
from tfk8s.model import read_model


@pytest.mark.parametrize("name", ["model.keras", "model.h5", "model.hdf5", "MODEL.KERAS"])
def test_a_keras_file_is_told_how_to_export(tmp_path: Path, name: str) -> None:
    """K05.2."""
    (tmp_path / name).write_bytes(b"anything")

    for path in (tmp_path / name, tmp_path):
        info = read_model(path)
        (finding,) = info.findings
        assert finding.code == "not-a-saved-model"
        assert name in finding.message
        assert "not a SavedModel" in finding.message
        assert ".export(" in finding.remedy
        assert not info.servable


def test_nothing_of_a_file_is_executed_and_tensorflow_is_not_imported(tmp_path: Path) -> None:
    """K05.3."""
    marker = tmp_path / "executed"
    (tmp_path / "model.keras").write_bytes(pickle.dumps(_Executes(marker)))
    Version(files={"assets/init.py": f"open({str(marker)!r}, 'w')".encode()}).write(tmp_path / "m" / "1")

    for path in (tmp_path / "model.keras", tmp_path, tmp_path / "m"):
        read_model(path)

    assert not marker.exists()
    assert "tensorflow" not in sys.modules


class _Executes:
    """Touches a file when it is unpickled, as a hostile model would do worse."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self._marker,)


def test_a_version_directory_that_holds_only_a_keras_file_says_so(tmp_path: Path) -> None:
    """K05.2."""
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "model.keras").touch()

    (finding,) = read_model(tmp_path).findings

    assert (finding.code, finding.version) == ("not-a-saved-model", 1)
    assert finding.where == str(tmp_path / "1" / "model.keras")


@pytest.mark.parametrize("name", ["model.tflite", "model.onnx", "model.pt", "frozen.pb", "w.safetensors"])
def test_other_formats_are_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()

    (finding,) = read_model(tmp_path / name).findings

    assert finding.code == "not-a-saved-model"
    assert "export" in finding.remedy


def test_a_stray_keras_file_does_not_hide_a_version_that_is_named_wrong(tmp_path: Path) -> None:
    Version().write(tmp_path / "v1")
    (tmp_path / "best.keras").touch()

    (finding,) = read_model(tmp_path).findings

    assert finding.code == "no-version"
    assert "mv" in finding.remedy


@pytest.mark.parametrize("name", ["checkpoint", "ckpt-1.index", "ckpt-1.data-00000-of-00001", "export.meta"])
def test_a_checkpoint_is_told_apart_from_a_savedmodel(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()

    for path in (tmp_path / name, tmp_path):
        (finding,) = read_model(path).findings
        assert finding.code == "checkpoint"
        assert "checkpoint" in finding.message
        assert "export" in finding.remedy


def test_the_graph_file_itself_is_told_to_give_the_model_directory(tmp_path: Path) -> None:
    path = tmp_path / "resnet" / "1" / "saved_model.pb"
    path.parent.mkdir(parents=True)
    path.touch()

    (finding,) = read_model(path).findings

    assert finding.code == "not-a-directory"
    assert str(tmp_path / "resnet") in finding.remedy


@pytest.mark.parametrize("name", ["saved_model.pbtxt", "saved_model.cpb"])
def test_a_graph_in_another_form_is_said_not_to_be_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / name).touch()

    info = read_model(tmp_path)

    assert [finding.code for finding in info.findings] == ["graph-not-read"]
    assert name in info.findings[0].message
    assert not info.servable
