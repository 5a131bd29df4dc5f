"""`tfk8s rollback` and `history` as commands: objects on a real API server, files in a real Git repository."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.integration.control_plane.conftest import FIXED, SCALED, Desk
from tests.testbed.replicas import scale_as_autoscaler
from tfk8s.app.planning import read_inventory
from tfk8s.app.service import ServiceName
from tfk8s.cli.main import root
from tfk8s.plan import Making, inventory_ref, to_config_map
from tfk8s.render import render
from tfk8s.spec import load_spec

pytestmark = pytest.mark.control_plane

SETTINGS = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.test", "-c", "commit.gpgsign=false")


def git(desk: Desk, *arguments: str) -> str:
    command = ["git", "-C", str(desk.folder), *SETTINGS, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def offline(desk: Desk, *arguments: str) -> Result:
    """A command that knows no cluster."""
    verb, *rest = arguments
    return CliRunner().invoke(root, [verb, "-f", str(desk.folder / "tfk8s.yaml"), *rest])


def release(desk: Desk, **spec: str) -> None:
    """Write, render, commit and apply a spec, and record it as seen answering: nothing can answer here."""
    file = desk.write_spec(**spec)
    assert offline(desk, "render", "--out", str(desk.folder / "manifests")).exit_code == 0
    git(desk, "init", "-q")
    git(desk, "add", "tfk8s.yaml", "manifests")
    git(desk, "commit", "-q", "-m", f"release {spec}")
    desk.apply()
    loaded = load_spec(file)
    name = ServiceName.of(loaded)
    making = Making(time="2026-11-29T01:00:00Z", author="somebody", spec=file.read_text(), models=("resnet",))
    inventory = read_inventory(name, cluster=desk.cluster).settled(render(loaded, {}).manifests, making=making)
    ref = inventory_ref(name=name.name, namespace=name.namespace)
    desk.cluster.apply(to_config_map(inventory, ref=ref, labels=name.labels))


@pytest.fixture
def two(desk: Desk) -> Desk:
    """A service with two releases; the second has another label, and another maximum."""
    release(desk, scaling=SCALED)
    release(desk, scaling=SCALED.replace("max: 5", "max: 8"), labels="{team: vision}  # ours")
    return desk


def back(desk: Desk, *arguments: str) -> Result:
    return desk.run("rollback", "--no-wait", *arguments)


def live(desk: Desk) -> dict[str, dict[str, Any]]:
    return desk.objects("deploy,svc,cm,sa,pdb,hpa,netpol")


def maximum(desk: Desk) -> int:
    return int(live(desk)["HorizontalPodAutoscaler/resnet"]["spec"]["maxReplicas"])


def files(desk: Desk) -> dict[str, str]:
    paths = [path for path in desk.folder.rglob("*") if path.is_file() and ".git" not in path.parts]
    return {str(path.relative_to(desk.folder)): path.read_text() for path in sorted(paths)}


def test_the_rollback_lasts_because_git_says_it_too(two: Desk) -> None:
    desk = two
    scale_as_autoscaler(desk.testbed, namespace=desk.namespace, deployment="resnet", count=4)

    result = back(desk, "--out", str(desk.folder / "manifests"))

    assert result.exit_code == 0, result.output
    assert maximum(desk) == 5
    assert live(desk)["Deployment/resnet"]["spec"]["replicas"] == 4
    assert git(desk, "diff", "--stat", "HEAD~1") == ""
    assert offline(desk, "render", "--out", str(desk.folder / "manifests"), "--check").exit_code == 0
    for against in ((), ("--against", str(desk.folder / "manifests"))):
        drift = desk.run("drift", *against)
        assert drift.exit_code == 0, drift.output
    assert f"git add {desk.folder / 'tfk8s.yaml'} {desk.folder / 'manifests'}" in result.stdout
    assert "git commit -m 'Roll back resnet to release 1'" in result.stdout


def test_without_the_written_change_git_still_wants_the_bad_release(two: Desk) -> None:
    result = back(two, "--no-write")

    assert result.exit_code == 0, result.output
    assert maximum(two) == 5
    drift = two.run("drift")
    assert drift.exit_code == 10
    assert ".spec.maxReplicas: 8 in Git, 5 in the cluster" in drift.stdout


def test_what_is_not_committed_is_refused_before_the_cluster_is_touched(two: Desk) -> None:
    spec = two.folder / "tfk8s.yaml"
    spec.write_text(spec.read_text() + "# half an idea\n")
    before = live(two)

    refused = back(two)

    assert refused.exit_code == 3
    assert "tfk8s.yaml has changes that are not committed" in refused.stderr
    assert "--no-write" in refused.stderr
    assert live(two) == before
    assert spec.read_text().endswith("# half an idea\n")
    elsewhere = two.folder / "old.yaml"
    assert back(two, "--write-to", str(elsewhere)).exit_code == 0
    assert elsewhere.read_text() == git(two, "show", "HEAD~1:tfk8s.yaml")
    assert spec.read_text().endswith("# half an idea\n")


def test_a_file_that_git_does_not_know_is_refused_too(two: Desk) -> None:
    before = live(two)
    (two.folder / ".git").rename(two.folder / "away")

    refused = back(two)

    assert refused.exit_code == 4, refused.output
    assert "--no-write" in refused.stderr
    assert live(two) == before


def test_drift_compares_with_any_revision_of_the_spec_or_of_rendered_files(two: Desk) -> None:
    for against in ((), ("--against", str(two.folder / "manifests"))):
        now = two.run("drift", *against, "--revision", "HEAD")
        before = two.run("drift", *against, "--revision", "HEAD~1")

        assert now.exit_code == 0, now.output
        assert before.exit_code == 10, before.output
        assert ".spec.maxReplicas: 5 in Git, 8 in the cluster (by tfk8s at 20" in before.stdout
    unknown = two.run("drift", "--revision", "nowhere")
    assert unknown.exit_code == 3
    assert "no revision 'nowhere'" in unknown.stderr


def test_files_alone_are_written_and_no_object_is_touched(two: Desk) -> None:
    before = live(two)

    result = two.run("rollback", "--files-only", "--out", str(two.folder / "manifests"))

    assert result.exit_code == 0, result.output
    assert live(two) == before
    assert git(two, "diff", "--stat", "HEAD~1") == ""


def test_a_revision_of_git_brings_the_whole_folder_back_byte_by_byte(two: Desk) -> None:
    tree = two.folder / "tree"
    (tree / "base").mkdir(parents=True)
    (tree / "base" / "kustomization.yaml").write_text("resources: []\n")
    git(two, "add", "tree")
    git(two, "commit", "-q", "-m", "before")
    (tree / "base" / "kustomization.yaml").write_text("resources: [x]\n")
    (tree / "overlays").mkdir()
    (tree / "overlays" / "x.json").write_text("{}\n")
    git(two, "add", "tree")
    git(two, "commit", "-q", "-m", "after")
    before = live(two)

    dry = two.run("rollback", "--revision", "HEAD~1", "--out", str(tree), "--dry-run")
    untouched = git(two, "status", "--porcelain")
    result = two.run("rollback", "--revision", "HEAD~1", "--out", str(tree))
    again = two.run("rollback", "--revision", "HEAD~1", "--out", str(tree))

    assert (dry.exit_code, untouched) == (0, "")
    assert f"would write {tree}" in dry.stdout
    assert result.exit_code == 0, result.output
    assert git(two, "diff", "--stat", "HEAD~1") == ""
    assert f"{tree} is as it was then" in again.output
    assert "no file changes" in again.stdout
    assert live(two) == before


def test_a_dry_run_shows_the_plan_and_the_files_and_changes_neither(two: Desk) -> None:
    before, were = live(two), files(two)

    result = back(two, "--dry-run")

    assert result.exit_code == 0, result.output
    assert "HorizontalPodAutoscaler/resnet" in result.stderr
    assert "would write" in result.stdout
    assert (live(two), files(two)) == (before, were)


def test_the_history_is_a_table_and_json(two: Desk) -> None:
    text = two.run("history")
    listed = json.loads(two.run("history", "-o", "json").stdout)

    assert text.exit_code == 0, text.output
    assert text.stdout.splitlines()[1].startswith("2 (current)  2026-11-29 01:00:00  somebody  serving:2.20.0  ")
    assert [(entry["release"], entry["current"]) for entry in listed["releases"]] == [(2, True), (1, False)]
    assert any("5 to 8" in change for change in listed["releases"][0]["changes"])


def test_a_fixed_count_comes_back_from_the_autoscaler(desk: Desk) -> None:
    release(desk, scaling=FIXED)
    release(desk, scaling=SCALED)
    scale_as_autoscaler(desk.testbed, namespace=desk.namespace, deployment="resnet", count=4)

    result = back(desk, "--no-write")

    assert result.exit_code == 0, result.output
    assert "HorizontalPodAutoscaler/resnet" not in live(desk)
    assert live(desk)["Deployment/resnet"]["spec"]["replicas"] == 2


def test_the_files_of_any_form_come_back_with_their_environments(two: Desk) -> None:
    folder = two.folder / "kustomize"
    for text in (git(two, "show", "HEAD~1:tfk8s.yaml"), git(two, "show", "HEAD:tfk8s.yaml")):
        (two.folder / "tfk8s.yaml").write_text(text)
        assert offline(two, "render", "--format", "kustomize", "--out", str(folder)).exit_code == 0
        git(two, "add", "kustomize")
        git(two, "commit", "-q", "--allow-empty", "-m", "kustomize")

    refused = two.run("rollback", "--files-only", "--out", str(folder))
    result = two.run("rollback", "--files-only", "--out", str(folder), "--format", "kustomize")

    assert refused.exit_code == 3
    assert "--format" in refused.stderr
    assert result.exit_code == 0, result.output
    assert git(two, "diff", "--stat", "HEAD~1", "--", "kustomize") == ""
    check = offline(two, "render", "--format", "kustomize", "--out", str(folder), "--check")
    assert check.exit_code == 0, check.output
