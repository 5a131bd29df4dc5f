"""`tfk8s rbac` as a command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tfk8s.cli.main import root

SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
namespace: prod
model: {source: "gs://models/resnet"}
serviceAccount: {googleServiceAccount: none}
"""
REGIONS = "regions: {europe: {context: eu}, us: {context: us}}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tfk8s.yaml").write_text(SPEC)
    return tmp_path


def run(*args: str) -> Result:
    return CliRunner().invoke(root, ["rbac", *args])


def objects(*args: str) -> list[dict[str, Any]]:
    result = run(*args, "-o", "json")
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)["items"]
    return found


def test_all_roles_are_written_and_nobody_gets_them_unsaid() -> None:
    result = run()

    assert result.exit_code == 0, result.output
    assert "nobody is bound" in result.stderr
    assert [item["metadata"]["name"] for item in objects() if item["kind"] == "Role"] == [
        "tfk8s-resnet-viewer",
        "tfk8s-resnet-ci",
        "tfk8s-resnet-deployer",
    ]


def test_a_role_goes_to_whom_it_is_for() -> None:
    found = objects("--role", "ci", "--service-account", "ci/pipeline", "--user", "ada@example.com")

    bound = [item["subjects"] for item in found if item["kind"] == "RoleBinding"]
    assert [[each["name"] for each in subjects] for subjects in bound] == [["ada@example.com", "pipeline"]]


def test_a_holder_without_a_role_is_refused() -> None:
    result = run("--user", "ada")

    assert result.exit_code == 2
    assert "--role" in result.output


@pytest.mark.parametrize("account", ["pipeline", "/pipeline", "ci/", "a/b/c"])
def test_an_account_is_of_a_namespace(account: str) -> None:
    result = run("--role", "ci", "--service-account", account)

    assert result.exit_code == 2
    assert "NAMESPACE/NAME" in result.output


def test_the_namespace_of_the_command_line_takes_the_place_of_the_specs() -> None:
    assert {item["metadata"].get("namespace", "-") for item in objects("-n", "staging")} == {"staging", "-"}


def test_objects_of_the_spec_of_before_may_be_removed(folder: Path) -> None:
    (folder / "old.yaml").write_text(SPEC + "scaling: {min: 1, max: 3, metrics: [{cpu: 60}]}\n")

    def may(*args: str) -> bool:
        (role,) = (item for item in objects("--role", "ci", "--no-cluster-role", *args))
        return any(
            rule.get("resourceNames") == ["resnet"] and "delete" in rule["verbs"]
            for rule in role["rules"]
            if "horizontalpodautoscalers" in rule["resources"]
        )

    assert not may()
    assert may("--previous", "old.yaml")


def test_a_spec_of_before_is_of_the_same_service(folder: Path) -> None:
    (folder / "other.yaml").write_text(SPEC.replace("name: resnet", "name: other"))

    result = run("--previous", "other.yaml")

    assert result.exit_code == 3
    assert "other in prod, not of resnet in prod" in result.stderr


def test_each_region_has_a_folder_with_its_roles(folder: Path) -> None:
    (folder / "tfk8s.yaml").write_text(SPEC + REGIONS)

    refused = run()
    written = run("--out", "roles")
    again = run("--out", "roles")

    assert refused.exit_code == 3
    assert "one stream is for one" in refused.stderr
    assert written.exit_code == 0, written.output
    assert {path.parent.name for path in folder.glob("roles/*/*.yaml")} == {"europe", "us"}
    assert "0 written" in again.stderr


def test_a_folder_with_rendered_objects_is_left_alone(folder: Path) -> None:
    rendered = CliRunner().invoke(root, ["render", "--out", "manifests"])
    before = sorted(path.name for path in folder.glob("manifests/*"))

    result = run("--out", "manifests")

    assert rendered.exit_code == 0, rendered.output
    assert result.exit_code == 3
    assert "a folder of their own" in result.stderr
    assert sorted(path.name for path in folder.glob("manifests/*")) == before
