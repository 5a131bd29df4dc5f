"""Every command that reads a model directory makes the same check, before anything is built, made or asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.model.savedmodels import Version, with_variables
from tfk8s.app.local_run import local_run, spec_of_directory
from tfk8s.app.rendering import read_models
from tfk8s.cli.main import root
from tfk8s.model import read_model
from tfk8s.render import render

COMMANDS = ("inspect", "init", "serve", "render", "up")
SPEC = """\
apiVersion: tfk8s.dev/v1
name: svc
model: {{name: m, source: {source}}}
cluster: {{provider: kind, name: demo}}
"""


def run(command: str, model: str, *, folder: Path) -> Result:
    """Give the model to the command: as an argument, or through a spec beside it."""
    if command in ("inspect", "init", "serve"):
        more = ("--out", str(folder / "spec.yaml")) if command == "init" else ()
        return CliRunner().invoke(root, [command, model, *more])
    file = folder / "tfk8s.yaml"
    file.write_text(SPEC.format(source=f"'{model}'"))
    result = CliRunner().invoke(root, [command, "-f", str(file)])
    file.unlink()
    return result


def tree(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_graph_without_a_version_directory_stops_every_command_with_the_place_for_it(
    tmp_path: Path, command: str
) -> None:
    """K01.4: and K01.1 as a user of each command sees it."""
    model = Version().write(tmp_path / "m")
    before = tree(tmp_path)

    result = run(command, str(model), folder=tmp_path)

    assert result.exit_code == 3, result.output
    assert "saved_model.pb" in result.output
    assert "version" in result.output
    assert f"{model}/1/" in result.output
    assert tree(tmp_path) == before


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("path", ["C:\\models\\x", "nowhere/at all"])
def test_a_path_that_is_not_there_is_named_as_it_was_given_and_no_command_makes_it(
    tmp_path: Path, command: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K39.2."""
    monkeypatch.chdir(tmp_path)

    result = run(command, path, folder=tmp_path)

    assert result.exit_code == 3, result.output
    assert path in result.output
    assert tree(tmp_path) == set()


BROKEN: dict[str, Callable[[Path], object]] = {
    "names that are no integers": lambda model: Version().write(model / "v1"),
    "half-copied": lambda model: with_variables(data_bytes=0).write(model / "1"),
    "a Keras file": lambda model: Version(graph_bytes=b"", files={"m.keras": b"x"}).write(model / "1"),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", BROKEN)
def test_a_model_that_cannot_be_served_stops_every_command_before_it_does_anything(
    tmp_path: Path, command: str, name: str
) -> None:
    """K01.4."""
    BROKEN[name](tmp_path / "m")
    before = tree(tmp_path)

    result = run(command, str(tmp_path / "m"), folder=tmp_path)

    assert result.exit_code == 3, result.output
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["two words", "modèle-日本", 'it\'s, "quoted"'])
@pytest.mark.parametrize("through_a_link", [False, True])
def test_serve_takes_a_directory_of_any_name(tmp_path: Path, name: str, through_a_link: bool) -> None:
    """K39.1: the folder of the computer is given to the server as it is, under a name that a URL can hold."""
    Version().write(tmp_path / name / "1")
    (tmp_path / "link to it").symlink_to(tmp_path / name)
    given = Path(f"{tmp_path / ('link to it' if through_a_link else name)}/")

    spec = spec_of_directory(given)
    rendered = render(spec, read_models(spec, base=Path()))
    served = local_run(spec, rendered.manifests, base=Path())

    (model,) = spec.served_models
    assert served.directories == {f"/models/{model.name}": tmp_path / name}
    assert read_model(given).servable


@pytest.mark.parametrize("command", ["inspect", "render"])
def test_the_release_of_tensorflow_is_told_and_a_newer_one_than_the_servers_is_warned_of(
    tmp_path: Path, command: str
) -> None:
    """K06.1, K06.2: models of these tests say 2.21.0, and the default image is 2.20.0."""
    Version().write(tmp_path / "m" / "1")

    result = run(command, str(tmp_path / "m"), folder=tmp_path)

    assert result.exit_code == 0, result.output
    assert "2.21.0" in result.output
    assert ("tensorflow/serving:2.20.0" in result.stderr) == (command == "render")
