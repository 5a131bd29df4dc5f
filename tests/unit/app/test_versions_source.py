"""Which directory becomes which version."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.model.savedmodels import Version, graph, saved_model
from tfk8s.app.versions_source import Known, read_given
from tfk8s.errors import InputError

NOTHING = Known(digests={}, place="./models")


def write(directory: Path, *, release: str = "2.20.0") -> Path:
    """A whole model of constants; another release makes another content."""
    return Version(graph_bytes=saved_model(graph(tensorflow_version=release))).write(directory)


def known(number: int, directory: Path, *, others: dict[int, str | None] | None = None) -> Known:
    content = read_given(directory, wished=number, known=NOTHING).digest
    return Known(digests={**(others or {}), number: content}, place="./models")


def test_the_number_is_the_directorys_own(tmp_path: Path) -> None:
    assert read_given(write(tmp_path / "007"), wished=None, known=NOTHING).number == 7


def test_of_several_versions_the_highest_is_meant_or_the_one_that_is_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "m" / "3")
    write(tmp_path / "m" / "20", release="2.19.0")

    assert read_given(tmp_path / "m", wished=None, known=NOTHING).path == tmp_path / "m" / "20"
    assert read_given(tmp_path / "m", wished=3, known=NOTHING).path == tmp_path / "m" / "3"
    with pytest.raises(InputError, match="holds no version 4") as caught:
        read_given(tmp_path / "m", wished=4, known=NOTHING)
    assert caught.value.hint == "versions there: 3, 20; name the directory of the one that you mean"


def test_an_export_without_a_number_gets_the_one_after_the_highest(tmp_path: Path) -> None:
    there = known(4, write(tmp_path / "old"))

    assert read_given(write(tmp_path / "export", release="2.19.0"), wished=None, known=there).number == 5
    assert read_given(write(tmp_path / "export"), wished=9, known=NOTHING).number == 9


def test_the_number_that_is_asked_for_goes_before_the_name_of_a_lone_directory(tmp_path: Path) -> None:
    write(tmp_path / "m" / "1")

    assert read_given(tmp_path / "m", wished=8, known=NOTHING).number == 8
    assert read_given(tmp_path / "m" / "1", wished=8, known=NOTHING).own == 1


def test_a_run_again_finds_its_own_version_by_the_content(tmp_path: Path) -> None:
    export = write(tmp_path / "export")
    there = known(2, export, others={1: "sha256:other", 3: None})

    assert read_given(export, wished=None, known=there).number == 2
    assert read_given(export, wished=2, known=there).number == 2


@pytest.mark.parametrize("held", ["sha256:other", None])
def test_a_number_with_another_content_is_never_overwritten(tmp_path: Path, held: str | None) -> None:
    taken = Known(digests={1: held, 6: "sha256:six"}, place="gs://bucket/m")

    with pytest.raises(InputError, match="version 1 is in gs://bucket/m already") as caught:
        read_given(write(tmp_path / "1"), wished=None, known=taken)

    assert caught.value.hint == "a version is never overwritten: add it as another one, --version 7"


def test_a_directory_that_could_not_be_served_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "2").mkdir()
    (tmp_path / "2" / "saved_model.pb").write_bytes(b"\xff no graph")

    with pytest.raises(InputError, match="version 2 cannot be served"):
        read_given(tmp_path / "2", wished=None, known=NOTHING)
    with pytest.raises(InputError, match="there is no SavedModel to add"):
        read_given(tmp_path / "nowhere", wished=None, known=NOTHING)
