"""`tfk8s check` as a user sees it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from tests.unit.check.objects import DEPLOYMENT, SERVICE, changed, container
from tests.unit.model.savedmodels import Version, graph, saved_model, signature, tensor
from tfk8s.check import schema
from tfk8s.cli.main import root

SPEC = f"""\
apiVersion: tfk8s.dev/v1
name: resnet
namespace: serving
model: {{source: pvc://models/resnet}}
image: {{base: "tensorflow/serving:2.20.0@sha256:{"5" * 64}"}}
resources: {{memory: 2Gi}}
"""
IGNORED = "checks:\n  ignore:\n    - {code: claim-access, reason: the claim is ReadOnlyMany}\n"


def _check(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(root, ["check", *arguments], input=stdin)


def _spec(folder: Path, text: str = SPEC) -> str:
    file = folder / "tfk8s.yaml"
    file.write_text(text)
    return str(file)


def _manifests(*bodies: dict[str, Any]) -> str:
    return yaml.safe_dump_all(bodies, sort_keys=False)


def _found(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(result.stdout)["findings"]
    return found


def test_a_spec_is_checked_with_what_it_renders_to(tmp_path: Path) -> None:
    result = _check("-f", _spec(tmp_path))

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{tmp_path}/tfk8s.yaml: warning: claim models of model resnet is mounted by several pods at once, if only in "
        "a roll-out: a ReadWriteOnce claim lets those on other nodes wait for ever [claim-access]",
        "  use a claim that is ReadOnlyMany or ReadWriteMany",
    ]
    assert result.stderr == "1 warning in 1 file\n"


def test_strict_makes_a_warning_fail(tmp_path: Path) -> None:
    result = _check("--strict", _spec(tmp_path))

    assert result.exit_code == 3
    assert "error: 1 warning in 1 file" in result.stderr
    assert "docs/checks.md" in result.stderr


def test_what_a_spec_switches_off_is_shown_with_the_reason_and_does_not_fail(tmp_path: Path) -> None:
    result = _check("--strict", _spec(tmp_path, SPEC + IGNORED))

    assert result.exit_code == 0
    assert ": off: claim models" in result.stdout
    assert "  off because: the claim is ReadOnlyMany" in result.stdout
    assert result.stderr == "nothing found in 1 file; 1 switched off\n"


def test_render_and_strict_render_keep_silent_of_what_is_switched_off(tmp_path: Path) -> None:
    loud = CliRunner().invoke(root, ["render", "-f", _spec(tmp_path)])
    quiet = CliRunner().invoke(root, ["render", "--strict", "-f", _spec(tmp_path, SPEC + IGNORED)])

    assert "claim models" in loud.stderr
    assert (quiet.exit_code, quiet.stderr) == (0, "")
    assert quiet.stdout == loud.stdout


def test_the_command_line_switches_off_for_manifests_of_others() -> None:
    open_port = changed(SERVICE, lambda body: body["spec"].pop("loadBalancerSourceRanges"))
    result = _check(
        "-", "--strict", "--ignore", "open-balancer=inside the office", stdin=_manifests(DEPLOYMENT, open_port)
    )

    assert result.exit_code == 0
    assert "off because: inside the office" in result.stdout


@pytest.mark.parametrize(
    ("ignore", "exit_code", "told"),
    [
        ("open-balancr=x y z", 3, "did you mean open-balancer?"),
        ("schema=x y z", 3, "schema cannot be switched off"),
        ("open-balancer", 2, "write CODE=REASON"),
        ("open-balancer=  ", 2, "write CODE=REASON"),
    ],
)
def test_nothing_is_switched_off_by_a_slip_or_without_a_reason(ignore: str, exit_code: int, told: str) -> None:
    result = _check("-", "--ignore", ignore, stdin=_manifests(DEPLOYMENT))

    assert result.exit_code == exit_code
    assert told in result.stderr


def test_a_wrong_spec_is_found_with_its_line(tmp_path: Path) -> None:
    result = _check(_spec(tmp_path, SPEC + "scalin: {replicas: 2}\n"), "-o", "json")

    (finding,) = _found(result)
    assert result.exit_code == 3
    assert (finding["code"], finding["line"], finding["file"]) == ("spec", 7, f"{tmp_path}/tfk8s.yaml")
    assert "scaling" in finding["message"]


def test_a_model_that_cannot_be_served_is_found_and_what_it_keeps_from_being_checked_is_said(tmp_path: Path) -> None:
    result = _check(_spec(tmp_path, SPEC.replace("pvc://models/resnet", "./resnet")), "-o", "json")

    document = json.loads(result.stdout)
    assert result.exit_code == 3
    assert [item["code"] for item in document["findings"]] == ["path-missing"]
    assert document["notChecked"] == [f"what {tmp_path}/tfk8s.yaml renders to: its model cannot be served"]


def test_an_error_of_a_version_that_is_not_served_is_a_warning(tmp_path: Path) -> None:
    signatures = {"serving_default": signature({"x": tensor("x:0", shape=(-1,))}, {"y": tensor("y:0", shape=(-1,))})}
    Version(graph_bytes=saved_model(graph(signatures=signatures))).write(tmp_path / "resnet" / "2")
    (tmp_path / "resnet" / "1").mkdir()

    spec = SPEC.replace("pvc://models/resnet", "./resnet")
    latest = _found(_check(_spec(tmp_path, spec), "-o", "json"))
    both = _found(_check(_spec(tmp_path, spec.replace("./resnet", "./resnet, versions: [1, 2]")), "-o", "json"))

    assert ("graph-missing", "warning") in [(item["code"], item["level"]) for item in latest]
    assert ("graph-missing", "error") in [(item["code"], item["level"]) for item in both]
    assert [item["object"] for item in both] == ["model resnet"] * len(both)


def test_every_environment_is_checked_unless_one_is_chosen(tmp_path: Path) -> None:
    text = SPEC + "environments:\n  dev: {}\n  prod: {expose: {type: LoadBalancer}}\n"

    every = _found(_check(_spec(tmp_path, text), "-o", "json"))
    dev = _found(_check(_spec(tmp_path, text), "--env", "dev", "-o", "json"))

    assert {(item["code"], item["environment"]) for item in every} == {
        ("claim-access", ""),
        ("open-balancer", "prod"),
    }
    assert [(item["code"], item["environment"]) for item in dev] == [("claim-access", "dev")]


def test_what_an_environment_switches_off_is_off_there_alone(tmp_path: Path) -> None:
    text = SPEC + "environments:\n  dev:\n    " + IGNORED.replace("\n  ", "\n      ")

    found = _found(_check(_spec(tmp_path, text), "-o", "json"))

    assert [(item["environment"], item["ignored"]) for item in found] == [
        ("", None),
        ("dev", "the claim is ReadOnlyMany"),
    ]


def test_manifests_of_a_folder_are_looked_at_together_with_their_lines(tmp_path: Path) -> None:
    bare = changed(DEPLOYMENT, lambda body: container(body)["readinessProbe"]["httpGet"].update(path="/v1/models/m"))
    (tmp_path / "deployment.yaml").write_text(_manifests(bare))
    (tmp_path / "service.json").write_text(json.dumps(SERVICE))
    line = (tmp_path / "deployment.yaml").read_text().splitlines().index("        readinessProbe:") + 1

    result = _check(str(tmp_path))

    assert result.exit_code == 3
    assert result.stdout.startswith(
        f"{tmp_path}/deployment.yaml:{line}: error: Deployment/resnet in serving: "
        "spec.template.spec.containers[0].readinessProbe: must GET /v1/models/m/metadata"
    )
    assert "1 error in 2 files" in result.stderr


def test_what_is_no_object_is_left_out_of_a_folder_and_said(tmp_path: Path) -> None:
    (tmp_path / "deployment.yaml").write_text(_manifests(DEPLOYMENT))
    (tmp_path / "values.yaml").write_text("replicas: 3\n")
    (tmp_path / "patch.yaml").write_text("kind: Deployment\nmetadata: {name: resnet}\n")
    (tmp_path / "kustomization.yaml").write_text("kind: Kustomization\npatches: [{path: patch.yaml}]\n")
    chart = tmp_path / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("name: a\n")
    (chart / "templates" / "a.yaml").write_text("kind: {{ .Values.kind }}\n")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "a.yaml").write_text("kind: [\n")

    result = _check(str(tmp_path))

    assert (result.exit_code, result.stdout) == (0, "")
    assert f"not checked: {tmp_path}/values.yaml: holds no Kubernetes object" in result.stderr
    assert f"not checked: {tmp_path}/patch.yaml: a patch" in result.stderr
    assert f"helm template {chart} | tfk8s check -" in result.stderr
    assert "nothing found in 1 file\n" in result.stderr


def test_a_folder_of_specs_and_manifests_is_both(tmp_path: Path) -> None:
    _spec(tmp_path)
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s" / "a.yaml").write_text(_manifests(DEPLOYMENT))

    assert "1 warning in 2 files" in _check(str(tmp_path)).stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind: [\n", "not valid YAML"),
        ("kind: Deployment\nmetadata: {}\n", "is no Kubernetes object"),
        ("kind: Deployment\nmetadata: {name: a}\n", "the object has no apiVersion"),
    ],
)
def test_a_file_that_holds_no_object_is_found_with_its_line(text: str, told: str) -> None:
    result = _check("-", "-o", "json", stdin=text)

    (finding,) = _found(result)
    assert result.exit_code == 3
    assert (finding["code"], finding["file"]) == ("manifest", "<stdin>")
    assert finding["line"] is not None
    assert told in finding["message"]


def test_what_cannot_be_read_of_a_secret_is_not_repeated() -> None:
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  password: 12:34:56\n"

    result = _check("-", stdin=text)

    assert result.exit_code == 3
    assert "<stdin>:5: error: stringData.password: cannot be read as it stands there" in result.stdout
    assert "12:34:56" not in result.output


def test_manifests_without_a_server_are_held_to_the_schemas_alone() -> None:
    web = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": "3"}}

    result = _check("-", stdin=_manifests(web))

    assert result.exit_code == 3
    assert "[schema]" in result.stdout
    assert "[probe]" not in result.stdout
    assert "not checked: policies for <stdin>: no workload of a model server" in result.stderr


def test_a_kind_that_the_release_does_not_have_is_found(tmp_path: Path) -> None:
    hpa = {"apiVersion": "autoscaling/v2beta2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"}}

    assert (
        "Kubernetes 1.31 has no HorizontalPodAutoscaler"
        in _check("-", "--kubernetes", "1.31", stdin=_manifests(hpa)).stdout
    )


def test_without_the_schemas_it_is_said_what_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("kubernetes_validate", "jsonschema", "referencing"):
        monkeypatch.setitem(sys.modules, name, None)
    schema._validator.cache_clear()

    result = _check("-", stdin=_manifests(DEPLOYMENT))

    assert result.exit_code == 0
    assert "not checked: fields against Kubernetes 1.34: the schemas of Kubernetes are not installed" in result.stderr
    assert "tfk8s[validate]" in result.stderr


def test_github_gets_annotations_without_what_is_switched_off(tmp_path: Path) -> None:
    bare = changed(DEPLOYMENT, lambda body: container(body).update(image="tensorflow/serving"))
    file = tmp_path / "a,b.yaml"
    file.write_text(_manifests(bare))

    result = _check(str(file), "-o", "github", "--ignore", "release-unknown=ours")

    (line,) = result.stdout.splitlines()
    assert line.startswith(f"::warning file={tmp_path}/a%2Cb.yaml,line=")
    assert ",title=image::Deployment/resnet in serving: spec.template.spec.containers[0].image: " in line


def test_a_spec_and_manifests_come_from_stdin(tmp_path: Path) -> None:
    assert "<stdin>: warning: claim models" in _check("-", stdin=SPEC).stdout
    assert _check("-", stdin=_manifests(DEPLOYMENT)).exit_code == 0


def test_without_a_spec_here_it_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    result = _check()

    assert result.exit_code == 3
    assert "there is no tfk8s.yaml here" in result.stderr


def test_a_folder_with_nothing_to_check_is_told(tmp_path: Path) -> None:
    result = _check(str(tmp_path))

    assert result.exit_code == 3
    assert f"there is nothing to check below {tmp_path}" in result.stderr


def test_a_model_that_is_not_here_is_known_by_what_inspect_said(tmp_path: Path) -> None:
    root_folder = Path(__file__).resolve().parents[3] / "examples" / "resnet"

    result = _check(str(root_folder / "tfk8s.yaml"), "--model-info", str(root_folder / "model.json"), "-o", "json")

    assert result.exit_code == 0
    assert "server-older" in [item["code"] for item in _found(result)]


def test_help_loads_no_schemas_and_no_models() -> None:
    code = (
        "from tfk8s.cli.main import root\nimport contextlib, io, sys\n"
        "with contextlib.redirect_stdout(io.StringIO()): root(['check', '--help'], standalone_mode=False)\n"
        "print(' '.join(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert not {"jsonschema", "referencing", "kubernetes_validate", "tfk8s.model", "yaml"} & set(loaded)
