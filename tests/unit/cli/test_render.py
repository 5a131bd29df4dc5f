from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.render.specs import model
from tfk8s.cli.main import root
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.yaml import load_documents
from tfk8s.model import to_json

SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
model: {source: ./models/resnet}
scaling: {min: 1, max: 3}
"""
IMAGE = "registry.example.com/m@sha256:" + "0" * 64


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tfk8s.yaml").write_text(SPEC)
    (tmp_path / "model.json").write_text(json.dumps(to_json(model())))
    return tmp_path


def run(folder: Path, *arguments: str, spec: str = "tfk8s.yaml", stdin: str | None = None) -> Result:
    file = "-" if spec == "-" else str(folder / spec)
    command = ["render", "-f", file, "--model-info", str(folder / "model.json"), "--image", IMAGE, *arguments]
    return CliRunner().invoke(root, command, input=stdin)


def test_the_manifests_go_to_stdout_and_nothing_else_does(folder: Path) -> None:
    result = run(folder)

    assert result.exit_code == 0, result.output
    kinds = [text_at(document.value, "kind") for document in load_documents(result.stdout, source="stdout")]
    assert kinds[-1] == "HorizontalPodAutoscaler"
    assert "# 768 MiB for the server" in result.stdout
    assert result.stderr == ""


def test_the_spec_may_come_from_stdin(folder: Path) -> None:
    assert run(folder, spec="-", stdin=SPEC).stdout == run(folder).stdout


def test_json_is_a_list_that_kubectl_takes(folder: Path) -> None:
    items = json.loads(run(folder, "-o", "json").stdout)

    assert (items["apiVersion"], items["kind"]) == ("v1", "List")
    assert items["items"][0]["kind"] == "NetworkPolicy"


def test_a_folder_is_written_checked_and_found_stale(folder: Path) -> None:
    out = folder / "manifests"

    assert run(folder, "--out", str(out), "--check").exit_code == 3
    assert not out.exists()
    assert run(folder, "--out", str(out)).exit_code == 0
    assert run(folder, "--out", str(out), "--check").exit_code == 0
    deployment = out / "17-deployment-resnet.yaml"
    deployment.write_text(deployment.read_text().replace("maxUnavailable: 0", "maxUnavailable: 1"))
    stale = run(folder, "--out", str(out), "--check")

    assert stale.exit_code == 3
    assert "changed: 17-deployment-resnet.yaml" in stale.stderr
    assert "+      maxUnavailable: 0" in stale.stderr
    assert f"tfk8s render --out {out}" in stale.stderr


def test_explain_shows_each_computed_field_with_value_and_reason(folder: Path) -> None:
    result = run(folder, "--explain")

    assert "Deployment/resnet in default" in result.stdout
    assert "  spec.template.spec.terminationGracePeriodSeconds = 50" in result.stdout
    assert "the server ignores SIGTERM" in result.stdout
    rows = json.loads(run(folder, "--explain", "-o", "json").stdout)["explanations"]
    assert {"object", "field", "value", "reason"} == set(rows[0])


def test_warnings_go_to_stderr_and_strict_makes_them_fail(folder: Path) -> None:
    (folder / "model.json").write_text(json.dumps(to_json(model(tensorflow="2.21.0"))))

    relaxed, strict = run(folder), run(folder, "--strict")

    assert relaxed.exit_code == 0
    assert "2.21.0" in relaxed.stderr
    assert "tensorflow/serving:2.20.0" in relaxed.stderr
    assert strict.exit_code == 3
    assert strict.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--kubernetes", "1.28"], 3, "choose one from 1.29 to 1.37"),
        (["--check"], 2, "--out"),
        (["--explain", "--out", "x"], 2, "--explain shows, --out writes"),
        (["--out", "x", "-o", "json"], 2, "-o json is a form of stdout, --out writes files"),
        (["--env", "dev", "--env", "prod"], 2, "is one environment, not dev and prod"),
        (["--model-info", "none.json"], 3, "cannot read none.json"),
        (["--model-info", "other=model.json"], 3, "write NAME=FILE with one of: resnet"),
    ],
)
def test_what_cannot_be_done_is_said_without_a_traceback(
    folder: Path, arguments: list[str], code: int, text: str
) -> None:
    result = run(folder, *arguments)

    assert result.exit_code == code
    assert text in result.stderr
    assert "Traceback" not in result.output


def test_a_missing_spec_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(root, ["render"])

    assert result.exit_code == 3
    assert "tfk8s init MODEL_DIR" in result.stderr


def test_the_release_changes_what_is_rendered(folder: Path) -> None:
    assert "sleep:" in run(folder, "--kubernetes", "1.30").stdout
    assert "exec:" in run(folder, "--kubernetes", "v1.29.4").stdout


def test_a_model_directory_that_is_missing_is_named(folder: Path) -> None:
    result = CliRunner().invoke(root, ["render", "-f", str(folder / "tfk8s.yaml")])

    assert result.exit_code == 3
    assert "models/resnet" in result.stderr


def test_a_check_counts_the_files_that_were_written(folder: Path) -> None:
    out = folder / "out"
    written = run(folder, "--out", str(out), "--format", "kustomize").stderr.splitlines()[-1]

    checked = run(folder, "--out", str(out), "--format", "kustomize", "--check").stderr

    assert f"{written.split(': ')[1].split(' ')[0]} files" in checked
    assert f"{sum(path.is_file() for path in out.rglob('*'))} files" in checked
