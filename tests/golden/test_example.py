from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.golden.conftest import Golden
from tests.golden.golden_cases import EXAMPLES, PLAIN_EXAMPLES, Example
from tfk8s.app.manifest_files import files_of
from tfk8s.app.render import RenderRequest, read_model_info, render_service
from tfk8s.check.schema import schema_findings
from tfk8s.cli.main import root
from tfk8s.render import RenderOptions
from tfk8s.spec import load_spec

EXAMPLE = EXAMPLES / "resnet"
MANIFESTS = EXAMPLES.parent / "manifests" / "resnet"
IMAGE = "tfk8s.local/resnet:example"
COMMAND = "tfk8s render -f examples/resnet/tfk8s.yaml --model-info examples/resnet/model.json"


def check(folder: Path) -> Result:
    """Run what docs/rendering.md says, on this folder."""
    spec, info = str(EXAMPLE / "tfk8s.yaml"), str(EXAMPLE / "model.json")
    arguments = ["render", "-f", spec, "--model-info", info, "--image", IMAGE, "--out", str(folder), "--check"]
    return CliRunner().invoke(root, arguments)


def test_the_checked_in_manifests_are_those_of_the_example(golden: Golden) -> None:
    request = RenderRequest(
        spec=load_spec(EXAMPLE / "tfk8s.yaml"),
        base=EXAMPLE,
        infos={"resnet": read_model_info(EXAMPLE / "model.json")},
        options=RenderOptions(image=IMAGE),
    )

    golden.check(MANIFESTS, files_of(render_service(request)))


@pytest.mark.parametrize("example", PLAIN_EXAMPLES, ids=lambda example: example.name)
def test_the_other_examples_are_rendered_afresh_and_fit_the_schema(golden: Golden, example: Example) -> None:
    rendered = example.render()

    golden.check(example.expected, files_of(rendered))
    assert [str(finding) for finding in schema_findings(rendered.manifests, minor=34)] == []


def test_managed_prometheus_finds_the_port_and_path_that_the_server_answers_on() -> None:
    rendered = next(example for example in PLAIN_EXAMPLES if example.name == "resnet-gke").render()
    bodies: dict[str, Any] = {manifest.ref.kind: manifest.body for manifest in rendered.manifests}
    spec, template = bodies["PodMonitoring"]["spec"], bodies["Deployment"]["spec"]["template"]
    (endpoint,), (container,) = spec["endpoints"], template["spec"]["containers"]

    assert spec["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    assert {"name": endpoint["port"], "containerPort": 8501} in container["ports"]
    assert f'path: "{endpoint["path"]}"' in bodies["ConfigMap"]["data"]["monitoring.config"]


def changed(path: Path) -> None:
    path.write_text(path.read_text() + "# more\n")


def missing(path: Path) -> None:
    path.unlink()


def stale(path: Path) -> None:
    shutil.copy(path, path.with_name("99-old-thing.yaml"))


@pytest.mark.parametrize("harm", [changed, missing, stale])
def test_check_passes_on_them_and_fails_when_one_is_not_as_rendered(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    assert check(MANIFESTS).exit_code == 0
    folder = tmp_path / "manifests"
    shutil.copytree(MANIFESTS, folder)

    harm(folder / "17-deployment-resnet.yaml")

    result = check(folder)
    assert result.exit_code == 3
    assert f"{harm.__name__}: " in result.stderr


def test_the_documentation_shows_the_command_that_made_them() -> None:
    text = (EXAMPLES.parent / "docs" / "rendering.md").read_text(encoding="utf-8")

    assert COMMAND in text.replace(" \\\n    ", " ")
    assert f"--image {IMAGE} --out manifests/resnet" in text.replace(" \\\n    ", " ")
