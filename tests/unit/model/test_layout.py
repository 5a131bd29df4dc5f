"""Where versions are found; cases K01, K02 and K39."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit.model.savedmodels import Version
from tfk8s.model import ModelInfo, Severity, read_model


def _codes(info: ModelInfo) -> list[str]:
    return [finding.code for finding in info.findings]


def _text(info: ModelInfo) -> str:
    return "\n".join(f"{finding.where} {finding.message} {finding.remedy}" for finding in info.findings)


def _model(base: Path, *directories: str) -> Path:
    for directory in directories:
        Version().write(base / directory)
    return base


def test_integer_children_are_versions_in_ascending_order(tmp_path: Path) -> None:
    info = read_model(_model(tmp_path / "resnet", "10", "9", "2"))

    assert [version.number for version in info.versions] == [2, 9, 10]
    assert info.latest is not None
    assert info.latest.number == 10
    assert (info.name, info.path, info.findings, info.servable) == ("resnet", tmp_path / "resnet", (), True)


def test_a_graph_directly_in_the_directory_is_told_to_move_below_a_version(tmp_path: Path) -> None:
    """K01.1."""
    info = read_model(_model(tmp_path, "resnet") / "resnet")

    assert _codes(info) == ["graph-without-version"]
    assert not info.servable
    assert "saved_model.pb" in _text(info)
    assert "version" in _text(info)
    assert f"{tmp_path}/resnet/1/" in _text(info)


def test_a_version_directory_is_read_as_that_version_of_its_parent(tmp_path: Path) -> None:
    """K01.2."""
    info = read_model(_model(tmp_path / "resnet", "1", "2") / "1")

    assert [version.number for version in info.versions] == [1]
    assert (info.path, info.name, info.servable) == (tmp_path / "resnet", "resnet", True)
    assert [(finding.code, finding.severity) for finding in info.findings] == [
        ("version-directory-given", Severity.NOTE)
    ]
    assert f"give {tmp_path}/resnet" in _text(info)


def test_a_version_directory_given_as_a_dot_names_its_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """K01.2."""
    monkeypatch.chdir(_model(tmp_path / "resnet", "1") / "1")

    info = read_model(Path())

    assert (info.name, info.path) == ("resnet", tmp_path / "resnet")
    assert [version.path for version in info.versions] == [tmp_path / "resnet" / "1"]


def test_a_half_copied_version_directory_is_not_taken_for_a_model_without_versions(tmp_path: Path) -> None:
    """K01.2."""
    (tmp_path / "resnet" / "1" / "variables").mkdir(parents=True)

    info = read_model(tmp_path / "resnet" / "1")

    assert "graph-missing" in _codes(info)
    assert "no-version" not in _codes(info)


def test_missing_path_empty_directory_and_file_are_three_different_findings(tmp_path: Path) -> None:
    """K01.3."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()

    infos = [read_model(tmp_path / name) for name in ("missing", "empty", "file")]

    assert [_codes(info) for info in infos] == [["path-missing"], ["directory-empty"], ["not-a-directory"]]
    assert len({info.findings[0].message.replace(info.name, "") for info in infos}) == 3
    assert not any(info.servable for info in infos)
    assert not (tmp_path / "missing").exists()


def test_names_that_are_no_integers_are_listed_when_there_is_no_version(tmp_path: Path) -> None:
    """K02.1."""
    info = read_model(_model(tmp_path, "v0.1", "0.1", "1.0", "latest"))

    assert _codes(info) == ["no-version"]
    assert not info.servable
    for word in ("v0.1", "0.1", "1.0", "latest", "integer"):
        assert word in _text(info)


def test_the_remedy_names_the_child_that_was_meant_as_a_version(tmp_path: Path) -> None:
    info = read_model(_model(tmp_path / "m", "v1"))

    assert f"mv '{tmp_path}/m/v1' '{tmp_path}/m/1'" in _text(info)


def test_a_directory_of_models_is_told_to_give_one_of_them(tmp_path: Path) -> None:
    _model(tmp_path / "models" / "resnet", "1")

    info = read_model(tmp_path / "models")

    assert _codes(info) == ["no-version"]
    assert f"give the model directory itself: {tmp_path}/models/resnet" in _text(info)


def test_an_ignored_name_beside_a_version_is_a_warning(tmp_path: Path) -> None:
    """K02.2."""
    info = read_model(_model(tmp_path, "1", "v2"))

    assert [version.number for version in info.versions] == [1]
    assert info.servable
    assert [(finding.code, finding.severity) for finding in info.findings] == [
        ("version-name-ignored", Severity.WARNING)
    ]
    assert "v2" in info.findings[0].message


def test_files_and_hidden_directories_beside_versions_are_no_finding(tmp_path: Path) -> None:
    _model(tmp_path, "1")
    (tmp_path / "README.md").touch()
    (tmp_path / ".git").mkdir()

    assert read_model(tmp_path).findings == ()


def test_a_zero_padded_name_is_the_number_and_keeps_its_name(tmp_path: Path) -> None:
    """K02.3."""
    info = read_model(_model(tmp_path, "00000123"))

    assert [(version.number, version.directory) for version in info.versions] == [(123, "00000123")]
    assert info.servable
    assert info.version(123) is info.latest
    assert info.version(1) is None


def test_two_names_of_one_number_are_an_error_that_names_both(tmp_path: Path) -> None:
    """K02.4."""
    info = read_model(_model(tmp_path, "1", "001"))

    assert _codes(info) == ["version-collision"]
    assert not info.servable
    assert "001, 1 are all version 1; the server would load 1 alone" in _text(info)
    assert [version.directory for version in info.versions] == ["1"]


@pytest.mark.parametrize("name", ["99999999999999999999", "9223372036854775808", "9" * 250])
def test_a_number_above_int64_is_ignored_with_a_warning(tmp_path: Path, name: str) -> None:
    """K02.5."""
    info = read_model(_model(tmp_path, "1", name))

    assert _codes(info) == ["version-name-ignored"]
    assert name in _text(info)
    assert [version.number for version in info.versions] == [1]


def test_the_largest_int64_is_a_version(tmp_path: Path) -> None:
    info = read_model(_model(tmp_path, "0009223372036854775807"))

    assert [version.number for version in info.versions] == [2**63 - 1]


@pytest.mark.parametrize("name", ["-1", "+2", " 3"])
def test_a_number_with_sign_or_space_is_an_error_because_the_server_reads_it(tmp_path: Path, name: str) -> None:
    info = read_model(_model(tmp_path, "1", name))

    assert _codes(info) == ["version-name-odd"]
    assert repr(name) in _text(info)


@pytest.mark.parametrize("name", ["１", "²", "1_000", "0x1", "1e3"])
def test_what_only_python_takes_for_a_number_is_no_version(tmp_path: Path, name: str) -> None:
    assert _codes(read_model(_model(tmp_path, name))) == ["no-version"]


def test_a_file_named_by_an_integer_is_an_error_because_the_server_would_load_it(tmp_path: Path) -> None:
    _model(tmp_path, "1")
    (tmp_path / "2").touch()

    info = read_model(tmp_path)

    assert _codes(info) == ["not-a-directory"]
    assert not info.servable
    assert info.errors_of(1) == ()


def test_a_graph_beside_versions_is_a_warning(tmp_path: Path) -> None:
    _model(tmp_path, "1")
    (tmp_path / "saved_model.pb").touch()

    info = read_model(tmp_path)

    assert _codes(info) == ["graph-stray"]
    assert info.servable


def test_a_broken_older_version_does_not_keep_the_latest_from_being_served(tmp_path: Path) -> None:
    _model(tmp_path, "2")
    Version(graph_bytes=b"").write(tmp_path / "1")

    info = read_model(tmp_path)

    assert info.servable
    assert [finding.code for finding in info.errors_of(1)] == ["graph-truncated"]


@pytest.mark.parametrize("name", ["two words", "modèle-日本", "it's", "-o"])
def test_spaces_quotes_and_letters_of_any_language_work_in_paths(tmp_path: Path, name: str) -> None:
    """K39.1."""
    info = read_model(_model(tmp_path / name, "1"))

    assert info.servable
    assert info.name == name


def test_a_trailing_slash_and_a_symbolic_link_work(tmp_path: Path) -> None:
    """K39.1."""
    _model(tmp_path / "real", "1")
    (tmp_path / "link").symlink_to(tmp_path / "real")

    info = read_model(Path(f"{tmp_path}/link/"))

    assert info.servable
    assert (info.name, info.path) == ("link", tmp_path / "link")


def test_a_version_that_is_a_symbolic_link_is_read(tmp_path: Path) -> None:
    """K39.1."""
    Version().write(tmp_path / "export")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "1").symlink_to(tmp_path / "export")

    assert read_model(tmp_path / "model").servable


@pytest.mark.parametrize("given", ["C:\\models\\x", "C:/models/x", "\\\\server\\share\\x", "models\\x"])
def test_a_windows_path_is_named_as_given_and_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    """K39.2."""
    monkeypatch.chdir(tmp_path)

    info = read_model(Path(given))

    assert _codes(info) == ["path-missing"]
    assert given in info.findings[0].message
    assert "Windows" in info.findings[0].remedy
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", ["gs://bucket/models/resnet", "s3://bucket/m", "pvc://claim/m"])
def test_an_address_of_a_store_is_told_to_be_copied_first(given: str) -> None:
    (finding,) = read_model(Path(given)).findings

    assert finding.code == "path-missing"
    assert given in finding.message
    assert "copy" in finding.remedy


def test_a_dangling_link_says_that_it_is_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")

    info = read_model(tmp_path / "link")

    assert _codes(info) == ["path-missing"]
    assert "symbolic link" in _text(info)


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_impossible_paths_are_findings(name: str) -> None:
    info = read_model(Path(name))

    assert len(info.findings) == 1
    assert info.findings[0].code in ("path-missing", "path-unreadable")


def test_a_name_that_is_no_text_is_shown_readably(tmp_path: Path) -> None:
    base = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(base)  # noqa: PTH102 - a Path cannot say these bytes as plainly

    info = read_model(Path(os.fsdecode(base)))

    assert "caf\N{REPLACEMENT CHARACTER}" in info.findings[0].message
    info.findings[0].message.encode()


def test_a_name_with_a_terminal_sequence_is_escaped(tmp_path: Path) -> None:
    info = read_model(_model(tmp_path, "1", "\x1b[31mred\nline"))

    assert "\\x1b[31mred\\nline" in info.findings[0].message
    assert "\x1b" not in _text(info)
