"""Commands in several regions: which are meant, what is shown of each, and how a failure is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import tfk8s.cluster
from tests.fakes.cluster import FakeCluster
from tfk8s.cli.main import root
from tfk8s.errors import PreconditionError

SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
namespace: serving
model: {source: "gs://models/resnet"}
serviceAccount: {googleServiceAccount: none}
resources: {cpu: 100m, memory: 1Gi}
rollout: {bakeSeconds: 0}
regions:
  europe: {context: eu, scaling: {replicas: 2}}
  us: {context: us, scaling: {replicas: 3}}
"""


class World:
    """A folder with the spec, and a cluster for each context."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.clusters = {"eu": FakeCluster(), "us": FakeCluster()}
        self.down: set[str] = set()
        (folder / "tfk8s.yaml").write_text(SPEC)
        monkeypatch.chdir(folder)
        monkeypatch.setattr(tfk8s.cluster, "connect", self._connect)

    def _connect(self, *, kubeconfig: Path | None = None, context: str | None = None) -> FakeCluster:
        del kubeconfig
        if context in self.down or context is None:
            raise PreconditionError(f"nobody answers at {context}", hint="is it there?")
        return self.clusters[context]

    def run(self, *arguments: str, stdin: str = "") -> Result:
        return CliRunner().invoke(root, list(arguments), input=stdin, prog_name="tfk8s")

    def json(self, *arguments: str) -> Any:
        result = self.run(*arguments, "-o", "json", "--progress", "none")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)["regions"]

    def rendered(self, region: str) -> str:
        (file,) = (self.folder / "deploy" / region).glob("*-deployment-resnet.yaml")
        return file.read_text()

    def kinds(self, context: str) -> set[str]:
        return {ref.kind for ref in self.clusters[context].refs()} - {"Namespace"}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


def test_apply_goes_to_each_region_with_what_differs_there(world: World) -> None:
    told = world.json("apply", "--no-wait")

    assert list(told) == ["europe", "us"]
    assert {place["state"] for place in told.values()} == {"done"}
    replicas = {}
    for context, cluster in world.clusters.items():
        (deployment,) = (cluster.get(ref) for ref in cluster.refs() if ref.kind == "Deployment")
        assert deployment is not None
        replicas[context] = deployment["spec"]["replicas"]  # type: ignore[index, call-overload]
    assert replicas == {"eu": 2, "us": 3}


def test_lines_name_their_region(world: World) -> None:
    result = world.run("apply", "--no-wait")

    assert result.exit_code == 0, result.output
    assert all(line.startswith(("europe: ", "us: ")) for line in result.output.splitlines())
    assert [line.split(" ", 1)[0] for line in result.stdout.splitlines()] == ["europe:", "us:"]


def test_a_region_can_be_named_and_the_others_are_left_alone(world: World) -> None:
    assert list(world.json("apply", "--no-wait", "--region", "us")) == ["us"]
    assert "Deployment" in world.kinds("us")
    assert world.kinds("eu") == set()


def test_what_fails_in_one_is_not_begun_in_the_next_and_the_text_says_how_to_go_on(world: World) -> None:
    world.down = {"eu"}

    result = world.run("apply", "--no-wait", "-o", "json", "--progress", "none")

    assert result.exit_code == 4
    found = json.loads(result.stdout)["regions"]
    assert [place["state"] for place in found.values()] == ["failed", "not started"]
    assert found["europe"]["error"]["exitCode"] == 4
    assert "tfk8s apply --region europe --region us goes on" in result.stderr
    assert "us: not begun, as it was before" in result.stderr
    assert world.kinds("us") == set()


def test_the_later_region_that_failed_leaves_the_first_as_it_is(world: World) -> None:
    world.down = {"us"}
    assert world.run("apply", "--no-wait").exit_code == 4
    assert "Deployment" in world.kinds("eu")

    world.down = set()
    told = world.json("apply", "--no-wait")

    assert told["europe"]["result"]["changed"] == []
    assert told["us"]["result"]["changed"] != []


def test_delete_asks_once_and_goes_on_where_it_can(world: World) -> None:
    world.json("apply", "--no-wait")
    world.down = {"us"}

    refused = world.run("delete", stdin="n\n")
    assert refused.exit_code == 1
    assert refused.output.count("go on in europe?") == 1
    result = world.run("delete", "--yes")

    assert result.exit_code == 4
    assert "tfk8s delete --region us goes on" in result.output
    assert "Deployment" not in world.kinds("eu")
    assert "Deployment" in world.kinds("us")


def test_a_command_about_one_cluster_asks_for_the_region(world: World) -> None:
    for command in (["history"], ["logs"], ["doctor"], ["versions", "history"]):
        result = world.run(*command)
        assert (result.exit_code, "--region europe" in result.stderr) == (3, True), (command, result.output)
    world.json("apply", "--no-wait")
    one = world.run("doctor", "--region", "us")
    assert "is a service in several regions" not in one.output


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--region", "asia"], 3, "tfk8s.yaml has no region asia: it has europe, us"),
        (["--region", ""], 2, "names no region"),
        (["--context", "eu"], 2, "each region of the spec has a context of its own"),
        (["--env", "dev"], 3, "has no environments, so no dev"),
    ],
)
def test_a_region_that_is_not_there_changes_nothing(world: World, arguments: list[str], code: int, text: str) -> None:
    result = world.run("apply", "--no-wait", *arguments)

    assert (result.exit_code, text in result.output) == (code, True), result.output
    assert world.kinds("eu") | world.kinds("us") == set()


def test_a_service_without_regions_knows_none(world: World) -> None:
    (world.folder / "tfk8s.yaml").write_text(SPEC.split("rollout:")[0])

    result = world.run("apply", "--no-wait", "--region", "eu")

    assert (result.exit_code, "tfk8s.yaml has no regions, so no eu" in result.stderr) == (3, True), result.output


def test_whoever_does_not_wait_cannot_let_the_first_region_bake(world: World) -> None:
    (world.folder / "tfk8s.yaml").write_text(SPEC.replace("bakeSeconds: 0", "bakeSeconds: 60"))

    result = world.run("apply", "--no-wait")

    assert (result.exit_code, "leave out --no-wait" in result.output) == (2, True), result.output
    assert world.kinds("eu") | world.kinds("us") == set()


def test_render_writes_a_folder_for_each_region_and_one_of_them_to_stdout(world: World) -> None:
    assert world.run("render", "--out", "deploy").exit_code == 0
    assert "replicas: 2" in world.rendered("europe")
    assert "replicas: 3" in world.rendered("us")
    assert world.run("render", "--out", "deploy", "--check").exit_code == 0

    one = world.run("render", "--region", "us")
    assert (one.exit_code, "replicas: 3" in one.stdout) == (0, True)
    for arguments, text in (
        ([], "one stream is for one"),
        (["--out", "deploy", "--region", "us"], "--out holds a folder for each region"),
        (["--out", "deploy", "--format", "helm"], "has regions, which the form helm does not have"),
    ):
        refused = world.run("render", *arguments)
        assert (refused.exit_code, text in refused.stderr) == (3, True), refused.output


def test_a_stream_is_read_once_for_all_regions(world: World) -> None:
    result = CliRunner().invoke(root, ["apply", "-f", "-", "--no-wait"], input=SPEC)

    assert result.exit_code == 0, result.output
    assert "Deployment" in world.kinds("us")


def test_diff_and_check_look_at_every_region(world: World) -> None:
    world.json("apply", "--no-wait")
    (world.folder / "tfk8s.yaml").write_text(SPEC.replace("replicas: 3", "replicas: 4"))

    result = world.run("diff", "--exit-code")
    assert result.exit_code == 10
    assert [line.split("/")[0] for line in result.stdout.splitlines() if "update" in line] == ["us: update Deployment"]
    assert world.run("diff", "--exit-code", "--region", "europe").exit_code == 0
    found = world.run("check", "-o", "json")
    assert {item["environment"] for item in json.loads(found.stdout)["findings"]} <= {"region europe", "region us"}


def test_progress_for_programs_names_the_region(world: World) -> None:
    result = world.run("apply", "--no-wait", "--progress", "json", "--region", "us")

    events = [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]
    assert events
    assert {event["region"] for event in events} == {"us"}


def test_an_interruption_says_which_regions_are_done(world: World) -> None:
    def interrupted(write: str) -> None:
        raise KeyboardInterrupt(write)

    world.clusters["us"].before_write = interrupted

    result = world.run("apply", "--no-wait")

    assert result.exit_code == 130
    assert "interrupted: europe done, us not to its end" in result.stderr
    assert "Deployment" in world.kinds("eu")


def test_a_service_by_its_name_has_no_regions(world: World) -> None:
    result = world.run("status", "--name", "resnet", "--region", "us")

    assert (result.exit_code, "--region is one of a spec" in result.output) == (2, True), result.output


@pytest.mark.parametrize("command", ["up", "down"])
def test_a_provider_would_be_the_same_cluster_for_each_region(world: World, command: str) -> None:
    result = world.run(command, "--provider", "kind", "--region", "us")

    assert (result.exit_code, "leave out --provider" in result.output) == (2, True), result.output


def test_no_version_is_removed_that_another_region_may_serve(world: World) -> None:
    result = world.run("versions", "add", ".", "--keep", "2")

    assert (result.exit_code, "the other regions may serve" in result.output) == (2, True), result.output
