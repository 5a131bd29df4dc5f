"""`tfk8s diff` between revisions, with the real git."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.contract.git.clone import Clone
from tfk8s.cli.main import root

pytestmark = pytest.mark.contract

SPEC = """\
apiVersion: tfk8s.dev/v1
name: {name}
namespace: serving
model: {{name: m, source: "{source}"}}
serviceAccount: {{googleServiceAccount: none}}
resources: {{cpu: 2, memory: {memory}}}
scaling: {{replicas: 2}}
environments:
  prod: {{namespace: prod, scaling: {{replicas: {most}}}}}
"""


def spec(*, name: str = "resnet", source: str = "gs://models/m", memory: str = "2Gi", most: int = 4) -> str:
    return SPEC.format(name=name, source=source, memory=memory, most=most)


def diff(clone: Clone, *arguments: str, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.chdir(clone.root)
    return CliRunner().invoke(root, ["diff", *arguments])


def test_a_spec_is_compared_with_what_it_was(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    clone.write("tfk8s.yaml", spec())
    clone.commit("first")
    clone.write("tfk8s.yaml", spec(memory="3Gi"))

    result = diff(clone, "--from", "HEAD", "--exit-code", monkeypatch=monkeypatch)

    assert result.exit_code == 10, result.output
    assert "  restart   memory request and limit 2Gi to 3Gi: rolls all pods" in result.stdout.splitlines()


def test_services_that_come_and_go_are_told_too(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    old = clone.write("services/old.yaml", spec(name="old"))
    clone.write("services/kept.yaml", spec(name="kept"))
    clone.write("services/values.yaml", "kind: other\n")
    first = clone.commit("first")
    old.unlink()
    clone.write("services/eu/new.yaml", spec(name="new"))
    second = clone.commit("second")

    result = diff(clone, "-f", "services", "--revisions", f"{first}..{second}", "-o", "json", monkeypatch=monkeypatch)

    changes = json.loads(result.stdout)["changes"]
    assert {(change["name"].split("-")[0], change["action"]) for change in changes} == {
        ("old", "prune"),
        ("new", "create"),
    }


def test_an_environment_is_compared_with_itself(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    clone.write("tfk8s.yaml", spec())
    clone.commit("first")
    clone.write("tfk8s.yaml", spec(most=6))

    prod = diff(clone, "--from", "HEAD", "--env", "prod", monkeypatch=monkeypatch)
    other = diff(clone, "--from", "HEAD", monkeypatch=monkeypatch)

    assert "replicas 4 to 6: no restart, 2 pods more" in prod.stdout
    assert other.stdout.startswith("unchanged: ")


def regions(*, most: int, more: str = "") -> str:
    places = f"  europe: {{context: eu}}\n  us: {{context: us, scaling: {{replicas: {most}}}}}\n{more}"
    return spec().partition("environments:")[0] + f"regions:\n{places}"


def test_each_region_is_compared_with_itself(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    clone.write("tfk8s.yaml", regions(most=4))
    clone.commit("first")
    clone.write("tfk8s.yaml", regions(most=6, more="  asia: {context: asia}\n"))
    clone.commit("second")

    now = diff(clone, "--from", "HEAD~1", "-o", "json", monkeypatch=monkeypatch)
    both = diff(clone, "--revisions", "HEAD~1..HEAD", "-o", "json", monkeypatch=monkeypatch)
    one = diff(clone, "--revisions", "HEAD~1..HEAD", "--region", "europe", "--exit-code", monkeypatch=monkeypatch)

    changes = json.loads(now.stdout)["changes"]
    assert json.loads(both.stdout)["changes"] == changes
    assert {(change["region"], change["action"]) for change in changes} == {("us", "update"), ("asia", "create")}
    assert one.exit_code == 0, one.output


def test_a_service_that_had_no_regions_is_compared_with_the_first(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.write("tfk8s.yaml", spec())
    clone.commit("first")
    clone.write("tfk8s.yaml", regions(most=6))

    result = diff(clone, "--from", "HEAD", "-o", "json", monkeypatch=monkeypatch)

    found = json.loads(result.stdout)
    assert {(change["region"], change["action"]) for change in found["changes"]} == {("us", "create")}
    assert "tfk8s.yaml has regions on one side alone: it is compared with europe" in found["notes"]


def test_a_model_that_is_a_folder_is_said_not_to_be_compared(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    clone.write("tfk8s.yaml", spec(source="models/m"))
    clone.commit("first")
    clone.write("tfk8s.yaml", spec(source="models/m", memory="3Gi"))

    result = diff(clone, "--from", "HEAD", monkeypatch=monkeypatch)

    assert result.exit_code == 0, result.output
    assert "their contents are not compared" in result.stdout
    assert "models/m is not here" in result.stdout


def test_rendered_files_are_compared_at_two_revisions(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    clone.write("tfk8s.yaml", spec())
    render = ["render", "-f", str(clone.root / "tfk8s.yaml"), "--out", str(clone.root / "manifests")]
    assert CliRunner().invoke(root, render).exit_code == 0
    clone.commit("first")
    clone.write("tfk8s.yaml", spec(memory="3Gi"))
    assert CliRunner().invoke(root, render).exit_code == 0
    clone.commit("second")

    both = diff(clone, "--against", "manifests", "--revisions", "HEAD~1..HEAD", monkeypatch=monkeypatch)
    fresh = diff(clone, "--against", "manifests", monkeypatch=monkeypatch)
    stale = diff(clone, "--against", "manifests", "--from", "HEAD~1", monkeypatch=monkeypatch)

    assert "memory request and limit 2Gi to 3Gi" in both.stdout
    assert fresh.stdout.startswith("unchanged: ")
    assert stale.stdout == both.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "mian"), "did you mean main?"),
        (("--revisions", "main"), "--revisions is A..B"),
        (("--revisions", "a...b"), "--revisions is A..B"),
        (("--to", "main"), "--to needs --from"),
        (("--revisions", "a..b", "--from", "c"), "give one or the other"),
        (("--from", "main", "-f", "nothing.yaml"), "nothing.yaml"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    clone: Clone, arguments: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.write("tfk8s.yaml", spec())
    clone.commit("first")

    result = diff(clone, *arguments, monkeypatch=monkeypatch)

    assert result.exit_code in (2, 3)
    assert said in result.output


def test_a_spec_that_was_wrong_then_is_refused_at_its_revision(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    clone.write("tfk8s.yaml", spec(memory="lots"))
    clone.commit("wrong")
    clone.write("tfk8s.yaml", spec())

    result = diff(clone, "--from", "HEAD", monkeypatch=monkeypatch)

    assert result.exit_code == 3
    assert "HEAD:tfk8s.yaml:6" in result.output


def test_a_folder_outside_of_git_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tfk8s.yaml").write_text(spec())
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(root, ["diff", "--from", "HEAD"])

    assert result.exit_code == 4
    assert "not in a Git repository" in result.output


def test_a_cluster_that_changes_with_its_spec_changes_the_bill(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = (
        "cluster: {{provider: gke, project: my-project, location: us-central1-a, name: c, nodes: 2, machineType: {}}}\n"
    )
    hours = "e2-standard-4: {hour: 0.1}, e2-standard-8: {hour: 0.2}"
    free = "clusterHour: 0, addressHour: 0, disks: {pd-balanced: {gbMonth: 0}}"
    clone.write(
        "prices.yaml",
        'apiVersion: prices.tfk8s.dev/v1\ncurrency: USD\ndate: "2026-01-31"\nsource: a test\n'
        f"anywhere: {{machines: {{{hours}}}, {free}}}\n",
    )
    clone.write("tfk8s.yaml", spec() + cluster.format("e2-standard-4"))
    clone.commit("first")
    clone.write("tfk8s.yaml", spec() + cluster.format("e2-standard-8"))

    result = diff(clone, "--from", "HEAD", "--prices", "prices.yaml", monkeypatch=monkeypatch)

    told = "cost: 2 pods, 146.00 USD a month -> 2 pods, 292.00 USD a month"  # 2 nodes x 730 h x 0.1, then x 0.2
    assert told in result.stdout.splitlines(), result.output
