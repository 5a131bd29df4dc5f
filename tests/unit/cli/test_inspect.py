"""`tfk8s inspect` as a user sees it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from tests.unit.model.savedmodels import Version, graph, init_op, saved_model, signature, tensor, with_variables
from tfk8s.cli.main import root
from tfk8s.model import from_json, read_model, to_json


def _inspect(*arguments: str, color: bool = False) -> Result:
    return CliRunner().invoke(root, ["inspect", *arguments], color=color)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    signatures = {
        "__saved_model_init_op": init_op(),
        "serving_default": signature(
            {"image": tensor("image:0", shape=(-1, 224, 224, 3))}, {"p": tensor("p:0", shape=None)}
        ),
    }
    Version(graph_bytes=saved_model(graph(signatures=signatures))).write(tmp_path / "resnet" / "00000007")
    return tmp_path / "resnet"


def test_text_shows_version_directory_size_release_and_signatures(model: Path) -> None:
    result = _inspect(str(model))

    size = (model / "00000007" / "saved_model.pb").stat().st_size
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        f"resnet  {model}",
        "",
        f"version 7 (directory 00000007): {size} B, TensorFlow 2.21.0",
        "  serving_default  tensorflow/serving/predict",
        "    in   image  DT_FLOAT  (-1, 224, 224, 3)  image:0",
        "    out  p      DT_FLOAT  unknown_rank       p:0",
        "",
        "version 7 (the latest) can be served",
    ]


def test_equal_signatures_of_a_later_version_are_said_once(tmp_path: Path) -> None:
    for number in "123":
        Version().write(tmp_path / number)

    lines = _inspect(str(tmp_path)).stdout.splitlines()

    assert lines.count("  signatures as in version 1") == 2


def test_findings_and_verdict_are_on_stdout_and_the_failure_on_stderr(tmp_path: Path) -> None:
    with_variables(data_bytes=0).write(tmp_path / "m" / "1")

    result = _inspect(str(tmp_path / "m"))

    assert result.exit_code == 3
    assert "error shard-truncated: variables.data-00000-of-00001 has 0 bytes" in result.stdout
    assert f"  at:  {tmp_path}/m/1/variables/variables.data-00000-of-00001" in result.stdout
    assert "  fix: the copy is incomplete" in result.stdout
    assert result.stdout.endswith("version 1 (the latest) could not be served\n")
    assert result.stderr == "error: 1 finding keeps version 1 of m from being served: shard-truncated\n"


def test_a_broken_older_version_is_shown_and_does_not_fail(tmp_path: Path) -> None:
    Version(graph_bytes=b"").write(tmp_path / "1")
    Version().write(tmp_path / "2")

    result = _inspect(str(tmp_path))

    assert result.exit_code == 0
    assert "version 1 could not be served\nversion 2 (the latest) can be served\n" in result.stdout


@pytest.mark.parametrize("output", ["json", "yaml"])
def test_data_on_stdout_is_the_stable_form_also_for_a_broken_model(tmp_path: Path, output: str) -> None:
    Version(graph_bytes=b"").write(tmp_path / "1")

    result = _inspect(str(tmp_path), "-o", output)

    data = json.loads(result.stdout) if output == "json" else yaml.safe_load(result.stdout)
    assert result.exit_code == 3
    assert data == to_json(read_model(tmp_path))
    assert from_json(data) == read_model(tmp_path)


def test_severity_has_a_colour_only_where_colours_are_wanted(tmp_path: Path) -> None:
    plain, coloured = (_inspect(str(tmp_path / "nope"), color=color).stdout for color in (False, True))

    assert "\x1b" not in plain
    assert "\x1b[31merror\x1b[0m path-missing" in coloured


def test_a_path_is_named_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """K39.2."""
    monkeypatch.chdir(tmp_path)

    result = _inspect("C:\\models\\x")

    assert result.exit_code == 3
    assert "C:\\models\\x" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_would_steer_the_terminal_is_escaped(tmp_path: Path) -> None:
    signatures = {"serving_default": signature({"\x1b[2J": tensor("a\nb:0")})}
    Version(graph_bytes=saved_model(graph(signatures=signatures))).write(tmp_path / "1")

    result = _inspect(str(tmp_path))

    assert "\x1b" not in result.stdout
    assert "\\x1b[2J" in result.stdout
    assert "a\\nb:0" in result.stdout


def test_nothing_heavy_is_loaded_but_protobuf(model: Path) -> None:
    code = f"import sys; from tfk8s.cli.main import root; root(['inspect', {str(model)!r}], standalone_mode=False)"
    listing = subprocess.run(
        [sys.executable, "-c", f"{code}; print(*sys.modules)"], capture_output=True, text=True, check=True, timeout=60
    )

    loaded = set(listing.stdout.split())
    assert "google.protobuf" in loaded
    for name in (
        "rich",
        "yaml",
        "jinja2",
        "pydantic",
        "kubernetes",
        "grpc",
        "requests",
        "numpy",
        "tensorflow",
        "hashlib",
    ):
        assert name not in loaded


def test_help_shows_an_example() -> None:
    result = _inspect("--help")

    assert result.exit_code == 0
    assert "tfk8s inspect models/resnet" in result.stdout
