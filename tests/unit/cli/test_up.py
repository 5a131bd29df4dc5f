from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tfk8s.cli.main import root

SPEC = """\
apiVersion: tfk8s.dev/v1
name: svc
model: {source: ./m}
cluster: {provider: kind, name: demo}
"""


def _run(folder: Path, *arguments: str) -> Result:
    (folder / "tfk8s.yaml").write_text(SPEC)
    return CliRunner().invoke(root, [arguments[0], "-f", str(folder / "tfk8s.yaml"), *arguments[1:]])


@pytest.mark.parametrize("command", ["up", "down"])
def test_help_shows_an_example(command: str) -> None:
    result = CliRunner().invoke(root, [command, "--help"])

    assert result.exit_code == 0
    assert f"  tfk8s {command}\n" in result.output


@pytest.mark.parametrize("command", ["up", "down"])
def test_a_context_beside_a_cluster_of_the_spec_is_refused(tmp_path: Path, command: str) -> None:
    result = _run(tmp_path, command, "--context", "production")

    assert result.exit_code == 2
    assert "leave out --context" in result.output


def test_a_model_directory_that_is_missing_ends_up_at_once(tmp_path: Path) -> None:
    result = _run(tmp_path, "up")

    assert result.exit_code == 3
    assert str(tmp_path / "m") in result.output
    assert "stopped in step 'check'; done before it: nothing" in result.output


def test_an_authority_that_is_missing_ends_up_before_the_first_step(tmp_path: Path) -> None:
    result = _run(tmp_path, "up", "--ca-file", str(tmp_path / "authority.pem"))

    assert result.exit_code == 2
    assert "authority.pem" in result.output
    assert "check ..." not in result.output


def test_an_input_that_is_missing_ends_up_before_the_first_step(tmp_path: Path) -> None:
    result = _run(tmp_path, "up", "--input", str(tmp_path / "cat.jpg"))

    assert result.exit_code == 3
    assert "cat.jpg" in result.output
    assert "check ..." not in result.output


@pytest.mark.parametrize(
    ("image", "exit_code", "told"),
    [
        (f"tensorflow/serving:2.20.0@sha256:{'a' * 64}", 4, "cosign is not on the PATH"),
        ("tensorflow/serving:2.20.0", 3, "is a tag"),
    ],
)
def test_a_signature_that_cannot_be_seen_ends_up_before_a_cluster_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, image: str, exit_code: int, told: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    text = SPEC.replace("./m", "pvc://models/m") + f'image: {{base: "{image}", verify: {{key: cosign.pub}}}}\n'
    (tmp_path / "tfk8s.yaml").write_text(text)

    result = CliRunner().invoke(root, ["up", "-f", str(tmp_path / "tfk8s.yaml")])

    assert (result.exit_code, told in result.output) == (exit_code, True), result.output
    assert "cluster ..." not in result.output
