"""The spec on the command line: a file, or stdin."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.model.savedmodels import Version
from tfk8s.cli.main import root

SPEC = "apiVersion: tfk8s.dev/v1\nname: resnet\nmodel: {source: ./resnet}\n"


def render(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(root, ["render", *arguments], input=stdin)


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    Version().write(tmp_path / "resnet" / "1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_stdin_is_read_and_its_paths_start_here(service: Path) -> None:
    result = render("-f", "-", stdin=SPEC)

    assert result.exit_code == 0, result.stderr
    assert "kind: Deployment" in result.stdout


def test_stdin_that_is_no_text_is_refused_with_its_place(service: Path) -> None:
    result = render("-f", "-", stdin=b"name: caf\xe9\n")

    assert result.exit_code == 3
    assert "<stdin>:1:10: byte 0xe9 is not UTF-8" in result.stderr


def test_every_error_of_a_file_is_shown_with_its_place(service: Path) -> None:
    (service / "tfk8s.yaml").write_text(SPEC + "nmespace: x\nresources: {cpu: two}\n")

    result = render()

    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.splitlines()[:3] == [
        "error: tfk8s.yaml has 2 errors",
        "  tfk8s.yaml:4:1: nmespace: is no known field: did you mean namespace?",
        '  tfk8s.yaml:5:18: resources.cpu: "two" is no quantity: write a number such as 2, 500m or 4Gi',
    ]


def test_a_missing_default_file_says_how_to_get_one(service: Path) -> None:
    result = render()

    assert result.exit_code == 3
    assert "tfk8s init MODEL_DIR" in result.stderr


def test_env_chooses_an_environment_of_the_spec(service: Path) -> None:
    (service / "tfk8s.yaml").write_text(SPEC + "environments: {prod: {namespace: prod}}\n")

    assert "namespace: default" in render().stdout
    assert "namespace: prod" in render("--env", "prod").stdout
    assert render("--env", "dev").exit_code == 3


SPEC_COMMANDS = [
    "render",
    "serve",
    "image.build",
    "image.push",
    "diff",
    "apply",
    "status",
    "delete",
    "dashboard",
    "alerts",
    "predict",
    "up",
    "down",
    "autoscale.simulate",
    "regions.fleet",
]


@pytest.mark.parametrize("path", [*SPEC_COMMANDS, "cluster.create"])
def test_every_command_that_reads_a_spec_takes_env(path: str) -> None:
    result = CliRunner().invoke(root, [*path.split("."), "--help"])

    assert "--env NAME" in result.stdout
