"""`tfk8s rollback` in several regions: what is asked, what goes back where, and what is told of a failure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.test_regions import SPEC, World
from tfk8s.app.planning import read_inventory
from tfk8s.app.service import ServiceName
from tfk8s.manifest.fields import integer_at
from tfk8s.plan import Making, inventory_ref, to_config_map
from tfk8s.render import render
from tfk8s.spec import load_regions

CONTEXTS = {"europe": "eu", "us": "us"}
SLOWER = "lifecycle: {drainSeconds: 20}\n"
PLAIN = SPEC.replace('resnet"}', 'resnet", versions: [1]}')


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


def release(world: World, text: str, *regions: str, minute: int = 0) -> None:
    """Apply a spec in these regions, and record it as seen answering: nothing can answer here."""
    file = world.folder / "tfk8s.yaml"
    file.write_text(text)
    for position, region in enumerate(regions):
        world.json("apply", "--no-wait", "--region", region)
        spec = next(each.spec for each in load_regions(file) if each.name == region)
        name, cluster = ServiceName.of(spec), world.clusters[CONTEXTS[region]]
        making = Making(spec=text, time=f"2026-11-29T01:{minute:02d}:{position:02d}Z", models=("resnet",))
        inventory = read_inventory(name, cluster=cluster).settled(render(spec, {}).manifests, making=making)
        ref = inventory_ref(name=name.name, namespace=name.namespace)
        cluster.apply(to_config_map(inventory, ref=ref, labels=name.labels))


def graces(world: World) -> list[int]:
    """How long a pod of each region is given to end: what the second release changes."""
    found = []
    for cluster in world.clusters.values():
        (ref,) = (ref for ref in cluster.refs() if ref.kind == "Deployment")
        found.append(integer_at(cluster.get(ref), "spec", "template", "spec", "terminationGracePeriodSeconds"))
    return found


@pytest.fixture
def two(world: World) -> World:
    """Two releases in both regions."""
    release(world, SPEC, "europe", "us", minute=1)
    release(world, SPEC + SLOWER, "europe", "us", minute=2)
    return world


BACK = ("rollback", "--no-wait", "--no-write")


def test_both_go_back_after_one_question_that_shows_both(two: World) -> None:
    slow = graces(two)

    refused = two.run(*BACK, stdin="n\n")
    assert refused.exit_code == 1
    assert graces(two) == slow
    for shown in ("europe: release 1 of 2026-11-29T01:01:00Z: it is the one before 2", "us: release 1 of", "us: plan:"):
        assert shown in refused.stderr
    assert refused.output.count("go on in europe, us?") == 1
    done = two.run(*BACK, stdin="y\n")

    assert done.exit_code == 0, done.output
    assert graces(two) < slow
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["europe", "us"]
    assert "europe: rolled back resnet to release 1: 1 change" in done.stdout


def test_a_region_that_the_change_has_not_reached_stays_and_is_not_asked_about(world: World) -> None:
    release(world, SPEC + "lifecycle: {drainSeconds: 1}\n", "europe", "us", minute=1)
    release(world, SPEC, "europe", "us", minute=2)
    before = graces(world)
    release(world, SPEC + SLOWER, "europe", minute=3)

    told = world.json(*BACK, "--yes")

    assert graces(world) == before
    assert told["us"] == {"state": "done", "result": {**told["us"]["result"], "changed": []}, "error": None}
    text = world.run(*BACK, "--yes").stdout
    assert "us: nothing changed: what the others go back from has not come here, it stays at release 2" in text


def test_a_region_that_cannot_be_reached_leaves_the_others_and_is_gone_on_with(two: World) -> None:
    slow = graces(two)
    two.down = {"us"}

    failed = two.run(*BACK, "--yes")

    assert failed.exit_code == 4
    assert "tfk8s rollback --region us goes on" in failed.stderr
    assert (graces(two)[0] < slow[0], graces(two)[1]) == (True, slow[1])
    two.down = set()
    assert two.run(*BACK, "--yes").exit_code == 0
    assert graces(two)[1] < slow[1]


def test_what_is_of_one_region_says_how_to_name_it(two: World) -> None:
    number = two.run("rollback", "1")
    folder = two.run("rollback", "--out", "deploy")

    assert (number.exit_code, folder.exit_code) == (2, 2)
    assert "each region numbers its releases itself: name one, as --region europe" in number.stderr
    assert "each region has a folder of its own below deploy" in folder.stderr
    assert two.run(*BACK, "1", "--region", "us").exit_code == 0


def test_a_dry_run_shows_both_and_changes_and_asks_nothing(two: World) -> None:
    slow = graces(two)

    result = two.run(*BACK, "--dry-run")

    assert result.exit_code == 0, result.output
    assert "us: release 1 of" in result.stdout
    assert "terminationGracePeriodSeconds" in result.stdout
    assert "go on" not in result.output
    assert graces(two) == slow


def test_files_alone_are_written_once_and_change_no_cluster(two: World) -> None:
    slow, old = graces(two), two.folder / "old.yaml"

    result = two.run("rollback", "--files-only", "--write-to", str(old))

    assert result.exit_code == 0, result.output
    assert old.read_text() == SPEC
    assert "git commit -m 'Roll back resnet in europe, us'" in result.stdout
    assert graces(two) == slow
    two.down = {"us"}
    again = two.run("rollback", "--files-only", "--write-to", str(two.folder / "other.yaml"))
    assert again.exit_code == 4
    assert not (two.folder / "other.yaml").exists()


def test_files_that_would_be_lost_are_refused_before_anything_is_asked(two: World) -> None:
    slow = graces(two)

    refused = two.run("rollback", "--no-wait", "--yes")

    assert refused.exit_code == 4, "the folder is no Git repository"
    assert "--no-write leaves files alone" in refused.stderr
    assert graces(two) == slow


def test_versions_without_labels_go_back_where_they_are_served(world: World) -> None:
    release(world, PLAIN, "europe", "us", minute=1)
    release(world, PLAIN.replace("[1]", "[1, 2]"), "europe", "us", minute=2)
    release(world, PLAIN.replace("[1]", "[1, 2]") + SLOWER, "europe", "us", minute=3)

    shown = world.run("versions", "rollback", "--no-write", "--dry-run")
    assert shown.exit_code == 0, shown.output
    assert "europe: release 1 of 2026-11-29T01:01:00Z: it is the last one with other versions" in shown.stdout
    refused = world.run("versions", "rollback", "--no-write", stdin="n\n")
    assert refused.output.count("go on in europe, us?") == 1

    release(world, PLAIN.replace("[1]", "[1, 2, 3]"), "europe", minute=4)
    only = world.run("versions", "rollback", "--no-write", "--dry-run")
    assert "europe: release 3 of" in only.stdout
    assert "us: nothing changed" in only.stdout


def test_json_of_both(two: World) -> None:
    told = two.json(*BACK, "--yes")

    assert {place["state"] for place in told.values()} == {"done"}
    assert [place["result"]["subject"] for place in told.values()] == 2 * ["resnet to release 1"]
    assert json.dumps(told).count("Deployment/resnet") == 2
