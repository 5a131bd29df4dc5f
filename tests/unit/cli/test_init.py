"""`tfk8s init` as a user sees it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.model.savedmodels import Version, graph, saved_model
from tfk8s.cli.main import root
from tfk8s.spec import load_spec


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(root, [str(argument) for argument in arguments])


@pytest.fixture
def my_model(tmp_path: Path) -> Path:
    Version().write(tmp_path / "my_Model" / "1")
    return tmp_path / "my_Model"


def test_init_writes_a_spec_that_renders_as_it_stands(my_model: Path, tmp_path: Path) -> None:
    file = tmp_path / "tfk8s.yaml"

    result = run("init", my_model, "--out", file)
    rendered = run("render", "-f", file)

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"wrote {file}; next: tfk8s up -f {file}\n"
    assert load_spec(file).name == "my-model"
    assert rendered.exit_code == 0, rendered.stderr
    assert "kind: Deployment" in rendered.stdout


def test_init_prints_the_spec_alone_when_asked(my_model: Path) -> None:
    result = run("init", my_model, "--out", "-")

    assert result.stderr == ""
    assert load_spec(result.stdout).served_models[0].name == "my_Model"


def test_init_keeps_a_file_unless_it_is_forced(my_model: Path, tmp_path: Path) -> None:
    file = tmp_path / "tfk8s.yaml"
    file.write_text("mine\n")

    refused = run("init", my_model, "--out", file)
    forced = run("init", my_model, "--out", file, "--force")

    assert refused.exit_code == 3
    assert "error: " in refused.stderr
    assert "--force" in refused.stderr
    assert forced.exit_code == 0
    assert load_spec(file).name == "my-model"


def test_init_refuses_what_could_not_be_served_and_writes_nothing(tmp_path: Path) -> None:
    """K04.4: no graph is tagged serve."""
    Version(graph_bytes=saved_model(graph(tags=("train",)))).write(tmp_path / "m" / "1")

    result = run("init", tmp_path / "m", "--out", tmp_path / "tfk8s.yaml")

    assert result.exit_code == 3
    assert "serve" in result.stderr
    assert not (tmp_path / "tfk8s.yaml").exists()


def test_init_refuses_a_directory_without_versions(tmp_path: Path) -> None:
    """K02.1."""
    for name in ("v0.1", "1.0", "latest"):
        Version().write(tmp_path / "m" / name)

    result = run("init", tmp_path / "m", "--out", "-")

    assert (result.exit_code, result.stdout) == (3, "")
    assert "integer" in result.stderr


def test_init_warns_of_what_the_server_would_ignore(tmp_path: Path) -> None:
    """K02.2."""
    Version().write(tmp_path / "m" / "1")
    Version().write(tmp_path / "m" / "v2")

    result = run("init", tmp_path / "m", "--out", "-")

    assert result.exit_code == 0
    assert "warning: " in result.stderr
    assert "v2" in result.stderr


def test_help_has_examples() -> None:
    assert "tfk8s init models/resnet && tfk8s up" in run("init", "--help").stdout
