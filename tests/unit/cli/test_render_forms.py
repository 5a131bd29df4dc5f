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
name: {name}
model: {{name: resnet, source: ./models/resnet}}
gitops: {{repository: "https://git.example.com/deploy"}}
environments:
  dev: {{namespace: dev}}
  prod: {{namespace: prod, scaling: {{min: 2, max: 4}}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("one", "two"):
        (tmp_path / "specs" / name).mkdir(parents=True)
        (tmp_path / "specs" / name / "tfk8s.yaml").write_text(SPEC.format(name=name))
    (tmp_path / "model.json").write_text(json.dumps(to_json(model())))
    return tmp_path


def run(folder: Path, *arguments: str, spec: str = "specs/one/tfk8s.yaml") -> Result:
    info = f"resnet={folder / 'model.json'}"
    return CliRunner().invoke(root, ["render", "-f", str(folder / spec), "--model-info", info, *arguments])


def written(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("form", "some"),
    [
        (
            "kustomize",
            {"base/kustomization.yaml", "overlays/dev/kustomization.yaml", "overlays/prod/kustomization.yaml"},
        ),
        ("helm", {"values.yaml", "values-dev.yaml", "values-prod.yaml", "chart/Chart.yaml"}),
        ("argocd", {"argocd/application-one-dev.yaml", "overlays/dev/kustomization.yaml", "base/kustomization.yaml"}),
        ("flux", {"flux/gitrepository-one.yaml", "flux/kustomization-one-prod.yaml", "base/kustomization.yaml"}),
    ],
)
def test_a_form_holds_all_environments_and_is_checked_and_written_once(folder: Path, form: str, some: set[str]) -> None:
    out = folder / "out"

    assert run(folder, "--format", form, "--out", str(out), "--check").exit_code == 3
    first = run(folder, "--format", form, "--out", str(out))
    again = run(folder, "--format", form, "--out", str(out))

    assert first.exit_code == again.exit_code == 0, first.output
    assert some <= written(out)
    assert " 0 written" in again.stderr
    assert run(folder, "--format", form, "--out", str(out), "--check").exit_code == 0
    (out / min(some)).write_text("# mine\n")
    stale = run(folder, "--format", form, "--out", str(out), "--check")
    assert stale.exit_code == 3
    assert f"changed: {min(some)}" in stale.stderr
    assert f"tfk8s render --format {form} --out {out}" in stale.stderr


def test_another_form_takes_the_place_of_the_one_before(folder: Path) -> None:
    out = str(folder / "out")
    run(folder, "--format", "helm", "--out", out)
    run(folder, "--format", "kustomize", "--out", out)
    run(folder, "--out", out)

    assert {name.split("-")[1] for name in written(folder / "out")} >= {"deployment", "service"}
    assert all("/" not in name for name in written(folder / "out"))
    assert [path for path in (folder / "out").iterdir() if path.is_dir()] == []


def test_a_chart_that_is_fetched_is_not_written(folder: Path) -> None:
    run(folder, "--format", "helm", "--out", str(folder / "out"), "--chart", "oci://registry.example.com/tf-serving")

    assert written(folder / "out") == {"values.yaml", "values-dev.yaml", "values-prod.yaml"}
    command = "# helm upgrade --install one oci://registry.example.com/tf-serving --namespace dev -f values.yaml -f "
    assert command in (folder / "out" / "values-dev.yaml").read_text()


@pytest.mark.parametrize("form", ["plain", "kustomize"])
def test_specs_of_a_folder_go_to_a_folder_each_and_one_that_is_gone_takes_its_files_along(
    folder: Path, form: str
) -> None:
    out = folder / "out"
    assert run(folder, "--format", form, "--out", str(out), spec="specs").exit_code == 0
    assert {name.split("/")[0] for name in written(out)} == {"one", "two", ".tfk8s-files"}

    (folder / "specs" / "two" / "tfk8s.yaml").unlink()
    stale = run(folder, "--format", form, "--out", str(out), "--check", spec="specs")
    assert stale.exit_code == 3
    assert run(folder, "--format", form, "--out", str(out), spec="specs").exit_code == 0

    assert {name.split("/")[0] for name in written(out)} == {"one", ".tfk8s-files"}
    assert not (out / "two").exists()


def test_several_specs_are_one_stream_in_the_environment_that_is_asked_for(folder: Path) -> None:
    result = run(folder, "--env", "prod", spec="specs")

    assert result.exit_code == 0, result.output
    read = [document.value for document in load_documents(result.stdout, source="stdout")]
    assert {text_at(body, "metadata", "namespace") for body in read} == {"prod"}
    deployments = [text_at(body, "metadata", "name") for body in read if text_at(body, "kind") == "Deployment"]
    assert deployments == ["one", "two"]


def test_a_form_of_one_environment_has_no_others(folder: Path) -> None:
    run(folder, "--format", "kustomize", "--env", "prod", "--out", str(folder / "out"))

    assert not (folder / "out" / "overlays").exists()
    assert "namespace: prod" in (folder / "out" / "base" / "17-deployment-one.yaml").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "helm"], "--format helm makes a folder: name it with --out"),
        (["--chart", "oci://a.example/b"], "--chart is of a form that uses a chart"),
        (["--check"], "--check compares with a folder"),
    ],
)
def test_options_that_do_not_go_together_are_a_matter_of_usage(
    folder: Path, arguments: list[str], message: str
) -> None:
    result = run(folder, *arguments)

    assert result.exit_code == 2
    assert message in result.stderr


def test_an_image_is_not_taken_for_several_services(folder: Path) -> None:
    result = run(folder, "--image", "registry.example.com/a:1", spec="specs")

    assert result.exit_code == 2
    assert "--image is the image of one service" in result.stderr


def test_two_services_that_would_share_a_folder_are_refused(folder: Path) -> None:
    other = folder / "specs" / "two" / "tfk8s.yaml"
    text = SPEC.format(name="one").split("environments")[0]
    (folder / "specs" / "one" / "tfk8s.yaml").write_text(text)
    other.write_text(text + "namespace: elsewhere\n")

    result = run(folder, "--out", str(folder / "out"), spec="specs")

    assert result.exit_code == 3
    assert "one in default and one in elsewhere would both be written to the folder one" in result.stderr
    assert not (folder / "out").exists()


def test_what_is_true_in_every_environment_is_warned_of_once(folder: Path) -> None:
    spec = folder / "specs" / "one" / "tfk8s.yaml"
    spec.write_text(spec.read_text() + "resources: {memory: 300Mi}\n")

    result = run(folder, "--format", "kustomize", "--out", str(folder / "out"))

    assert result.exit_code == 0, result.output
    assert result.stderr.count("resources.memory is 300Mi") == 1


def test_errors_and_warnings_of_several_say_which_spec_and_environment(folder: Path) -> None:
    spec = folder / "specs" / "one" / "tfk8s.yaml"
    text = spec.read_text()
    spec.write_text(text + "resources: {memory: 300Mi}\n")
    warned = run(folder, spec="specs")
    wrong = text.replace("dev: {", "dev: {model: {versions: [7]}, ")
    spec.write_text(wrong)

    refused = run(folder, "--format", "kustomize", "--out", str(folder / "out"), spec="specs")

    assert f"warning: {spec}: resources.memory is 300Mi" in warned.stderr
    assert refused.exit_code == 3
    assert f"{spec}: in environment dev: " in refused.stderr


def test_a_namespace_that_services_share_is_made_once_and_compares_equal(folder: Path) -> None:
    for name in ("one", "two"):
        spec = folder / "specs" / name / "tfk8s.yaml"
        spec.write_text(spec.read_text() + "createNamespace: true\nnamespace: shared\n")
    run(folder, "--out", str(folder / "out"), spec="specs")

    stream = run(folder, spec="specs").stdout
    kinds = [text_at(document.value, "kind") for document in load_documents(stream, source="stdout")]
    names = ("diff", "-f", str(folder / "specs"), "--model-info", f"resnet={folder / 'model.json'}")
    from_stream = CliRunner().invoke(root, [*names, "--exit-code", "--against", "-"], input=stream)
    from_folder = CliRunner().invoke(root, [*names, "--exit-code", "--against", str(folder / "out")])

    assert (kinds[0], kinds.count("Namespace"), kinds.count("Deployment")) == ("Namespace", 1, 2)
    assert (from_stream.exit_code, from_folder.exit_code) == (0, 0), from_stream.output + from_folder.output


def test_a_namespace_is_told_as_removed_only_where_no_other_service_is_in_it(folder: Path) -> None:
    specs = [folder / "specs" / name / "tfk8s.yaml" for name in ("one", "two")]
    for spec in specs:
        spec.write_text(spec.read_text() + "namespace: shared\ncreateNamespace: true\n")
    run(folder, "--out", str(folder / "out"), spec="specs")
    specs[0].write_text(specs[0].read_text().replace("createNamespace: true\n", ""))

    names = ("diff", "-f", str(specs[0]), "--model-info", f"resnet={folder / 'model.json'}", "--against")
    alone = CliRunner().invoke(root, [*names, str(folder / "out" / "one")])
    beside = CliRunner().invoke(root, [*names, str(folder / "out")])

    assert "Namespace/shared" in alone.stdout
    assert "Namespace/shared" not in beside.stdout


@pytest.mark.parametrize(
    "chart", ["", "tf-serving", "oci://registry.example.com/chart; rm", "oci://registry.example.com"]
)
def test_a_chart_to_fetch_is_one_of_a_registry(folder: Path, chart: str) -> None:
    result = run(folder, "--format", "helm", "--out", str(folder / "out"), "--chart", chart)

    assert (result.exit_code, (folder / "out").exists()) == (2, False)
