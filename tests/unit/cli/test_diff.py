"""`tfk8s diff --against`, without a cluster."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tfk8s.cli.main import root

SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
namespace: serving
model: {{name: resnet, source: "gs://models/resnet"}}
serviceAccount: {{googleServiceAccount: none}}
resources: {{cpu: 2, memory: {memory}}}
scaling: {{replicas: 2}}
serving: {{env: {{API_TOKEN: "{hides}"}}}}
"""
MEMORY = "memory request and limit 2Gi to 3Gi: rolls all pods"


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """A spec that says more memory than what lies rendered beside it."""
    file = tmp_path / "tfk8s.yaml"
    file.write_text(SPEC.format(memory="2Gi", hides="hidden-1"))
    assert CliRunner().invoke(root, ["render", "-f", str(file), "--out", str(tmp_path / "manifests")]).exit_code == 0
    file.write_text(SPEC.format(memory="3Gi", hides="hidden-2"))
    return file


def diff(spec: Path, *arguments: str, against: str | None = None, stdin: str = "", color: bool = False) -> Result:
    place = against or str(spec.parent / "manifests")
    return CliRunner().invoke(root, ["diff", "-f", str(spec), "--against", place, *arguments], input=stdin, color=color)


def test_rendered_files_are_compared_with_the_spec(spec: Path) -> None:
    result = diff(spec, "--exit-code")

    assert result.exit_code == 10
    assert f"  restart   {MEMORY}" in result.stdout.splitlines()


def test_one_file_of_many_documents_and_a_stream_read_alike(spec: Path) -> None:
    folder = spec.parent / "manifests"
    text = "---\n".join(file.read_text() for file in sorted(folder.glob("*.yaml")))
    (spec.parent / "all.yaml").write_text(text)

    whole = diff(spec).stdout.splitlines()[:-1]

    assert diff(spec, against=str(spec.parent / "all.yaml")).stdout.splitlines()[:-1] == whole
    assert diff(spec, against="-", stdin=text).stdout.splitlines()[:-1] == whole


def test_objects_of_other_services_are_left_out_and_counted(spec: Path) -> None:
    other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: serving}\n"
    (spec.parent / "manifests" / "99-other.yaml").write_text(other)

    result = diff(spec)

    assert "ConfigMap/other" not in result.stdout
    assert "note: left out, because no spec here has them: 1 object of" in result.stdout


def test_colours_are_for_a_terminal_alone_and_not_where_nobody_wants_them(
    spec: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = diff(spec, color=True).stdout
    monkeypatch.setenv("NO_COLOR", "1")
    plain = diff(spec, color=True).stdout

    assert "\x1b[33mrestart" in coloured
    assert "\x1b" not in plain


@pytest.mark.parametrize("form", ["text", "json", "yaml", "markdown"])
def test_no_form_holds_what_a_variable_hides(spec: Path, form: str) -> None:
    result = diff(spec, "-o", form)

    assert "hidden" not in result.output
    assert "API" in result.output


def test_programs_get_the_old_keys_and_the_risk(spec: Path) -> None:
    found = json.loads(diff(spec, "-o", "json").stdout)

    assert found.keys() >= {"changes", "pending", "blocked", "warnings", "risk", "risks"}
    (change,) = found["changes"]
    assert change.keys() >= {"apiVersion", "kind", "namespace", "name", "action", "reason", "differences", "causes"}
    assert (change["action"], change["risk"], found["pending"]) == ("update", "restart", 1)
    assert MEMORY in [line["sentence"] for line in change["explained"]]


REGIONS = """\
regions:
  europe: {{context: eu, scaling: {{replicas: 3}}}}
  us: {{context: us, scaling: {{replicas: {us}}}}}
"""


def in_regions(memory: str, *, us: int) -> str:
    return SPEC.format(memory=memory, hides="x") + REGIONS.format(us=us)


def test_each_region_is_compared_with_the_folder_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "tfk8s.yaml"
    file.write_text(in_regions("2Gi", us=4))
    assert CliRunner().invoke(root, ["render", "-f", str(file), "--out", str(tmp_path / "manifests")]).exit_code == 0
    assert diff(file, "--exit-code").exit_code == 0

    file.write_text(in_regions("2Gi", us=5))
    result = diff(file, "--exit-code")
    changes = json.loads(diff(file, "-o", "json").stdout)["changes"]

    assert result.exit_code == 10
    assert [line for line in result.stdout.splitlines() if "Deployment" in line] == [
        "us: update Deployment/resnet in serving: 1 field differs"
    ]
    assert [(change["region"], change["action"]) for change in changes] == [("us", "update")]
    assert "us: update Deployment/resnet" in diff(file, "-o", "markdown").stdout
    assert diff(file, "--exit-code", "--region", "europe").exit_code == 0
    assert diff(file, "--exit-code", "--region", "us", against=str(tmp_path / "manifests" / "us")).exit_code == 10
    assert "stdin is of one region" in diff(file, against="-", stdin="a: 1").stderr


def test_a_region_that_was_never_rendered_is_all_new(tmp_path: Path) -> None:
    file, text = tmp_path / "tfk8s.yaml", in_regions("2Gi", us=4)
    file.write_text(text + "  asia: {context: asia}\n")
    assert CliRunner().invoke(root, ["render", "-f", str(file), "--out", str(tmp_path / "manifests")]).exit_code == 0
    for path in (tmp_path / "manifests" / "asia").iterdir():
        path.unlink()

    changes = json.loads(diff(file, "-o", "json").stdout)["changes"]

    assert {(change["region"], change["action"]) for change in changes} == {("asia", "create")}


def test_a_folder_that_is_not_there_is_refused(spec: Path) -> None:
    result = diff(spec, against=str(spec.parent / "nothing"))

    assert result.exit_code == 3
    assert "nothing" in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("diff", "-f", "-", "--from", "HEAD"),
        ("diff", "-f", "-", "--against", "-"),
        ("diff", "--from", "HEAD", "--against", "-"),
        ("drift", "--against", "-", "--revision", "HEAD"),
        ("drift", "-f", "-", "--revision", "HEAD"),
        ("drift", "-f", "-", "--watch"),
    ],
)
def test_a_stream_is_read_once_and_has_no_revisions(arguments: tuple[str, ...]) -> None:
    result = CliRunner().invoke(root, arguments, input=SPEC.format(memory="2Gi", hides="x"))

    assert result.exit_code == 2
    assert "stdin" in result.stderr


def test_what_is_wrong_in_a_stream_is_said_of_stdin(spec: Path) -> None:
    assert diff(spec, against="-", stdin="a: [").stderr.startswith("error: <stdin> has 1 error")
    assert diff(spec, against="-").stderr.startswith("error: there are no objects in stdin")


def test_an_environment_without_a_name_is_not_taken_for_none(spec: Path) -> None:
    assert diff(spec, "--env", "").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "option", "other"),
    [
        (("diff", "--against", "x", "--context", "c"), "--context", "--against"),
        (("diff", "--against", "x", "--kubeconfig", "c"), "--kubeconfig", "--against"),
        (("diff", "--against", "x", "--force-conflicts"), "--force-conflicts", "--against"),
        (("diff", "--from", "HEAD", "--recreate"), "--recreate", "--revisions"),
        (("diff", "--kubernetes", "1.33"), "--kubernetes", "the cluster"),
        (("drift", "--against", "x", "-f", "tfk8s.yaml"), "-f", "--against"),
        (("drift", "--against", "x", "--image", "a:1"), "--image", "--against"),
        (("drift", "--against", "x", "--model-info", "m"), "--model-info", "--against"),
    ],
)
def test_an_option_that_would_have_no_effect_is_refused(arguments: tuple[str, ...], option: str, other: str) -> None:
    result = CliRunner().invoke(root, arguments)

    assert result.exit_code == 2
    assert f"{option} has no effect with {other}" in result.stderr
