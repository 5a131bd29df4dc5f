"""The clusters of all regions: made, listed, shown and deleted side by side, or the one that is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.fakes.managed import Desk
from tfk8s.cli import wiring
from tfk8s.cli.main import root
from tfk8s.errors import CloudError
from tfk8s.ports import ClusterRequest, EnsuredCluster, Reporter

SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
model: {source: "gs://models/resnet"}
serviceAccount: {googleServiceAccount: none}
cluster: {provider: gke, project: my-project}
regions:
  europe: {cluster: {location: europe-west1}}
  us: {cluster: {location: us-central1}}
  home: {context: there-already}
"""


class World(Desk):
    """A folder with the spec, and a provider of clusters."""

    def run(self, *arguments: str, stdin: str = "") -> Result:
        return CliRunner().invoke(root, ["cluster", *arguments], input=stdin, prog_name="tfk8s")

    def json(self, *arguments: str) -> Any:
        result = self.run(*arguments, "-o", "json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    (tmp_path / "tfk8s.yaml").write_text(SPEC)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(wiring, "managed_world", lambda *_, **__: made.world)
    return made


def test_the_clusters_of_all_regions_are_made_and_deleted(world: World) -> None:
    told = world.json("create")["regions"]

    assert {region: place["state"] for region, place in told.items()} == {"europe": "done", "us": "done"}
    assert sorted(world.clusters.changes) == ["create resnet-europe", "create resnet-us"]
    listed = world.json("list")["regions"]
    assert [place["result"]["clusters"][0]["name"] for place in listed.values()] == ["resnet-europe", "resnet-us"]
    shown = world.run("status")
    assert shown.exit_code == 0, shown.output
    assert {line.split(":")[0] for line in shown.stdout.splitlines()} == {"europe", "us"}
    refused = world.run("delete", stdin="n\n")
    assert (refused.exit_code, "go on in europe, us?" in refused.output) == (1, True), refused.output
    assert world.run("delete", "--yes").exit_code == 0
    assert world.clusters.details == {}


def test_one_region_is_named_as_elsewhere(world: World) -> None:
    assert list(world.json("create", "--region", "us")["regions"]) == ["us"]
    assert world.clusters.changes == ["create resnet-us"]
    unknown = world.run("create", "--region", "us-central1")
    assert unknown.exit_code == 3
    assert "tfk8s.yaml has no region us-central1: it has europe, us, home" in unknown.stderr


def test_a_cluster_by_its_name_is_that_of_its_region(world: World) -> None:
    world.json("create")

    assert world.json("status", "resnet-us")["name"] == "resnet-us"
    assert world.run("delete", "resnet-us", "--yes").exit_code == 0
    assert list(world.clusters.details) == ["resnet-europe"]


def test_what_is_of_one_cluster_asks_for_the_region(world: World) -> None:
    world.json("create")

    refused = world.run("credentials")
    assert (refused.exit_code, "name the region: --region europe" in refused.stderr) == (3, True)
    assert world.run("credentials", "--region", "us").exit_code == 0
    assert world.exported == ["resnet-us"] or list(world.kubeconfig.entries) != []


def test_a_cluster_that_fails_leaves_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure = world.clusters.ensure

    def refuses(request: ClusterRequest, *, reporter: Reporter) -> EnsuredCluster:
        if request.name == "resnet-europe":
            raise CloudError("no quota in europe-west1")
        return ensure(request, reporter=reporter)

    monkeypatch.setattr(world.clusters, "ensure", refuses)

    result = world.run("create")

    assert result.exit_code == 8
    assert "tfk8s cluster create --region europe goes on" in result.stderr
    assert list(world.clusters.details) == ["resnet-us"]
