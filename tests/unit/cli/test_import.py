"""`tfk8s import`: the spec on stdout or in a file, notes on stderr, and no file lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.adoption.imports import SHAPES
from tfk8s.cli.main import root
from tfk8s.spec import load_spec


def run(*arguments: str | Path, stdin: str = "") -> Result:
    return CliRunner().invoke(root, ["import", *map(str, arguments)], input=stdin)


def test_the_spec_is_on_stdout_alone_and_the_notes_are_on_stderr() -> None:
    result = run(SHAPES["seed"])

    assert result.exit_code == 0
    assert load_spec(result.stdout).name == "resnet"
    notes = result.stderr.splitlines()
    assert len(notes) >= 5
    assert all(note.startswith(f"{SHAPES['seed']}:") for note in notes)


def test_several_files_and_stdin_are_read_together(tmp_path: Path) -> None:
    service = SHAPES["seed"].read_text().partition("---\n")[2]
    file = tmp_path / "service.yaml"
    file.write_text(service)

    result = run(file, "-", stdin=SHAPES["seed"].read_text().partition("---\n")[0])

    assert load_spec(result.stdout).existing.service == "resnet-service"
    assert any(line.startswith("<stdin>:") for line in result.stderr.splitlines())


def test_json_holds_the_spec_and_each_note() -> None:
    told = json.loads(run(SHAPES["seed"], "-o", "json").stdout)

    assert load_spec(json.dumps(told["spec"])).name == "resnet"
    assert {note["kind"] for note in told["notes"]} >= {"lost", "unsafe"}
    assert all(note["file"] and note["line"] and note["message"] for note in told["notes"])


def test_a_file_is_written_and_never_replaced_unless_asked(tmp_path: Path) -> None:
    out = tmp_path / "tfk8s.yaml"
    out.write_text("mine\n")

    refused = run(SHAPES["seed"], "--out", out)
    kept = out.read_text()
    forced = run(SHAPES["seed"], "--out", out, "--force")

    assert (refused.exit_code, kept) == (3, "mine\n")
    assert forced.exit_code == 0
    assert load_spec(out).name == "resnet"
    assert forced.stdout == ""


@pytest.mark.parametrize("text", ["kind: [", "a: 1\n", "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"])
def test_what_is_no_model_server_ends_with_3(text: str) -> None:
    assert run("-", stdin=text).exit_code == 3


@pytest.mark.parametrize("image", ["two words", "tensorflow/serving:latest", ""])
def test_an_image_without_a_release_is_refused_and_is_no_bug(image: str) -> None:
    result = run(SHAPES["seed"], "--image", image)

    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith("error: --image: ")


def test_a_dash_is_stdout_and_no_file_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    result = run(SHAPES["seed"].resolve(), "--out", "-")

    assert load_spec(result.stdout).name == "resnet"
    assert not [*tmp_path.iterdir()]
