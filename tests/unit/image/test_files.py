from __future__ import annotations

import os
from pathlib import Path

import pytest

from tfk8s.errors import InputError
from tfk8s.image.files import model_files


@pytest.fixture
def version(tmp_path: Path) -> Path:
    directory = tmp_path / "model" / "1"
    (directory / "variables").mkdir(parents=True)
    (directory / "saved_model.pb").write_bytes(b"graph")
    (directory / "variables" / "variables.index").write_bytes(b"index")
    return directory


def _names(version: Path) -> list[str]:
    return [file.name for file in model_files(version, root=version.parent)]


def test_files_come_sorted_and_each_directory_before_what_it_holds(version: Path) -> None:
    (version / "variables.txt").write_bytes(b"")
    (version / "assets").mkdir()

    assert _names(version) == [
        "assets",
        "saved_model.pb",
        "variables",
        "variables/variables.index",
        "variables.txt",
    ]


def test_a_link_within_the_model_directory_is_replaced_by_its_file(version: Path) -> None:
    other = version.parent / "2"
    other.mkdir()
    (other / "saved_model.pb").symlink_to(version / "saved_model.pb")
    (other / "variables").symlink_to(version / "variables")

    found = {file.name: file.size_bytes for file in model_files(other, root=version.parent)}

    assert found == {"saved_model.pb": 5, "variables": None, "variables/variables.index": 5}


def test_a_version_directory_that_is_a_link_itself_is_read(version: Path, tmp_path: Path) -> None:
    link = tmp_path / "current"
    link.symlink_to(version.parent)

    assert [file.name for file in model_files(link / "1", root=link)] == _names(version)


def test_a_link_out_of_the_model_directory_is_refused_by_name(version: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s")
    (version / "assets").symlink_to(secret)

    with pytest.raises(InputError, match="leads out of the model directory") as caught:
        _names(version)

    assert str(version / "assets") in caught.value.message
    assert str(secret) in caught.value.message


def test_a_link_to_a_directory_above_itself_is_refused(version: Path) -> None:
    (version / "variables" / "again").symlink_to(version)

    with pytest.raises(InputError, match="link to a directory that holds it"):
        _names(version)


@pytest.mark.parametrize("target", ["nowhere", "itself"])
def test_a_link_that_ends_nowhere_is_refused(version: Path, target: str) -> None:
    (version / "itself").symlink_to(version / target)

    with pytest.raises(InputError, match="cannot be read"):
        _names(version)


def test_a_pipe_is_refused(version: Path) -> None:
    os.mkfifo(version / "pipe")

    with pytest.raises(InputError, match="neither a file nor a directory"):
        _names(version)


def test_a_missing_version_directory_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        model_files(tmp_path / "1", root=tmp_path)
