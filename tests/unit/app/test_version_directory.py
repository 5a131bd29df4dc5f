"""Versions come into a directory whole, and go whole."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.unit.app.test_versions_source import NOTHING, write
from tfk8s.app.version_directory import VersionDirectory
from tfk8s.app.versions_source import GivenVersion, read_given
from tfk8s.errors import InputError
from tfk8s.model import read_model


class DeadError(BaseException):
    """The process died here."""


def given(folder: Path, number: int = 2) -> GivenVersion:
    return read_given(write(folder / "export"), wished=number, known=NOTHING)


def keeper(folder: Path) -> VersionDirectory:
    return VersionDirectory(folder / "models", place="./models")


def test_a_version_is_there_whole_and_once(tmp_path: Path) -> None:
    models = keeper(tmp_path)

    models.publish(given(tmp_path))
    models.publish(given(tmp_path))

    assert models.numbers() == (2,)
    assert models.digests()[2] == given(tmp_path).digest
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["2"]


@pytest.mark.parametrize("death", ["copytree", "rename"])
def test_a_copy_that_was_killed_is_no_version_and_the_next_run_finishes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, death: str
) -> None:
    models, version = keeper(tmp_path), given(tmp_path)

    def half(source: Path, target: Path) -> None:
        target.mkdir()
        (target / "saved_model.pb").write_bytes((source / "saved_model.pb").read_bytes()[:10])
        raise DeadError

    def die(*_: object) -> None:
        raise DeadError

    with monkeypatch.context() as patched:
        if death == "copytree":
            patched.setattr(shutil, "copytree", half)
        else:
            patched.setattr(Path, "rename", die)
        with pytest.raises(DeadError):
            models.publish(version)
    assert models.numbers() == ()
    assert read_model(tmp_path / "models").versions == ()

    models.publish(version)

    assert models.digests()[2] == version.digest
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["2"]


def test_files_that_change_while_they_are_copied_become_no_version(tmp_path: Path) -> None:
    models, version = keeper(tmp_path), given(tmp_path)
    (version.path / "saved_model.pb").write_bytes(b"another")

    with pytest.raises(InputError, match="changed while it was copied"):
        models.publish(version)

    assert list((tmp_path / "models").iterdir()) == []


def test_a_padded_directory_is_removed_by_its_number_and_a_killed_removal_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = keeper(tmp_path)
    write(tmp_path / "models" / "0003")

    def die(*_: object) -> None:
        raise DeadError

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", die)
        with pytest.raises(DeadError):
            models.remove(3)
    assert models.numbers() == ()

    models.remove(3)

    assert list((tmp_path / "models").iterdir()) == []


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")

    with pytest.raises(InputError, match="cannot write"):
        keeper(tmp_path).publish(given(tmp_path))
